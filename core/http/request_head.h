// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/http/message.h"

namespace landfall::http {

/// Why a request is refused. `detail` is a constant of the program.
struct Refusal {
  int status = 400;
  std::string_view detail;
};

/// What the lines of a head say about the message itself.
struct HeadFacts {
  bool http_1_1 = false;
  std::size_t hosts = 0;
  std::size_t content_lengths = 0;
  std::uint64_t content_length = 0;  ///< saturated: more digits than fit are the largest value
  bool chunked = false;
  bool close = false;
  bool expects_continue = false;
};

/// Bytes that may stand in a token (RFC 9110 section 5.6.2).
bool isTokenChar(char c);

/// Reads the request line without its line end into method, path and query; nothing when it is right. An absolute-form
/// target loses its scheme and authority.
std::optional<Refusal> readRequestLine(std::string_view line, Request& request, HeadFacts& facts);

/// Splits one field line without its line end. Neither of the fold of old (a line that begins with white space) nor of
/// white space before the colon: both have been read differently by two parties in a row.
std::optional<Refusal> splitFieldLine(std::string_view line, std::string_view& name, std::string_view& value);

/// Appends one field to the request's headers, its value byte by byte as it came, and notes what it says about the
/// message.
std::optional<Refusal> readFieldLine(std::string_view line, Request& request, HeadFacts& facts);

/// What only the whole head can tell: Host, and how the body is framed.
std::optional<Refusal> checkHead(const Request& request, const HeadFacts& facts);

}  // namespace landfall::http
