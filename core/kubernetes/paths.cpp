// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/paths.h"

#include <fmt/format.h>

namespace landfall::kubernetes {

/// RFC 3986's unreserved characters stay, all else is escaped: right in a segment as in a query.
std::string escaped(std::string_view text) {
  constexpr std::string_view kStays = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kStays.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

std::optional<std::string> pathOf(const ResourceType& type, const std::string& space, const std::string& name,
                                  std::string_view subresource) {
  if (type.version.empty() || type.plural.empty()) return std::nullopt;
  std::string path = type.group.empty() ? "/api" : "/apis";
  const auto add = [&](std::string_view segment) {
    if (segment == "." || segment == "..") return false;
    if (!segment.empty()) path += "/" + escaped(segment);
    return true;
  };
  const bool in_namespace = type.namespaced && !space.empty();
  if (add(type.group) && add(type.version) && (!in_namespace || (add("namespaces") && add(space))) &&
      add(type.plural) && add(name) && add(subresource))
    return path;
  return std::nullopt;
}

void addQuery(std::string& path, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  path += path.find('?') == std::string::npos ? '?' : '&';
  path += fmt::format("{}={}", name, escaped(value));
}

}  // namespace landfall::kubernetes
