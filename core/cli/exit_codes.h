// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace landfall::cli {

/// What scripts can tell apart. The numbers from 64 on are those of sysexits.h.
enum class ExitCode {
  Done = 0,
  Failed = 1,
  Usage = 2,
  Unavailable = 69,    ///< the server does not answer
  NotAllowed = 77,     ///< the server wants a token, or another one
  Configuration = 78,  ///< landfall.yaml or a manifest has errors
};

}  // namespace landfall::cli
