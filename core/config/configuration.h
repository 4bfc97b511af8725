// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/adapters/adapter.h"
#include "core/adapters/adapter_set.h"
#include "core/base/clock.h"
#include "core/base/tls_material.h"
#include "core/config/problem.h"
#include "core/config/settings.h"
#include "core/kubernetes/access.h"
#include "core/matching/repository_index.h"
#include "core/model/ids.h"
#include "core/model/warehouse.h"

namespace landfall::config {

/// What HTTP Basic (RFC 7617) carries; secret.
struct BasicCredential {
  std::string username;
  std::string password;
};

/// One configured endpoint, ready to be called.
struct Receiver {
  model::ReceiverKey key;
  std::string adapter;  ///< the plugin's id
  std::vector<std::string>
      paths;  ///< newest secret's first; with the base URL's own path in front; each begins with '/'
  bool url_is_credential = false;  ///< its URLs are secrets
  matching::MatchScope scope;
  std::vector<BasicCredential> basic_auth;                ///< when not empty, a request must carry one of them as well
  std::optional<std::string> client_certificate_subject;  ///< when set, the client's certificate must be made out to it
  std::shared_ptr<const adapters::Adapter> instance;
  std::shared_ptr<const ClusterObject> object;  ///< that it stands in; none: it stands in a file
  std::string fingerprint;  ///< SHA-256 over all that is configured: equal when nothing changed (diffs)
};

/// A receiver of a cluster that cannot be used.
struct UnreadyReceiver {
  model::ReceiverKey key;
  std::string adapter;                          ///< empty: it cannot be told
  std::shared_ptr<const ClusterObject> object;  ///< that it stands in
  std::string reason;                           ///< for people
};

/// What one applied snapshot changed. Receivers as "project/name" ("-/name" for the cluster's), Warehouses likewise.
struct Diff {
  struct Names {
    std::vector<std::string> added, changed, removed;

    bool empty() const { return added.empty() && changed.empty() && removed.empty(); }
  };
  Names receivers;
  Names warehouses;
  Names plugins;  ///< ids; changed: replaced by other bytes

  bool empty() const { return receivers.empty() && warehouses.empty() && plugins.empty(); }
};

/// A generation that changed something, remembered by those after it that changed nothing.
struct Change {
  std::uint64_t generation = 0;
  base::UtcTime applied_at;
  Diff diff;
};

/// One immutable, validated state of everything that is configured. Readers hold it as long as they need it.
struct Configuration {
  std::uint64_t generation = 0;  ///< 1 for the first
  base::UtcTime applied_at;
  Settings settings;
  std::vector<std::shared_ptr<const Receiver>> receivers;  ///< by project, then name
  std::unordered_map<std::string, std::shared_ptr<const Receiver>> receivers_by_path;
  std::vector<UnreadyReceiver> unready;  ///< by project, then name
  std::unordered_map<model::WarehouseKey, std::shared_ptr<const model::Warehouse>> warehouses;
  std::unordered_map<model::WarehouseKey, std::string> warehouse_fingerprints;
  matching::RepositoryIndex index;
  std::shared_ptr<const adapters::AdapterSet> adapters;
  std::optional<base::TlsMaterial> webhooks_tls;  ///< as the files were when this was loaded
  std::optional<base::TlsMaterial> admin_tls;
  std::string http_ca_pem;  ///< of refreshers.http.caFile
  /// Every secret value that is configured, for masking them in what programs and targets say.
  std::shared_ptr<const std::vector<std::string>> secrets;
  /// Those of a cluster that are there and cannot be refreshed, which was reported.
  std::unordered_set<model::WarehouseKey> unusable_warehouses;
  std::shared_ptr<const kubernetes::Access> cluster_access;  ///< null: no cluster is asked
  /// False while a cluster that is configured has not been listed: what is not configured may only not be known yet.
  bool complete = true;
  Problems warnings;  ///< what is wrong with objects of a cluster is among them, errors included
  Diff diff;          ///< against the generation before
  /// The last that changed something, when this one changed nothing: a second reload must not hide what the first did.
  std::shared_ptr<const Change> change_before;

  /// Null when nothing is configured there. The whole path, compared byte for byte.
  std::shared_ptr<const Receiver> receiverAt(std::string_view path) const;
  std::shared_ptr<const Receiver> receiver(const model::ReceiverKey& key) const;
  std::shared_ptr<const model::Warehouse> warehouse(const model::WarehouseKey& key) const;
  /// True also when it is there but cannot be refreshed, and while it cannot be known whether it is there.
  bool mayHave(const model::WarehouseKey& key) const;
};

}  // namespace landfall::config
