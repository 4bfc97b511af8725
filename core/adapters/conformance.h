// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/adapters/plugin.h"

namespace landfall::adapters {

/// One check of a plugin and what came of it.
struct ConformanceResult {
  std::string check;  ///< "sample repo_push parses as pushed"
  bool passed = false;
  std::string detail;  ///< when it failed: what was expected and what came
};

/// What every adapter has to prove, whatever its registry: each sample is authentic once signed, also with the older of
/// two secrets, and parses as it says, also from `threads` threads at once; credentials that are wrong, missing, empty,
/// doubled, over-long or of other case, and changed bodies, are refused (unless the URL is the only credential);
/// hostile bodies (empty, `null`, wrong types, nesting of 10,001, invalid UTF-8, a byte order mark, 2 MiB) neither
/// crash it nor make it fail, and never refresh. `extra` are further payloads, e.g. from a folder: they must do neither
/// of the first two. Blocks until all is done; what a plugin does not survive, the process does not survive either.
std::vector<ConformanceResult> runConformance(const std::shared_ptr<const Plugin>& plugin,
                                              const std::vector<std::string>& extra, unsigned threads);

}  // namespace landfall::adapters
