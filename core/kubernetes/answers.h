// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/kubernetes/object.h"

namespace landfall::kubernetes {

// What an API server's JSON says. Any text is good: nothing, or an empty value, stands for what is not as it should be.

/// An object with a name; `type` is what it is when it does not say so itself, as the items of a list do not.
std::optional<Object> readObject(const std::string& json, const ResourceType& type);

/// Nothing when it is no list.
std::optional<ListPage> readList(const std::string& json, const ResourceType& type);

/// meta.k8s.io's Status.
struct StatusAnswer {
  std::string reason;
  std::string message;
  int code = 0;
};
std::optional<StatusAnswer> readStatus(const std::string& json);

/// One line of a watch.
struct WatchLine {
  enum class Type { Changed, Deleted, Bookmark, Error };
  Type type = Type::Error;
  std::string resource_version;  ///< empty when it does not say
  std::optional<Object> object;  ///< of Changed and Deleted; nothing: it has no name
  StatusAnswer status;           ///< of Error
};
/// Nothing when it is no event.
std::optional<WatchLine> readWatchLine(const std::string& line, const ResourceType& type);

/// APIResourceList: how `kind` is served in this version.
std::optional<ResourceType> readResourceType(const std::string& json, const std::string& kind);
/// APIGroup: its versions, the preferred one first.
std::vector<std::string> readVersions(const std::string& json);

}  // namespace landfall::kubernetes
