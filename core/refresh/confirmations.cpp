// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/confirmations.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

namespace landfall::refresh {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kFirstWait{50};
constexpr milliseconds kLongestWait{5000};
// A transaction per moment would be one per object; who waits for a controller reads no milliseconds.
constexpr milliseconds kOneMoment{100};
// Each is a question to the server, and between them the store is told what has been seen meanwhile.
constexpr std::size_t kLooksAtOnce = 20;

bool isDecimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Versions of objects are decimal numbers that grow (kubernetes.io "Resource versions"; Kubernetes KEP-5504).
bool isNewer(std::string_view version, std::string_view than) {
  return version.size() != than.size() ? version.size() > than.size() : version > than;
}

/// Null when it is no object, or has no such member.
const Json* memberOf(const Json* object, const char* name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &*found;
}

std::string textOf(const Json* value) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::string groupOf(const std::string& api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string::npos ? std::string() : api_version.substr(0, slash);
}

}  // namespace

/// What an object shows of what controllers have seen.
struct Confirmations::Shown {
  explicit Shown(const kubernetes::Object& object) : version(object.resource_version) {
    const Json json = Json::parse(object.json, nullptr, false);
    if (!json.is_object()) return;
    readable = true;
    const Json* const status = memberOf(&json, "status");
    kargo = textOf(memberOf(status, "lastHandledRefresh"));
    flux = textOf(memberOf(status, "lastHandledReconcileAt"));
    const Json* const found = memberOf(memberOf(&json, "metadata"), "annotations");
    if (found != nullptr && found->is_object()) annotations = *found;
  }

  std::string_view valueFor(Acknowledgement acknowledgement) const {
    if (acknowledgement == Acknowledgement::KargoStatus) return kargo;
    if (acknowledgement == Acknowledgement::FluxStatus) return flux;
    return {};
  }

  std::string version;
  bool readable = false;
  std::string kargo;
  std::string flux;
  Json annotations = Json::object();
};

Confirmations::Confirmations(storage::Store& store, const base::Clock& clock, base::Log& log,
                             ConfirmationOptions options)
    : store_(store), clock_(clock), log_(log), options_(std::move(options)) {}

Confirmations::~Confirmations() { stop(); }

// ---- what is awaited

base::Status Confirmations::start(Look look) {
  auto awaited = store_.awaitedConfirmations();
  if (!awaited.ok()) return awaited.status();
  look_ = std::move(look);
  const base::UtcTime now = clock_.now();
  for (auto& each : *awaited) {
    // A clock that was set back must not make them wait for longer than all others.
    const auto waited = std::clamp(now - each.since, milliseconds(0), options_.patience);
    const model::DeliveryId delivery = each.delivery;
    untaken_.emplace(delivery, Untaken{std::move(each), next_order_++, clock_.uptime() + options_.patience - waited});
  }
  try {
    thread_ = std::thread([this] { loop(); });
  } catch (const std::system_error& error) {
    return base::unavailable(std::string("no thread for confirmations: ") + error.what());
  }
  return {};
}

void Confirmations::takeUp(const config::Configuration& configuration) {
  const std::lock_guard lock(mutex_);
  if (untaken_.empty()) return;
  for (auto& [delivery, untaken] : std::exchange(untaken_, {})) {
    const auto warehouse = configuration.warehouse(untaken.awaited.warehouse);
    const auto* const target =
        warehouse == nullptr ? nullptr : std::get_if<model::KubernetesTarget>(&warehouse->refresh);
    if (target == nullptr || target->acknowledgement == Acknowledgement::None) {
      endings_.emplace(delivery, Ending());
      continue;
    }
    Expectation expectation;
    expectation.object = {groupOf(target->api_version), target->kind, target->space, target->name};
    expectation.order = untaken.order;
    expectation.acknowledgement = target->acknowledgement;
    expectation.annotation = target->annotation;
    expectation.value = std::move(untaken.awaited.value);
    expectation.until = untaken.until;
    expectation.settled = true;
    add(delivery, std::move(expectation));
    if (std::find(to_look_at_.begin(), to_look_at_.end(), *target) == to_look_at_.end()) to_look_at_.push_back(*target);
  }
  wake_.notify_all();
}

void Confirmations::expect(const model::Delivery& delivery, const kubernetes::ResourceType& type,
                           const model::KubernetesTarget& target, std::string value) {
  if (target.acknowledgement == Acknowledgement::None) return;
  Expectation expectation;
  expectation.object = {type.group, type.kind, target.space, target.name};
  expectation.acknowledgement = target.acknowledgement;
  expectation.annotation = target.annotation;
  if (target.acknowledgement != Acknowledgement::AnnotationRemoved) expectation.value = std::move(value);
  expectation.newest_event = delivery.newest_event_at;
  const std::lock_guard lock(mutex_);
  expectation.order = next_order_++;
  expectation.until = clock_.uptime() + options_.patience;
  endings_.erase(delivery.id);
  untaken_.erase(delivery.id);
  remove(delivery.id);
  add(delivery.id, std::move(expectation));
  missOldest();
}

std::optional<std::string> Confirmations::patched(model::DeliveryId delivery, const kubernetes::Object& object) {
  const std::lock_guard lock(mutex_);
  const auto found = expectations_.find(delivery);
  if (found == expectations_.end()) return std::nullopt;
  Expectation& expectation = found->second;
  if (expectation.acknowledgement != Acknowledgement::AnnotationRemoved) return expectation.value;
  if (!isDecimal(object.resource_version)) {
    remove(delivery);
    return std::nullopt;
  }
  expectation.value = object.resource_version;
  const std::string value = expectation.value;
  if (expectation.absent_at && isNewer(*expectation.absent_at, value)) handle(delivery, clock_.now());
  return value;
}

void Confirmations::drop(model::DeliveryId delivery) {
  const std::lock_guard lock(mutex_);
  remove(delivery);
}

void Confirmations::settled(const storage::Settlement& settlement) {
  const std::lock_guard lock(mutex_);
  const auto found = expectations_.find(settlement.delivery);
  if (!settlement.awaits) {
    if (found != expectations_.end()) remove(settlement.delivery);
  } else if (found == expectations_.end()) {
    // It was among too many, or its success could not be recorded for too long.
    endings_.emplace(settlement.delivery, Ending());
    wake_.notify_all();
  } else {
    found->second.settled = true;
    found->second.until = clock_.uptime() + options_.patience;
    if (found->second.handled_at) end(settlement.delivery, found->second.handled_at);
  }
}

// ---- with the mutex held

void Confirmations::add(model::DeliveryId delivery, Expectation expectation) {
  by_order_.emplace(expectation.order, delivery);
  by_object_[expectation.object].emplace(expectation.order, delivery);
  expectations_.emplace(delivery, std::move(expectation));
}

void Confirmations::remove(model::DeliveryId delivery) {
  const auto found = expectations_.find(delivery);
  if (found == expectations_.end()) return;
  by_order_.erase(found->second.order);
  const auto object = by_object_.find(found->second.object);
  object->second.erase(found->second.order);
  if (object->second.empty()) by_object_.erase(object);
  expectations_.erase(found);
}

/// Only what is settled ends so: the store knows nothing yet of what is not.
void Confirmations::end(model::DeliveryId delivery, std::optional<base::UtcTime> handled_at) {
  endings_.emplace(delivery, Ending{handled_at, expectations_.at(delivery).newest_event});
  remove(delivery);
  wake_.notify_all();
}

void Confirmations::handle(model::DeliveryId delivery, base::UtcTime at) {
  Expectation& expectation = expectations_.at(delivery);
  if (!expectation.handled_at) expectation.handled_at = at;
  if (expectation.settled) end(delivery, expectation.handled_at);
}

void Confirmations::missOldest() {
  while (expectations_.size() > options_.most) {
    const model::DeliveryId oldest = by_order_.begin()->second;
    if (expectations_.at(oldest).settled) {
      end(oldest, std::nullopt);
    } else {
      remove(oldest);  // missed when it is settled
    }
  }
}

void Confirmations::missLate() {
  const milliseconds now = clock_.uptime();
  std::vector<model::DeliveryId> late;
  for (const auto& [delivery, expectation] : expectations_) {
    if (expectation.until <= now) late.push_back(delivery);
  }
  for (const auto delivery : late) {
    if (expectations_.at(delivery).settled) {
      end(delivery, std::nullopt);
    } else {
      remove(delivery);
    }
  }
  for (auto at = untaken_.begin(); at != untaken_.end();) {
    if (at->second.until <= now) {
      endings_.emplace(at->first, Ending());
      at = untaken_.erase(at);
    } else {
      ++at;
    }
  }
}

// ---- what objects show

void Confirmations::seen(const kubernetes::ResourceType& type, const kubernetes::Object& object) {
  const ObjectKey key{type.group, type.kind, object.space, object.name};
  {
    const std::lock_guard lock(mutex_);
    if (!by_object_.contains(key)) return;
  }
  const Shown shown(object);
  if (!shown.readable) return;
  const std::lock_guard lock(mutex_);
  acknowledge(key, shown);
}

void Confirmations::acknowledge(const ObjectKey& key, const Shown& shown) {
  const auto object = by_object_.find(key);
  if (object == by_object_.end()) return;
  const base::UtcTime now = clock_.now();
  std::vector<model::DeliveryId> handled;
  std::map<Acknowledgement, std::uint64_t> newest_shown;
  for (const auto& [order, delivery] : object->second) {
    const Expectation& expectation = expectations_.at(delivery);
    if (!expectation.value.empty() && shown.valueFor(expectation.acknowledgement) == expectation.value)
      newest_shown[expectation.acknowledgement] = order;
  }
  for (const auto& [order, delivery] : object->second) {
    Expectation& expectation = expectations_.at(delivery);
    if (expectation.acknowledgement == Acknowledgement::AnnotationRemoved) {
      if (!isDecimal(shown.version) || shown.annotations.contains(expectation.annotation)) continue;
      if (expectation.value.empty()) {
        if (!expectation.absent_at || isNewer(shown.version, *expectation.absent_at))
          expectation.absent_at = shown.version;
      } else if (isNewer(shown.version, expectation.value)) {
        handled.push_back(delivery);
      }
    } else if (const auto newest = newest_shown.find(expectation.acknowledgement);
               newest != newest_shown.end() && order <= newest->second) {
      handled.push_back(delivery);
    }
  }
  for (const auto delivery : handled) handle(delivery, now);
}

// ---- the thread

void Confirmations::loop() {
  milliseconds wait = kFirstWait;
  std::unique_lock lock(mutex_);
  for (bool failed = false; true;) {
    // After a failure only the time counts, not how much there is to write.
    const auto woken = [&] { return stopping_ || (!failed && (!endings_.empty() || !to_look_at_.empty())); };
    wake_.wait_for(lock, failed ? wait : options_.look_every, woken);
    const bool last = stopping_;
    missLate();
    Endings endings = std::exchange(endings_, {});
    std::vector<model::KubernetesTarget> to_look_at;
    for (; !last && !to_look_at_.empty() && to_look_at.size() < kLooksAtOnce; to_look_at_.pop_back())
      to_look_at.push_back(std::move(to_look_at_.back()));
    lock.unlock();
    const bool written = write(endings);
    for (const auto& target : to_look_at) look_(target);
    lock.lock();
    if (last) return;
    if (!written) {
      for (auto& [delivery, ending] : endings) {
        if (!expectations_.contains(delivery)) endings_.emplace(delivery, ending);
      }
    }
    wait = failed && !written ? std::min(wait * 2, kLongestWait) : kFirstWait;
    failed = !written;
  }
}

/// False: the store is to be asked again for all of them. Those that it has taken already are no longer awaited then.
bool Confirmations::write(const Endings& endings) {
  std::vector<std::pair<base::UtcTime, model::DeliveryId>> handled;
  std::vector<model::DeliveryId> missed;
  for (const auto& [delivery, ending] : endings) {
    if (ending.handled_at) {
      handled.emplace_back(*ending.handled_at, delivery);
    } else {
      missed.push_back(delivery);
    }
  }
  std::sort(handled.begin(), handled.end());
  for (auto first = handled.begin(); first != handled.end();) {
    const auto end =
        std::find_if(first, handled.end(), [&](const auto& each) { return each.first >= first->first + kOneMoment; });
    std::vector<model::DeliveryId> together;
    std::transform(first, end, std::back_inserter(together), [](const auto& each) { return each.second; });
    if (!confirm(together, first->first)) return false;
    first = end;
  }
  if (!missed.empty() && !confirm(missed, std::nullopt)) return false;
  for (const auto& [at, delivery] : handled) tellHandled(delivery, endings.at(delivery));
  if (missed.empty()) return true;
  if (options_.missed) options_.missed(missed.size());
  log_.warning("delivery", "refreshes were not confirmed by their target's controller",
               {{"count", static_cast<std::int64_t>(missed.size())}, {"delivery", missed.front().text()}});
  return true;
}

/// False: the store is unavailable.
bool Confirmations::confirm(const std::vector<model::DeliveryId>& deliveries, std::optional<base::UtcTime> handled_at) {
  const base::Status status = store_.confirm(deliveries, handled_at);
  if (status.ok()) return true;
  const bool passing = status.code() == base::StatusCode::Unavailable ||  //
                       status.code() == base::StatusCode::ResourceExhausted;
  if (!passing) {
    log_.error("delivery", "confirmations could not be recorded",
               {{"count", static_cast<std::int64_t>(deliveries.size())}, {"error", status.text()}});
  }
  return !passing;
}

void Confirmations::tellHandled(model::DeliveryId delivery, const Ending& ending) {
  if (!options_.handled) return;
  auto newest_event = ending.newest_event;
  if (!newest_event) {
    const auto known = store_.delivery(delivery);
    if (!known.ok()) return;
    newest_event = known->newest_event_at;
  }
  options_.handled(std::max(*ending.handled_at - *newest_event, milliseconds(0)));
}

void Confirmations::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace landfall::refresh
