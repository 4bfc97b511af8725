// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace landfall::base {

/// Appends `text` so that it can neither end a line nor speak to a terminal, in quotes or out of them, as JSON's
/// strings are escaped: quotes and backslashes; control characters, those from U+0080 to U+009F too (terminals take
/// them for escape sequences); line and paragraph separators; characters that turn the direction of text. Bytes that
/// are no UTF-8 become U+FFFD.
void appendEscaped(std::string& out, std::string_view text);

/// The same between quotes: a string of JSON.
void appendQuoted(std::string& out, std::string_view text);

/// True when a text of a log line has to stand in quotes: it is empty, or has anything but printable ASCII without
/// spaces, quotes and equals signs.
bool needsQuotes(std::string_view text);

}  // namespace landfall::base
