// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace landfall::matching {

/// A URL as Go's net/url (1.26) takes it apart and puts it together again: Kargo compares what that makes of
/// repositories' URLs, so its notion of right and wrong counts and not an RFC's. For comparing only, never for calling
/// somebody. Any bytes are good.
class GoUrl {
 public:
  /// Nothing where Go reports an error.
  static std::optional<GoUrl> parse(std::string_view text);

  /// Go's String(): what parse read, normalised in its escapes.
  std::string text() const;

  const std::string& scheme() const { return scheme_; }  ///< lower case
  const std::string& host() const { return host_; }      ///< decoded, with its port
  const std::string& path() const { return path_; }      ///< decoded
  /// Whether Go's Query() would hold anything: items with a `;` or a bad escape do not count.
  bool hasQueryParameters() const;

  void setPath(std::string path) { path_ = std::move(path); }
  void dropUser() { user_.reset(); }

 private:
  struct User {
    std::string name;
    std::optional<std::string> password;
  };

  bool readAuthority(std::string_view authority);
  bool readHost(std::string_view host);
  bool readBracketedHost(std::string_view host);
  bool readPath(std::string_view path);
  bool readFragment(std::string_view fragment);
  void appendAuthority(std::string& result) const;
  std::string escapedPath() const;
  std::string escapedFragment() const;

  std::string scheme_;
  std::string opaque_;  ///< what follows the scheme when that is no slash
  std::optional<User> user_;
  std::string host_;
  std::string path_;
  std::string raw_path_;  ///< as it came, when escaping path_ would give something else
  std::string raw_query_;
  std::string fragment_;
  std::string raw_fragment_;
  bool force_query_ = false;  ///< a `?` with nothing behind it
  bool omit_host_ = false;    ///< `scheme:/path`
};

}  // namespace landfall::matching
