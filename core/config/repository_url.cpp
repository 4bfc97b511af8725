// SPDX-License-Identifier: Apache-2.0
#include "core/config/repository_url.h"

#include <algorithm>

namespace landfall::config {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isAlnum(char c) { return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isWord(char c) { return isAlnum(c) || c == '_'; }

bool isPort(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), isDigit); }

/// Words with single dots or hyphens between them.
bool isImagePart(std::string_view text) {
  bool word_before = false;
  for (const char c : text) {
    if (!isWord(c) && (!word_before || (c != '.' && c != '-'))) return false;
    word_before = isWord(c);
  }
  return word_before;
}

/// Takes `scheme` off the front.
bool skip(std::string_view& text, std::string_view scheme) {
  if (!text.starts_with(scheme)) return false;
  text.remove_prefix(scheme.size());
  return true;
}

}  // namespace

bool isImageRepository(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view first = text.substr(0, slash);
  if (const std::size_t colon = first.find(':'); colon != std::string_view::npos) {
    if (slash == std::string_view::npos || !isImagePart(first.substr(0, colon)) || !isPort(first.substr(colon + 1))) {
      return false;
    }
    text.remove_prefix(slash + 1);
  }
  for (;;) {
    const std::size_t end = text.find('/');
    if (!isImagePart(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

bool isChartRepository(std::string_view text) {
  if (!skip(text, "http://") && !skip(text, "https://") && !skip(text, "oci://")) return false;
  const auto host_end =
      std::find_if(text.begin(), text.end(), [](char c) { return !isWord(c) && c != '.' && c != '-'; });
  if (host_end == text.begin()) return false;
  text.remove_prefix(static_cast<std::size_t>(host_end - text.begin()));
  if (skip(text, ":")) {
    const std::size_t port_end = std::min(text.find('/'), text.size());
    if (!isPort(text.substr(0, port_end))) return false;
    text.remove_prefix(port_end);
  }
  return text.empty() || (text[0] == '/' && text.find('\n') == std::string_view::npos);
}

bool isGitRepository(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return false;
  if (skip(text, "ssh://") || skip(text, "http://") || skip(text, "https://")) {
    const std::size_t slash = text.find('/');
    return slash != std::string_view::npos && slash > 0;
  }
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0) return false;
  const std::size_t colon = text.find(':', at);
  return colon != std::string_view::npos && colon > at + 1 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at),
                     [](char c) { return isWord(c) || c == '-'; });
}

bool isGitBranch(std::string_view text) {
  if (text.empty() || text.size() > 255 || !isAlnum(text.front())) return false;
  if (!isWord(text.back()) && text.back() != '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return isWord(c) || c == '.' || c == '/' || c == '-'; });
}

}  // namespace landfall::config
