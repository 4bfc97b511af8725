// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/kubernetes/object.h"

namespace landfall::kubernetes {

/// For a segment of a path or a value of a query.
std::string escaped(std::string_view text);

/// Where the API has the objects of `type`, those of one namespace or all, or one of them, or a subresource of it.
/// Nothing when a part cannot stand in a path: "..", say, would lead elsewhere.
std::optional<std::string> pathOf(const ResourceType& type, const std::string& space, const std::string& name = {},
                                  std::string_view subresource = {});

/// Appends "?name=value" or "&name=value", escaped; nothing when the value is empty.
void addQuery(std::string& path, std::string_view name, std::string_view value);

}  // namespace landfall::kubernetes
