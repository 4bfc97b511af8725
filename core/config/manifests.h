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

/// `basicAuth` of a receiver.
struct BasicAuthEntry {
  std::vector<SecretReference> secrets;  ///< newest first, never none
};

/// `clientCertificate` of a receiver.
struct ClientCertificateEntry {
  std::string subject;  ///< a distinguished name that can be read
  Place place;
};

struct ReceiverManifest {
  model::ReceiverKey key;
  Place place;
  std::string unusable;  ///< why it cannot be used, which was reported; only its key and place count then
  AdapterEntry adapter;
  std::vector<SecretReference> previous_secrets;
  std::optional<std::string> path;
  Place path_place;
  std::string host;
  std::vector<std::string> host_aliases;
  bool allow_weak_secret = false;
  std::optional<BasicAuthEntry> basic_auth;
  std::optional<ClientCertificateEntry> client_certificate;
};

struct SubscriptionManifest {
  model::Subscription subscription;
  Place place;
  std::map<std::string, std::size_t> lines;  ///< of its fields, where there are lines
};

/// A header of a refresh whose value is in a Secret.
struct SecretHeader {
  std::string name;
  SecretReference secret;
  std::string key;  ///< of the Secret
};

struct HttpRefresh {
  model::HttpTarget target;  ///< without what Secrets hold
  std::vector<SecretReference> signing_secrets;
  std::vector<SecretHeader> secret_headers;
  std::optional<SecretReference> ca_secret;
  std::optional<SecretReference> client_certificate_secret;
  bool complete = true;  ///< false: something was reported and left out
};

struct CommandRefresh {
  std::string program;
  Place place;
};

struct KubernetesRefresh {
  model::KubernetesTarget target;
  Place place;
};

/// Its manifest does not say how it is refreshed.
struct UnsaidRefresh {
  Place place;  ///< where it could
};

/// How a Warehouse is refreshed, as its manifest says.
using Refresh = std::variant<HttpRefresh, CommandRefresh, KubernetesRefresh, UnsaidRefresh>;

struct WarehouseManifest {
  model::WarehouseKey key;
  Place place;
  std::vector<SubscriptionManifest> subscriptions;
  std::optional<Refresh> refresh;  ///< nothing when it was reported
};

struct Manifests {
  std::vector<SecretManifest> secrets;
  std::vector<ReceiverManifest> receivers;
  std::vector<WarehouseManifest> warehouses;
  std::vector<std::filesystem::path> files;  ///< that Secrets take values from, whether they could be read or not
};

/// Reads every document of `text`, `file` being its name in problems and the place that relative paths of
/// `stringDataFrom` begin at. Documents of other kinds are skipped; what is wrong is left out and reported.
void readManifests(const std::string& text, const std::filesystem::path& file, Manifests& manifests, Report& report);

}  // namespace landfall::config
