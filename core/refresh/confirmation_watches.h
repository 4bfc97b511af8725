// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
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
/// the first time that it is needed, in all namespaces; in those that are needed where kubernetes.namespaces names
/// some, or where watching all of them is forbidden. The Warehouses that the configuration is read from are watched by
/// whoever reads it; he has to show them. A kind that cannot be watched is said in the log; then its refreshes are not
/// confirmed, and that is all. Any thread.
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

  struct Kind {
    std::set<std::string> spaces;  ///< that were needed while all were to be watched
    bool one_by_one = false;       ///< watching all of them is forbidden
  };

  struct Watched {
    kubernetes::ResourceType type;
    std::unique_ptr<kubernetes::Watch> watch;  ///< null: it could not be begun
  };

  static Key keyOf(const kubernetes::ResourceType& type, const std::string& space) {
    return {type.group, type.plural, space};
  }
  // With the mutex held.
  void watch(const kubernetes::ResourceType& type, const std::string& space);
  std::unique_ptr<kubernetes::Watch> begin(const kubernetes::ResourceType& type, const std::string& space);

  void heard(const kubernetes::ResourceType& type, const std::string& space,
             const std::optional<kubernetes::Failure>& away);
  void watchOneByOne(const kubernetes::ResourceType& type);

  kubernetes::Client& client_;
  Confirmations& confirmations_;
  const base::Snapshot<config::Configuration>& configuration_;
  base::Log& log_;

  std::mutex mutex_;
  bool stopped_ = false;
  std::map<Key, Watched> watches_;
  std::map<Key, Kind> kinds_;  ///< by keys without a namespace
};

}  // namespace landfall::refresh
