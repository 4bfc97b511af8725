// SPDX-License-Identifier: Apache-2.0
#include "core/config/names.h"

#include <algorithm>

namespace landfall::config {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

bool isLowerAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool isAlnum(char c) { return isLowerAlnum(c) || (c >= 'A' && c <= 'Z'); }

bool allOf(std::string_view text, bool (*legal)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), legal);
}

}  // namespace

bool isObjectName(std::string_view text) {
  if (text.empty() || text.size() > kLongestName) return false;
  char before = '.';
  for (const char c : text) {
    if (!isLowerAlnum(c) && c != '-' && c != '.') return false;
    if (c == '-' && before == '.') return false;
    if (c == '.' && (before == '-' || before == '.')) return false;
    before = c;
  }
  return isLowerAlnum(before);
}

bool isNamespace(std::string_view text) {
  return text.size() <= kLongestLabel && isObjectName(text) && text.find('.') == std::string_view::npos;
}

bool isAnnotationKey(std::string_view text) {
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    if (!isObjectName(text.substr(0, slash))) return false;
    text.remove_prefix(slash + 1);
  }
  return text.size() <= kLongestLabel &&
         allOf(text, [](char c) { return isAlnum(c) || c == '-' || c == '_' || c == '.'; }) && isAlnum(text.front()) &&
         isAlnum(text.back());
}

bool isKind(std::string_view text) {
  return text.size() <= kLongestLabel && allOf(text, isAlnum) && text.front() >= 'A' && text.front() <= 'Z';
}

bool isApiVersion(std::string_view text) {
  std::string_view version = text;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    if (!isObjectName(text.substr(0, slash))) return false;
    version.remove_prefix(slash + 1);
    if (version.empty()) return true;
  }
  return isNamespace(version) && version.front() == 'v';
}

bool isSecretKey(std::string_view text) {
  return text.size() <= kLongestName &&
         allOf(text, [](char c) { return isAlnum(c) || c == '-' || c == '_' || c == '.'; });
}

bool isHttpToken(std::string_view text) {
  return allOf(
      text, [](char c) { return isAlnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos; });
}

bool isHeaderValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

}  // namespace landfall::config
