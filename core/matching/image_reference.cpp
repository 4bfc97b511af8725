// SPDX-License-Identifier: Apache-2.0
#include "core/matching/image_reference.h"

#include <algorithm>

#include "core/matching/go_url.h"

namespace landfall::matching {
namespace {

constexpr std::string_view kDockerHub = "index.docker.io";
constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::size_t kDigestHex = 64;
constexpr std::size_t kTagMax = 128;
constexpr std::size_t kPathMin = 2;
constexpr std::size_t kPathMax = 255;

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLower(char c) { return c >= 'a' && c <= 'z'; }
bool isPathCharacter(char c) { return isLower(c) || isDigit(c) || c == '_' || c == '.' || c == '/' || c == '-'; }
bool isTagCharacter(char c) { return (isPathCharacter(c) && c != '/') || (c >= 'A' && c <= 'Z'); }
bool isHexDigit(char c) { return isDigit(c) || (c >= 'a' && c <= 'f'); }

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

bool looksLikeRegistry(std::string_view part) {
  return part == "localhost" || part.find_first_of(".:") != std::string_view::npos;
}

/// A registry is good when Go reads exactly it as the host of a URL.
bool isRegistry(std::string_view registry) {
  const auto url = GoUrl::parse("//" + std::string(registry));
  return url && url->host() == registry;
}

std::optional<ImageRepository> parseRepository(std::string_view base) {
  std::string_view registry;
  std::string_view path = base;
  const auto slash = base.find('/');
  if (slash != std::string_view::npos && looksLikeRegistry(base.substr(0, slash))) {
    registry = base.substr(0, slash);
    path = base.substr(slash + 1);
  }
  if (path.size() < kPathMin || path.size() > kPathMax || !all(path, isPathCharacter)) return std::nullopt;
  if (!isRegistry(registry)) return std::nullopt;

  if (registry.empty() || registry == "docker.io") registry = kDockerHub;
  ImageRepository repository{std::string(registry), std::string(path)};
  if (registry == kDockerHub && path.find('/') == std::string_view::npos) repository.path.insert(0, "library/");
  return repository;
}

std::optional<ImageRepository> parseTagForm(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find('/', colon) != std::string_view::npos) return parseRepository(text);
  const std::string_view tag = text.substr(colon + 1);
  if (tag.empty() || tag.size() > kTagMax || !all(tag, isTagCharacter)) return std::nullopt;
  return parseRepository(text.substr(0, colon));
}

std::optional<ImageRepository> parseDigestForm(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digest = text.substr(at + 1);
  if (digest.substr(0, kDigestPrefix.size()) != kDigestPrefix) return std::nullopt;
  const std::string_view hex = digest.substr(kDigestPrefix.size());
  if (hex.size() != kDigestHex || !all(hex, isHexDigit)) return std::nullopt;

  const std::string_view base = text.substr(0, at);
  const auto tagged = parseTagForm(base);
  // What the tag form made of it is validated once more, now with "library/" counted in.
  return tagged ? parseRepository(tagged->registry + "/" + tagged->path) : parseRepository(base);
}

}  // namespace

std::optional<ImageRepository> parseImageReference(std::string_view text) {
  auto repository = parseTagForm(text);
  return repository ? repository : parseDigestForm(text);
}

}  // namespace landfall::matching
