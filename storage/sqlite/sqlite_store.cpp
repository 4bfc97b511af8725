// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/sqlite_store.h"

#include <SQLiteCpp/Exception.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <filesystem>
#include <future>
#include <system_error>

#include "storage/sqlite/by_hand.h"
#include "storage/sqlite/changes.h"
#include "storage/sqlite/claims.h"
#include "storage/sqlite/confirmations.h"
#include "storage/sqlite/counts.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/delivery_rows.h"
#include "storage/sqlite/event_rows.h"
#include "storage/sqlite/migrations.h"
#include "storage/sqlite/pages.h"

namespace landfall::sqlite {
namespace {

constexpr std::size_t kMostReaders = 4;

// While somebody reads, the log of later commits only grows.
constexpr std::chrono::seconds kMostTimePerRead{10};

// Far over any body that a listener takes, far under what SQLite takes in one value.
constexpr std::size_t kMostBytesPerEvent = 256 << 20;

// ---- writes

/// Records one event.
class RecordJob final : public WriteJob {
 public:
  RecordJob(storage::NewEvent event, storage::RecordDone done) : event_(std::move(event)), done_(std::move(done)) {}

  void run(WriteBatch& batch) override {
    const auto inserted = insertEvent(batch, event_);
    const bool owes = inserted.outcome != model::Outcome::Duplicate;
    recorded_ = {event_.event.id, inserted.outcome, owes ? oweRefreshes(batch, event_, inserted.row) : 0};
  }

  void finish(const base::Status& status) noexcept override {
    done_(status.ok() ? base::Result<storage::Recorded>(recorded_) : base::Result<storage::Recorded>(status));
  }

 private:
  storage::NewEvent event_;
  storage::RecordDone done_;
  storage::Recorded recorded_;
};

/// Runs a function for somebody who waits for its Result (or Status).
template <class Work, class Answer>
class WaitedJob final : public WriteJob {
 public:
  explicit WaitedJob(Work work) : work_(std::move(work)) {}

  std::future<Answer> answer() { return promise_.get_future(); }

  void run(WriteBatch& batch) override {
    batch.joins.write(batch.changed_deliveries);  // for it to see
    answer_ = work_(batch);
    batch.joins.forget();  // deliveries that it opened are not those of the next
  }
  void finish(const base::Status& status) noexcept override {
    promise_.set_value(status.ok() ? std::move(answer_) : Answer(status));
  }

 private:
  Work work_;
  Answer answer_ = base::unavailable("not run");
  std::promise<Answer> promise_;
};

std::size_t sizeOf(const storage::NewEvent& event) {
  std::size_t bytes = event.body.size() + event.event.details.value_or("").size();
  for (const auto& header : event.event.headers) bytes += header.name.size() + header.value.size();
  return bytes;
}

std::uint64_t fileBytes(const std::string& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  return error ? 0 : bytes;
}

base::Status check(const storage::NewEvent& event) {
  const auto artifacts = event.event.artifacts.size();
  if (event.repository_keys.size() != artifacts) {
    return base::invalidArgument(fmt::format("an event with {} artifacts came with {} repository keys", artifacts,
                                             event.repository_keys.size()));
  }
  for (const auto& owed : event.owes) {
    for (const auto& match : owed.matches) {
      if (match.artifact >= artifacts) {
        return base::invalidArgument(fmt::format("{} is matched by artifact {} of an event that has {}",
                                                 owed.warehouse.text(), match.artifact, artifacts));
      }
    }
  }
  if (const auto bytes = sizeOf(event); bytes > kMostBytesPerEvent) {
    return {base::StatusCode::ResourceExhausted, fmt::format("an event of {} bytes is too large to be kept", bytes)};
  }
  return {};
}

// ---- opening

struct Opened {
  std::unique_ptr<RetainingVfs> vfs;
  std::unique_ptr<Connection> writer;
};

base::Result<Opened> openFile(const std::string& path) {
  try {
    auto vfs = std::make_unique<RetainingVfs>();
    auto connection = std::make_unique<Connection>(path, Access::Write, vfs->name());
    if (const auto fit = checkSchema(*connection, path); !fit.ok()) return fit;
    if (connection->readOnly()) return base::unavailable(path + " cannot be written");
    connection->makeDurable();
    migrate(*connection);
    return Opened{std::move(vfs), std::move(connection)};
  } catch (const SQLite::Exception& error) {
    return openingFailure(path, error);
  }
}

}  // namespace

base::Result<std::unique_ptr<storage::Store>> SqliteStore::open(const std::string& path, WriterLimits limits,
                                                                base::Log& log, storage::CommitObserver committed) {
  if (const auto fit = checkFile(path); !fit.ok()) return fit;
  auto lock = FileLock::take(path);
  if (!lock) return lock.status();
  const auto made = makeFile(path);
  if (!made) return made.status();
  NewFile file(*made ? path : "");
  auto opened = openFile(path);
  if (!opened) return opened.status();
  file.keep();
  return std::unique_ptr<storage::Store>(std::make_unique<SqliteStore>(std::move(lock).value(), std::move(opened->vfs),
                                                                       std::move(opened->writer), path, limits, log,
                                                                       std::move(committed)));
}

SqliteStore::SqliteStore(FileLock lock, std::unique_ptr<RetainingVfs> vfs, std::unique_ptr<Connection> writer,
                         std::string path, WriterLimits limits, base::Log& log, storage::CommitObserver committed)
    : path_(std::move(path)),
      lock_(std::move(lock)),
      vfs_(std::move(vfs)),
      readers_(path_, vfs_->name(), kMostReaders),
      writer_(std::move(writer), path_, limits, log, std::move(committed)) {}

SqliteStore::~SqliteStore() { close(); }

template <class Work>
auto SqliteStore::write(Work work) -> decltype(work(std::declval<WriteBatch&>())) {
  using Answer = decltype(work(std::declval<WriteBatch&>()));
  auto waited = std::make_unique<WaitedJob<Work, Answer>>(std::move(work));
  auto answer = waited->answer();
  std::unique_ptr<WriteJob> job = std::move(waited);
  if (const auto taken = writer_.submit(job); !taken.ok()) return taken;
  return answer.get();
}

template <class Work>
auto SqliteStore::read(Work work) -> decltype(work(std::declval<Connection&>())) {
  if (closed_) return base::unavailable(path_ + " is closed");
  try {
    const auto reader = readers_.borrow();
    (*reader).limitTime(kMostTimePerRead);
    return work(*reader);
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() != SQLITE_INTERRUPT) return databaseFailure(path_, error.what());
    return base::unavailable(fmt::format("{}: reading took longer than {} s; ask for less, as for a shorter time",
                                         path_, kMostTimePerRead.count()));
  } catch (const std::exception& error) {
    return databaseFailure(path_, error.what());
  }
}

void SqliteStore::record(storage::NewEvent event, storage::RecordDone done) {
  if (const auto fit = check(event); !fit.ok()) {
    done(fit);
    return;
  }
  const auto bytes = sizeOf(event);
  const auto owed = event.owes.size();
  auto shared_done = std::make_shared<storage::RecordDone>(std::move(done));
  std::unique_ptr<WriteJob> job = std::make_unique<RecordJob>(
      std::move(event), [shared_done](base::Result<storage::Recorded> result) { (*shared_done)(std::move(result)); });
  if (const auto taken = writer_.submitRecord(job, bytes, owed); !taken.ok()) (*shared_done)(taken);
}

void SqliteStore::onDeliveriesChanged(std::function<void()> listener) {
  writer_.onDeliveriesChanged(std::move(listener));
}

base::Result<std::vector<storage::ClaimedDelivery>> SqliteStore::claimDue(base::UtcTime now, std::size_t limit,
                                                                          const std::string& node,
                                                                          std::chrono::milliseconds lease) {
  const auto rows = write([&](WriteBatch& batch) -> base::Result<std::vector<std::int64_t>> {
    return sqlite::claimDue(batch, now, limit, node, lease);
  });
  if (!rows) return rows.status();
  if (rows->empty()) return std::vector<storage::ClaimedDelivery>();
  auto claimed = read([&](Connection& db) -> base::Result<std::vector<storage::ClaimedDelivery>> {
    const ReadTransaction one_state(db);
    std::vector<storage::ClaimedDelivery> all;
    for (const auto row : *rows) all.push_back(readClaimed(db, row));
    return all;
  });
  if (!claimed) {
    // Nobody will run them. Should even this fail, their leases end.
    const auto given_back = write([&](WriteBatch& batch) {
      giveBack(batch, *rows, node);
      return base::Status();
    });
    if (!given_back.ok()) return given_back;
  }
  return claimed;
}

base::Status SqliteStore::renewLeases(const std::vector<model::DeliveryId>& deliveries, const std::string& node,
                                      base::UtcTime lease_until) {
  return write([&](WriteBatch& batch) {
    sqlite::renewLeases(batch, deliveries, node, lease_until);
    return base::Status();
  });
}

base::Status SqliteStore::settle(const storage::Settlement& settlement) {
  return write([&](WriteBatch& batch) { return sqlite::settle(batch, settlement); });
}

base::Result<std::vector<storage::AwaitedConfirmation>> SqliteStore::awaitedConfirmations() {
  return read([](Connection& db) -> base::Result<std::vector<storage::AwaitedConfirmation>> {
    return sqlite::awaitedConfirmations(db);
  });
}

base::Status SqliteStore::confirm(const std::vector<model::DeliveryId>& deliveries,
                                  std::optional<base::UtcTime> handled_at) {
  return write([&](WriteBatch& batch) {
    sqlite::confirm(batch, deliveries, handled_at);
    return base::Status();
  });
}

base::Result<std::size_t> SqliteStore::takeBackClaims(base::UtcTime now) {
  return write([&](WriteBatch& batch) -> base::Result<std::size_t> { return sqlite::takeBackClaims(batch, now); });
}

base::Result<std::size_t> SqliteStore::bringForward(base::UtcTime latest) {
  return write([&](WriteBatch& batch) -> base::Result<std::size_t> { return sqlite::bringForward(batch, latest); });
}

base::Result<std::optional<base::UtcTime>> SqliteStore::nextDue() {
  return read([](Connection& db) -> base::Result<std::optional<base::UtcTime>> { return sqlite::nextDue(db); });
}

base::Result<model::Delivery> SqliteStore::retryDelivery(model::DeliveryId id, base::UtcTime now) {
  return write([&](WriteBatch& batch) { return sqlite::retryDelivery(batch, id, now); });
}

base::Result<model::Delivery> SqliteStore::cancelDelivery(model::DeliveryId id, base::UtcTime now) {
  return write([&](WriteBatch& batch) { return sqlite::cancelDelivery(batch, id, now); });
}

base::Result<model::Delivery> SqliteStore::oweRefresh(const model::WarehouseKey& warehouse,
                                                      const std::string& refresher, base::UtcTime now) {
  return write([&](WriteBatch& batch) -> base::Result<model::Delivery> {
    return sqlite::oweRefresh(batch, warehouse, refresher, now);
  });
}

base::Result<storage::Page<model::Event>> SqliteStore::events(const storage::EventFilter& filter,
                                                              const storage::PageRequest& page) {
  const auto start = eventsStart(page);
  if (!start) return start.status();
  return read(
      [&](Connection& db) -> base::Result<storage::Page<model::Event>> { return readEvents(db, filter, *start); });
}

base::Result<model::Event> SqliteStore::event(model::EventId id) {
  return read([&](Connection& db) -> base::Result<model::Event> {
    const ReadTransaction one_state(db);
    const auto row = findEvent(db, id);
    if (!row) return base::notFound("there is no event " + id.text());
    return readEvent(db, *row);
  });
}

base::Result<std::string> SqliteStore::eventBody(model::EventId id) {
  return read([&](Connection& db) -> base::Result<std::string> {
    const ReadTransaction one_state(db);
    const auto row = findEvent(db, id);
    if (!row) return base::notFound("there is no event " + id.text());
    auto body = readBody(db, *row);
    if (!body) return base::notFound(fmt::format("the body of event {} was not kept", id.text()));
    return *std::move(body);
  });
}

base::Result<storage::Page<model::Delivery>> SqliteStore::deliveries(const storage::DeliveryFilter& filter,
                                                                     const storage::PageRequest& page) {
  const auto start = deliveriesStart(page);
  if (!start) return start.status();
  return read([&](Connection& db) -> base::Result<storage::Page<model::Delivery>> {
    return readDeliveries(db, filter, *start);
  });
}

base::Result<storage::Page<model::DeliveryId>> SqliteStore::deliveryIds(const storage::DeliveryFilter& filter,
                                                                        const storage::PageRequest& page) {
  const auto start = deliveriesStart(page);
  if (!start) return start.status();
  return read([&](Connection& db) -> base::Result<storage::Page<model::DeliveryId>> {
    return readDeliveryIds(db, filter, *start);
  });
}

base::Result<model::Delivery> SqliteStore::delivery(model::DeliveryId id) {
  return read([&](Connection& db) -> base::Result<model::Delivery> {
    const ReadTransaction one_state(db);
    const auto row = findDelivery(db, id);
    if (!row) return base::notFound("there is no delivery " + id.text());
    auto delivery = readDelivery(db, *row);
    delivery.attempt_log = readAttempts(db, *row);
    return delivery;
  });
}

base::Result<storage::Changes> SqliteStore::changes(const storage::Position& since, std::size_t limit) {
  return read([&](Connection& db) { return readChanges(db, since, limit); });
}

base::Result<storage::Position> SqliteStore::lastPosition() {
  return read([](Connection& db) -> base::Result<storage::Position> { return sqlite::lastPosition(db); });
}

void SqliteStore::onHistoryChanged(std::function<void()> listener) { writer_.onHistoryChanged(std::move(listener)); }

base::Result<storage::Stats> SqliteStore::stats(const storage::StatsQuery& query) {
  if (query.until <= query.since || query.bucket < std::chrono::minutes(1) ||
      query.bucket % std::chrono::minutes(1) != std::chrono::seconds(0)) {
    return base::invalidArgument("statistics are of a stretch of time, in buckets of whole minutes");
  }
  return read([&](Connection& db) -> base::Result<storage::Stats> { return readStats(db, query); });
}

base::Result<storage::Pruned> SqliteStore::prune(const storage::Retention& retention, base::UtcTime now) {
  const std::lock_guard one_at_a_time(pruning_);
  auto removal =
      read([&](Connection& db) -> base::Result<Removal> { return retention_pass_.next(db, retention, now); });
  if (!removal) return removal.status();
  if (removal->empty()) return storage::Pruned{.more = removal->more};
  return write([&](WriteBatch& batch) -> base::Result<storage::Pruned> { return remove(batch, *removal); });
}

base::Status SqliteStore::health() const { return writer_.health(); }

storage::StoreFigures SqliteStore::figures() const {
  return {writer_.waiting(), fileBytes(path_), fileBytes(path_ + "-wal")};
}

void SqliteStore::close() {
  writer_.close();
  closed_ = true;
  readers_.closeIdle();
}

}  // namespace landfall::sqlite
