// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/config/manifests.h"
#include "core/config/report.h"
#include "core/config/secret_table.h"
#include "core/config/settings.h"
#include "core/model/warehouse.h"

namespace landfall::config {

/// Reads a key of Standard Webhooks: "whsec_" and Base64, or Base64 alone; white space at its end is dropped. Nothing
/// for anything else.
std::optional<std::string> readSigningKey(std::string_view text);

/// Makes refresh targets out of manifests: finds their Secrets and programs. References must outlive it.
class RefreshBuilder {
 public:
  /// `used` gets the secret values.
  RefreshBuilder(const SecretTable& secrets, const Settings& settings, UsedSecrets& used, Report& report)
      : secrets_(secrets), settings_(settings), used_(used), report_(report) {}

  /// Nothing when something was reported, be it here or when the manifest was read.
  std::optional<model::RefreshTarget> build(const WarehouseManifest& manifest);

 private:
  std::optional<model::RefreshTarget> http(const model::WarehouseKey& key, const HttpRefresh& refresh);
  std::optional<model::RefreshTarget> command(const CommandRefresh& refresh);
  std::optional<model::RefreshTarget> kubernetes(const model::WarehouseKey& key, const KubernetesRefresh& refresh);
  std::optional<model::RefreshTarget> unsaid(const model::WarehouseKey& key, const UnsaidRefresh& refresh);
  const SecretValue* value(const model::WarehouseKey& key, const SecretReference& reference, const std::string& name);
  std::optional<std::string> signingKey(const model::WarehouseKey& key, const SecretReference& reference);
  bool readSecretHeaders(const model::WarehouseKey& key, const HttpRefresh& refresh, model::HttpTarget& target);
  bool readTls(const model::WarehouseKey& key, const HttpRefresh& refresh, model::HttpTarget& target);

  const SecretTable& secrets_;
  const Settings& settings_;
  UsedSecrets& used_;
  Report& report_;
};

}  // namespace landfall::config
