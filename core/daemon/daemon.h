// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace landfall::daemon {

/// How a run ended.
enum class ServeEnd {
  Stopped,        ///< as asked
  Failed,         ///< the store or a listener could not be opened
  Configuration,  ///< nothing was started: the configuration has errors
};

/// Runs Landfall until SIGINT or SIGTERM: the only place that wires, starts, reloads, drains and stops. SIGHUP reloads.
/// Call it once, from the main thread, before any other thread exists: it blocks the signals for all that follow.
/// Configuration errors are written to standard error, each with its place.
ServeEnd serve(const std::filesystem::path& settings_file);

}  // namespace landfall::daemon
