// SPDX-License-Identifier: Apache-2.0
#include "core/config/cluster_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "core/config/cluster_objects.h"
#include "core/kubernetes/client.h"

namespace landfall::config {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Lock = std::unique_lock<std::mutex>;

constexpr int kUntilListed = 10;             // times as long: all that there is at the start is to be one change
constexpr std::size_t kSecretsAtATime = 50;  // of 1 MiB at most each, in an answer of 64 MiB at most
constexpr std::size_t kGetsAtATime = 100;
/// Helm's releases are the most and largest Secrets of many clusters, and nobody's credentials.
constexpr const char* kCredentials = "type!=helm.sh/release.v1";

std::vector<ClusterObjects::List> listsOf(const ClusterSourceOptions& options) {
  std::vector<std::string> spaces = options.namespaces;
  const bool all = spaces.empty();
  if (all) spaces.emplace_back();
  std::vector<ClusterObjects::List> lists;
  // Who names namespaces may have rights in those only.
  lists.push_back({ClusterKind::ClusterConfig, "", !all});
  for (const auto kind : {ClusterKind::ProjectConfig, ClusterKind::Warehouse, ClusterKind::Secret}) {
    for (const auto& space : spaces) lists.push_back({kind, space, false});
  }
  const std::string& system = options.system_namespace;
  if (!all && !system.empty() && std::find(spaces.begin(), spaces.end(), system) == spaces.end()) {
    lists.push_back({ClusterKind::Secret, system, true});
  }
  return lists;
}

/// "Warehouses of shop".
std::string describe(const ClusterObjects::List& list) {
  return resourceType(list.kind).kind + "s" + (list.space.empty() ? "" : " of " + list.space);
}

}  // namespace

struct ClusterSource::State {
  /// How a list is heard.
  struct Hearing {
    bool told = false;                ///< anything at all
    std::optional<std::string> away;  ///< why; also before it was first heard
  };

  State(kubernetes::Access access, ClusterSourceOptions the_options, std::function<void()> the_changed,
        const base::Clock& the_clock, base::Log& the_log)
      : options(std::move(the_options)),
        changed(std::move(the_changed)),
        clock(the_clock),
        log(the_log),
        client(std::move(access)),
        objects(listsOf(options), options.system_namespace),
        hearing(objects.lists()),
        watches(objects.lists()),
        connected_since(clock.now()) {
    for (std::size_t list = 0; list < objects.lists(); ++list) {
      if (objects.list(list).kind != ClusterKind::Secret) watches[list] = begin(list);
    }
    worker = std::thread([this] { work(); });
  }

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    client.stop();  // a Secret may be being asked for
    woken.notify_all();
    worker.join();
    watches.clear();
  }

  std::unique_ptr<kubernetes::Watch> begin(std::size_t list) {
    const ClusterObjects::List& what = objects.list(list);
    kubernetes::Scope scope{resourceType(what.kind), what.space, "", ""};
    kubernetes::WatchOptions watch = options.watch;
    if (what.kind == ClusterKind::Secret) {
      scope.field_selector = kCredentials;
      watch.page = std::min(watch.page, kSecretsAtATime);
    }
    kubernetes::WatchEvents events;
    events.listed = [this, list](const std::vector<kubernetes::Object>& page, bool first, bool last) {
      tell([&] { return objects.listed(list, page, first, last); });
      for (const auto& object : page) show(list, object);
    };
    events.changed = [this, list](const kubernetes::Object& object) {
      tell([&] { return objects.changed(list, object); });
      show(list, object);
    };
    events.deleted = [this, list](const kubernetes::Object& object) {
      tell([&] { return objects.deleted(list, object); });
    };
    events.heard = [this, list](const std::optional<kubernetes::Failure>& away) { hear(list, away); };
    return std::make_unique<kubernetes::Watch>(client, std::move(scope), std::move(events), log, std::move(watch));
  }

  template <class Change>
  void tell(Change change) {
    {
      const std::lock_guard lock(mutex);
      if (change()) touch();
    }
    woken.notify_all();  // for Secrets that are wanted now, too
  }

  void show(std::size_t list, const kubernetes::Object& object) const {
    const ClusterKind kind = objects.list(list).kind;  // constant
    if (kind == ClusterKind::Warehouse && options.warehouse_seen) options.warehouse_seen(resourceType(kind), object);
  }

  /// With the lock held.
  void touch() {
    const auto now = SteadyClock::now();
    if (!touched) first_touched = now;
    last_touched = now;
    touched = true;
  }

  void hear(std::size_t list, const std::optional<kubernetes::Failure>& away) {
    const std::string what = describe(objects.list(list));
    bool was_connected = false;
    bool is_connected = false;
    std::string reason;
    bool counts_as_empty = false;
    {
      const std::lock_guard lock(mutex);
      if (stopping) return;  // the client is stopped, which ends all that is asked of it
      was_connected = connected;
      hearing[list].told = true;
      hearing[list].away.reset();
      if (away) {
        if (objects.away(list, *away)) touch();
        counts_as_empty = objects.countsAsEmpty(list, *away);
        if (!counts_as_empty) hearing[list].away = away->message;
      }
      reason = whyNotConnected();
      is_connected = connected = reason.empty();
      if (was_connected != is_connected) connected_since = clock.now();
    }
    woken.notify_all();
    if (counts_as_empty) {
      log.info("config", "a kind of objects cannot be had from the cluster, and counts as empty",
               {{"objects", what}, {"reason", away->message}});
    } else if (away) {
      log.debug("config", "a list of the cluster is not heard", {{"objects", what}, {"reason", away->message}});
    }
    if (is_connected && !was_connected) log.info("config", "the cluster is heard");
    // Of many lists that are lost one after the other the first is told.
    if (away && !counts_as_empty && !is_connected && (!said_away.exchange(true) || was_connected)) {
      log.warning("config", "the cluster is not heard; what was known stays", {{"reason", reason}});
    }
  }

  /// With the lock held. Empty: every list is heard, or does not matter.
  std::string whyNotConnected() const {
    for (std::size_t list = 0; list < hearing.size(); ++list) {
      if (hearing[list].away) return describe(objects.list(list)) + ": " + *hearing[list].away;
    }
    for (std::size_t list = 0; list < hearing.size(); ++list) {
      if (!hearing[list].told) return describe(objects.list(list)) + ": not asked for yet";
    }
    return {};
  }

  /// With the lock held. Which Secrets are kept is known when it is known who names them; but what cannot be listed
  /// must not keep the others waiting.
  bool secretsMayBegin() const {
    for (std::size_t list = 0; list < hearing.size(); ++list) {
      if (objects.list(list).kind == ClusterKind::Secret) continue;
      if (!objects.settled(list) && !hearing[list].away) return false;
    }
    return true;
  }

  void work() {
    bool secrets_begun = false;
    auto get_again = SteadyClock::now();
    Lock lock(mutex);
    while (!stopping) {
      if (!secrets_begun && secretsMayBegin()) {
        secrets_begun = true;
        beginSecrets(lock);
        continue;
      }
      const auto now = SteadyClock::now();
      const auto wanted = objects.wanted();
      if (!wanted.empty() && now >= get_again) {
        if (!getSecrets(wanted, lock)) get_again = SteadyClock::now() + options.again;
        continue;
      }
      if (touched && now >= due()) {
        touched = false;
        lock.unlock();
        changed();
        lock.lock();
        continue;
      }
      sleep(lock, wanted.empty() ? std::nullopt : std::optional(get_again));
    }
  }

  /// Until woken, or there is something to do by itself.
  void sleep(Lock& lock, std::optional<SteadyClock::time_point> until) {
    if (touched) until = until ? std::min(*until, due()) : due();
    if (until) {
      woken.wait_until(lock, *until);
    } else {
      woken.wait(lock);
    }
  }

  SteadyClock::time_point due() const {
    const int times = objects.complete() ? 1 : kUntilListed;
    return std::min(last_touched + times * options.quiet, first_touched + times * options.longest);
  }

  void beginSecrets(Lock& lock) {
    lock.unlock();
    for (std::size_t list = 0; list < objects.lists(); ++list) {
      if (objects.list(list).kind == ClusterKind::Secret) watches[list] = begin(list);
    }
    lock.lock();
  }

  /// False when the server cannot be asked now.
  bool getSecrets(const std::vector<ObjectName>& wanted, Lock& lock) {
    for (std::size_t i = 0; i < std::min(wanted.size(), kGetsAtATime) && !stopping; ++i) {
      lock.unlock();
      const auto object = client.get(resourceType(ClusterKind::Secret), wanted[i].space, wanted[i].name);
      lock.lock();
      if (object.ok()) {
        if (objects.fetched(wanted[i], *object)) touch();
        continue;
      }
      const int status = object.failure().status;
      if (status < 400 || status >= 500 || status == 429 || status == 401) return false;
      if (objects.unreadable(wanted[i], object.failure().message)) touch();
    }
    return true;
  }

  const ClusterSourceOptions options;
  const std::function<void()> changed;
  const base::Clock& clock;
  base::Log& log;
  kubernetes::Client client;

  mutable std::mutex mutex;
  std::condition_variable woken;
  ClusterObjects objects;
  std::vector<Hearing> hearing;
  std::vector<std::unique_ptr<kubernetes::Watch>> watches;  ///< of the constructor, then of the worker
  bool stopping = false;
  bool touched = false;
  SteadyClock::time_point first_touched;
  SteadyClock::time_point last_touched;
  bool connected = false;
  base::UtcTime connected_since;
  std::atomic<bool> said_away = false;
  std::thread worker;
};

ClusterSource::ClusterSource(kubernetes::Access access, ClusterSourceOptions options, std::function<void()> changed,
                             const base::Clock& clock, base::Log& log)
    : state_(std::make_unique<State>(std::move(access), std::move(options), std::move(changed), clock, log)) {}

ClusterSource::~ClusterSource() = default;

std::shared_ptr<const ClusterState> ClusterSource::state() const {
  const std::lock_guard lock(state_->mutex);
  return state_->objects.state();
}

ClusterHealth ClusterSource::health() const {
  const std::lock_guard lock(state_->mutex);
  ClusterHealth health;
  health.reason = state_->whyNotConnected();
  health.connected = health.reason.empty();
  health.since = state_->connected_since;
  for (std::size_t list = 0; list < state_->objects.lists(); ++list) {
    if (state_->objects.settled(list)) continue;
    const auto& away = state_->hearing[list].away;
    health.waiting_for.push_back(describe(state_->objects.list(list)) + (away ? " (" + *away + ")" : ""));
  }
  return health;
}

}  // namespace landfall::config
