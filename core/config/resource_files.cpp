// SPDX-License-Identifier: Apache-2.0
#include "core/config/resource_files.h"

#include <algorithm>
#include <set>
#include <string>
#include <system_error>

namespace landfall::config {
namespace {

namespace fs = std::filesystem;

class Lister {
 public:
  explicit Lister(Report& report) : report_(report) {}

  /// Marks a file as seen already.
  void leaveOut(const fs::path& file) {
    std::error_code ignored;
    seen_.insert(fs::canonical(file, ignored));
  }

  void folder(const fs::path& path) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error || !fs::is_directory(real, error)) {
      report_.error({path.string(), 0, ""}, error ? "cannot be opened: " + error.message() : "is no folder",
                    "resources.folders names folders that exist");
      return;
    }
    if (!seen_.insert(real).second) return;  // also what ends a loop of links
    fs::directory_iterator entries(path, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) entry(entries->path());
    if (error) report_.error({path.string(), 0, ""}, "cannot be listed: " + error.message(), "");
  }

  std::vector<fs::path> take() {
    std::sort(files_.begin(), files_.end());
    return std::move(files_);
  }

 private:
  void entry(const fs::path& path) {
    if (path.filename().string().starts_with('.')) return;
    std::error_code error;
    if (fs::is_directory(path, error)) {
      folder(path);
      return;
    }
    const fs::path extension = path.extension();
    if (extension != ".yaml" && extension != ".yml" && extension != ".json") return;
    // What cannot be resolved (a link to nothing) is listed all the same: reading it says what is wrong.
    const fs::path real = fs::canonical(path, error);
    if (error || seen_.insert(real).second) files_.push_back(path);
  }

  Report& report_;
  std::set<fs::path> seen_;
  std::vector<fs::path> files_;
};

}  // namespace

std::vector<fs::path> listResourceFiles(const std::vector<fs::path>& folders, const fs::path& settings_file,
                                        Report& report) {
  Lister lister(report);
  lister.leaveOut(settings_file);
  for (const auto& folder : folders) lister.folder(folder);
  return lister.take();
}

}  // namespace landfall::config
