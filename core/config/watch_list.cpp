// SPDX-License-Identifier: Apache-2.0
#include "core/config/watch_list.h"

#include <deque>
#include <system_error>

namespace landfall::config {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the kernel's own limit

class Lister {
 public:
  std::map<fs::path, FolderInterest> take() { return std::move(folders_); }

  /// Goes down `path` part by part as the kernel does, noting what would change where it leads.
  void add(const fs::path& path) {
    std::deque<fs::path> parts;
    for (const auto& part : fs::absolute(path).lexically_normal().relative_path()) parts.push_back(part);
    fs::path folder = "/";
    int links = 0;
    while (!parts.empty()) {
      const fs::path part = std::move(parts.front());
      parts.pop_front();
      if (part.empty() || part == ".") continue;
      if (part == "..") {
        folder = folder.parent_path();
        continue;
      }
      const fs::path next = folder / part;
      std::error_code error;
      const fs::file_status status = fs::symlink_status(next, error);
      if (fs::is_symlink(status)) {
        folders_[folder].names.insert(part);
        const fs::path target = fs::read_symlink(next, error);
        if (error || ++links > kMostLinks) return;
        if (target.is_absolute()) folder = "/";
        const fs::path relative = target.relative_path();
        parts.insert(parts.begin(), relative.begin(), relative.end());
        continue;
      }
      const bool last = parts.empty();
      if (last || !fs::is_directory(status)) folders_[folder].names.insert(part);
      if (!fs::is_directory(status)) return;
      folder = next;
    }
    addTree(folder);
  }

 private:
  void addTree(const fs::path& folder) {
    FolderInterest& interest = folders_[folder];
    if (interest.everything) return;  // been here, also by a loop of links
    interest.everything = true;
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
      std::error_code ignored;
      const fs::file_status status = entries->symlink_status(ignored);
      if (fs::is_directory(status)) addTree(entries->path());
      if (fs::is_symlink(status)) add(entries->path());
    }
  }

  std::map<fs::path, FolderInterest> folders_;
};

}  // namespace

std::map<fs::path, FolderInterest> watchList(const std::vector<fs::path>& paths) {
  Lister lister;
  for (const auto& path : paths) lister.add(path);
  return lister.take();
}

}  // namespace landfall::config
