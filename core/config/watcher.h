// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace landfall::config {

/// Calls back when something below the watched paths was created, changed, moved or removed, symbolic links that are
/// swapped (as a ConfigMap's `..data` is) included: once per burst, `quiet` after its last change and at most 1 s after
/// its first. Paths that do not exist yet are seen when they appear. On inotify, with a slow poll of modification times
/// as the safety net for file systems that do not tell (network mounts).
class Watcher {
 public:
  /// `changed` is called from the watcher's own thread. Files and folders; folders are watched with all below them.
  Watcher(std::vector<std::filesystem::path> paths, std::chrono::milliseconds quiet, std::function<void()> changed);
  /// Returns after the last callback has returned.
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace landfall::config
