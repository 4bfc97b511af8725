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

std::string_view name(Answer::Kind kind) {
  switch (kind) {
    case Answer::Kind::Recorded:
      return "recorded";
    case Answer::Kind::Malformed:
      return "malformed";
    case Answer::Kind::UnknownPath:
      return "unknown_path";
    case Answer::Kind::WrongMethod:
      return "wrong_method";
    case Answer::Kind::Unauthenticated:
      return "unauthenticated";
    case Answer::Kind::TooManyFailures:
      return "too_many_failures";
    case Answer::Kind::Unavailable:
      return "unavailable";
  }
  return "unknown";
}

Intake::Intake(const base::Snapshot<config::Configuration>& configuration, storage::Store& store,
               const base::Clock& clock, base::Log& log, AnswerObserver answered)
    : configuration_(configuration), store_(store), clock_(clock), log_(log), answered_(std::move(answered)) {}

void Intake::receive(WebhookCall call, Done done) {
  const auto configuration = configuration_.get();
  const base::UtcTime now = clock_.now();

  const auto receiver = configuration->receiverAt(call.path);
  if (receiver == nullptr && !configuration->complete) {
    return tell(nullptr, {.kind = Answer::Kind::Unavailable, .detail = "not all receivers are known yet"}, done);
  }
  if (receiver == nullptr) return refuse(call, nullptr, now, {.kind = Answer::Kind::UnknownPath}, done);
  if (call.method != "POST") return refuse(call, receiver.get(), now, {.kind = Answer::Kind::WrongMethod}, done);

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
      return refuse(call, receiver.get(), now, {.kind = Answer::Kind::Unauthenticated}, done);
    case Authentication::Failed:
      log_.error("intake", "the adapter failed to authenticate a request",
                 {{"receiver", receiver->key.text()}, {"adapter", receiver->adapter}});
      return tell(receiver.get(), {.kind = Answer::Kind::Unavailable, .detail = "the receiver's adapter failed"}, done);
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
      return tell(receiver.get(), {.kind = Answer::Kind::Unavailable, .detail = "the event could not be recorded"},
                  done);
    }
    const bool refusal = recorded->outcome == Outcome::Malformed && !refusals_hurt;
    tell(receiver.get(),
         {.kind = refusal ? Answer::Kind::Malformed : Answer::Kind::Recorded,
          .event = recorded->id,
          .outcome = recorded->outcome,
          .warehouses = recorded->warehouses,
          .detail = reason},
         done);
    log_.info("intake", "event recorded",
              {{"event", recorded->id.text()},
               {"receiver", receiver->key.text()},
               {"outcome", model::name(recorded->outcome)},
               {"warehouses", static_cast<std::int64_t>(recorded->warehouses)}});
  };
  store_.record(std::move(record), std::move(answer));
}

void Intake::refuse(const WebhookCall& call, const config::Receiver* receiver, base::UtcTime now, Answer answer,
                    const Done& done) {
  const bool counts = answer.kind != Answer::Kind::WrongMethod;
  if (counts && !limits_.per_peer.take(call.peer, now)) answer.kind = Answer::Kind::TooManyFailures;
  // The path stays out of the line: one that is nearly right, or was until lately, is as good as a credential.
  log_.debug("intake", "a request was refused",
             {{"peer", call.peer},
              {"receiver", receiver != nullptr ? receiver->key.text() : "none at this path"},
              {"reason", name(answer.kind)}});
  tell(receiver, std::move(answer), done);
}

void Intake::tell(const config::Receiver* receiver, Answer answer, const Done& done) const {
  if (answered_) answered_(receiver != nullptr ? &receiver->key : nullptr, answer);
  done(std::move(answer));
}

void Intake::rememberRefusal(model::Event event, const model::ReceiverKey& receiver) {
  if (!limits_.per_receiver.take(receiver.text(), event.received_at)) return;
  event.outcome = Outcome::Unauthenticated;
  // At most as many lines as the history keeps of them: whoever guesses does not fill the log.
  log_.warning("intake", "a request with a wrong credential was refused",
               {{"event", event.id.text()}, {"receiver", receiver.text()}, {"peer", event.peer}});
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
