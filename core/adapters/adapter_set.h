// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/adapters/ownership.h"
#include "core/adapters/plugin.h"
#include "core/base/log.h"

namespace landfall::adapters {

struct PluginFolders {
  std::vector<std::filesystem::path> folders;  ///< absolute, in order of precedence
  std::map<std::string, std::string> sha256;   ///< file name → 64 hex digits; when not empty, only these load
};

/// A file that was not loaded, and why.
struct RefusedPlugin {
  std::filesystem::path file;
  std::string reason;
};

/// The plugins of one snapshot, by id. Immutable; any thread.
class AdapterSet {
 public:
  /// Loads every *.so of the folders (not below them), by name. A file whose bytes are those of a plugin in `previous`
  /// is not loaded again. A bad file is refused and stops no other; so is a folder that cannot be read or is not safe,
  /// and the second of two files with one id.
  static std::shared_ptr<const AdapterSet> load(const PluginFolders& folders, const AdapterSet* previous,
                                                base::Log& log);

  AdapterSet() = default;

  /// Null when no plugin provides it.
  std::shared_ptr<const Plugin> find(std::string_view id) const;
  const std::map<std::string, std::shared_ptr<const Plugin>, std::less<>>& plugins() const { return plugins_; }
  const std::vector<RefusedPlugin>& refused() const { return refused_; }

 private:
  std::map<std::string, std::shared_ptr<const Plugin>, std::less<>> plugins_;
  std::vector<RefusedPlugin> refused_;
};

}  // namespace landfall::adapters
