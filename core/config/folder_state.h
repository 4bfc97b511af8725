// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace landfall::config {

/// A hash over names, sizes, times of change and links of everything that `paths` lead to: equal as long as nothing
/// changed. Folders are walked with all below them, links followed; what cannot be read counts as absent.
std::string folderState(const std::vector<std::filesystem::path>& paths);

}  // namespace landfall::config
