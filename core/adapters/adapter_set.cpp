// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/adapter_set.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/adapters/plugin_file.h"

namespace landfall::adapters {
namespace {

std::string lowerHex(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c + ('a' - 'A'));
  }
  return text;
}

/// The *.so of a folder, by name; as in a shell, what begins with a dot is not among them (copies in the making).
base::Result<std::vector<std::filesystem::path>> librariesIn(const std::filesystem::path& folder) {
  std::error_code failure;
  std::vector<std::filesystem::path> files;
  auto entry = std::filesystem::directory_iterator(folder, failure);
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    const auto& path = entry->path();
    if (path.extension() == ".so" && !path.filename().string().starts_with('.')) files.push_back(path);
  }
  if (failure) return base::failedPrecondition("it cannot be read: " + failure.message());
  std::sort(files.begin(), files.end());
  return files;
}

base::Status checkListed(const std::map<std::string, std::string>& listed, const PluginFile& file) {
  if (listed.empty()) return {};
  const auto entry = listed.find(file.path.filename().string());
  if (entry == listed.end()) {
    return base::failedPrecondition("it is not among the listed SHA-256 hashes; its own is " + file.sha256);
  }
  if (lowerHex(entry->second) == file.sha256) return {};
  return base::failedPrecondition("its SHA-256 is " + file.sha256 +
                                  ", and the listed one is another: " + entry->second);
}

std::shared_ptr<const Plugin> withBytes(const AdapterSet& set, const std::string& sha256) {
  for (const auto& [id, plugin] : set.plugins()) {
    if (plugin->source().sha256 == sha256) return plugin;
  }
  return nullptr;
}

/// The plugin of one file, from `previous` when it has these bytes.
base::Result<std::shared_ptr<const Plugin>> pluginOf(const std::filesystem::path& path,
                                                     const std::map<std::string, std::string>& listed,
                                                     const AdapterSet* previous, base::Log& log) {
  if (auto status = checkOwnership(path); !status.ok()) return status;
  const auto file = readPluginFile(path);
  if (!file.ok()) return file.status();
  if (auto status = checkListed(listed, *file); !status.ok()) return status;
  if (previous != nullptr) {
    if (auto plugin = withBytes(*previous, file->sha256)) return plugin;
  }
  auto plugin = Plugin::load(*file, log);
  if (plugin.ok()) {
    const auto& about = plugin.value()->description();
    log.info("adapters", "plugin loaded",
             {{"id", about.id}, {"version", about.version}, {"file", path.native()}, {"sha256", file->sha256}});
  }
  return plugin;
}

}  // namespace

std::shared_ptr<const AdapterSet> AdapterSet::load(const PluginFolders& folders, const AdapterSet* previous,
                                                   base::Log& log) {
  auto set = std::make_shared<AdapterSet>();
  const auto refuse = [&](const std::filesystem::path& path, const std::string& reason) {
    log.warning("adapters", "plugin refused", {{"file", path.native()}, {"reason", reason}});
    set->refused_.push_back({path, reason});
  };
  for (const auto& folder : folders.folders) {
    if (auto safe = checkOwnership(folder); !safe.ok()) {
      refuse(folder, safe.message());
      continue;
    }
    const auto files = librariesIn(folder);
    if (!files.ok()) {
      refuse(folder, files.status().message());
      continue;
    }
    for (const auto& file : *files) {
      auto plugin = pluginOf(file, folders.sha256, previous, log);
      if (!plugin.ok()) {
        refuse(file, plugin.status().message());
        continue;
      }
      const std::string& id = plugin.value()->description().id;
      const auto [entry, added] = set->plugins_.try_emplace(id, plugin.value());
      if (!added) {
        refuse(file, "the adapter \"" + id + "\" is already provided by " + entry->second->source().file.string());
      }
    }
  }
  return set;
}

std::shared_ptr<const Plugin> AdapterSet::find(std::string_view id) const {
  const auto found = plugins_.find(id);
  return found == plugins_.end() ? nullptr : found->second;
}

}  // namespace landfall::adapters
