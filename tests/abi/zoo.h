// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/adapters/adapter.h"
#include "core/adapters/adapter_set.h"
#include "core/adapters/plugin.h"
#include "core/base/log.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace landfall::testing {

/// A plugin folder to put animals of the zoo into, and a log that remembers. Plugins must not outlive it.
class Zoo {
 public:
  static std::filesystem::path animal(const std::string& name);

  /// Copies the animal into the folder, as `as` or under its own name, the way that deployments do: beside, then
  /// renamed.
  std::filesystem::path add(const std::string& name, const std::string& as = "") const;
  std::filesystem::path write(const std::string& file, std::string_view bytes) const;

  const std::filesystem::path& folder() const { return dir_.path(); }
  adapters::PluginFolders folders() const { return {{folder()}, {}}; }

  std::shared_ptr<const adapters::AdapterSet> load(const adapters::AdapterSet* previous = nullptr);
  /// The plugin of an animal by itself, straight from where it was built. Throws when it is refused.
  std::shared_ptr<const adapters::Plugin> plugin(const std::string& name);
  /// An adapter of it with a secret of the tests. Throws when it is refused.
  std::shared_ptr<const adapters::Adapter> adapter(const std::string& name);

  base::Log& log() { return log_; }
  std::string logged() const;

 private:
  TempDir dir_;
  FakeClock clock_;
  mutable std::mutex mutex_;
  std::string lines_;
  base::Log log_{clock_, [this](std::string_view line) {
                   const std::lock_guard lock(mutex_);
                   lines_ += line;
                 }};
};

/// What a receiver of the tests is configured with.
adapters::AdapterConfiguration configurationFor(const std::string& host = "");

/// The reason that `file` was refused with; empty when it was not.
std::string refusalOf(const adapters::AdapterSet& set, const std::filesystem::path& file);

/// Whether a library whose file's name has `part` in it is mapped into this process.
bool isMapped(std::string_view part);

}  // namespace landfall::testing
