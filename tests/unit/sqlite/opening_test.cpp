// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "storage/sqlite/migrations.h"
#include "tests/conformance/store/new_event.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/sqlite/raw_database.h"

namespace landfall::testing {
namespace {

using base::StatusCode;

class OpeningTest : public ::testing::Test {
 protected:
  std::string path() const { return (dir_.path() / "landfall.db").string(); }

  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) names.insert(entry.path().filename());
    return names;
  }

  /// Opening `file` fails with `code`, says which file, and leaves the folder as it was.
  void expectRefused(const std::string& file, StatusCode code, const std::string& says) {
    const auto before = files();
    const auto opened = opener_.open(file);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.status().code(), code) << opened.status().text();
    EXPECT_NE(opened.status().message().find(file), std::string::npos) << opened.status().text();
    EXPECT_NE(opened.status().message().find(says), std::string::npos) << opened.status().text();
    EXPECT_EQ(files(), before);
  }

  TempDir dir_;
  Opener opener_;
};

TEST_F(OpeningTest, AnUnknownKindOfStoreIsRefusedWithoutShowingItsUrl) {
  for (const char* url : {"", "landfall.db", "postgres://user:hunter2@db/landfall", "SQLITE:x.db", "sqlite:"}) {
    storage::StoreOptions options;
    options.url = url;

    const auto opened = storage::openStore(options, opener_.log);

    EXPECT_EQ(opened.status().code(), StatusCode::InvalidArgument) << url;
    EXPECT_EQ(opened.status().message().find("hunter2"), std::string::npos);
  }
}

TEST_F(OpeningTest, AMissingFolderIsNamedAndNotMade) {
  expectRefused((dir_.path() / "missing" / "landfall.db").string(), StatusCode::Unavailable, "missing is not a folder");
}

TEST_F(OpeningTest, AFileInTheFoldersPlaceIsNamed) {
  dir_.write("file", "text");

  expectRefused((dir_.path() / "file" / "landfall.db").string(), StatusCode::Unavailable, "file is not a folder");
}

TEST_F(OpeningTest, AFolderIsNoDatabase) {
  std::filesystem::create_directory(path());

  expectRefused(path(), StatusCode::FailedPrecondition, "is not a file");
}

TEST_F(OpeningTest, AFolderThatCannotBeWrittenIsRefused) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  std::filesystem::permissions(dir_.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);

  expectRefused(path(), StatusCode::Unavailable, "cannot be made");

  std::filesystem::permissions(dir_.path(), std::filesystem::perms::owner_all);
}

TEST_F(OpeningTest, AFileThatIsNoDatabaseIsRefusedAndLeftAsItIs) {
  for (const std::string& text :
       {std::string("x"), std::string("#!/bin/sh\necho a script\n"), std::string(5000, '\0')}) {
    dir_.write("landfall.db", text);

    expectRefused(path(), StatusCode::FailedPrecondition, "is not an SQLite database");

    EXPECT_EQ(readFile(path()), text);
  }
}

TEST_F(OpeningTest, ADamagedDatabaseIsRefused) {
  dir_.write("landfall.db", std::string("SQLite format 3\0", 16) + std::string(4080, 'x'));

  expectRefused(path(), StatusCode::FailedPrecondition, "damaged");
}

TEST_F(OpeningTest, TheDatabaseOfAnotherProgramIsRefusedAndLeftAsItIs) {
  RawDatabase(path()).run("CREATE TABLE notes (text)");
  const auto before = readFile(path());

  expectRefused(path(), StatusCode::FailedPrecondition, "another program");

  EXPECT_EQ(readFile(path()), before);
}

TEST_F(OpeningTest, AnEmptyDatabaseThatAnotherProgramMarkedIsRefused) {
  RawDatabase(path()).run("PRAGMA application_id = 1196444487");

  expectRefused(path(), StatusCode::FailedPrecondition, "another program");
}

TEST_F(OpeningTest, ANewerSchemaIsRefusedWithBothNumbers) {
  ASSERT_TRUE(opener_.open(path()).ok());
  RawDatabase(path()).run("PRAGMA user_version = 7");

  expectRefused(path(), StatusCode::FailedPrecondition, "version 7");
  expectRefused(path(), StatusCode::FailedPrecondition,
                "versions up to " + std::to_string(sqlite::migrations().size()));
}

TEST_F(OpeningTest, AnEmptyFileBecomesADatabase) {
  dir_.write("landfall.db", "");

  EXPECT_TRUE(opener_.open(path()).ok());
}

TEST_F(OpeningTest, ANewDatabaseIsReadByNobodyElseAndHasTheNewestSchema) {
  const ::mode_t before = ::umask(0);
  auto opened = opener_.open(path());
  ::umask(before);
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE(recordAndWait(**opened, push(at(0))).ok());

  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat status {};
    ASSERT_EQ(::stat((path() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777u, 0600u) << suffix;
  }
  RawDatabase raw(path());
  EXPECT_EQ(raw.lines("PRAGMA user_version"), std::to_string(sqlite::migrations().size()) + "\n");
  EXPECT_EQ(raw.lines("PRAGMA journal_mode"), "wal\n");
  EXPECT_EQ(raw.lines("PRAGMA integrity_check"), "ok\n");
  EXPECT_EQ(raw.lines("SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE "
                      "'sqlite%'"),
            "")
      << "every table is STRICT";
}

TEST_F(OpeningTest, ClosingLeavesNothingButTheDatabase) {
  {
    auto opened = opener_.open(path());
    ASSERT_TRUE(opened.ok());
    ASSERT_TRUE(recordAndWait(**opened, push(at(0))).ok());
    ASSERT_TRUE((*opened)->events({}, {}).ok());
  }

  EXPECT_EQ(files(), std::set<std::string>{"landfall.db"});
}

TEST_F(OpeningTest, OneDatabaseBelongsToOneStore) {
  auto first = opener_.open(path());
  ASSERT_TRUE(first.ok());

  expectRefused(path(), StatusCode::FailedPrecondition, "in use by another process");

  first.value().reset();
  EXPECT_TRUE(opener_.open(path()).ok());
}

TEST_F(OpeningTest, OneDatabaseBelongsToOneProcess) {
  int opened_in_child[2];
  int parent_done[2];
  ASSERT_EQ(::pipe(opened_in_child), 0);
  ASSERT_EQ(::pipe(parent_done), 0);
  const ::pid_t child = ::fork();
  if (child == 0) {
    const auto held = opener_.open(path());
    const char ok = held.ok() ? 'y' : 'n';
    char unused = 0;
    const bool told = ::write(opened_in_child[1], &ok, 1) == 1 && ::read(parent_done[0], &unused, 1) == 1;
    ::_exit(told ? 0 : 1);  // without closing: as if killed
  }
  char ok = 0;
  ASSERT_EQ(::read(opened_in_child[0], &ok, 1), 1);
  ASSERT_EQ(ok, 'y');

  expectRefused(path(), StatusCode::FailedPrecondition, "in use by another process");

  ASSERT_EQ(::write(parent_done[1], "x", 1), 1);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(std::filesystem::exists(path() + ".lock")) << "left behind by the child";
  EXPECT_TRUE(opener_.open(path()).ok()) << "whose lock went with it";
  for (const int descriptor : {opened_in_child[0], opened_in_child[1], parent_done[0], parent_done[1]}) {
    ::close(descriptor);
  }
}

TEST_F(OpeningTest, ALinkInTheLocksPlaceIsNotFollowed) {
  const auto victim = dir_.write("victim", "text");
  std::filesystem::create_symlink(victim, path() + ".lock");

  expectRefused(path(), StatusCode::Unavailable, ".lock");
}

TEST_F(OpeningTest, ANameThatIsSpecialToSqliteIsAFileLikeAnyOther) {
  const auto folder = std::filesystem::current_path();
  std::filesystem::current_path(dir_.path());
  {
    auto opened = opener_.open(":memory:");
    EXPECT_TRUE(opened.ok());
  }
  std::filesystem::current_path(folder);

  EXPECT_EQ(files(), std::set<std::string>{":memory:"});
}

TEST_F(OpeningTest, ADatabaseThatCannotBeMadeWholeIsNotLeftBehind) {
  // The journal's name is taken by a folder: SQLite cannot write its first page.
  std::filesystem::create_directory(path() + "-wal");

  expectRefused(path(), StatusCode::Unavailable, "cannot open");
}

}  // namespace
}  // namespace landfall::testing
