// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/http/message.h"

namespace landfall::http {

/// Answers a request for the web page (`/`) or one of its files (`/assets/…`); nothing when the path is neither. The
/// page holds no data and asks for no token: its scripts call the API as anybody does. Every answer may be kept by a
/// browser but is asked for again with its ETag (304 when unchanged), and carries a Content-Security-Policy that allows
/// no script, style or connection but the server's own. Any thread; does not block.
std::optional<Response> answerPage(const Request& request);

}  // namespace landfall::http
