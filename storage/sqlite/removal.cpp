// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <optional>
#include <set>

#include "storage/sqlite/codes.h"
#include "storage/sqlite/event_marks.h"
#include "storage/sqlite/owed_events.h"
#include "storage/sqlite/retention.h"

namespace landfall::sqlite {
namespace {

using Steady = std::chrono::steady_clock;

// So that whoever records meanwhile, and the commit of it all, stay far under the 50 ms that are promised.
constexpr std::chrono::milliseconds kMostTime{8};

constexpr std::int64_t kLinksAtOnce = 1000;

/// One transaction's work, as far as its time goes.
class Remover {
 public:
  explicit Remover(WriteBatch& batch) : batch_(batch), db_(batch.db), owed_(batch.db) {}

  storage::Pruned run(const Removal& removal) {
    for (const auto row : removal.events) {
      removeEvent(row);
      if (timeIsUp()) break;
    }
    for (const auto row : removal.deliveries) removeDelivery(row);
    for (const auto& id : removal.aliases) db_.run("DELETE FROM delivery_aliases WHERE id = ?", id);
    for (const auto id : removal.warehouses) {
      forgotten_ += db_.run(
          "DELETE FROM warehouses WHERE id = ?1 AND (last_start_at IS NULL OR last_start_at < ?2) "
          "AND NOT EXISTS (SELECT 1 FROM deliveries WHERE warehouse = ?1)",
          id, removal.warehouses_idle_since);
    }
    if (removal.counts_before) removeCounts(db_, *removal.counts_before);
    removeSpans();
    removeNames();
    pruned_.more = removal.more;
    return pruned_;
  }

 private:
  struct Link {
    std::int64_t delivery = 0;
    bool ended = false;
  };

  bool timeIsUp() const { return Steady::now() - begun_ > kMostTime; }

  std::vector<Link> linksOf(std::int64_t event) {
    auto rows = db_.query(
        "SELECT l.delivery, d.state NOT IN (0, 1) FROM delivery_events l CROSS JOIN deliveries d ON d.row = l.delivery "
        "WHERE l.event = ? LIMIT ?",
        event, kLinksAtOnce);
    std::vector<Link> links;
    while (rows.next()) links.push_back({rows.integer(0), rows.integer(1) != 0});
    return links;
  }

  // An event of very many deliveries goes link by link, over several transactions.
  void removeEvent(std::int64_t event) {
    for (auto links = linksOf(event); !links.empty(); links = linksOf(event)) {
      for (const auto& link : links) {
        if (!link.ended && owed_.isOwedTo(link.delivery, event)) return;
      }
      for (const auto& link : links) {
        db_.run("DELETE FROM delivery_events WHERE delivery = ? AND event = ?", link.delivery, event);
        if (link.ended) removeDelivery(link.delivery);
        if (timeIsUp()) return;
      }
    }
    {
      auto rows = db_.query("SELECT repository FROM artifacts WHERE event = ?", event);
      while (rows.next()) repositories_.insert(rows.integer(0));
    }
    // Its body and artifacts go with it.
    if (db_.run("DELETE FROM events WHERE row = ?", event) == 0) return;
    ++pruned_.events;
    event_blocks_.insert(event >> kSpanShift);
    mark_blocks_.insert(event >> kMarkShift);
  }

  void removeDelivery(std::int64_t row) {
    std::optional<model::DeliveryState> state;
    {
      auto rows = db_.query(
          "DELETE FROM deliveries WHERE row = ?1 AND state NOT IN (0, 1) "
          "AND NOT EXISTS (SELECT 1 FROM delivery_events WHERE delivery = ?1) RETURNING state",
          row);
      while (rows.next()) state = deliveryStateOf(rows.integer(0));
    }
    if (!state) return;
    batch_.counts.moveDelivery(state, std::nullopt);
    ++pruned_.deliveries;
    delivery_blocks_.insert(row >> kSpanShift);
  }

  void removeSpans() {
    for (const auto block : event_blocks_) {
      db_.run(
          "DELETE FROM event_spans WHERE block = ?1 AND NOT EXISTS (SELECT 1 FROM events WHERE row BETWEEN ?2 AND ?3)",
          block, block << kSpanShift, ((block + 1) << kSpanShift) - 1);
    }
    for (const auto block : mark_blocks_) {
      db_.run(
          "DELETE FROM event_marks WHERE block = ?1 AND NOT EXISTS (SELECT 1 FROM events WHERE row BETWEEN ?2 AND ?3)",
          block, block << kMarkShift, ((block + 1) << kMarkShift) - 1);
    }
    if (!mark_blocks_.empty()) batch_.marks.forget();
    for (const auto block : delivery_blocks_) {
      db_.run(
          "DELETE FROM delivery_spans WHERE block = ?1 "
          "AND NOT EXISTS (SELECT 1 FROM deliveries WHERE row BETWEEN ?2 AND ?3)",
          block, block << kSpanShift, ((block + 1) << kSpanShift) - 1);
    }
  }

  void removeNames() {
    for (const auto id : repositories_) {
      forgotten_ += db_.run(
          "DELETE FROM repositories WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM artifacts WHERE repository = ?1)", id);
    }
    if (forgotten_ > 0) batch_.names.forget();
  }

  WriteBatch& batch_;
  Connection& db_;
  OwedEvents owed_;
  const Steady::time_point begun_ = Steady::now();
  storage::Pruned pruned_;
  int forgotten_ = 0;  ///< names whose numbers must not be given out any more
  std::set<std::int64_t> repositories_;
  std::set<std::int64_t> mark_blocks_;
  std::set<std::int64_t> event_blocks_;
  std::set<std::int64_t> delivery_blocks_;
};

}  // namespace

storage::Pruned remove(WriteBatch& batch, const Removal& removal) { return Remover(batch).run(removal); }

}  // namespace landfall::sqlite
