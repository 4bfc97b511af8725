// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "landfall/adapter.h"

namespace landfall::adapters {

// What plugins hand over is text only if it turns out to be.

/// Nothing when the length has no pointer to go with it.
std::optional<std::string_view> viewOf(landfall_str text);

/// True for UTF-8; also for nothing at all.
bool isUtf8(std::string_view text);

/// True for UTF-8 without control characters (C0, DEL, C1); also for nothing at all.
bool isPlainText(std::string_view text);

/// The text as people may be shown it: invalid bytes become U+FFFD, line breaks and tabs spaces, other control
/// characters go, and what is longer than `max_bytes` is cut between two characters.
std::string cleanText(std::string_view text, std::size_t max_bytes);

/// True for a token of RFC 9110 section 5.6.2: what the name of a header is made of.
bool isToken(std::string_view text);

/// Names of headers are the same in any case.
bool sameHeaderName(std::string_view a, std::string_view b);

}  // namespace landfall::adapters
