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

/// The standard reason phrase ("Not Found").
std::string_view reasonPhrase(int status);

}  // namespace landfall::http
