// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace landfall::config {

/// What has to be watched in one folder.
struct FolderInterest {
  bool everything = false;
  std::set<std::string> names;  ///< counted only when not everything is

  bool counts(const std::string& name) const { return everything || names.contains(name); }
};

/// The folders to watch so that every change of what `paths` lead to is seen: the folders themselves with all below
/// them; for a file the folder it lies in; for a link on the way also the folder the link lies in; for what does not
/// exist the last folder on the way that does.
std::map<std::filesystem::path, FolderInterest> watchList(const std::vector<std::filesystem::path>& paths);

}  // namespace landfall::config
