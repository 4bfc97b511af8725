// SPDX-License-Identifier: Apache-2.0
#include "core/config/folder_state.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "core/base/crypto.h"

namespace landfall::config {
namespace {

namespace fs = std::filesystem;

class Walk {
 public:
  void visit(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return;
    const auto& changed = status.st_ctim;  // also moves with permissions, and cannot be set back as mtime can
    text_ += fmt::format("{}\n{} {} {} {} {}\n", path.string(), status.st_dev, status.st_ino, status.st_size,
                         changed.tv_sec, changed.tv_nsec);
    if (!S_ISDIR(status.st_mode) || !seen_.emplace(status.st_dev, status.st_ino).second) return;
    std::vector<fs::path> children;
    std::error_code error;
    fs::directory_iterator entries(path, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
      children.push_back(entries->path());
    }
    std::sort(children.begin(), children.end());
    for (const auto& child : children) visit(child);
  }

  std::string hash() const { return base::sha256Hex(text_); }

 private:
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::string text_;
};

}  // namespace

std::string folderState(const std::vector<fs::path>& paths) {
  Walk walk;
  for (const auto& path : paths) walk.visit(path);
  return walk.hash();
}

}  // namespace landfall::config
