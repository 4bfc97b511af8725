// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/refresh/deadline.h"

namespace landfall::refresh {

/// What is read of an answer: its status, and enough of the rest to act on.
struct HttpAnswer {
  int status = 0;
  std::string reason;                      ///< as the target wrote it
  std::optional<std::string> retry_after;  ///< the header's value
  std::string text;                        ///< the first 8 KiB of the body, any bytes
  bool reusable = false;  ///< it was read to its very end, and the target lets the connection carry another call
};

/// Some bytes of the peer's, none at the end; blocks until the deadline at most.
using ReceiveFunction = std::function<base::Result<std::string>(Deadline)>;

/// Reads one HTTP/1 answer (RFC 9112), interim ones (1xx) before it included. Unavailable: its head, at most 16 KiB,
/// did not come whole or is no HTTP. The body's bytes are read for two seconds at most and never past the deadline;
/// what is missing then is no error, since the status is known.
base::Result<HttpAnswer> readAnswer(const ReceiveFunction& receive, Deadline deadline);

/// Retry-After (RFC 9110 section 10.2.3) as a delay from `now`: seconds, or a date (0 when it is past). Nothing for
/// anything else.
std::optional<std::chrono::milliseconds> parseRetryAfter(std::string_view value, base::UtcTime now);

}  // namespace landfall::refresh
