// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace landfall::http {

/// One file of the web page, part of the program.
struct Asset {
  std::string_view path;  ///< of the URL: "/", "/assets/app.js"
  std::string_view content_type;
  std::string_view sha256;  ///< of `plain`, hexadecimal
  std::string_view plain;
  std::string_view gzip;  ///< the same bytes, compressed (RFC 1952)
};

/// All of them, by file name.
std::span<const Asset> assets();

}  // namespace landfall::http
