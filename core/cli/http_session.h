// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/URI.h>

#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/cli/command.h"

namespace landfall::cli {

/// Whom to trust over https, and what to show a server that asks. Files of PEM; empty: the system's, and nothing.
struct TlsFiles {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;

  /// --ca-file, or LANDFALL_CA_FILE.
  void addTrustTo(CLI::App& command);
  /// --client-cert and --client-key, together or neither.
  void addIdentityTo(CLI::App& command);
};

/// A session with the server of an http or https URL. Over https the server's certificate is verified and must be made
/// for the URL's host; at least TLS 1.2. InvalidArgument when the URL or a file cannot be used. Connects to nobody yet.
base::Result<std::unique_ptr<Poco::Net::HTTPClientSession>> openSession(const Poco::URI& uri, const TlsFiles& files);

}  // namespace landfall::cli
