// SPDX-License-Identifier: Apache-2.0
#include "core/intake/intake.h"

#include <utility>

#include "core/intake/proofs.h"
#include "core/intake/reading.h"

namespace landfall::intake {
namespace {

using adapters::Authentication;
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

  Reading reading = readRequest(*configuration, *receiver, request, std::move(event));
  if (reading.adapter_failed) {
    log_.error("intake", "the adapter failed to read an authentic request",
               {{"receiver", receiver->key.text()}, {"reason", reading.record.event.reason.value_or("none given")}});
  }
  storage::NewEvent record = std::move(reading.record);
  record.body = std::move(call.body);

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
