// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/said_text.h"

#include <algorithm>

namespace landfall::refresh {
namespace {

constexpr std::string_view kInstead = "[redacted]";

/// Which bytes belong to a secret. Marked first and replaced later, so that secrets within secrets and secrets that
/// overlap leave nothing of each other.
class Marks {
 public:
  explicit Marks(std::string_view said) : said_(said), marks_(said.size(), false) {}

  void markAll(std::string_view secret) {
    std::size_t done = 0;
    for (auto at = said_.find(secret); at != std::string_view::npos; at = said_.find(secret, at + 1)) {
      const std::size_t end = at + secret.size();
      mark(std::max(at, done), end);
      done = end;
    }
  }

  /// The longest part of a secret that is left at the end of `said` (the beginning is what is kept) or at its
  /// beginning, where it may have been cut.
  void markCut(std::string_view secret, Keep keep) {
    if (keep == Keep::Beginning) {
      const auto first = secret.substr(0, kShortestSecret);
      const std::size_t from = said_.size() - std::min(said_.size(), secret.size());
      for (auto at = said_.find(first, from); at != std::string_view::npos; at = said_.find(first, at + 1)) {
        if (secret.starts_with(said_.substr(at))) return mark(at, said_.size());
      }
    } else {
      const auto last = secret.substr(secret.size() - kShortestSecret);
      for (auto at = said_.substr(0, secret.size()).rfind(last); at != std::string_view::npos;
           at = at == 0 ? std::string_view::npos : said_.rfind(last, at - 1)) {
        const std::size_t end = at + kShortestSecret;
        if (secret.ends_with(said_.substr(0, end))) return mark(0, end);
      }
    }
  }

  bool at(std::size_t index) const { return marks_[index]; }

 private:
  void mark(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) marks_[i] = true;
  }

  const std::string_view said_;
  std::vector<bool> marks_;
};

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

std::string saidText(std::string_view said, const std::vector<std::string_view>& secrets, Keep keep, Lines lines) {
  Marks marks(said);
  for (const auto secret : secrets) {
    if (secret.size() < kShortestSecret) continue;
    marks.markAll(secret);
    marks.markCut(secret, keep);
  }

  const std::size_t kept = std::min(said.size(), kKeptText);
  std::size_t at = keep == Keep::Beginning ? 0 : said.size() - kept;
  const std::size_t end = at + kept;
  if (at > 0) {
    while (at < end && continues(said[at]) && !marks.at(at)) ++at;
  }
  std::string text;
  while (at < end) {
    std::size_t length = 1;
    std::string_view piece = kInstead;
    if (marks.at(at)) {
      while (at + length < end && marks.at(at + length)) ++length;
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
