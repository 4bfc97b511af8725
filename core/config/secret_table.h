// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/manifests.h"
#include "core/config/report.h"

namespace landfall::config {

/// The Secrets of all files and of the cluster, by namespace and name.
class SecretTable {
 public:
  /// Of two Secrets of one name the second is reported, with both places, and does not count. `secrets` must outlive
  /// the table.
  SecretTable(const std::vector<SecretManifest>& secrets, Report& report);

  /// Null, and a report, when there is no such Secret. A reference in a file finds none of the cluster, which would
  /// come and go without it.
  const SecretManifest* find(const std::string& project, const SecretReference& reference, Report& report) const;

  /// Null, and a report, when the Secret lacks the key or its value is empty. `user` says who needs it.
  static const SecretValue* value(const SecretManifest& secret, const std::string& key,
                                  const SecretReference& reference, const std::string& user, Report& report);

 private:
  std::map<std::pair<std::string, std::string>, const SecretManifest*> by_name_;
};

/// The secret values that the configuration uses, to be masked wherever somebody says them.
class UsedSecrets {
 public:
  /// White space at its end is left out: who repeats a secret may do so without. Empty values are nothing.
  void add(std::string_view value);
  /// Each once, sorted.
  std::vector<std::string> values() const { return {values_.begin(), values_.end()}; }

 private:
  std::set<std::string> values_;
};

}  // namespace landfall::config
