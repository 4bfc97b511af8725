// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/pages.h"

#include <fmt/core.h>

#include <charconv>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "storage/sqlite/codes.h"
#include "storage/sqlite/delivery_rows.h"
#include "storage/sqlite/event_rows.h"
#include "storage/sqlite/row_sources.h"

namespace landfall::sqlite {
namespace {

constexpr std::size_t kMostPerPage = 1000;
constexpr char kEventCursor = 'e';
constexpr char kDeliveryCursor = 'd';

std::string cursorText(char list, std::int64_t row) { return fmt::format("{}{:x}", list, row); }

// The row of the last item of the page before.
std::optional<std::int64_t> parseCursor(char list, const std::string& text) {
  if (text.size() < 2 || text[0] != list) return std::nullopt;
  std::int64_t row = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), row, 16);
  if (error != std::errc() || end != text.data() + text.size() || row <= 0) return std::nullopt;
  // Only what we wrote ourselves: no signs, no zeros in front, no capitals.
  return cursorText(list, row) == text ? std::optional(row) : std::nullopt;
}

base::Result<PageStart> startOf(char list, const storage::PageRequest& request) {
  if (request.limit < 1 || request.limit > kMostPerPage) {
    return base::invalidArgument(
        fmt::format("a page has 1 to {} items, and {} were asked for", kMostPerPage, request.limit));
  }
  PageStart start{std::numeric_limits<std::int64_t>::max(), request.limit};
  if (request.cursor) {
    const auto row = parseCursor(list, *request.cursor);
    if (!row) return base::invalidArgument("the cursor is not one that a page of this list ended with");
    start.from = *row - 1;
  }
  return start;
}

std::vector<std::int64_t> numbers(Rows rows) {
  std::vector<std::int64_t> all;
  while (rows.next()) all.push_back(rows.integer(0));
  return all;
}

std::unique_ptr<RowSource> oneOf(Connection& db, const char* sql, const std::vector<std::int64_t>& values) {
  RowSources sources;
  for (const auto value : values) sources.push_back(std::make_unique<ValueSource>(db, sql, value));
  return std::make_unique<UnionSource>(std::move(sources));
}

void addTimes(RowSources& sources, Connection& db, TimeSource::Sql sql, const std::optional<base::UtcTime>& since,
              const std::optional<base::UtcTime>& until) {
  if (!since && !until) return;
  sources.push_back(std::make_unique<TimeSource>(db, sql, since.value_or(base::UtcTime::min()),
                                                 until.value_or(base::UtcTime::max())));
}

constexpr TimeSource::Sql kEventTimes = {
    "SELECT block FROM event_spans WHERE block <= ?1 AND last_at >= ?2 AND first_at < ?3 ORDER BY block DESC LIMIT 1",
    "SELECT row FROM events WHERE row BETWEEN ?1 AND ?2 AND received_at >= ?3 AND received_at < ?4 "
    "ORDER BY row DESC LIMIT 1"};

constexpr TimeSource::Sql kDeliveryTimes = {
    "SELECT block FROM delivery_spans WHERE block <= ?1 AND last_at >= ?2 AND first_at < ?3 "
    "ORDER BY block DESC LIMIT 1",
    "SELECT row FROM deliveries WHERE row BETWEEN ?1 AND ?2 AND created_at >= ?3 AND created_at < ?4 "
    "ORDER BY row DESC LIMIT 1"};

std::unique_ptr<RowSource> withRepository(Connection& db, const std::string& name) {
  return oneOf(db, "SELECT event FROM artifacts WHERE repository = ? AND event <= ? ORDER BY event DESC LIMIT 1",
               numbers(db.query("SELECT id FROM repositories WHERE name = ?", name)));
}

std::unique_ptr<RowSource> withAction(Connection& db, model::Action action) {
  RowSources sources;
  sources.push_back(std::make_unique<MarkSource>(
      db, MarkKind::Action, code(action),
      "SELECT row FROM events WHERE row BETWEEN ? AND ? AND action = ? ORDER BY row DESC LIMIT 1"));
  sources.push_back(std::make_unique<ValueSource>(
      db, "SELECT event FROM artifacts WHERE action = ? AND event <= ? ORDER BY event DESC LIMIT 1", code(action)));
  return std::make_unique<UnionSource>(std::move(sources));
}

std::unique_ptr<RowSource> withReceiver(Connection& db, const storage::EventFilter& filter) {
  RowSources sources;
  for (const auto receiver : numbers(db.query("SELECT id FROM receivers WHERE (?1 IS NULL OR project = ?1) "
                                              "AND (?2 IS NULL OR name = ?2) AND (?3 IS NULL OR adapter = ?3)",
                                              filter.project, filter.receiver, filter.adapter))) {
    sources.push_back(std::make_unique<MarkSource>(
        db, MarkKind::Receiver, receiver,
        "SELECT row FROM events WHERE row BETWEEN ? AND ? AND receiver = ? ORDER BY row DESC LIMIT 1"));
  }
  return std::make_unique<UnionSource>(std::move(sources));
}

RowSources sourcesOf(Connection& db, const storage::EventFilter& filter) {
  RowSources sources;
  if (filter.tag) {
    sources.push_back(std::make_unique<ValueSource>(
        db, "SELECT event FROM artifacts WHERE tag = ? AND event <= ? ORDER BY event DESC LIMIT 1", *filter.tag));
  }
  if (filter.repository) sources.push_back(withRepository(db, *filter.repository));
  if (filter.project || filter.receiver || filter.adapter) {
    sources.push_back(withReceiver(db, filter));
  }
  if (filter.outcome) {
    sources.push_back(std::make_unique<MarkSource>(
        db, MarkKind::Outcome, code(*filter.outcome),
        "SELECT row FROM events WHERE row BETWEEN ? AND ? AND outcome = ? ORDER BY row DESC LIMIT 1"));
  }
  if (filter.action) sources.push_back(withAction(db, *filter.action));
  addTimes(sources, db, kEventTimes, filter.since, filter.until);
  if (sources.empty()) {
    sources.push_back(
        std::make_unique<EveryRow>(db, "SELECT row FROM events WHERE row <= ? ORDER BY row DESC LIMIT 1"));
  }
  return sources;
}

// There may be a hundred thousand, so each way of asking has an index.
std::vector<std::int64_t> warehousesOf(Connection& db, const storage::DeliveryFilter& filter) {
  if (filter.project && filter.warehouse) {
    return numbers(
        db.query("SELECT id FROM warehouses WHERE project = ? AND name = ?", *filter.project, *filter.warehouse));
  }
  if (filter.project) return numbers(db.query("SELECT id FROM warehouses WHERE project = ?", *filter.project));
  return numbers(db.query("SELECT id FROM warehouses WHERE name = ?", *filter.warehouse));
}

RowSources sourcesOf(Connection& db, const storage::DeliveryFilter& filter) {
  RowSources sources;
  if (filter.project || filter.warehouse) {
    sources.push_back(oneOf(db, "SELECT row FROM deliveries WHERE warehouse = ? AND row <= ? ORDER BY row DESC LIMIT 1",
                            warehousesOf(db, filter)));
  }
  if (filter.state) {
    sources.push_back(std::make_unique<ValueSource>(
        db, "SELECT row FROM deliveries WHERE state = ? AND row <= ? ORDER BY row DESC LIMIT 1", code(*filter.state)));
  }
  if (filter.reason) {
    sources.push_back(std::make_unique<ValueSource>(
        db, "SELECT row FROM deliveries WHERE reason = ? AND row <= ? ORDER BY row DESC LIMIT 1",
        code(*filter.reason)));
  }
  addTimes(sources, db, kDeliveryTimes, filter.since, filter.until);
  if (sources.empty()) {
    sources.push_back(
        std::make_unique<EveryRow>(db, "SELECT row FROM deliveries WHERE row <= ? ORDER BY row DESC LIMIT 1"));
  }
  return sources;
}

template <class Item, class Read>
storage::Page<Item> readPage(const RowSources& sources, const PageStart& start, char list, Read read) {
  storage::Page<Item> page;
  auto row = atMostInAll(sources, start.from);
  while (row && page.items.size() < start.limit) {
    page.items.push_back(read(*row));
    const auto last = *row;
    row = atMostInAll(sources, last - 1);
    if (row && page.items.size() == start.limit) page.next = cursorText(list, last);
  }
  return page;
}

}  // namespace

base::Result<PageStart> eventsStart(const storage::PageRequest& request) { return startOf(kEventCursor, request); }

base::Result<PageStart> deliveriesStart(const storage::PageRequest& request) {
  return startOf(kDeliveryCursor, request);
}

storage::Page<model::Event> readEvents(Connection& db, const storage::EventFilter& filter, const PageStart& start) {
  const ReadTransaction one_state(db);
  return readPage<model::Event>(sourcesOf(db, filter), start, kEventCursor,
                                [&](std::int64_t row) { return readEvent(db, row); });
}

storage::Page<model::Delivery> readDeliveries(Connection& db, const storage::DeliveryFilter& filter,
                                              const PageStart& start) {
  const ReadTransaction one_state(db);
  return readPage<model::Delivery>(sourcesOf(db, filter), start, kDeliveryCursor,
                                   [&](std::int64_t row) { return readDelivery(db, row); });
}

storage::Page<model::DeliveryId> readDeliveryIds(Connection& db, const storage::DeliveryFilter& filter,
                                                 const PageStart& start) {
  const ReadTransaction one_state(db);
  return readPage<model::DeliveryId>(sourcesOf(db, filter), start, kDeliveryCursor, [&](std::int64_t row) {
    auto rows = db.query("SELECT id FROM deliveries WHERE row = ?", row);
    rows.next();
    return model::DeliveryId{rows.uuid(0)};
  });
}

}  // namespace landfall::sqlite
