// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/config/configuration.h"
#include "core/kubernetes/object.h"
#include "core/model/delivery.h"
#include "core/model/warehouse.h"
#include "storage/store.h"

namespace landfall::refresh {

struct ConfirmationOptions {
  std::chrono::milliseconds patience{std::chrono::minutes(10)};  ///< from a success to its being missed
  std::size_t most = 100000;                                     ///< awaited at once; beyond it the oldest are missed
  std::chrono::milliseconds look_every{1000};                    ///< for those that have been awaited for too long
  /// Told of each refresh that has been recorded as handled: how long after its newest event. Must not block nor throw.
  std::function<void(std::chrono::milliseconds)> handled = {};
  /// Told how many have been recorded as missed. Likewise.
  std::function<void(std::size_t)> missed = {};
};

/// Knows which refreshes of objects wait for their controllers to show that they have seen them, and tells the store
/// when that is seen (Store::confirm), or has not been seen for too long. What the objects show comes from watches
/// (`seen`). Any thread; nothing here blocks but start() and stop(): the store is called by a thread of its own.
///
/// For one delivery: expect() before its patch, so that no answer is missed, then patched() or drop(), and settled()
/// when its success is on disk: a confirmation follows the success that it confirms.
class Confirmations {
 public:
  /// All must outlive it.
  Confirmations(storage::Store& store, const base::Clock& clock, base::Log& log, ConfirmationOptions options = {});
  /// As stop().
  ~Confirmations();
  Confirmations(const Confirmations&) = delete;
  Confirmations& operator=(const Confirmations&) = delete;

  /// Looks what an object shows now, and hands it to seen(); may block. Called from the thread of this.
  using Look = std::function<void(const model::KubernetesTarget&)>;

  /// Before the first expect(): asks the store what the last process was waiting for, and begins. For each of those
  /// `look` is called once, since it may have been handled while nobody watched. Unavailable: nothing has begun.
  base::Status start(Look look);

  /// With each configuration that is complete: says on which objects the last process' deliveries wait. Those whose
  /// Warehouse is gone, or is refreshed in a way that nobody confirms, are missed.
  void takeUp(const config::Configuration& configuration);

  /// The delivery's object is about to be annotated with `value`. Replaces what the delivery waited for before.
  void expect(const model::Delivery& delivery, const kubernetes::ResourceType& type,
              const model::KubernetesTarget& target, std::string value);
  /// It has been, with this result. What its success awaits (Settlement::awaits): the value that will be shown; or,
  /// where that is an annotation's being gone, the version of the object that still had it. Nothing: it cannot be told.
  std::optional<std::string> patched(model::DeliveryId delivery, const kubernetes::Object& object);
  /// It has not been.
  void drop(model::DeliveryId delivery);
  /// For every settlement that the store has taken.
  void settled(const storage::Settlement& settlement);

  /// An object as it is, or was a moment ago. Who shows a value has handled all that was expected before it, too.
  /// Objects of which nothing is expected cost one look into a map.
  void seen(const kubernetes::ResourceType& type, const kubernetes::Object& object);

  /// Makes one more try to write what is to be written. Nothing calls the store afterwards.
  void stop();

 private:
  using Acknowledgement = model::KubernetesTarget::Acknowledgement;

  struct ObjectKey {
    std::string group;
    std::string kind;
    std::string space;
    std::string name;

    auto operator<=>(const ObjectKey&) const = default;
  };

  struct Expectation {
    ObjectKey object;
    std::uint64_t order = 0;  ///< later expectations have greater ones
    Acknowledgement acknowledgement = Acknowledgement::None;
    std::string annotation;
    std::string value;                          ///< that is shown; of AnnotationRemoved the version, empty until then
    std::optional<std::string> absent_at;       ///< the newest version seen without the annotation
    std::optional<base::UtcTime> newest_event;  ///< none: the store knows
    std::chrono::milliseconds until{0};         ///< by uptime
    bool settled = false;
    std::optional<base::UtcTime> handled_at;
  };

  /// What the store is to be told of a delivery.
  struct Ending {
    std::optional<base::UtcTime> handled_at;  ///< none: missed
    std::optional<base::UtcTime> newest_event;
  };
  using Endings = std::map<model::DeliveryId, Ending>;

  struct Untaken {
    storage::AwaitedConfirmation awaited;
    std::uint64_t order = 0;
    std::chrono::milliseconds until{0};
  };

  struct Shown;

  void loop();
  void add(model::DeliveryId delivery, Expectation expectation);
  void remove(model::DeliveryId delivery);
  void end(model::DeliveryId delivery, std::optional<base::UtcTime> handled_at);
  void handle(model::DeliveryId delivery, base::UtcTime at);
  void missOldest();
  void missLate();
  void acknowledge(const ObjectKey& key, const Shown& shown);
  bool write(const Endings& endings);
  bool confirm(const std::vector<model::DeliveryId>& deliveries, std::optional<base::UtcTime> handled_at);
  void tellHandled(model::DeliveryId delivery, const Ending& ending);

  storage::Store& store_;
  const base::Clock& clock_;
  base::Log& log_;
  const ConfirmationOptions options_;
  Look look_;  ///< constant once the thread runs

  std::mutex mutex_;  ///< guards all below; never held while the store or `look_` is called
  std::condition_variable wake_;
  bool stopping_ = false;
  std::uint64_t next_order_ = 0;
  std::unordered_map<model::DeliveryId, Expectation> expectations_;
  std::map<std::uint64_t, model::DeliveryId> by_order_;
  std::map<ObjectKey, std::map<std::uint64_t, model::DeliveryId>> by_object_;
  std::map<model::DeliveryId, Untaken> untaken_;  ///< until a configuration says what they wait on
  std::vector<model::KubernetesTarget> to_look_at_;
  Endings endings_;

  std::thread thread_;
};

}  // namespace landfall::refresh
