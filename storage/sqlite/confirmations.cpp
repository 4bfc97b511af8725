// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/confirmations.h"

#include "storage/sqlite/codes.h"

namespace landfall::sqlite {

void awaitConfirmation(WriteBatch& batch, std::int64_t row, const std::string& value) {
  batch.db.run("UPDATE deliveries SET confirmation = 0, awaits = ? WHERE row = ?", value, row);
}

void confirm(WriteBatch& batch, const std::vector<model::DeliveryId>& deliveries,
             std::optional<base::UtcTime> handled_at) {
  const auto confirmation = handled_at ? model::Confirmation::Handled : model::Confirmation::Missed;
  for (const auto& id : deliveries) {
    auto rows = batch.db.query(
        "UPDATE deliveries SET confirmation = ?, handled_at = ?, awaits = NULL WHERE id = ? AND confirmation = 0 "
        "RETURNING row",
        code(confirmation), handled_at, id.uuid);
    while (rows.next()) batch.changed_deliveries.insert(rows.integer(0));
  }
}

std::vector<storage::AwaitedConfirmation> awaitedConfirmations(Connection& db) {
  auto rows = db.query(
      "SELECT d.id, w.project, w.name, d.awaits, d.ended_at FROM deliveries d INDEXED BY deliveries_awaited "
      "JOIN warehouses w ON w.id = d.warehouse WHERE d.confirmation = 0 ORDER BY d.ended_at, d.row");
  std::vector<storage::AwaitedConfirmation> awaited;
  while (rows.next()) awaited.push_back({{rows.uuid(0)}, {rows.text(1), rows.text(2)}, rows.text(3), rows.time(4)});
  return awaited;
}

}  // namespace landfall::sqlite
