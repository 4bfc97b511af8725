// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "core/config/report.h"

namespace landfall::config {

/// The *.yaml, *.yml and *.json files in `folders` and below them, sorted, each once however many ways lead to it.
/// Symbolic links are followed; names that begin with a dot are left out, so that a ConfigMap's `..data` and the folder
/// behind it are not read twice. `settings_file` is no resource. A folder that is missing or cannot be read is
/// reported.
std::vector<std::filesystem::path> listResourceFiles(const std::vector<std::filesystem::path>& folders,
                                                     const std::filesystem::path& settings_file, Report& report);

}  // namespace landfall::config
