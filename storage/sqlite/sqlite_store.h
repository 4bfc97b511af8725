// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/log.h"
#include "storage/sqlite/file_lock.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/retaining_vfs.h"
#include "storage/sqlite/retention.h"
#include "storage/sqlite/writer.h"
#include "storage/store.h"

namespace landfall::sqlite {

/// The store in one SQLite file that belongs to this process. Writes go through one thread, which commits in groups;
/// reads have connections of their own and wait for no write.
class SqliteStore final : public storage::Store {
 public:
  /// Opens `path` (made when it is missing, but not its folder) and brings its schema up to date. As
  /// storage::openStore. What was made for nothing is removed again.
  static base::Result<std::unique_ptr<storage::Store>> open(const std::string& path, WriterLimits limits,
                                                            base::Log& log, storage::CommitObserver committed = {});

  SqliteStore(FileLock lock, std::unique_ptr<RetainingVfs> vfs, std::unique_ptr<Connection> writer, std::string path,
              WriterLimits limits, base::Log& log, storage::CommitObserver committed);
  ~SqliteStore() override;

  void record(storage::NewEvent event, storage::RecordDone done) override;

  void onDeliveriesChanged(std::function<void()> listener) override;
  base::Result<std::vector<storage::ClaimedDelivery>> claimDue(base::UtcTime now, std::size_t limit,
                                                               const std::string& node,
                                                               std::chrono::milliseconds lease) override;
  base::Status renewLeases(const std::vector<model::DeliveryId>& deliveries, const std::string& node,
                           base::UtcTime lease_until) override;
  base::Status settle(const storage::Settlement& settlement) override;
  base::Result<std::vector<storage::AwaitedConfirmation>> awaitedConfirmations() override;
  base::Status confirm(const std::vector<model::DeliveryId>& deliveries,
                       std::optional<base::UtcTime> handled_at) override;
  base::Result<std::size_t> takeBackClaims(base::UtcTime now) override;
  base::Result<std::size_t> bringForward(base::UtcTime latest) override;
  base::Result<std::optional<base::UtcTime>> nextDue() override;

  base::Result<model::Delivery> retryDelivery(model::DeliveryId id, base::UtcTime now) override;
  base::Result<model::Delivery> cancelDelivery(model::DeliveryId id, base::UtcTime now) override;
  base::Result<model::Delivery> oweRefresh(const model::WarehouseKey& warehouse, const std::string& refresher,
                                           base::UtcTime now) override;

  base::Result<storage::Page<model::Event>> events(const storage::EventFilter& filter,
                                                   const storage::PageRequest& page) override;
  base::Result<model::Event> event(model::EventId id) override;
  base::Result<std::string> eventBody(model::EventId id) override;
  base::Result<storage::Page<model::Delivery>> deliveries(const storage::DeliveryFilter& filter,
                                                          const storage::PageRequest& page) override;
  base::Result<storage::Page<model::DeliveryId>> deliveryIds(const storage::DeliveryFilter& filter,
                                                             const storage::PageRequest& page) override;
  base::Result<model::Delivery> delivery(model::DeliveryId id) override;
  base::Result<storage::Changes> changes(const storage::Position& since, std::size_t limit) override;
  base::Result<storage::Position> lastPosition() override;
  void onHistoryChanged(std::function<void()> listener) override;
  base::Result<storage::Stats> stats(const storage::StatsQuery& query) override;

  base::Result<storage::Pruned> prune(const storage::Retention& retention, base::UtcTime now) override;

  base::Status health() const override;
  storage::StoreFigures figures() const override;
  void close() override;

 private:
  /// Runs `work(WriteBatch&)`, which gives a Result, in a transaction of the writer and waits for its commit.
  template <class Work>
  auto write(Work work) -> decltype(work(std::declval<WriteBatch&>()));
  /// Runs `work(Connection&)`, which gives a Result, on a reader.
  template <class Work>
  auto read(Work work) -> decltype(work(std::declval<Connection&>()));

  const std::string path_;
  FileLock lock_;  ///< first to come, last to go
  std::unique_ptr<RetainingVfs> vfs_;
  ReaderPool readers_;
  Writer writer_;
  std::atomic<bool> closed_ = false;
  std::mutex pruning_;  ///< guards what follows
  RetentionPass retention_pass_;
};

}  // namespace landfall::sqlite
