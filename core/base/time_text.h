// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace landfall::base {

/// RFC 3339 in UTC with milliseconds: "2026-11-20T10:00:00.000Z".
std::string toRfc3339(UtcTime time);

/// Reads RFC 3339 ("2026-11-20T10:00:00Z", any fraction, "Z" or an offset); nothing for anything else.
std::optional<UtcTime> parseRfc3339(std::string_view text);

/// HTTP's date (RFC 9110 section 5.6.7, IMF-fixdate): "Sun, 06 Nov 1994 08:49:37 GMT"; nothing for anything else.
std::optional<UtcTime> parseHttpDate(std::string_view text);

}  // namespace landfall::base
