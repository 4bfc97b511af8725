// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/log.h"
#include "core/base/snapshot.h"
#include "core/config/configuration.h"
#include "core/kubernetes/client.h"
#include "core/kubernetes/watch.h"
#include "core/model/warehouse.h"
#include "core/refresh/confirmations.h"

namespace landfall::refresh {

/// Watches objects of the kinds that confirmations are awaited of, and shows them to `Confirmations`: each kind from
/// the first time that it is needed, in all namespaces, or, where kubernetes.namespaces names some, in those that are
/// needed. The Warehouses that the configuration is read from are watched by whoever reads it; he has to show them. A
/// kind that cannot be watched is said in the log; then its refreshes are not confirmed, and that is all. Any thread.
class ConfirmationWatches {
 public:
  /// All must outlive it.
  ConfirmationWatches(kubernetes::Client& client, Confirmations& confirmations,
                      const base::Snapshot<config::Configuration>& configuration, base::Log& log)
      : client_(client), confirmations_(confirmations), configuration_(configuration), log_(log) {}

  /// Does not block.
  void need(const kubernetes::ResourceType& type, const std::string& space);

  /// Needs the object's kind, and shows the object as it is now; nothing when it cannot be had. Blocks for as long as
  /// the client does.
  void look(const model::KubernetesTarget& target);

  /// Watches all that the other one does, through its own client.
  void takeOver(ConfirmationWatches& other);

  /// Ends all watches; none begins afterwards.
  void stop();

 private:
  struct Key {
    std::string group;
    std::string plural;
    std::string space;

    auto operator<=>(const Key&) const = default;
  };

  struct Watched {
    kubernetes::ResourceType type;
    std::unique_ptr<kubernetes::Watch> watch;  ///< null: it could not be begun
  };

  void watch(const kubernetes::ResourceType& type, const std::string& space);
  std::unique_ptr<kubernetes::Watch> begin(const kubernetes::ResourceType& type, const std::string& space);

  kubernetes::Client& client_;
  Confirmations& confirmations_;
  const base::Snapshot<config::Configuration>& configuration_;
  base::Log& log_;

  std::mutex mutex_;
  bool stopped_ = false;
  std::map<Key, Watched> watches_;
};

}  // namespace landfall::refresh
