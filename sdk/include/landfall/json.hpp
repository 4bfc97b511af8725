// SPDX-License-Identifier: Apache-2.0
//
// Reading payloads in JSON, on nlohmann/json: strict (RFC 8259, UTF-8, no byte order mark), bounded in depth, keys
// matched exactly, the last of two equal keys wins.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "landfall/adapter.hpp"

namespace landfall {

using Json = nlohmann::json;

/// As deep as Go's encoding/json goes, which Kargo reads webhooks with.
inline constexpr std::size_t kMaxJsonDepth = 10'000;

/// The depth of the deepest array or object in `text`, counting brackets outside of strings; enough for a bound, before
/// a parser allocates anything.
inline std::size_t jsonDepth(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest) deepest = depth;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

/// Reads one JSON document and nothing behind it. Throws Malformed with the place.
inline Json parseJson(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) throw Malformed("not JSON: it begins with a byte order mark");
  if (jsonDepth(text) > kMaxJsonDepth) throw Malformed("JSON nested deeper than 10,000");
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& failure) {
    // Not what(): it quotes the text, which may be megabytes of any bytes, and a reason is stored and shown.
    if (failure.byte > text.size()) throw Malformed("not JSON: it ends in the middle");
    throw Malformed("not JSON: wrong at byte " + std::to_string(failure.byte));
  } catch (const Json::exception&) {
    throw Malformed("not JSON that can be read: it has a number that is out of range");
  }
}

/// The value under `key`, or null when `object` is no object or has no such key.
inline const Json& at(const Json& object, std::string_view key) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

/// The string under `key`; empty when it is absent or no string.
inline std::string textAt(const Json& object, std::string_view key) {
  const Json& value = at(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

/// Milliseconds of a unix time in seconds, integer or float; nothing for anything else or what fits no calendar.
inline std::optional<std::chrono::sys_time<std::chrono::milliseconds>> unixTimeAt(const Json& object,
                                                                                  std::string_view key) {
  const Json& value = at(object, key);
  if (!value.is_number()) return std::nullopt;
  const double seconds = value.get<double>();
  if (!(seconds > 0 && seconds < 253402300799.0)) return std::nullopt;  // up to the year 9999
  // Rounded: 1417566161.123 is a little less in binary.
  return std::chrono::sys_time<std::chrono::milliseconds>(
      std::chrono::milliseconds(static_cast<std::int64_t>(std::llround(seconds * 1000.0))));
}

/// Deep enough for what registries send, and nothing for the stack: copying and writing a Json recurse.
inline constexpr std::size_t kMaxDetailDepth = 64;

/// Whether `value` nests at most `levels` deep.
inline bool nestsWithin(const Json& value, std::size_t levels) {
  if (!value.is_structured()) return true;
  if (levels == 0) return false;
  for (const Json& element : value) {
    if (!nestsWithin(element, levels - 1)) return false;
  }
  return true;
}

/// Copies what stands in `object` under `keys` into `details`, under the same names. What is absent, null or nested
/// deeper than kMaxDetailDepth stays out.
inline void keepDetails(Json& details, const Json& object, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    const Json& value = at(object, key);
    if (!value.is_null() && nestsWithin(value, kMaxDetailDepth)) details[std::string(key)] = value;
  }
}

}  // namespace landfall
