// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/uuid.h"

namespace landfall::model {

using EventId = base::Id<struct EventTag>;
using DeliveryId = base::Id<struct DeliveryTag>;

/// Names a Warehouse for ever, also when it is no longer configured.
struct WarehouseKey {
  std::string project;
  std::string name;

  auto operator<=>(const WarehouseKey&) const = default;
  /// "shop/api", for logs and people.
  std::string text() const { return project + "/" + name; }
};

/// Names a receiver. A receiver of the cluster has no project and reaches the Warehouses of all.
struct ReceiverKey {
  std::optional<std::string> project;
  std::string name;

  auto operator<=>(const ReceiverKey&) const = default;
  /// "shop/quay-prod", "-/quay-prod" for one of the cluster.
  std::string text() const { return project.value_or("-") + "/" + name; }
};

}  // namespace landfall::model

template <>
struct std::hash<landfall::model::WarehouseKey> {
  std::size_t operator()(const landfall::model::WarehouseKey& key) const noexcept {
    return std::hash<std::string>{}(key.project) * 31 + std::hash<std::string>{}(key.name);
  }
};
