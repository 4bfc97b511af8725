// SPDX-License-Identifier: Apache-2.0
//
// What adapters need to take apart what registries say: references, digests and times. Header-only, pure, any thread;
// hostile text is a value like any other and never throws. Needs nothing but the standard library.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "landfall/adapter.hpp"

namespace landfall {

namespace detail {

inline bool isDigit(char c) { return c >= '0' && c <= '9'; }
inline bool isHex(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
inline bool allHex(std::string_view text) { return std::all_of(text.begin(), text.end(), isHex); }
inline std::string lowerHex(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace detail

/// Whether what a registry calls a tag is none: a colon stands in no tag, but in every digest.
inline bool isDigestLike(std::string_view tag) { return tag.find(':') != std::string_view::npos; }

/// The digest as Artifact wants it, or empty when `text` is none. Takes `sha256:` with 64 hex digits and `sha512:` with
/// 128; repairs 64 bare hex digits (JFrog) and upper-case hex. 40 hex digits, bare (Europa's test) or behind `sha256:`
/// (GitHub's example), are no digest.
inline std::string digestOrNothing(std::string_view text) {
  if (text.size() == 64 && detail::allHex(text)) return "sha256:" + detail::lowerHex(text);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  const auto algorithm = text.substr(0, colon);
  const auto hex = text.substr(colon + 1);
  const std::size_t length = algorithm == "sha256" ? 64 : algorithm == "sha512" ? 128 : 0;
  if (length == 0 || hex.size() != length || !detail::allHex(hex)) return {};
  return std::string(algorithm) + ":" + detail::lowerHex(hex);
}

/// Puts what a registry calls a tag where it belongs: a digest (Harbor's `tag` of an untagged push) goes to
/// `artifact.digest`, anything else to `artifact.tag`. Text with a colon that is no digest stays a tag: dropped, it
/// would leave an artifact that refreshes every subscriber of the repository.
inline void setTagOrDigest(Artifact& artifact, std::string_view text) {
  if (isDigestLike(text)) {
    if (std::string digest = digestOrNothing(text); !digest.empty()) {
      artifact.digest = std::move(digest);
      artifact.tag.clear();
      return;
    }
  }
  artifact.tag = text;
}

/// `host[:port]/path[:tag][@digest]`, taken apart. Empty: not there.
struct Reference {
  std::string repository;  ///< as it came: host, port and, for charts, scheme included
  std::string tag;
  std::string digest;  ///< as digestOrNothing gives it: what is no digest is dropped
};

/// Takes the digest off at `@` first, then a tag at the last `:` after the last `/`, so that a port is no tag.
/// IPv6 hosts come in brackets. Normalises nothing.
inline Reference splitReference(std::string_view text) {
  Reference reference;
  if (const auto sign = text.rfind('@');
      sign != std::string_view::npos && text.find('/', sign) == std::string_view::npos) {
    reference.digest = digestOrNothing(text.substr(sign + 1));
    text = text.substr(0, sign);
  }
  const auto scheme = text.find("://");
  const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto slash = text.substr(host).rfind('/');
  // With a scheme or brackets in front, what has no path is a host, and its colon a port's.
  const bool host_only = slash == std::string_view::npos && (host > 0 || text.starts_with('['));
  const std::size_t last_part = slash == std::string_view::npos ? host : host + slash + 1;
  const auto colon = text.rfind(':');
  if (!host_only && colon != std::string_view::npos && colon >= last_part) {
    reference.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  reference.repository = text;
  return reference;
}

namespace detail {

/// Reads a fixed number of digits off the front of a text.
class DigitReader {
 public:
  explicit DigitReader(std::string_view text) : text_(text) {}

  std::optional<int> number(std::size_t digits) {
    if (text_.size() < digits ||
        !std::all_of(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(digits), isDigit)) {
      return std::nullopt;
    }
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (text_[i] - '0');
    text_.remove_prefix(digits);
    return value;
  }
  bool take(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// Milliseconds of a fraction's digits, cut off behind the third; nothing when there is no digit.
  std::optional<int> fraction() {
    int value = 0;
    std::size_t digits = 0;
    for (; digits < text_.size() && isDigit(text_[digits]); ++digits) {
      if (digits < 3) value = value * 10 + (text_[digits] - '0');
    }
    if (digits == 0) return std::nullopt;
    for (std::size_t i = digits; i < 3; ++i) value *= 10;
    text_.remove_prefix(digits);
    return value;
  }
  bool atEnd() const { return text_.empty(); }

 private:
  std::string_view text_;
};

/// Minutes east of UTC: `Z`, `+hh:mm` or, as Java writes it, `+hhmm`.
inline std::optional<int> readOffset(DigitReader& reader) {
  if (reader.take("Zz")) return 0;
  const bool east = reader.take("+");
  if (!east && !reader.take("-")) return std::nullopt;
  const auto hours = reader.number(2);
  reader.take(":");
  const auto minutes = reader.number(2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return (east ? 1 : -1) * (*hours * 60 + *minutes);
}

}  // namespace detail

/// Reads RFC 3339 (`2026-11-20T10:00:00.123Z`, `2026-11-20T11:00:00+01:00`); fractions are cut to milliseconds. Nothing
/// for text without a zone, for what is no date, and for the year 1, with which Go says "none".
inline std::optional<std::chrono::sys_time<std::chrono::milliseconds>> readRfc3339(std::string_view text) {
  using namespace std::chrono;
  detail::DigitReader reader(text);
  const auto year_number = reader.number(4);
  if (!year_number || !reader.take("-")) return std::nullopt;
  const auto month_number = reader.number(2);
  if (!month_number || !reader.take("-")) return std::nullopt;
  const auto day_number = reader.number(2);
  if (!day_number || !reader.take("Tt ")) return std::nullopt;
  const auto hour = reader.number(2);
  if (!hour || !reader.take(":")) return std::nullopt;
  const auto minute = reader.number(2);
  if (!minute || !reader.take(":")) return std::nullopt;
  const auto second = reader.number(2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;  // 60: a leap second

  int fraction = 0;
  if (reader.take(".,")) {
    const auto digits = reader.fraction();
    if (!digits) return std::nullopt;
    fraction = *digits;
  }
  const auto offset = detail::readOffset(reader);
  if (!offset || !reader.atEnd() || *year_number <= 1) return std::nullopt;

  const year_month_day date{year(*year_number), month(static_cast<unsigned>(*month_number)),
                            day(static_cast<unsigned>(*day_number))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date) + hours(*hour) + minutes(*minute - *offset) + seconds(*second) + milliseconds(fraction);
}

}  // namespace landfall
