// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/ownership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/temp_dir.h"

namespace landfall::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

void setMode(const std::filesystem::path& path, unsigned mode) {
  std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
}

class Ownership : public ::testing::Test {
 protected:
  Ownership() {
    file_ = dir_.write("outer/inner/plugin.so", "");
    setMode(file_, 0644);
    setMode(inner(), 0755);
    setMode(outer(), 0755);
  }

  std::filesystem::path outer() const { return dir_.path() / "outer"; }
  std::filesystem::path inner() const { return outer() / "inner"; }

  testing::TempDir dir_;
  std::filesystem::path file_;
};

TEST_F(Ownership, IsFineWhereNobodyElseCanWrite) {
  EXPECT_TRUE(checkOwnership(file_).ok()) << checkOwnership(file_).message();
  EXPECT_TRUE(checkOwnership(inner()).ok());
}

TEST_F(Ownership, NamesTheFileThatOthersCanWrite) {
  setMode(file_, 0646);

  const auto status = checkOwnership(file_);

  EXPECT_EQ(status.code(), base::StatusCode::FailedPrecondition);
  EXPECT_THAT(status.message(), StartsWith(file_.string() + " can be written by everybody"));
}

TEST_F(Ownership, NamesAFolderFarAboveThatTheGroupCanWrite) {
  setMode(outer(), 0775);

  EXPECT_THAT(checkOwnership(file_).message(), StartsWith(outer().string() + " can be written by its group"));
}

TEST_F(Ownership, AllowsAStickyFolderAboveButNotAsTheFolderItself) {
  setMode(inner(), 01777);

  EXPECT_TRUE(checkOwnership(file_).ok());
  EXPECT_FALSE(checkOwnership(inner()).ok());
  EXPECT_FALSE(checkOwnership(inner() / "").ok());
  EXPECT_FALSE(checkOwnership(inner() / ".").ok());
}

TEST_F(Ownership, RefusesAFileThatIsNotThere) {
  EXPECT_THAT(checkOwnership(inner() / "missing.so").message(), HasSubstr("cannot be looked at"));
}

TEST_F(Ownership, ChecksWhatALinkLeadsTo) {
  std::filesystem::create_symlink("inner/plugin.so", outer() / "link.so");
  ASSERT_TRUE(checkOwnership(outer() / "link.so").ok());
  setMode(inner(), 0777);

  EXPECT_THAT(checkOwnership(outer() / "link.so").message(), StartsWith(inner().string() + " can be written"));
}

TEST_F(Ownership, ChecksTheFolderThatALinkStandsIn) {
  std::filesystem::create_directory(dir_.path() / "open");
  std::filesystem::create_directory_symlink(inner(), dir_.path() / "open" / "plugins");
  const auto file = dir_.path() / "open" / "plugins" / "plugin.so";
  setMode(dir_.path() / "open", 0755);
  ASSERT_TRUE(checkOwnership(file).ok());
  setMode(dir_.path() / "open", 0777);

  EXPECT_THAT(checkOwnership(file).message(), StartsWith((dir_.path() / "open").string() + " can be written"));
}

TEST_F(Ownership, FollowsDotsAsTheKernelDoes) {
  std::filesystem::create_directory_symlink(inner(), dir_.path() / "link");
  setMode(outer(), 0777);

  // link/.. is outer, not the folder that the link stands in.
  EXPECT_THAT(checkOwnership(dir_.path() / "link" / ".." / "inner" / "plugin.so").message(),
              StartsWith(outer().string() + " can be written"));
}

TEST_F(Ownership, GivesUpOnLinksInACircle) {
  std::filesystem::create_symlink("b", dir_.path() / "a");
  std::filesystem::create_symlink("a", dir_.path() / "b");

  EXPECT_THAT(checkOwnership(dir_.path() / "a").message(), HasSubstr("too many links"));
}

TEST_F(Ownership, NamesWhatBelongsToSomebodyElse) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_EQ(::chown(inner().c_str(), 12345, 12345), 0);

  EXPECT_THAT(checkOwnership(file_).message(), StartsWith(inner().string() + " belongs to user 12345"));
}

}  // namespace
}  // namespace landfall::adapters
