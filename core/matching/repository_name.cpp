// SPDX-License-Identifier: Apache-2.0
#include "core/matching/repository_name.h"

#include <algorithm>
#include <optional>

#include "core/matching/go_url.h"
#include "core/matching/image_reference.h"
#include "core/matching/unicode.h"

namespace landfall::matching {
namespace {

constexpr std::string_view kLibrary = "library/";
constexpr std::string_view kGitSuffix = ".git";

bool startsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

bool endsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

/// Drops what cannot be printed, wherever it stands; U+0020 is the only white space left, and falls away at both ends.
std::string sanitize(std::string_view text) {
  const std::string printable = printableOnly(text);
  const auto first = printable.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return printable.substr(first, printable.find_last_not_of(' ') - first + 1);
}

bool isWord(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/// The length of words joined by single dots at the front of `text`, 0 when it does not begin with a word.
std::size_t dottedWordsLength(std::string_view text) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (isWord(text[i])) {
      length = i + 1;
    } else if (text[i] != '.' || length != i || i == 0) {
      break;
    }
  }
  return length;
}

struct ScpForm {
  std::string_view place;  ///< `user@host` or `host`
  std::string_view path;
};

/// `[user@]host[:path]`, as git and scp write it.
std::optional<ScpForm> parseScpForm(std::string_view text) {
  const auto is_word = [](char c) { return isWord(c); };
  const auto user_end = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_word) - text.begin());
  const bool has_user = user_end > 0 && user_end < text.size() && text[user_end] == '@';
  const std::size_t host_at = has_user ? user_end + 1 : 0;
  const std::size_t host_length = dottedWordsLength(text.substr(host_at));
  if (host_length == 0) return std::nullopt;

  const std::size_t end = host_at + host_length;
  if (end == text.size()) return ScpForm{text, {}};
  if (text[end] != ':') return std::nullopt;
  return ScpForm{text.substr(0, end), text.substr(end + 1)};
}

/// One trailing slash falls away, then one `.git`.
std::string trimGitPath(std::string_view path) {
  if (endsWith(path, "/")) path.remove_suffix(1);
  if (endsWith(path, kGitSuffix)) path.remove_suffix(kGitSuffix.size());
  return std::string(path);
}

/// What nearly every sender writes, and what all the rules below leave as it is: "quay.io/shop/api", a registry with a
/// dot in its name that is none of Docker Hub's, and a path, all of plain lower-case characters.
bool isNormalImage(std::string_view text) {
  constexpr std::size_t kMostPath = 255;
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0) return false;
  const std::string_view registry = text.substr(0, slash);
  const std::string_view path = text.substr(slash + 1);
  if (registry.find('.') == std::string_view::npos || endsWith(registry, "docker.io")) return false;
  if (path.size() < 2 || path.size() > kMostPath) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '/';
  });
}

}  // namespace

std::string normalizeImage(std::string_view text) {
  if (isNormalImage(text)) return std::string(text);
  const auto repository = parseImageReference(sanitize(lowerCase(text)));
  if (!repository) return std::string(text);
  if (repository->registry != "index.docker.io" && repository->registry != "registry-1.docker.io") {
    return repository->registry + "/" + repository->path;
  }
  const std::string& path = repository->path;
  return startsWith(path, kLibrary) ? path.substr(kLibrary.size()) : path;
}

std::string normalizeChart(std::string_view text) {
  if (isNormalImage(text)) return std::string(text);
  constexpr std::string_view kOci = "oci://";
  const std::string sanitized = sanitize(text);
  if (!GoUrl::parse(sanitized)) return std::string(text);
  const std::string lower = lowerCase(sanitized);
  return normalizeImage(startsWith(lower, kOci) ? std::string_view(lower).substr(kOci.size()) : lower);
}

std::string normalizeGit(std::string_view text) {
  const std::string clean = sanitize(lowerCase(text));
  const bool web = startsWith(clean, "http://") || startsWith(clean, "https://");
  if (web || startsWith(clean, "ssh://")) {
    auto url = GoUrl::parse(clean);
    if (!url || url->hasQueryParameters()) return std::string(text);
    if (web) url->dropUser();
    url->setPath(trimGitPath(url->path()));
    return url->text();
  }

  const auto scp = parseScpForm(clean);
  if (!scp) return std::string(text);
  auto path = GoUrl::parse(scp->path);
  if (!path) return std::string(text);
  path->setPath(trimGitPath(path->path()));
  const std::string place = "ssh://" + std::string(scp->place);
  return path->path().empty() ? place : place + "/" + path->text();
}

RepositoryParts splitRegistry(std::string_view normalized) {
  const auto slash = normalized.find('/');
  if (slash == std::string_view::npos) return {{}, normalized};
  const std::string_view first = normalized.substr(0, slash);
  const bool registry = first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
  return registry ? RepositoryParts{first, normalized.substr(slash + 1)} : RepositoryParts{{}, normalized};
}

}  // namespace landfall::matching
