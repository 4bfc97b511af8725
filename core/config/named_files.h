// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/config/configuration.h"
#include "core/config/report.h"
#include "core/config/settings.h"

namespace landfall::config {

/// Reads the files that landfall.yaml (`file` in problems) names into `configuration`: the TLS material of both
/// listeners and the certificates that http refreshes trust. Looks at the programs: one that others can write is an
/// error, since they could make it anything; one that is missing or cannot be run is a warning. `files` gets the names
/// of all that was read or looked for, without the programs, whose bytes are nobody's here.
void readNamedFiles(const SettingsRead& read, const std::string& file, Configuration& configuration,
                    std::vector<std::filesystem::path>& files, Report& report);

}  // namespace landfall::config
