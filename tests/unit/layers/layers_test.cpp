// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace landfall::testing {
namespace {

namespace fs = std::filesystem;
using Folders = std::set<std::string>;

/// The layering of docs/architecture.md: what the sources of a folder may include of ours, beside their own folder.
const std::map<std::string, Folders>& allowedFolders() {
  static const std::map<std::string, Folders> kAllowed{
      {"core/base", {}},
      {"core/model", {"core/base"}},
      {"core/adapters", {"core/base", "core/model", "landfall"}},
      {"core/matching", {"core/base", "core/model"}},
      {"core/kubernetes", {"core/base"}},
      {"core/config", {"core/base", "core/model", "core/adapters", "core/matching", "core/kubernetes"}},
      {"core/refresh", {"core/base", "core/model", "core/config", "core/kubernetes", "storage"}},
      {"core/intake", {"core/base", "core/model", "core/adapters", "core/matching", "core/config", "storage"}},
      {"core/delivery", {"core/base", "core/model", "core/config", "core/refresh", "storage"}},
      {"core/operations", {"core/base", "core/model", "storage"}},
      {"core/http",
       {"core/base", "core/model", "core/adapters", "core/matching", "core/config", "core/intake", "core/operations",
        "storage"}},
      {"core/metrics",
       {"core/base", "core/model", "core/adapters", "core/config", "core/intake", "core/delivery", "storage"}},
      {"core/daemon",
       {"core/base", "core/model", "core/kubernetes", "core/config", "core/refresh", "core/intake", "core/operations",
        "core/delivery", "core/http", "core/metrics", "storage"}},
      {"core/cli",
       {"core/base", "core/model", "core/adapters", "core/config", "core/refresh", "core/http", "core/daemon",
        "storage", "landfall"}},
      {"core", {"core/cli"}},  // main.cpp
      {"storage", {"core/base", "core/model", "storage/sqlite"}},
      {"storage/sqlite", {"core/base", "core/model", "storage"}},
      {"sdk", {"landfall"}},
      {"plugins", {"landfall"}},
  };
  return kAllowed;
}

/// Headers of libraries that stay in their corner, and the folders that are it.
const std::map<std::string, Folders>& corners() {
  static const std::map<std::string, Folders> kCorners{
      {"dlfcn.h", {"core/adapters"}},
      {"re2/", {"core/matching"}},
      {"yaml-cpp/", {"core/config", "core/kubernetes"}},
      {"SQLiteCpp/", {"storage/sqlite"}},
      {"sqlite3.h", {"storage/sqlite"}},
      {"CLI/", {"core/cli"}},
      {"Poco/", {"core/http", "core/kubernetes", "core/refresh", "core/delivery", "core/daemon", "core/cli"}},
      {"prometheus/", {"core/metrics"}},
      {"openssl/", {"core/base", "core/http", "core/kubernetes", "core/refresh", "sdk"}},
  };
  return kCorners;
}

/// The folder of the rule that a file falls under: its own or the nearest above it.
std::string ruleOf(fs::path folder) {
  for (; !folder.empty(); folder = folder.parent_path()) {
    if (allowedFolders().contains(folder.string())) return folder.string();
  }
  return "";
}

struct Include {
  std::string file;
  std::string rule;  ///< the folder whose rules count
  std::string header;
  bool ours = false;  ///< written with quotes
};

std::vector<Include> allIncludes() {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  const fs::path root = LANDFALL_SOURCE_DIR;
  std::vector<Include> includes;
  for (const auto* top : {"core", "storage", "sdk", "plugins"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".hpp" && extension != ".cpp" && extension != ".c") continue;
      const fs::path file = fs::relative(entry.path(), root);
      const std::string text = readFile(entry.path());
      for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        std::smatch found;
        const std::string line = text.substr(at, end - at);
        if (std::regex_search(line, found, kInclude)) {
          includes.push_back({file.string(), ruleOf(file.parent_path()), found[2], found[1] == "\""});
        }
        at = end + 1;
      }
    }
  }
  return includes;
}

TEST(Layers, FoldersIncludeOnlyWhatIsBelowThem) {
  std::size_t looked_at = 0;
  for (const auto& include : allIncludes()) {
    if (!include.ours) continue;
    ++looked_at;
    const fs::path folder = fs::path(include.header).parent_path();
    if (folder.empty()) continue;  // beside it
    const bool sdk = include.header.starts_with("landfall/");
    const std::string into = sdk ? "landfall" : ruleOf(folder);
    const bool allowed = into == include.rule || allowedFolders().at(include.rule).contains(into);
    EXPECT_TRUE(allowed) << include.file << " includes " << include.header;
  }
  EXPECT_GT(looked_at, 500u);
}

TEST(Layers, LibrariesStayInTheirCorner) {
  for (const auto& include : allIncludes()) {
    for (const auto& [library, folders] : corners()) {
      if (include.header.starts_with(library)) {
        EXPECT_TRUE(folders.contains(include.rule)) << include.file << " includes " << include.header;
      }
    }
  }
}

TEST(Layers, JsonIsReadAndWrittenInSourcesAndNotInHeaders) {
  // The two headers beside the views and listings that are made of it, and the SDK's own reader.
  const Folders exceptions{"core/http/admin/json_views.h", "core/cli/listing.h", "sdk/include/landfall/json.hpp"};
  for (const auto& include : allIncludes()) {
    const bool header = include.file.ends_with(".h") || include.file.ends_with(".hpp");
    if (header && include.header.starts_with("nlohmann/")) {
      EXPECT_TRUE(exceptions.contains(include.file)) << include.file;
    }
  }
}

TEST(Layers, OnlyTheDaemonOpensAStore) {
  // They read the file of a store that may be open elsewhere.
  const Folders exceptions{"core/cli/backup.cpp", "core/cli/check.cpp"};
  for (const auto& include : allIncludes()) {
    if (include.header == "storage/open_store.h") {
      EXPECT_TRUE(include.file.starts_with("core/daemon/") || include.file.starts_with("storage/") ||
                  exceptions.contains(include.file))
          << include.file;
    }
  }
}

}  // namespace
}  // namespace landfall::testing
