// SPDX-License-Identifier: Apache-2.0
#include "core/config/watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#include "core/base/descriptor.h"
#include "core/config/folder_state.h"
#include "core/config/watch_list.h"

namespace landfall::config {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kLongestBurst{1000};
constexpr milliseconds kPollInterval{10000};
// Not IN_MODIFY: a file is read when its writer has closed it, not half written.
constexpr std::uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

int timeoutUntil(SteadyClock::time_point when) {
  const auto left = std::chrono::ceil<milliseconds>(when - SteadyClock::now());
  return static_cast<int>(std::max(left, milliseconds(0)).count());
}

}  // namespace

struct Watcher::State {
  State(std::vector<std::filesystem::path> watched, milliseconds quiet_time, std::function<void()> callback)
      : paths(std::move(watched)), quiet(quiet_time), changed(std::move(callback)) {
    watchAll();
    seen = folderState(paths);
    thread = std::thread([this] { run(); });
  }

  ~State() {
    const std::uint64_t one = 1;
    while (::write(stop.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
    thread.join();
  }

  void run() {
    auto next_poll = SteadyClock::now() + kPollInterval;
    for (;;) {
      const auto wake = burst_first ? std::min(burstEnd(), next_poll) : next_poll;
      std::array<pollfd, 2> polled{{{stop.get(), POLLIN, 0}, {events.get(), POLLIN, 0}}};
      if (::poll(polled.data(), polled.size(), timeoutUntil(wake)) < 0 && errno != EINTR) return;
      if ((polled[0].revents & POLLIN) != 0) return;
      if ((polled[1].revents & POLLIN) != 0 && drain()) {
        note();
        watchAll();  // new folders, swapped links
      }
      const auto now = SteadyClock::now();
      if (now >= next_poll) {
        next_poll = now + kPollInterval;
        pollOnce();
      }
      if (burst_first && now >= burstEnd()) {
        burst_first.reset();
        watchAll();
        seen = folderState(paths);
        changed();
      }
    }
  }

  SteadyClock::time_point burstEnd() const { return std::min(burst_last + quiet, *burst_first + kLongestBurst); }

  void note() {
    burst_last = SteadyClock::now();
    if (!burst_first) burst_first = burst_last;
  }

  /// The net for what inotify does not tell.
  void pollOnce() {
    if (burst_first) return;
    if (std::string state = folderState(paths); state != seen) {
      seen = std::move(state);
      note();
    }
  }

  /// Reads what has come; true when some of it counts.
  bool drain() {
    bool counts = false;
    alignas(inotify_event) std::array<char, 65536> buffer{};
    for (;;) {
      const ssize_t got = ::read(events.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return counts;
      for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        counts = takeEvent(*event) || counts;
        at += sizeof(inotify_event) + event->len;
      }
    }
  }

  bool takeEvent(const inotify_event& event) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return true;
    const auto found = interests.find(event.wd);
    if (found == interests.end()) return false;
    if ((event.mask & IN_IGNORED) != 0) {  // the folder is gone, and the watch with it
      interests.erase(found);
      return true;
    }
    if (event.len == 0) return found->second.everything || (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0;
    return found->second.counts(event.name);
  }

  /// Brings the watches up to what the paths lead to now. Watching a folder twice is watching it once.
  void watchAll() {
    if (events.get() < 0) return;
    std::unordered_map<int, FolderInterest> wanted;
    for (auto& [folder, interest] : watchList(paths)) {
      const int watch = ::inotify_add_watch(events.get(), folder.c_str(), kEvents);
      if (watch < 0) continue;  // gone again, or over the system's limit: the poll is left
      FolderInterest& merged = wanted[watch];
      merged.everything = merged.everything || interest.everything;
      merged.names.merge(interest.names);
    }
    for (const auto& [watch, interest] : interests) {
      if (!wanted.contains(watch)) ::inotify_rm_watch(events.get(), watch);
    }
    interests = std::move(wanted);
  }

  const std::vector<std::filesystem::path> paths;
  const milliseconds quiet;
  const std::function<void()> changed;
  const base::Descriptor events{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
  const base::Descriptor stop{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::unordered_map<int, FolderInterest> interests;  ///< by watch
  std::optional<SteadyClock::time_point> burst_first;
  SteadyClock::time_point burst_last;
  std::string seen;
  std::thread thread;
};

Watcher::Watcher(std::vector<std::filesystem::path> paths, milliseconds quiet, std::function<void()> changed)
    : state_(std::make_unique<State>(std::move(paths), quiet, std::move(changed))) {}

Watcher::~Watcher() = default;

}  // namespace landfall::config
