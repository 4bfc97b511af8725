// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace landfall::config {

/// A byte that no YAML text may hold.
struct BadByte {
  std::size_t line = 0;
  std::string what;  ///< "a control character (0x04)", "bytes that are no UTF-8"
};

/// Nothing when `text` is UTF-8 without control characters but tab, line feed and carriage return. yaml-cpp takes 0x04
/// for the end of the file and guesses UTF-16 from zero bytes: both would hide what follows.
std::optional<BadByte> findBadByte(std::string_view text);

/// The line of the first bracket, brace or comma beyond `most` of them, wherever they stand. Each value of a flow
/// collection brings one, and yaml-cpp keeps some 200 bytes for each before it shows the first value.
std::optional<std::size_t> lineOfSeparator(std::string_view text, std::size_t most);

/// `text` with the surrogate pairs of JSON's escapes (RFC 8259 section 7) as YAML's eight-digit escapes.
std::string joinSurrogates(std::string_view text);

}  // namespace landfall::config
