// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/cli/command.h"
#include "core/cli/http_session.h"

namespace landfall::cli {

/// Whom to ask: --server or LANDFALL_SERVER, --ca-file or LANDFALL_CA_FILE, and --token-file or LANDFALL_TOKEN.
struct ServerOption {
  std::string url = "http://127.0.0.1:8081";
  std::string token_file;  ///< one line; goes before LANDFALL_TOKEN
  TlsFiles tls;

  void addTo(CLI::App& command);
};

/// Names and values.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// "shop/api" as part of a path of the API; nothing when it is not two names with a slash between them.
std::optional<std::string> projectAndName(std::string_view text);

/// Percent-encodes everything but RFC 3986's unreserved characters.
std::string percentEncoded(std::string_view text);

/// The admin API of a server. What goes wrong is written to standard error and becomes an exit code.
class ApiClient {
 public:
  explicit ApiClient(const ServerOption& server);

  struct Answer {
    ExitCode exit_code = ExitCode::Done;
    std::string body;  ///< JSON, when done
  };

  /// GET /api/v1/<path>; `query` are names and values, empty values left out.
  Answer get(const std::string& path, const Pairs& query = {}) const;
  /// GET of an answer that goes on: `line` is called with each line of it, until it returns false, the answer ends or
  /// nothing comes for so long that the server must be gone.
  ExitCode stream(const std::string& path, const Pairs& query, const Pairs& headers,
                  const std::function<bool(std::string_view)>& line) const;
  /// POST /api/v1/<path>.
  Answer post(const std::string& path, std::string_view body = {}, const Pairs& headers = {}) const;

 private:
  /// What a status other than 2xx means; tells what the server says about it.
  ExitCode refused(int status, const std::string& body) const;
  ExitCode unreachable(const std::string& failure) const;
  void addToken(Pairs& headers) const;
  Answer call(const std::string& method, const std::string& target, Pairs headers, std::string_view body) const;

  std::string url_;
  TlsFiles tls_;
  std::string token_;
  bool has_token_ = true;  ///< false: the file that should hold it could not be read, which is told already
};

/// One call of an http or https URL; nothing when it could not be made, with `failure` saying why.
struct HttpAnswer {
  int status = 0;
  std::string body;
};
std::optional<HttpAnswer> callHttp(const std::string& method, const std::string& url,
                                   const std::vector<std::pair<std::string, std::string>>& headers,
                                   std::string_view body, const TlsFiles& tls, std::string& failure);

}  // namespace landfall::cli
