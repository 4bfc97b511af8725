// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/refresh/deadline.h"

namespace landfall::refresh {

/// One run of a program of this machine.
struct ProgramRun {
  const std::vector<std::string>& argv;         ///< the absolute path and all arguments
  const std::vector<std::string>& environment;  ///< all of it, as NAME=value
  std::string_view input;                       ///< what its standard input holds
  Deadline deadline;
  int stop;  ///< a descriptor that becomes readable when the run is to end early
};

struct ProgramEnd {
  enum class How { Exited, Signalled, TimedOut, Stopped, NotStarted };

  How how = How::NotStarted;
  int code = 0;  ///< Exited: its exit code. Signalled: the signal. NotStarted: errno
  std::string
      output;  ///< the last of what it wrote to standard output and error: at least kHeardText bytes, if so many
};

/// Runs a program to its end: in a process group of its own, in the folder "/", with no signal blocked or ignored and
/// no descriptor of this process but its standard ones. Its input is a sealed file in memory, there from the beginning,
/// so a program that never reads it holds nobody up. At the deadline, or when it is told to stop, the whole group gets
/// SIGTERM, and SIGKILL after 2 s or as soon as the program has ended and nobody holds its output any more. What the
/// program leaves running when it ends by itself is not killed, and its output awaited for half a second at most.
/// Leaves no zombie, descriptor or thread behind. Needs Linux 5.3 (pidfd). Any thread.
ProgramEnd runProgram(const ProgramRun& run);

}  // namespace landfall::refresh
