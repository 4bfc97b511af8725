// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/config/settings.h"

namespace landfall::config {

/// Reads "127.0.0.1:8080", "[::1]:8080" or "localhost:8080". InvalidArgument says what would be right.
base::Result<ListenAddress> parseListenAddress(std::string_view text);

/// True for 127.0.0.0/8, ::1 and "localhost".
bool isLoopback(const std::string& host);

/// True for a name with dots and hyphens, an IPv4 address, or an IPv6 address in brackets; a port may follow.
bool isHost(std::string_view text);

/// Checks the base URL and cleans its path as Go's path.Join does: no empty, `.` and `..` parts, no last slash.
/// InvalidArgument says what would be right.
base::Result<std::string> cleanBaseUrl(std::string_view text);

/// The path of a cleaned base URL: "" or "/hooks".
std::string basePath(std::string_view base_url);

/// True when every byte may stand undecoded in a request's path (RFC 3986 section 3.3), escapes being whole.
bool isUrlPath(std::string_view path);

/// An http or https URL in its parts, as far as they are checked here.
struct HttpUrl {
  std::string scheme;
  std::string authority;  ///< host and port; no user information
  std::string path;
  std::string query;  ///< with its `?`, or empty
};

/// InvalidArgument says what would be right. Refuses user information, fragments, spaces and control characters.
base::Result<HttpUrl> parseHttpUrl(std::string_view text);

}  // namespace landfall::config
