// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/config/report.h"
#include "core/model/ids.h"
#include "core/model/warehouse.h"

namespace landfall::config {

// Kargo's manifests as they stand in the files: each checked by itself, none yet against another.

struct SecretValue {
  std::string bytes;  ///< secret
  Place place;
};

struct SecretManifest {
  std::string project;  ///< its namespace
  std::string name;
  Place place;
  std::map<std::string, SecretValue> values;
  std::set<std::string> unreadable;  ///< keys whose values were reported already
};

struct SecretReference {
  std::string name;
  Place place;
};

/// What stands under the one key of a receiver that names its adapter.
struct AdapterEntry {
  std::string id;
  Place place;
  std::optional<SecretReference> secret;
  std::string options = "{}";  ///< a JSON object
};

struct ReceiverManifest {
  model::ReceiverKey key;
  Place place;
  AdapterEntry adapter;
  std::vector<SecretReference> previous_secrets;
  std::optional<std::string> path;
  Place path_place;
  std::string host;
  std::vector<std::string> host_aliases;
  bool allow_weak_secret = false;
};

struct SubscriptionManifest {
  model::Subscription subscription;
  Place place;
  std::map<std::string, std::size_t> lines;  ///< of its fields
};

struct WarehouseManifest {
  model::WarehouseKey key;
  Place place;
  std::vector<SubscriptionManifest> subscriptions;
  std::optional<model::HttpTarget> refresh;  ///< without its keys; nothing when it was reported
  Place refresh_place;
  std::vector<SecretReference> signing_secrets;
};

struct Manifests {
  std::vector<SecretManifest> secrets;
  std::vector<ReceiverManifest> receivers;
  std::vector<WarehouseManifest> warehouses;
};

/// Reads every document of `text`, `file` being its name in problems and the place that relative paths of
/// `stringDataFrom` begin at. Documents of other kinds are skipped; what is wrong is left out and reported.
void readManifests(const std::string& text, const std::filesystem::path& file, Manifests& manifests, Report& report);

}  // namespace landfall::config
