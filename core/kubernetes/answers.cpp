// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/answers.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace landfall::kubernetes {
namespace {

using nlohmann::json;

/// Deeper than any real object, and shallow enough for whoever walks through it by recursion.
constexpr int kMostLevels = 200;

json parse(const std::string& text) {
  return json::parse(
      text,
      [](int depth, json::parse_event_t event, json&) {
        const bool begins = event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
        return !begins || depth < kMostLevels;
      },
      false);
}

const json& member(const json& object, std::string_view key) {
  static const json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

std::string text(const json& object, std::string_view key) {
  const json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : "";
}

std::optional<Object> toObject(json value, const ResourceType& type) {
  const json& metadata = member(value, "metadata");
  Object object{text(metadata, "namespace"), text(metadata, "name"), text(metadata, "resourceVersion"), ""};
  if (object.name.empty()) return std::nullopt;
  if (text(value, "kind").empty()) value["kind"] = type.kind;
  if (text(value, "apiVersion").empty()) value["apiVersion"] = type.apiVersion();
  object.json = value.dump();
  return object;
}

StatusAnswer toStatus(const json& value) {
  const json& code = member(value, "code");
  return {text(value, "reason"), text(value, "message"), code.is_number_integer() ? code.get<int>() : 0};
}

std::optional<WatchLine::Type> toType(const std::string& text) {
  if (text == "ADDED" || text == "MODIFIED") return WatchLine::Type::Changed;
  if (text == "DELETED") return WatchLine::Type::Deleted;
  if (text == "BOOKMARK") return WatchLine::Type::Bookmark;
  if (text == "ERROR") return WatchLine::Type::Error;
  return std::nullopt;
}

}  // namespace

std::optional<Object> readObject(const std::string& body, const ResourceType& type) {
  return toObject(parse(body), type);
}

std::optional<ListPage> readList(const std::string& body, const ResourceType& type) {
  json list = parse(body);
  const json& metadata = member(list, "metadata");
  const json& items = member(list, "items");
  // Go writes an empty list as null here and there.
  if (!metadata.is_object() || !list.contains("items") || !(items.is_array() || items.is_null())) return std::nullopt;
  ListPage page{{}, text(metadata, "resourceVersion"), text(metadata, "continue")};
  if (items.is_null()) return page;
  for (json& item : list["items"]) {
    if (auto object = toObject(std::move(item), type)) {
      page.objects.push_back(*std::move(object));
    } else {
      ++page.unreadable;
    }
  }
  return page;
}

std::optional<StatusAnswer> readStatus(const std::string& body) {
  const json value = parse(body);
  if (text(value, "kind") != "Status") return std::nullopt;
  return toStatus(value);
}

std::optional<WatchLine> readWatchLine(const std::string& line, const ResourceType& type) {
  json value = parse(line);
  const auto what = toType(text(value, "type"));
  if (!what || !member(value, "object").is_object()) return std::nullopt;
  json& object = value["object"];
  WatchLine read;
  read.type = *what;
  if (*what == WatchLine::Type::Error) {
    read.status = toStatus(object);
    return read;
  }
  read.resource_version = text(member(object, "metadata"), "resourceVersion");
  if (*what != WatchLine::Type::Bookmark) read.object = toObject(std::move(object), type);
  return read;
}

std::optional<ResourceType> readResourceType(const std::string& body, const std::string& kind) {
  const json list = parse(body);
  const std::string group_version = text(list, "groupVersion");
  const json& resources = member(list, "resources");
  if (group_version.empty() || !resources.is_array()) return std::nullopt;
  const auto slash = group_version.find('/');
  for (const json& resource : resources) {
    const std::string plural = text(resource, "name");
    // "warehouses/status" is of the same kind.
    if (text(resource, "kind") != kind || plural.empty() || plural.find('/') != std::string::npos) continue;
    const json& namespaced = member(resource, "namespaced");
    return ResourceType{slash == std::string::npos ? "" : group_version.substr(0, slash),
                        slash == std::string::npos ? group_version : group_version.substr(slash + 1), plural, kind,
                        namespaced.is_boolean() && namespaced.get<bool>()};
  }
  return std::nullopt;
}

std::vector<std::string> readVersions(const std::string& body) {
  const json group = parse(body);
  std::vector<std::string> versions;
  if (auto preferred = text(member(group, "preferredVersion"), "version"); !preferred.empty())
    versions.push_back(std::move(preferred));
  const json& all = member(group, "versions");
  if (!all.is_array()) return versions;
  for (const json& entry : all) {
    auto version = text(entry, "version");
    if (!version.empty() && std::find(versions.begin(), versions.end(), version) == versions.end())
      versions.push_back(std::move(version));
  }
  return versions;
}

}  // namespace landfall::kubernetes
