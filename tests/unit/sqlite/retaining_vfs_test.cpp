// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/retaining_vfs.h"

#include <SQLiteCpp/Exception.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "storage/sqlite/connection.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/sqlite/lossy_files.h"
#include "tests/unit/sqlite/raw_database.h"

namespace landfall::testing {
namespace {

using sqlite::Access;
using sqlite::Connection;

/// A database whose log is copied by hand, on a disk that fails when told to.
class RetainingVfsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_.write("landfall.db", "");
    vfs_ = std::make_unique<sqlite::RetainingVfs>();
    writer_ = std::make_unique<Connection>(path(), Access::Write, vfs_->name());
    writer_->makeDurable();
    writer_->script("CREATE TABLE t (i INTEGER PRIMARY KEY, bytes BLOB)");
    copyAll();
  }

  std::string path() const { return (dir_.path() / "landfall.db").string(); }

  void insert(int rows) {
    writer_->script("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + std::to_string(rows) +
                    ") INSERT INTO t (bytes) SELECT randomblob(3000) FROM n");
    rows_ += rows;
  }

  void copyAll() {
    const auto state = writer_->copyLog();
    ASSERT_TRUE(state);
    ASSERT_EQ(state->copied, state->pages);
  }

  /// Copies what is in the log now, and not what comes while a reader looks at it.
  void copyAPart() {
    auto reader = writer_->another(Access::Read);
    const sqlite::ReadTransaction view(*reader);
    reader->query("SELECT count(*) FROM t").next();
    insert(20);
    const auto state = writer_->copyLog();
    ASSERT_TRUE(state);
    ASSERT_GT(state->copied, 0);
    ASSERT_LT(state->copied, state->pages);
  }

  void expectWhole(Connection& db) {
    auto check = db.query("PRAGMA integrity_check");
    ASSERT_TRUE(check.next());
    EXPECT_EQ(check.text(0), "ok");
    auto count = db.query("SELECT count(*) FROM t");
    ASSERT_TRUE(count.next());
    EXPECT_EQ(count.integer(0), rows_);
  }
  void expectWholeForANewConnection() { expectWhole(*writer_->another(Access::Read)); }
  /// The files as they are now, when this process has died.
  void expectWholeAfterACrash() {
    TempDir copy;
    for (const char* name : {"landfall.db", "landfall.db-wal"}) {
      std::filesystem::copy_file(dir_.path() / name, copy.path() / name);
    }
    Connection db((copy.path() / "landfall.db").string(), Access::Read);
    expectWhole(db);
  }

  LossyFiles disk_;
  TempDir dir_;
  std::unique_ptr<sqlite::RetainingVfs> vfs_;
  std::unique_ptr<Connection> writer_;
  int rows_ = 0;
};

TEST_F(RetainingVfsTest, APartOfTheLogThatIsCopiedIsOnDisk) {
  insert(50);

  copyAPart();

  EXPECT_EQ(disk_.unsynced(), 0u);
}

TEST_F(RetainingVfsTest, AWholeCopyIsSyncedOnce) {
  insert(50);
  const int before = disk_.syncs;

  copyAll();

  EXPECT_EQ(disk_.syncs, before + 1);
}

TEST_F(RetainingVfsTest, APartThatASyncLostIsReadAsItWasWritten) {
  insert(50);
  disk_.fails = true;

  copyAPart();

  expectWholeForANewConnection();
  EXPECT_THROW(writer_->copyLog(), SQLite::Exception);
  expectWholeForANewConnection();
  expectWholeAfterACrash();
}

TEST_F(RetainingVfsTest, NoCopyIsMadeBeforeWhatWasLostIsOnDisk) {
  insert(50);
  disk_.fails = true;
  copyAPart();
  const auto log_before = std::filesystem::file_size(path() + "-wal");

  for (int i = 0; i < 5; ++i) {
    insert(10);
    EXPECT_THROW(writer_->copyLog(), SQLite::Exception);
  }

  EXPECT_GT(std::filesystem::file_size(path() + "-wal"), log_before) << "it does not begin anew";
  expectWholeAfterACrash();
}

TEST_F(RetainingVfsTest, WhenSyncsSucceedAgainNothingWasLostAndTheLogBeginsAnew) {
  insert(50);
  disk_.fails = true;
  copyAPart();
  EXPECT_THROW(writer_->copyLog(), SQLite::Exception);
  disk_.fails = false;

  copyAll();

  EXPECT_EQ(disk_.unsynced(), 0u);
  insert(1);  // over what the log held
  expectWholeForANewConnection();
  expectWholeAfterACrash();
}

TEST_F(RetainingVfsTest, ALogThatCouldNotBeCopiedOutlivesTheLastConnection) {
  insert(50);
  disk_.fails = true;
  copyAPart();

  writer_.reset();

  EXPECT_GT(std::filesystem::file_size(path() + "-wal"), 0u);
  expectWholeAfterACrash();
  disk_.fails = false;
  vfs_ = std::make_unique<sqlite::RetainingVfs>();
  Connection again(path(), Access::Write, vfs_->name());
  expectWhole(again);
}

TEST_F(RetainingVfsTest, ACopyLargerThanWhatIsRetainedIsSyncedOnTheWay) {
  const int before = disk_.syncs;
  insert(2500);

  copyAll();

  EXPECT_GT(disk_.syncs, before + 1);
  insert(2500);
  disk_.fails = true;
  EXPECT_THROW(writer_->copyLog(), SQLite::Exception);
  expectWholeAfterACrash();
  disk_.fails = false;
  copyAll();
  expectWholeForANewConnection();
}

TEST_F(RetainingVfsTest, ADatabaseThatBecomesSmallerIsCutOff) {
  insert(500);
  copyAll();
  const auto before = std::filesystem::file_size(path());
  writer_->script("DELETE FROM t; VACUUM");
  rows_ = 0;

  copyAll();

  EXPECT_LT(std::filesystem::file_size(path()), before);
  expectWholeForANewConnection();
}

}  // namespace
}  // namespace landfall::testing
