// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config/manifests.h"
#include "core/config/report.h"

namespace landfall::config {

/// The Secrets of all files, by namespace and name.
class SecretTable {
 public:
  /// Two Secrets of one name are reported, with both places. `secrets` must outlive the table.
  SecretTable(const std::vector<SecretManifest>& secrets, Report& report);

  /// Null, and a report, when there is no such Secret.
  const SecretManifest* find(const std::string& project, const SecretReference& reference, Report& report) const;

  /// Null, and a report, when the Secret lacks the key or its value is empty. `user` says who needs it.
  static const SecretValue* value(const SecretManifest& secret, const std::string& key,
                                  const SecretReference& reference, const std::string& user, Report& report);

 private:
  std::map<std::pair<std::string, std::string>, const SecretManifest*> by_name_;
};

}  // namespace landfall::config
