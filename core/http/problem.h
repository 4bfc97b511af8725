// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/http/message.h"

namespace landfall::http {

/// An error answer: application/problem+json (RFC 9457) with type "about:blank", the status' own title and `detail`.
Response problem(int status, std::string_view detail);
/// The same about one parameter of the request, which its member `parameter` names.
Response problem(int status, std::string_view detail, std::string_view parameter);

/// A problem that passes: 503, and Retry-After says to come again in a second.
Response comeAgain(std::string_view detail);
inline constexpr std::string_view kTooLate = "the request could not be answered in time";

/// The standard reason phrase ("Not Found").
std::string_view reasonPhrase(int status);

}  // namespace landfall::http
