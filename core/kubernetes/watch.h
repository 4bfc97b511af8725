// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/kubernetes/client.h"
#include "core/kubernetes/object.h"

namespace landfall::kubernetes {

/// What a watch tells, from its own thread, one at a time. Objects that the server sent broken (no name, no JSON) are
/// not told but logged.
struct WatchEvents {
  /// All that there is, in pages: `first` begins a list anew, `last` ends it, and what was not in any page of it is
  /// gone. Told at the beginning, and again whenever the server has forgotten where the watch was (410 Gone). A list
  /// that breaks off begins anew with another `first`.
  std::function<void(std::vector<Object> page, bool first, bool last)> listed;
  std::function<void(Object)> changed;  ///< added or modified
  std::function<void(Object)> deleted;  ///< as it was last
  /// The server was lost (with why), or is being heard (nothing; at the beginning, too). Not told twice in a row for
  /// one state.
  std::function<void(const std::optional<Failure>& away)> heard;
};

struct WatchOptions {
  std::size_t page = 500;  ///< objects asked for at a time
  std::chrono::milliseconds lifetime{
      300000};  ///< the server is asked to end a watch after so long (and a bit at random)
  std::chrono::milliseconds silence{120000};  ///< nothing heard for so long, no bookmark either: begun anew
  std::chrono::milliseconds least_wait{200};  ///< between tries; doubles with every failure, at random up to …
  std::chrono::milliseconds most_wait{30000};
  std::function<double()> random;  ///< in [0, 1); none: always 1
};

/// Lists, then watches, and never gives up: a watch that ends is resumed where it was, one that breaks or goes silent
/// is begun anew after a wait, and a forgotten place leads to a new list. Has a thread of its own.
class Watch {
 public:
  /// Begins. `client` and `log` must outlive it.
  Watch(Client& client, Scope scope, WatchEvents events, base::Log& log, WatchOptions options = {});
  /// Stops at once, in the middle of a silent connection, too. Nothing is told afterwards.
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace landfall::kubernetes
