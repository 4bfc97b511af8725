// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

#include "tests/conformance/store/new_event.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/sqlite/full_disk.h"
#include "tests/unit/sqlite/raw_database.h"

namespace landfall::testing {
namespace {

using base::StatusCode;

bool goOn(std::size_t, std::size_t) { return true; }

class BackupTest : public ::testing::Test {
 protected:
  std::string path() const { return (dir_.path() / "landfall.db").string(); }
  std::filesystem::path copy() const { return dir_.path() / "copies" / "copy.db"; }
  base::Status backup(const storage::Progress& progress = goOn) const {
    return storage::backupStore("sqlite:" + path(), copy(), progress);
  }

  void SetUp() override { std::filesystem::create_directory(dir_.path() / "copies"); }

  std::unique_ptr<storage::Store> open(const std::string& file) {
    auto opened = opener_.open(file);
    EXPECT_TRUE(opened.ok()) << opened.status().text();
    return opened.ok() ? std::move(opened).value() : nullptr;
  }

  void fill(std::size_t body_bytes = 100) {
    auto store = open(path());
    for (int i = 0; i < 50; ++i) {
      auto given = owing(push(at(i)), {"api"});
      given.body = std::string(body_bytes, 'x');
      ASSERT_TRUE(recordAndWait(*store, given).ok());
    }
  }

  std::set<std::string> filesBeside() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path() / "copies")) {
      names.insert(entry.path().filename());
    }
    return names;
  }

  void expectRefused(StatusCode code, const std::string& says) {
    const auto before = filesBeside();
    const auto status = backup();
    EXPECT_EQ(status.code(), code) << status.text();
    EXPECT_NE(status.message().find(says), std::string::npos) << status.text();
    EXPECT_EQ(filesBeside(), before) << "nothing is left behind";
  }

  TempDir dir_;
  Opener opener_;
};

TEST_F(BackupTest, IsAStoreAsItWasAtOneMomentThoughEventsKeepComing) {
  auto store = open(path());
  std::atomic<bool> stop = false;
  std::thread recorder([&] {
    for (int i = 0; !stop; ++i) recordAndWait(*store, owing(push(at(i)), {"api", "web"})).ok();
  });
  const auto before = owing(push(at(0)), {"api"});
  ASSERT_TRUE(recordAndWait(*store, before).ok());

  const auto status = backup();

  stop = true;
  recorder.join();
  ASSERT_TRUE(status.ok()) << status.text();
  EXPECT_EQ(filesBeside(), std::set<std::string>{"copy.db"});
  EXPECT_TRUE(storage::checkStore("sqlite:" + copy().string()).value().empty());
  auto copied = open(copy().string());
  EXPECT_TRUE(copied->event(before.event.id).ok());
  EXPECT_TRUE(recordAndWait(*copied, push(at(1))).ok()) << "a store like any other";
}

TEST_F(BackupTest, IsForWhoeverRunsLandfallAlone) {
  fill();

  ASSERT_TRUE(backup().ok());

  struct stat seen {};
  ASSERT_EQ(::stat(copy().c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0600u);
}

TEST_F(BackupTest, SaysHowFarItHasCome) {
  fill(1 << 20);
  std::size_t last = 0;
  int calls = 0;

  ASSERT_TRUE(backup([&](std::size_t done, std::size_t of) {
                ++calls;
                EXPECT_GT(done, last);
                EXPECT_LE(done, of);
                last = done;
                return true;
              }).ok());

  EXPECT_GT(calls, 3);
}

TEST_F(BackupTest, GivenUpItLeavesNothing) {
  fill();

  EXPECT_EQ(backup([](std::size_t, std::size_t) { return false; }).code(), StatusCode::Unavailable);

  EXPECT_TRUE(filesBeside().empty());
}

TEST_F(BackupTest, ReplacesNoFile) {
  fill();
  dir_.write("copies/copy.db", "mine");

  expectRefused(StatusCode::AlreadyExists, "copy.db exists already");

  EXPECT_EQ(readFile(copy()), "mine");
}

TEST_F(BackupTest, ReplacesNoLinkThatLeadsNowhere) {
  fill();
  std::filesystem::create_symlink("nowhere", copy());

  expectRefused(StatusCode::AlreadyExists, "copy.db exists already");
}

TEST_F(BackupTest, LeavesAnUnfinishedCopyOfAnotherAlone) {
  fill();
  dir_.write("copies/copy.db.part", "another's");

  expectRefused(StatusCode::AlreadyExists, "copy.db.part exists already");

  EXPECT_EQ(readFile(copy().string() + ".part"), "another's");
}

TEST_F(BackupTest, AFileThatAppearsMeanwhileIsNotReplaced) {
  fill();

  const auto status = backup([&](std::size_t, std::size_t) {
    dir_.write("copies/copy.db", "faster");
    return true;
  });

  EXPECT_EQ(status.code(), StatusCode::AlreadyExists);
  EXPECT_EQ(readFile(copy()), "faster");
  EXPECT_EQ(filesBeside(), std::set<std::string>{"copy.db"});
}

TEST_F(BackupTest, AMissingFolderOrDatabaseIsNamed) {
  expectRefused(StatusCode::NotFound, "there is no database " + path());
  fill();
  std::filesystem::remove(dir_.path() / "copies");

  const auto status = backup();

  EXPECT_EQ(status.code(), StatusCode::Unavailable);
  EXPECT_NE(status.message().find("copies is not a folder"), std::string::npos) << status.text();
}

TEST_F(BackupTest, WhatIsNoDatabaseOfOursIsNotCopied) {
  dir_.write("landfall.db", "#!/bin/sh\n");
  expectRefused(StatusCode::FailedPrecondition, "is not an SQLite database");
  std::filesystem::remove(path());
  RawDatabase(path()).run("CREATE TABLE notes (text)");
  expectRefused(StatusCode::FailedPrecondition, "another program");
}

TEST_F(BackupTest, ADamagedDatabaseGivesNoCopy) {
  fill(20000);
  auto bytes = readFile(path());
  for (std::size_t at = bytes.size() / 2; at < bytes.size() / 2 + 20 * 4096; ++at) bytes[at] = 'z';
  dir_.write("landfall.db", bytes);

  expectRefused(StatusCode::FailedPrecondition, "damaged");
}

TEST_F(BackupTest, OnAFullDiskNothingIsLeft) {
  fill(20000);
  const FullDisk full(400 * 1024);

  expectRefused(StatusCode::Unavailable, "cannot copy");
}

TEST_F(BackupTest, AUrlOfAnotherStoreIsRefusedWithoutBeingShown) {
  const auto status = storage::backupStore("postgres://user:hunter2@db/landfall", copy(), goOn);

  EXPECT_EQ(status.code(), StatusCode::InvalidArgument);
  EXPECT_EQ(status.message().find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace landfall::testing
