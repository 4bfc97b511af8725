// SPDX-License-Identifier: Apache-2.0
#include "core/config/diff.h"

#include <map>
#include <string>

namespace landfall::config {
namespace {

/// Name → what changes when it changes.
using State = std::map<std::string, std::string>;

State receiversOf(const Configuration& configuration) {
  State state;
  for (const auto& receiver : configuration.receivers) state.emplace(receiver->key.text(), receiver->fingerprint);
  return state;
}

State warehousesOf(const Configuration& configuration) {
  State state;
  for (const auto& [key, fingerprint] : configuration.warehouse_fingerprints) state.emplace(key.text(), fingerprint);
  return state;
}

State pluginsOf(const Configuration& configuration) {
  State state;
  for (const auto& [id, plugin] : configuration.adapters->plugins()) state.emplace(id, plugin->source().sha256);
  return state;
}

Diff::Names compare(const State& before, const State& after) {
  Diff::Names names;
  for (const auto& [name, value] : after) {
    const auto found = before.find(name);
    if (found == before.end()) {
      names.added.push_back(name);
    } else if (found->second != value) {
      names.changed.push_back(name);
    }
  }
  for (const auto& [name, value] : before) {
    if (!after.contains(name)) names.removed.push_back(name);
  }
  return names;
}

}  // namespace

Diff difference(const Configuration* previous, const Configuration& next) {
  const auto compared = [&](State (*stateOf)(const Configuration&)) {
    return compare(previous == nullptr ? State() : stateOf(*previous), stateOf(next));
  };
  return {compared(receiversOf), compared(warehousesOf), compared(pluginsOf)};
}

}  // namespace landfall::config
