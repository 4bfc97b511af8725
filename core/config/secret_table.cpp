// SPDX-License-Identifier: Apache-2.0
#include "core/config/secret_table.h"

#include <fmt/format.h>

namespace landfall::config {

SecretTable::SecretTable(const std::vector<SecretManifest>& secrets, Report& report) {
  for (const auto& secret : secrets) {
    const auto [known, fresh] = by_name_.try_emplace({secret.project, secret.name}, &secret);
    if (fresh) continue;
    Place place = secret.place;
    place.key = "metadata.name";
    report.error(place,
                 fmt::format("Secret {}/{} is also in {}", secret.project, secret.name, known->second->place.text()),
                 "one of the two");
  }
}

const SecretManifest* SecretTable::find(const std::string& project, const SecretReference& reference,
                                        Report& report) const {
  const auto found = by_name_.find({project, reference.name});
  const bool hidden =
      found != by_name_.end() && found->second->place.object != nullptr && reference.place.object == nullptr;
  if (found != by_name_.end() && !hidden) return found->second;
  std::string suggestion = fmt::format("a Secret named {} in namespace {}", reference.name, project);
  if (hidden) suggestion += " in a file: what stands in files does not see those of the cluster";
  for (const auto& [name, secret] : by_name_) {
    if (name.second != reference.name || hidden) continue;
    suggestion += fmt::format("; there is one in namespace {} ({})", name.first, secret->place.text());
    break;
  }
  report.error(reference.place, fmt::format("there is no Secret {}/{}", project, reference.name),
               std::move(suggestion));
  return nullptr;
}

const SecretValue* SecretTable::value(const SecretManifest& secret, const std::string& key,
                                      const SecretReference& reference, const std::string& user, Report& report) {
  const auto found = secret.values.find(key);
  if (found == secret.values.end()) {
    if (secret.unreadable.contains(key)) return nullptr;
    report.error(reference.place,
                 fmt::format("Secret {}/{} ({}) has no key {}", secret.project, secret.name, secret.place.text(), key),
                 fmt::format("stringData: {{{}: …}}", key));
    return nullptr;
  }
  if (!found->second.bytes.empty()) return &found->second;
  report.error(found->second.place, fmt::format("empty, and {} needs it", user), "a long random value");
  return nullptr;
}

void UsedSecrets::add(std::string_view value) {
  const std::size_t last = value.find_last_not_of(" \t\r\n");
  if (last != std::string_view::npos) values_.emplace(value.substr(0, last + 1));
}

}  // namespace landfall::config
