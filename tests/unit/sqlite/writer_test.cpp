// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <SQLiteCpp/Exception.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "storage/sqlite/connection.h"
#include "tests/conformance/store/new_event.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"
#include "tests/unit/sqlite/raw_database.h"

namespace landfall::testing {
namespace {

class WriterTest : public ::testing::Test {
 protected:
  void open(storage::StoreOptions options = {}) {
    options.url = "sqlite:" + path();
    auto opened = storage::openStore(options, opener_.log);
    ASSERT_TRUE(opened.ok()) << opened.status().text();
    store_ = std::move(opened).value();
  }

  std::string path() const { return (dir_.path() / "landfall.db").string(); }
  storage::Store& store() { return *store_; }

  /// Records an event whose answer holds the store's thread until releaseWriter(): what is recorded meanwhile waits.
  void holdWriter() {
    std::promise<void> held;
    store().record(push(at(0)), [&held, go = release_.get_future().share()](const base::Result<storage::Recorded>&) {
      held.set_value();
      go.wait();
    });
    held.get_future().wait();
  }
  void releaseWriter() { release_.set_value(); }

  TempDir dir_;
  Opener opener_;
  std::unique_ptr<storage::Store> store_;
  std::promise<void> release_;
};

TEST_F(WriterTest, WhatWaitsTogetherIsCommittedTogether) {
  open();
  std::atomic<int> commits = 0;
  store().onDeliveriesChanged([&] { ++commits; });
  holdWriter();
  constexpr int kWaiting = 100;
  std::atomic<int> kept = 0;
  for (int i = 0; i < kWaiting; ++i) {
    store().record(owing(push(at(i)), {"w" + std::to_string(i)}),
                   [&](const base::Result<storage::Recorded>& result) { kept += result.ok() ? 1 : 0; });
  }

  releaseWriter();

  ASSERT_TRUE(waitUntil([&] { return kept == kWaiting && commits > 0; }));
  store().close();
  EXPECT_EQ(commits, 1) << "all hundred opened a delivery, in one commit";
}

TEST_F(WriterTest, ManyBytesWaitingAreRefusedToo) {
  storage::StoreOptions options;
  options.queue_bytes = 1000;
  open(options);
  holdWriter();
  auto large = push(at(1));
  large.body = std::string(5000, 'x');
  std::atomic<int> kept = 0;
  store().record(large, [&](const base::Result<storage::Recorded>& result) { kept += result.ok() ? 1 : 0; });

  const auto refused = recordAndWait(store(), push(at(2)));

  EXPECT_EQ(refused.status().code(), base::StatusCode::ResourceExhausted);
  releaseWriter();
  EXPECT_TRUE(waitUntil([&] { return kept == 1; })) << "one is taken whatever its size";
  EXPECT_TRUE(recordAndWait(store(), push(at(3))).ok());
}

TEST_F(WriterTest, TheLogBesideTheDatabaseStaysSmall) {
  open();
  constexpr int kEvents = 500;
  for (int i = 0; i < kEvents; ++i) {
    auto given = push(at(i));
    given.body = std::string(100000, 'x');
    ASSERT_TRUE(recordAndWait(store(), std::move(given)).ok());
  }

  // 50 MB went through it.
  EXPECT_LT(std::filesystem::file_size(path() + "-wal"), 32u << 20);
}

/// Records large events, one after the other, while it lives.
class Recorder {
 public:
  explicit Recorder(storage::Store& store)
      : thread_([this, &store] {
          for (int i = 0; !stop_; ++i) {
            auto given = push(at(i));
            given.body = std::string(100000, 'x');
            if (!recordAndWait(store, std::move(given)).ok()) failed_ = true;
          }
        }) {}
  ~Recorder() { stop(); }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  bool failed() const { return failed_; }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<bool> failed_ = false;
  std::thread thread_;
};

TEST_F(WriterTest, ALogThatAReaderMadeLongIsShortAgainAfterItThoughEventsKeepComing) {
  open();
  Recorder recorder(store());
  const auto log_size = [&] { return std::filesystem::file_size(path() + "-wal"); };
  constexpr std::size_t kLong = 80 << 20;
  {
    RawDatabase reader(path());
    reader.run("BEGIN");
    reader.lines("SELECT count(*) FROM receivers");
    EXPECT_TRUE(waitUntil([&] { return log_size() > kLong; }));
    reader.run("COMMIT");
  }

  EXPECT_TRUE(waitUntil([&] { return log_size() < kLong / 2; }));

  recorder.stop();
  EXPECT_FALSE(recorder.failed());
}

TEST_F(WriterTest, ReadersThatNeverPauseDoNotKeepTheLogFromBeginningAnew) {
  open();
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      RawDatabase raw(path());
      while (!stop) raw.lines("SELECT sum(length(hex(bytes))) FROM (SELECT bytes FROM bodies LIMIT 3)");
    });
  }
  Recorder recorder(store());
  // Each log that begins anew says so at its beginning.
  const auto beginning = [&] {
    std::string bytes(24, '\0');
    std::ifstream(path() + "-wal", std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return bytes;
  };

  const auto first = beginning();
  const bool begins_anew = waitUntil([&] { return beginning() != first; });

  EXPECT_TRUE(begins_anew);

  recorder.stop();
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_FALSE(recorder.failed());
}

TEST_F(WriterTest, AReadThatTakesTooLongIsEnded) {
  open();
  sqlite::Connection db(path(), sqlite::Access::Read);
  db.limitTime(std::chrono::milliseconds(1));

  auto rows = db.query("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");

  EXPECT_THROW(rows.next(), SQLite::Exception);
}

TEST_F(WriterTest, ADatabaseThatFailsAndHealsIsLoggedOnceEach) {
  FakeClock clock;
  std::mutex mutex;
  std::vector<std::string> lines;
  base::Log log(clock, [&](std::string_view line) {
    const std::lock_guard lock(mutex);
    lines.emplace_back(line);
  });
  storage::StoreOptions options;
  options.url = "sqlite:" + path();
  auto opened = storage::openStore(options, log);
  ASSERT_TRUE(opened.ok());
  {
    RawDatabase other(path());
    other.run("BEGIN EXCLUSIVE");
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(recordAndWait(**opened, push(at(i))).ok());
    other.run("ROLLBACK");
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(recordAndWait(**opened, push(at(i))).ok());
  opened.value()->close();

  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[0].find("cannot be written"), std::string::npos);
  EXPECT_NE(lines[1].find("can be written again"), std::string::npos);
}

TEST_F(WriterTest, TellsOfEachCommitHowManySharedItAndWhatBecameOfDeliveries) {
  std::mutex mutex;
  std::vector<storage::Committed> commits;
  open({.committed = [&](const storage::Committed& committed) {
    const std::lock_guard lock(mutex);
    commits.push_back(committed);
  }});

  ASSERT_TRUE(store().oweRefresh({"shop", "api"}, "http", at(0)).ok());
  const auto owed = store().oweRefresh({"shop", "api"}, "http", at(1));
  ASSERT_TRUE(owed.ok());
  ASSERT_TRUE(store().cancelDelivery(owed->id, at(2)).ok());

  ASSERT_TRUE(waitUntil([&] {
    const std::lock_guard lock(mutex);
    return commits.size() == 3;
  }));
  store_.reset();
  for (const auto& commit : commits) {
    EXPECT_TRUE(commit.ok);
    EXPECT_EQ(commit.writes, 1u);
  }
  ASSERT_EQ(commits[0].entered.size(), 1u);
  EXPECT_EQ(commits[0].entered[0].state, model::DeliveryState::Scheduled);
  EXPECT_TRUE(commits[1].entered.empty());  // it joined
  ASSERT_EQ(commits[2].entered.size(), 1u);
  EXPECT_EQ(commits[2].entered[0].state, model::DeliveryState::Cancelled);
  EXPECT_EQ(commits[2].entered[0].reason, model::EndReason::Operator);
  EXPECT_EQ(commits[2].entered[0].deliveries, 1u);
}

TEST_F(WriterTest, SaysWhatWaitsAndHowMuchDiskItTakes) {
  open();
  holdWriter();
  store().record(push(at(1)), [](const base::Result<storage::Recorded>&) {});
  store().record(push(at(2)), [](const base::Result<storage::Recorded>&) {});

  const storage::StoreFigures held = store().figures();
  releaseWriter();

  EXPECT_EQ(held.waiting, 2u);
  EXPECT_GT(held.database_bytes, 0u);
  EXPECT_GT(held.log_bytes, 0u);
  EXPECT_TRUE(waitUntil([&] { return store().figures().waiting == 0; }));
}

}  // namespace
}  // namespace landfall::testing
