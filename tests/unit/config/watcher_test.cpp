// SPDX-License-Identifier: Apache-2.0
#include "core/config/watcher.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>

#include "core/config/folder_state.h"
#include "core/config/watch_list.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace landfall::config {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Counts what a watcher tells.
class Watched {
 public:
  explicit Watched(std::vector<fs::path> paths, std::chrono::milliseconds quiet = 1ms)
      : watcher_(std::make_unique<Watcher>(std::move(paths), quiet, [this] { ++calls_; })) {}

  /// True when the watcher tells of what `change` does.
  template <class Change>
  bool tells(Change change) {
    const int before = calls_;
    change();
    return testing::waitUntil([&] { return calls_ > before; }, 5s);
  }

  int calls() const { return calls_; }
  void stop() { watcher_.reset(); }

 private:
  std::atomic<int> calls_ = 0;
  std::unique_ptr<Watcher> watcher_;
};

TEST(Watcher, TellsOfFilesThatAreCreatedChangedMovedAndRemoved) {
  const testing::TempDir dir;
  fs::create_directories(dir.path() / "res");
  Watched watched({dir.path() / "res"});

  EXPECT_TRUE(watched.tells([&] { dir.write("res/a.yaml", "a"); }));
  EXPECT_TRUE(watched.tells([&] { dir.write("res/a.yaml", "b"); }));
  EXPECT_TRUE(watched.tells([&] { ::chmod((dir.path() / "res/a.yaml").c_str(), 0600); }));
  EXPECT_TRUE(watched.tells([&] { fs::rename(dir.path() / "res/a.yaml", dir.path() / "res/b.yaml"); }));
  EXPECT_TRUE(watched.tells([&] { fs::remove(dir.path() / "res/b.yaml"); }));
}

TEST(Watcher, SeesBelowFoldersThatAreNew) {
  const testing::TempDir dir;
  fs::create_directories(dir.path() / "res");
  Watched watched({dir.path() / "res"});

  EXPECT_TRUE(watched.tells([&] { fs::create_directories(dir.path() / "res/x/y"); }));
  EXPECT_TRUE(watched.tells([&] { dir.write("res/x/y/a.yaml", "a"); }));
}

TEST(Watcher, SeesTheSwapOfAConfigMapsLink) {
  const testing::TempDir dir;
  dir.write("res/..1/a.yaml", "a");
  dir.write("res/..2/a.yaml", "b");
  fs::create_directory_symlink("..1", dir.path() / "res/..data");
  fs::create_symlink("..data/a.yaml", dir.path() / "res/a.yaml");
  Watched watched({dir.path() / "res"});

  EXPECT_TRUE(watched.tells([&] {
    fs::create_directory_symlink("..2", dir.path() / "res/..data_tmp");
    fs::rename(dir.path() / "res/..data_tmp", dir.path() / "res/..data");
  }));
}

TEST(Watcher, SeesTheSwapOfALinkThatAWatchedFileIsReachedBy) {
  const testing::TempDir dir;
  dir.write("etc/..1/landfall.yaml", "a");
  dir.write("etc/..2/landfall.yaml", "b");
  fs::create_directory_symlink("..1", dir.path() / "etc/..data");
  fs::create_symlink("..data/landfall.yaml", dir.path() / "etc/landfall.yaml");
  Watched watched({dir.path() / "etc/landfall.yaml"});

  EXPECT_TRUE(watched.tells([&] {
    fs::create_directory_symlink("..2", dir.path() / "etc/..data_tmp");
    fs::rename(dir.path() / "etc/..data_tmp", dir.path() / "etc/..data");
  }));
  EXPECT_TRUE(watched.tells([&] { dir.write("etc/..2/landfall.yaml", "c"); }));
}

TEST(Watcher, SeesAFileReplacedByRenameAndNotItsNeighbours) {
  const testing::TempDir dir;
  dir.write("landfall.yaml", "a");
  Watched watched({dir.path() / "landfall.yaml"});

  dir.write("landfall.db", "x");
  EXPECT_TRUE(watched.tells([&] {
    dir.write("new.yaml", "b");
    fs::rename(dir.path() / "new.yaml", dir.path() / "landfall.yaml");
  }));
  EXPECT_EQ(watched.calls(), 1);
}

TEST(Watcher, SeesWhatALinkOutOfTheFolderLeadsTo) {
  const testing::TempDir dir;
  dir.write("elsewhere/a.yaml", "a");
  fs::create_directories(dir.path() / "res");
  fs::create_symlink(dir.path() / "elsewhere/a.yaml", dir.path() / "res/a.yaml");
  Watched watched({dir.path() / "res"});

  EXPECT_TRUE(watched.tells([&] { dir.write("elsewhere/a.yaml", "b"); }));
}

TEST(Watcher, SeesPathsThatAppear) {
  const testing::TempDir dir;
  Watched watched({dir.path() / "later/res", dir.path() / "later/landfall.yaml"});

  EXPECT_TRUE(watched.tells([&] { fs::create_directories(dir.path() / "later/res"); }));
  EXPECT_TRUE(watched.tells([&] { dir.write("later/res/a.yaml", "a"); }));
  EXPECT_TRUE(watched.tells([&] { dir.write("later/landfall.yaml", "a"); }));
}

TEST(Watcher, SurvivesFoldersThatAreRemovedAndMadeAgain) {
  const testing::TempDir dir;
  dir.write("res/a.yaml", "a");
  Watched watched({dir.path() / "res"});

  EXPECT_TRUE(watched.tells([&] { fs::remove_all(dir.path() / "res"); }));
  EXPECT_TRUE(watched.tells([&] { fs::create_directories(dir.path() / "res"); }));
  EXPECT_TRUE(watched.tells([&] { dir.write("res/b.yaml", "a"); }));
  EXPECT_TRUE(watched.tells([&] {
    fs::rename(dir.path() / "res", dir.path() / "old");
    fs::create_directories(dir.path() / "res");
  }));
  EXPECT_TRUE(watched.tells([&] { dir.write("res/c.yaml", "a"); }));
}

TEST(Watcher, TellsOncePerBurst) {
  const testing::TempDir dir;
  fs::create_directories(dir.path() / "res");
  Watched watched({dir.path() / "res"}, 300ms);

  EXPECT_TRUE(watched.tells([&] {
    for (int i = 0; i < 50; ++i) dir.write("res/" + std::to_string(i) + ".yaml", "a");
  }));
  EXPECT_TRUE(watched.tells([&] { dir.write("res/last.yaml", "a"); }));

  EXPECT_EQ(watched.calls(), 2);
}

TEST(Watcher, DoesNotWaitForEverWhileChangesGoOn) {
  const testing::TempDir dir;
  fs::create_directories(dir.path() / "res");
  Watched watched({dir.path() / "res"}, 10min);

  EXPECT_TRUE(watched.tells([&] { dir.write("res/a.yaml", "a"); }));
}

TEST(Watcher, StopsWithACallStillOwed) {
  const testing::TempDir dir;
  fs::create_directories(dir.path() / "res");
  Watched watched({dir.path() / "res"}, 10min);
  dir.write("res/a.yaml", "a");

  watched.stop();

  EXPECT_EQ(watched.calls(), 0);
}

TEST(WatchList, WatchesNoMoreThanItMust) {
  const testing::TempDir dir;
  dir.write("a/landfall.yaml", "");
  dir.write("a/res/x/y.yaml", "");
  const fs::path root = fs::canonical(dir.path());

  const auto list = watchList({root / "a/landfall.yaml", root / "a/res", root / "none/x"});

  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list.at(root / "a").names, (std::set<std::string>{"landfall.yaml", "res"}));
  EXPECT_FALSE(list.at(root / "a").everything);
  EXPECT_TRUE(list.at(root / "a/res").everything);
  EXPECT_TRUE(list.at(root / "a/res/x").everything);
  EXPECT_EQ(list.at(root).names, std::set<std::string>{"none"});
}

TEST(WatchList, EndsInLoopsOfLinks) {
  const testing::TempDir dir;
  fs::create_symlink("b", dir.path() / "a");
  fs::create_symlink("a", dir.path() / "b");
  fs::create_directories(dir.path() / "res");
  fs::create_directory_symlink("..", dir.path() / "res/up");

  EXPECT_FALSE(watchList({dir.path() / "a", dir.path() / "res"}).empty());
}

TEST(FolderState, ChangesWithEveryChangeAndOnlyThen) {
  const testing::TempDir dir;
  dir.write("res/a.yaml", "a");
  fs::create_directory_symlink("..", dir.path() / "res/loop");
  const std::vector<fs::path> paths{dir.path() / "res", dir.path() / "none"};
  const auto first = folderState(paths);
  EXPECT_EQ(folderState(paths), first);

  dir.write("res/a.yaml", "longer");
  const auto second = folderState(paths);
  EXPECT_NE(second, first);
  dir.write("res/x/b.yaml", "b");
  const auto third = folderState(paths);
  EXPECT_NE(third, second);
  fs::remove(dir.path() / "res/x/b.yaml");
  EXPECT_NE(folderState(paths), third);
}

}  // namespace
}  // namespace landfall::config
