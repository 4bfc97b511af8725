// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/refresh/refresher.h"
#include "core/refresh/said_text.h"
#include "core/refresh/stop_signal.h"

namespace landfall::refresh {

/// What an exit code says about the delivery: 0 succeeded, 65 rejected and 69 target gone (EX_DATAERR and
/// EX_UNAVAILABLE of sysexits.h); all else retryable.
model::AttemptOutcome outcomeOfExitCode(int code);

/// Runs a program of this machine: never through a shell, with a clean environment (docs/refreshing.md says which), the
/// refresh as JSON on standard input, in a process group of its own that is killed as a whole at the target's timeout
/// (not the run's). Blocks until the program has ended, at most that timeout and two seconds. Any thread; how many run
/// at once is the callers' affair.
///
/// The exit code is the result's status; a program that could not be started, was killed by a signal or by us has none
/// and is retryable. The detail ends with the last 4 KiB of its output, of which the secrets are masked.
class CommandRefresher {
 public:
  CommandRefresher();

  /// `secrets`: what must not be kept, though the program shows it.
  RefreshResult refresh(const RefreshRun& run, const model::CommandTarget& target, const Secrets& secrets) const;

  /// Has all programs that run killed with their groups (SIGTERM, after two seconds SIGKILL) and lets no other begin:
  /// their runs are Interrupted. Returns at once; refresh() returns when its program has ended. For good. Any thread.
  void stop() { stop_.stop(); }

 private:
  const StopSignal stop_;
  std::string home_;
};

}  // namespace landfall::refresh
