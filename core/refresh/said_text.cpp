// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/said_text.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace landfall::refresh {
namespace {

constexpr std::string_view kInstead = "[redacted]";

constexpr std::size_t kProbe = sizeof(std::uint32_t);  // also the length of the shortest secret

std::uint32_t probeAt(std::string_view text, std::size_t at) {
  std::uint32_t probe = 0;
  std::memcpy(&probe, text.data() + at, kProbe);
  return probe;
}

void set(std::vector<bool>& marks, std::size_t begin, std::size_t end) {
  std::fill(marks.begin() + static_cast<std::ptrdiff_t>(begin), marks.begin() + static_cast<std::ptrdiff_t>(end), true);
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; }

/// The bytes of one UTF-8 character at the front of `text`; 0 when there is none.
std::size_t utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(text[i])) return 0;
  }
  const unsigned char second = byte(1);  // overlong forms, surrogates, beyond U+10FFFF
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
      (first == 0xf4 && second > 0x8f))
    return 0;
  return length;
}

/// One character at the front of `text`, fit for people; `length` is how many bytes it stands for.
std::string_view printable(std::string_view text, Lines lines, std::size_t& length) {
  length = utf8Length(text);
  if (length == 0) {
    length = 1;
    return "?";
  }
  const char first = text.front();
  const bool kept = lines == Lines::Kept && (first == '\n' || first == '\t');
  const bool control = length == 1 && (first == 0x7f || (first >= 0 && first < ' '));
  return control && !kept ? " " : text.substr(0, length);
}

void cutFront(std::string& text) {
  if (text.size() <= kKeptText) return;
  std::size_t begin = text.size() - kKeptText;
  while (begin < text.size() && continues(text[begin])) ++begin;
  text.erase(0, begin);
}

}  // namespace

Secrets::Secrets(std::vector<std::string> values) : values_(std::move(values)) {
  for (const std::string_view value : values_) {
    if (value.size() < kProbe) continue;
    by_beginning_[probeAt(value, 0)].push_back(value);
    by_end_[probeAt(value, value.size() - kProbe)].push_back(value);
  }
}

// Marked first and replaced later, so that secrets within secrets and secrets that overlap leave nothing of each other.
void Secrets::mark(std::string_view said, Keep keep, std::vector<bool>& marks) const {
  if (by_beginning_.empty()) return;
  for (std::size_t at = 0; at + kProbe <= said.size(); ++at) {
    const std::string_view rest = said.substr(at);
    if (const auto found = by_beginning_.find(probeAt(said, at)); found != by_beginning_.end()) {
      for (const auto secret : found->second) {
        if (rest.starts_with(secret)) set(marks, at, at + secret.size());
        if (keep == Keep::Beginning && secret.starts_with(rest)) set(marks, at, said.size());
      }
    }
    if (keep == Keep::Beginning) continue;
    const std::string_view so_far = said.substr(0, at + kProbe);
    if (const auto found = by_end_.find(probeAt(said, at)); found != by_end_.end()) {
      for (const auto secret : found->second) {
        if (secret.ends_with(so_far)) set(marks, 0, so_far.size());
      }
    }
  }
}

std::string saidText(std::string_view said, std::initializer_list<const Secrets*> secrets, Keep keep, Lines lines) {
  std::vector<bool> marks(said.size(), false);
  for (const auto* each : secrets) each->mark(said, keep, marks);

  const std::size_t kept = std::min(said.size(), kKeptText);
  std::size_t at = keep == Keep::Beginning ? 0 : said.size() - kept;
  const std::size_t end = at + kept;
  if (at > 0) {
    while (at < end && continues(said[at]) && !marks[at]) ++at;
  }
  std::string text;
  while (at < end) {
    std::size_t length = 1;
    std::string_view piece = kInstead;
    if (marks[at]) {
      while (at + length < end && marks[at + length]) ++length;
    } else {
      piece = printable(said.substr(at, end - at), lines, length);
    }
    if (keep == Keep::Beginning && text.size() + piece.size() > kKeptText) break;
    text += piece;
    at += length;
  }
  cutFront(text);
  while (text.ends_with(' ') || text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace landfall::refresh
