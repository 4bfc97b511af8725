// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "core/model/ids.h"
#include "storage/sqlite/connection.h"

namespace landfall::sqlite {

/// The short numbers that stand for receivers, repositories and Warehouses in the rows of events and deliveries; gives
/// a new name its number. Remembers the ones in use. For the writer's thread, inside its transaction.
class Names {
 public:
  explicit Names(Connection& db) : db_(db) {}

  std::int64_t receiver(const model::ReceiverKey& key, const std::string& adapter);
  std::int64_t repository(const std::string& name);
  std::int64_t warehouse(const model::WarehouseKey& key);

  /// After a rollback, which may have taken back a number that was given.
  void forget();

 private:
  using Known = std::unordered_map<std::string, std::int64_t>;

  Connection& db_;
  Known receivers_;
  Known repositories_;
  Known warehouses_;
};

/// A receiver's project as it stands in the file: "-" for one of the cluster.
std::string storedProject(const model::ReceiverKey& key);

}  // namespace landfall::sqlite
