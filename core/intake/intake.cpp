// SPDX-License-Identifier: Apache-2.0
#include "core/intake/intake.h"

#include <utility>

#include "core/intake/proofs.h"
#include "core/matching/repository_name.h"

namespace landfall::intake {
namespace {

using adapters::Authentication;
using adapters::ParseStatus;
using model::Outcome;

/// What the way began with: everything about the request but what it says.
model::Event eventOf(const WebhookCall& call, const config::Receiver& receiver, base::UtcTime now) {
  model::Event event;
  event.id = {base::newUuidV7(now)};
  event.received_at = now;
  event.receiver = receiver.key;
  event.adapter = receiver.adapter;
  event.peer = call.peer;
  event.body_bytes = call.body.size();
  return event;
}

Outcome outcomeOf(ParseStatus status) {
  switch (status) {
    case ParseStatus::Pushed:
      return Outcome::Unmatched;  // until a Warehouse matches
    case ParseStatus::Nothing:
      return Outcome::Ignored;
    case ParseStatus::Ping:
      return Outcome::Ping;
    case ParseStatus::Malformed:
      return Outcome::Malformed;
    case ParseStatus::Unrecognised:
    case ParseStatus::Failed:
      return Outcome::Unrecognised;
  }
  return Outcome::Unrecognised;
}

void takeOver(adapters::ParsedRequest&& parsed, model::Event& event) {
  event.outcome = outcomeOf(parsed.status);
  event.reason = std::move(parsed.reason);
  event.kind = std::move(parsed.kind);
  event.action = parsed.action;
  event.actor = std::move(parsed.actor);
  event.sender_delivery_id = std::move(parsed.sender_delivery_id);
  event.details = std::move(parsed.details);
  event.occurred_at = parsed.occurred_at;
  event.artifacts = std::move(parsed.artifacts);
}

/// What the adapter reads, but never the credential that the receiver itself asks for, whatever a plugin declares.
std::vector<model::Header> keptHeaders(const config::Receiver& receiver, const std::vector<model::Header>& headers) {
  auto kept = receiver.instance->keptHeaders(headers);
  if (!receiver.basic_auth.empty()) std::erase_if(kept, isAuthorization);
  return kept;
}

/// The refreshes that the event's artifacts owe, under the snapshot's Warehouses.
std::vector<storage::OwedRefresh> owedRefreshes(const config::Configuration& configuration,
                                                const config::Receiver& receiver, const model::Event& event) {
  std::vector<storage::OwedRefresh> owes;
  for (auto& match : configuration.index.match(receiver.scope, event.artifacts)) {
    const auto warehouse = configuration.warehouse(match.warehouse->key);
    owes.push_back({match.warehouse->key, model::refresherName(warehouse->refresh), std::move(match.reasons)});
  }
  return owes;
}

}  // namespace

Intake::Intake(const base::Snapshot<config::Configuration>& configuration, storage::Store& store,
               const base::Clock& clock, base::Log& log)
    : configuration_(configuration), store_(store), clock_(clock), log_(log) {}

void Intake::receive(WebhookCall call, std::function<void(Answer)> done) {
  const auto configuration = configuration_.get();
  const base::UtcTime now = clock_.now();
  const auto refuse = [&](Answer::Kind kind) {
    done({.kind = limits_.per_peer.take(call.peer, now) ? kind : Answer::Kind::TooManyFailures});
  };

  const auto receiver = configuration->receiverAt(call.path);
  if (receiver == nullptr) return refuse(Answer::Kind::UnknownPath);
  if (call.method != "POST") return done({.kind = Answer::Kind::WrongMethod});

  const adapters::WebhookRequest request{call.method, call.query, call.headers, call.body};
  model::Event event = eventOf(call, *receiver, now);
  // One answer for all that can be wrong with credentials: whoever guesses does not learn which of them it was.
  const auto authenticated = bringsProofs(*receiver, call.headers, call.client_certificate_subject)
                                 ? receiver->instance->authenticate(request)
                                 : Authentication::Refused;
  switch (authenticated) {
    case Authentication::Authentic:
      break;
    case Authentication::Refused:
      rememberRefusal(std::move(event), receiver->key);
      return refuse(Answer::Kind::Unauthenticated);
    case Authentication::Failed:
      log_.error("intake", "the adapter failed to authenticate a request",
                 {{"receiver", receiver->key.text()}, {"adapter", receiver->adapter}});
      return done({.kind = Answer::Kind::Unavailable, .detail = "the receiver's adapter failed"});
  }

  adapters::ParsedRequest parsed = receiver->instance->parse(request);
  if (parsed.status == ParseStatus::Failed) {
    log_.error("intake", "the adapter failed to read an authentic request",
               {{"receiver", receiver->key.text()}, {"reason", parsed.reason.value_or("none given")}});
  }
  takeOver(std::move(parsed), event);
  event.headers = keptHeaders(*receiver, call.headers);

  storage::NewEvent record;
  record.owes = owedRefreshes(*configuration, *receiver, event);
  if (!record.owes.empty()) event.outcome = Outcome::Matched;
  for (const auto& artifact : event.artifacts) {
    record.repository_keys.push_back(matching::normalizeImage(artifact.repository));
  }
  record.event = std::move(event);
  record.body = std::move(call.body);
  record.min_interval = configuration->settings.delivery.min_interval;

  const bool refusals_hurt = receiver->instance->plugin().description().sender_punishes_refusals;
  auto answer = [this, receiver, refusals_hurt, reason = record.event.reason.value_or(""),
                 done = std::move(done)](base::Result<storage::Recorded> recorded) {
    if (!recorded.ok()) {
      log_.warning("intake", "an authentic request could not be recorded",
                   {{"receiver", receiver->key.text()}, {"reason", recorded.status().message()}});
      return done({.kind = Answer::Kind::Unavailable, .detail = "the event could not be recorded"});
    }
    const bool tell = recorded->outcome == Outcome::Malformed && !refusals_hurt;
    done({.kind = tell ? Answer::Kind::Malformed : Answer::Kind::Recorded,
          .event = recorded->id,
          .outcome = recorded->outcome,
          .warehouses = recorded->warehouses,
          .detail = reason});
    log_.info("intake", "event recorded",
              {{"event", recorded->id.text()},
               {"receiver", receiver->key.text()},
               {"outcome", model::name(recorded->outcome)},
               {"warehouses", static_cast<std::int64_t>(recorded->warehouses)}});
  };
  store_.record(std::move(record), std::move(answer));
}

void Intake::rememberRefusal(model::Event event, const model::ReceiverKey& receiver) {
  if (!limits_.per_receiver.take(receiver.text(), event.received_at)) return;
  event.outcome = Outcome::Unauthenticated;
  storage::NewEvent record;
  record.event = std::move(event);
  store_.record(std::move(record), [this, receiver](const base::Result<storage::Recorded>& recorded) {
    if (!recorded.ok()) {
      log_.debug("intake", "a refused request was not recorded",
                 {{"receiver", receiver.text()}, {"reason", recorded.status().message()}});
    }
  });
}

}  // namespace landfall::intake
