// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "core/base/crypto.h"
#include "landfall/adapter.h"
#include "tests/abi/zoo.h"

namespace landfall::adapters {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::refusalOf;
using testing::Zoo;

/// Where the process puts its temporary files, as long as the object lives.
class TemporaryFilesIn {
 public:
  explicit TemporaryFilesIn(const std::filesystem::path& folder) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", folder.c_str(), 1);
  }
  ~TemporaryFilesIn() { before_ ? ::setenv("TMPDIR", before_->c_str(), 1) : ::unsetenv("TMPDIR"); }
  TemporaryFilesIn(const TemporaryFilesIn&) = delete;
  TemporaryFilesIn& operator=(const TemporaryFilesIn&) = delete;

 private:
  std::optional<std::string> before_;
};

struct Fault {
  std::string animal;
  std::string reason;
};

std::ostream& operator<<(std::ostream& out, const Fault& fault) { return out << fault.animal; }

class FaultyPlugin : public ::testing::TestWithParam<Fault> {};

// The file's name begins with `a`, so that it is met before the good one.
TEST_P(FaultyPlugin, IsRefusedWithItsReasonAndStopsNoOther) {
  Zoo zoo;
  const auto faulty = zoo.add(GetParam().animal, "a");
  zoo.add("good_1", "b");

  const auto set = zoo.load();

  EXPECT_THAT(refusalOf(*set, faulty), AllOf(HasSubstr(faulty.string()), HasSubstr(GetParam().reason)));
  EXPECT_EQ(set->refused().size(), 1U);
  ASSERT_EQ(set->plugins().size(), 1U);
  const auto adapter = Adapter::create(set->find("good"), testing::configurationFor());
  ASSERT_TRUE(adapter.ok());
  EXPECT_EQ((*adapter)->parse({"POST", {}, {}, "{}"}).status, ParseStatus::Pushed);
}

INSTANTIATE_TEST_SUITE_P(
    Zoo, FaultyPlugin,
    ::testing::Values(Fault{"no_symbol", "it exports no symbol landfall_plugin_v1"},
                      Fault{"null_entry", "it gives no descriptor"},
                      Fault{"throwing_entry", "its entry landfall_plugin_v1 threw"},
                      Fault{"wrong_major", "major version 2 of the adapter ABI, and this Landfall speaks 1"},
                      Fault{"short_struct", "version 1.0 has " + std::to_string(sizeof(landfall_plugin))},
                      Fault{"null_slot", "it has no function parse"},
                      Fault{"bad_id", "its id \"Bad_Id\" does not read"}, Fault{"no_samples", "it has no sample"},
                      Fault{"null_table", "it counts 3 options but has no table"},
                      Fault{"undefined_symbol", "undefined symbol: nobody_has_this"}),
    [](const auto& fault) { return fault.param.animal; });

TEST(PluginFolder, RefusesATextFile) {
  Zoo zoo;
  const auto file = zoo.write("notes.so", "These are notes.\n");

  const auto set = zoo.load();

  EXPECT_THAT(refusalOf(*set, file), HasSubstr("it is a text file, not a shared library"));
}

TEST(PluginFolder, RefusesAnEmptyFile) {
  Zoo zoo;
  const auto file = zoo.write("empty.so", "");

  const auto set = zoo.load();

  EXPECT_THAT(refusalOf(*set, file), HasSubstr("it is empty"));
}

TEST(PluginFolder, RefusesAHalfCopiedFileWhateverPartOfItIsThere) {
  Zoo zoo;
  const std::string whole = testing::readFile(Zoo::animal("good_1"));
  for (const std::size_t bytes :
       {std::size_t{8}, std::size_t{100}, std::size_t{4096}, whole.size() / 2, whole.size() - 1}) {
    const auto file = zoo.write("good.so", std::string_view(whole).substr(0, bytes));

    const auto set = zoo.load();

    EXPECT_THAT(refusalOf(*set, file), HasSubstr("it is cut short")) << bytes << " of " << whole.size() << " bytes";
  }
}

// Stripped of its section table, the file ends with what is mapped.
TEST(PluginFolder, RefusesAHalfCopiedFileThatHasNoSectionTable) {
  Zoo zoo;
  std::string library = testing::readFile(Zoo::animal("good_1"));
  ElfW(Ehdr) header;
  std::memcpy(&header, library.data(), sizeof header);
  header.e_shoff = 0;
  header.e_shnum = 0;
  header.e_shstrndx = 0;
  std::memcpy(library.data(), &header, sizeof header);
  const auto whole = zoo.write("whole.so", library);
  const auto half = zoo.write("half.so", std::string_view(library).substr(0, 4096));

  const auto set = zoo.load();

  EXPECT_EQ(refusalOf(*set, whole), "");
  EXPECT_THAT(refusalOf(*set, half), HasSubstr("it is cut short (half copied?): its segment"));
}

TEST(PluginFolder, RefusesAnExecutable) {
  Zoo zoo;
  std::string library = testing::readFile(Zoo::animal("good_1"));
  library[16] = 2;  // e_type: ET_EXEC

  const auto set = AdapterSet::load({{zoo.write("program.so", library).parent_path()}, {}}, nullptr, zoo.log());

  EXPECT_THAT(refusalOf(*set, zoo.folder() / "program.so"), HasSubstr("no shared library"));
}

TEST(PluginFolder, RefusesALibraryOfAnotherMachine) {
  Zoo zoo;
  std::string library = testing::readFile(Zoo::animal("good_1"));
  library[4] = library[4] == 1 ? 2 : 1;  // EI_CLASS
  const auto file = zoo.write("foreign.so", library);

  const auto set = zoo.load();

  EXPECT_THAT(refusalOf(*set, file), HasSubstr("built for another kind of machine"));
}

TEST(PluginFolder, RefusesWhatIsNoFileWithoutWaitingForIt) {
  Zoo zoo;
  const auto pipe = zoo.folder() / "pipe.so";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::filesystem::create_directory(zoo.folder() / "folder.so");
  std::filesystem::permissions(zoo.folder() / "folder.so", std::filesystem::perms(0755));

  const auto set = zoo.load();

  EXPECT_THAT(refusalOf(*set, pipe), HasSubstr("is not a regular file"));
  EXPECT_THAT(refusalOf(*set, zoo.folder() / "folder.so"), HasSubstr("is not a regular file"));
}

TEST(PluginFolder, LeavesOtherFilesHiddenOnesAndFoldersBelowAlone) {
  Zoo zoo;
  zoo.write("README.md", "no plugin");
  zoo.write(".good.so", "a copy in the making");
  std::filesystem::create_directory(zoo.folder() / "below");
  std::filesystem::copy(Zoo::animal("good_1"), zoo.folder() / "below" / "good.so");

  const auto set = zoo.load();

  EXPECT_THAT(set->plugins(), IsEmpty());
  EXPECT_THAT(set->refused(), IsEmpty());
}

TEST(PluginFolder, RefusesTheSecondFileOfOneIdAndNamesTheFirst) {
  Zoo zoo;
  const auto first = zoo.add("good_1", "a");
  const auto second = zoo.add("good_2", "b");

  const auto set = zoo.load();

  ASSERT_NE(set->find("good"), nullptr);
  EXPECT_EQ(set->find("good")->description().version, "1.0.0");
  EXPECT_THAT(refusalOf(*set, second), AllOf(HasSubstr("\"good\" is already provided by"), HasSubstr(first.string())));
}

TEST(PluginFolder, PrefersTheFolderThatIsNamedFirst) {
  Zoo zoo;
  Zoo other;
  zoo.add("good_1", "z");
  other.add("good_2", "a");

  const auto set = AdapterSet::load({{zoo.folder(), other.folder()}, {}}, nullptr, zoo.log());

  EXPECT_EQ(set->find("good")->description().version, "1.0.0");
}

TEST(PluginFolder, ThatIsMissingIsRefusedAndStopsNoOther) {
  Zoo zoo;
  zoo.add("good_1");
  const auto missing = zoo.folder() / "missing";

  const auto set = AdapterSet::load({{missing, zoo.folder()}, {}}, nullptr, zoo.log());

  EXPECT_THAT(refusalOf(*set, missing), HasSubstr("No such file or directory"));
  EXPECT_NE(set->find("good"), nullptr);
}

TEST(PluginFolder, ThatEverybodyCanWriteIsRefusedAsAWhole) {
  Zoo zoo;
  zoo.add("good_1");
  for (const auto mode : {0777, 0775, 01777}) {
    std::filesystem::permissions(zoo.folder(), static_cast<std::filesystem::perms>(mode));

    const auto set = zoo.load();

    EXPECT_THAT(refusalOf(*set, zoo.folder()), HasSubstr("can be written by")) << std::oct << mode;
    EXPECT_THAT(set->plugins(), IsEmpty());
  }
}

TEST(PluginFile, ThatOthersCanWriteIsRefused) {
  Zoo zoo;
  const auto file = zoo.add("good_1");
  std::filesystem::permissions(file, std::filesystem::perms(0664));

  const auto set = zoo.load();

  EXPECT_THAT(refusalOf(*set, file), HasSubstr("can be written by its group; chmod go-w"));
}

TEST(PluginFile, OfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  Zoo zoo;
  const auto file = zoo.add("good_1");
  ASSERT_EQ(::chown(file.c_str(), 12345, 12345), 0);

  const auto set = zoo.load();

  EXPECT_THAT(refusalOf(*set, file), HasSubstr("belongs to user 12345"));
}

TEST(PluginFile, BehindALinkIsHeldToTheSame) {
  Zoo zoo;
  Zoo elsewhere;
  const auto target = elsewhere.add("good_1");
  const auto link = zoo.folder() / "good.so";
  std::filesystem::create_symlink(target, link);
  ASSERT_NE(zoo.load()->find("good"), nullptr);
  std::filesystem::permissions(elsewhere.folder(), std::filesystem::perms(0777));

  const auto set = zoo.load();

  EXPECT_THAT(refusalOf(*set, link), HasSubstr(elsewhere.folder().string() + " can be written by everybody"));
}

TEST(PluginHashes, LetOnlyListedBytesLoad) {
  Zoo zoo;
  const auto listed = zoo.add("good_1", "listed");
  const auto other = zoo.add("threaded", "other");
  const auto changed = zoo.add("slow", "changed");
  auto folders = zoo.folders();
  folders.sha256["listed.so"] = base::sha256Hex(testing::readFile(listed));
  folders.sha256["changed.so"] = base::sha256Hex("what it was");

  const auto set = AdapterSet::load(folders, nullptr, zoo.log());

  EXPECT_NE(set->find("good"), nullptr);
  EXPECT_THAT(refusalOf(*set, other), HasSubstr("not among the listed SHA-256 hashes"));
  EXPECT_THAT(refusalOf(*set, changed), HasSubstr("the listed one is another"));
}

TEST(PluginHashes, ThatAreNotListedAnyMoreStopALoadedPlugin) {
  Zoo zoo;
  const auto file = zoo.add("good_1");
  const auto before = zoo.load();
  auto folders = zoo.folders();
  folders.sha256["another.so"] = base::sha256Hex("another");

  const auto after = AdapterSet::load(folders, before.get(), zoo.log());

  EXPECT_NE(before->find("good"), nullptr);
  EXPECT_EQ(after->find("good"), nullptr);
}

TEST(Plugin, SaysWhereItCameFromAndWhatItIs) {
  Zoo zoo;
  const auto file = zoo.add("good_1");

  const auto plugin = zoo.load()->find("good");

  ASSERT_NE(plugin, nullptr);
  EXPECT_EQ(plugin->source().file, file);
  EXPECT_EQ(plugin->source().sha256, base::sha256Hex(testing::readFile(file)));
  EXPECT_EQ(plugin->description().abi, "1.0");
  EXPECT_THAT(zoo.logged(), HasSubstr("plugin loaded"));
}

TEST(Plugin, LeavesNoPrivateCopyBehind) {
  const testing::TempDir scratch;
  Zoo zoo;
  zoo.add("good_1", "a");
  zoo.add("no_symbol", "b");
  zoo.add("undefined_symbol", "c");
  const TemporaryFilesIn here(scratch.path());

  const auto set = zoo.load();

  EXPECT_NE(set->find("good"), nullptr);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(Plugin, CannotBeLoadedWithoutAPlaceForItsPrivateCopyAndSaysSo) {
  Zoo zoo;
  const auto file = zoo.add("good_1");
  const TemporaryFilesIn nowhere("/proc/self");

  const auto set = zoo.load();

  EXPECT_THAT(refusalOf(*set, file), HasSubstr("TMPDIR must name a folder"));
}

}  // namespace
}  // namespace landfall::adapters
