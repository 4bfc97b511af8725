// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iostream>
#include <memory>
#include <string>

#include "core/base/log.h"
#include "core/config/loader.h"

namespace landfall::cli {

/// Loads the configuration that `file` leads to and writes what is wrong with it to standard error; null when it cannot
/// be used. What plugins log is dropped.
inline std::shared_ptr<const config::Configuration> loadConfigurationFile(const std::string& file,
                                                                          const base::Clock& clock, base::Log& log) {
  const config::LoadResult loaded = config::loadConfiguration(file, nullptr, nullptr, clock, log);
  if (loaded.configuration == nullptr) {
    for (const auto& problem : loaded.problems) std::cerr << problem.text() << '\n';
  }
  return loaded.configuration;
}

/// A line for people when there is a cluster: files are all that commands without a server look at.
inline void sayWhatWasNotAsked(const config::Configuration& configuration, std::ostream& out) {
  if (configuration.settings.kubernetes.enabled) out << "the cluster was not asked: this is of the files only\n";
}

/// A log that nobody reads.
inline void dropLine(std::string_view) {}

}  // namespace landfall::cli
