// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/adapters/adapter_set.h"
#include "core/config/configuration.h"
#include "core/config/manifests.h"
#include "core/config/report.h"
#include "core/config/secret_table.h"

namespace landfall::config {

/// Kargo's path of a receiver behind the base URL's own (akuity/kargo pkg/webhook/external):
/// /<adapter>/<hex SHA-256 of project, name and all secret values with nothing between them>.
std::string receiverPath(const model::ReceiverKey& key, const std::string& adapter,
                         const adapters::SecretValues& values);

/// Makes receivers out of manifests. References must outlive it.
class ReceiverBuilder {
 public:
  /// `previous` may be null; receivers that did not change are taken over from it. `used` gets their secret values.
  ReceiverBuilder(const Settings& settings, const adapters::AdapterSet& adapters, const SecretTable& secrets,
                  const Configuration* previous, UsedSecrets& used, Report& report);

  /// Fills the receivers (by project, then name), their paths, and those of a cluster that are not ready. What is wrong
  /// with one of a cluster stops it alone. Of two with one name the first counts.
  void build(std::vector<ReceiverManifest> manifests, Configuration& configuration);

 private:
  /// Receivers whose adapter the previous configuration had and this one lacks.
  struct LostAdapter {
    std::size_t receivers = 0;
    std::string first;
  };

  /// A receiver that may have its paths if nobody else has them.
  struct Candidate {
    const ReceiverManifest* manifest = nullptr;
    std::shared_ptr<const Receiver> receiver;
  };

  void givePaths(std::vector<Candidate> candidates, Configuration& configuration);
  /// True when all of them were its own in the previous configuration.
  bool hasItsPaths(const Receiver& receiver) const;
  static void leaveOut(const ReceiverManifest& manifest, std::string reason, Configuration& configuration);
  std::shared_ptr<const Receiver> receiver(const ReceiverManifest& manifest);
  std::optional<std::vector<adapters::SecretValues>> secretsOf(const ReceiverManifest& manifest,
                                                               const adapters::PluginDescription& plugin);
  /// Null when it was reported.
  const SecretManifest* secretOf(const ReceiverManifest& manifest, const SecretReference& reference);
  /// Null when it is missing, empty, or shorter than the receiver allows, which was reported.
  const SecretValue* strongValue(const ReceiverManifest& manifest, const SecretManifest& secret, const std::string& key,
                                 const SecretReference& reference);
  std::optional<std::vector<BasicCredential>> basicCredentialsOf(const ReceiverManifest& manifest);
  std::optional<BasicCredential> basicCredential(const ReceiverManifest& manifest, const SecretReference& reference);
  /// False when the path or the client's certificate cannot be had, which was reported.
  bool proofsFit(const ReceiverManifest& manifest, const adapters::PluginDescription& plugin);
  std::optional<adapters::SecretValues> valuesOf(const ReceiverManifest& manifest, const SecretReference& reference,
                                                 const std::vector<std::string>& keys);
  std::vector<std::string> pathsOf(const ReceiverManifest& manifest,
                                   const std::vector<adapters::SecretValues>& secrets) const;
  std::shared_ptr<const Receiver> unchanged(const Receiver& receiver, const adapters::Plugin& plugin) const;
  void adapterMissing(const ReceiverManifest& manifest);
  void reportLostAdapters();

  const Settings& settings_;
  const adapters::AdapterSet& adapters_;
  const SecretTable& secrets_;
  const Configuration* previous_;
  UsedSecrets& used_;
  Report& report_;
  const std::string base_path_;
  std::map<model::ReceiverKey, std::shared_ptr<const Receiver>> previous_receivers_;
  std::map<std::string, LostAdapter> lost_;
};

}  // namespace landfall::config
