// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/settlement.h"

#include <utility>

namespace landfall::delivery {
namespace {

using Next = storage::Settlement::Next;

void applyStep(storage::Settlement& settlement, const NextStep& step) {
  if (const auto* due_at = std::get_if<base::UtcTime>(&step)) {
    settlement.next = Next::Scheduled;
    settlement.due_at = *due_at;
  } else {
    settlement.next = Next::Ended;
    settlement.reason = std::get<model::EndReason>(step);
  }
}

NextStep stepAfter(const model::Delivery& delivery, const refresh::RefreshResult& failure, const AttemptMade& made,
                   const RetrySettings& settings) {
  switch (failure.outcome) {
    case model::AttemptOutcome::Rejected:
      return model::EndReason::Rejected;
    case model::AttemptOutcome::TargetGone:
      return model::EndReason::TargetGone;
    case model::AttemptOutcome::Interrupted:
      return made.ended_at;
    case model::AttemptOutcome::Retryable:
    case model::AttemptOutcome::Succeeded:
      break;
  }
  return nextStep(settings, delivery.attempts + 1, delivery.newest_event_at + made.leapt, made.ended_at,
                  failure.retry_after, made.jitter);
}

}  // namespace

storage::Settlement settlementOf(const model::Delivery& delivery, const refresh::RefreshResult& result,
                                 const AttemptMade& made, const RetrySettings& settings) {
  storage::Settlement settlement;
  settlement.delivery = delivery.id;
  settlement.at = made.ended_at;
  model::Attempt attempt;
  attempt.started_at = made.started_at;
  attempt.duration = made.duration;
  attempt.outcome = result.outcome;
  attempt.status = result.status;
  attempt.detail = result.detail;
  attempt.node = made.node;
  settlement.attempt = std::move(attempt);

  if (result.outcome == model::AttemptOutcome::Succeeded) {
    settlement.next = Next::Succeeded;
    settlement.awaits = result.awaits;
    return settlement;
  }
  settlement.last_error = result.detail.empty() ? std::string(model::name(result.outcome)) : result.detail;
  applyStep(settlement, stepAfter(delivery, result, made, settings));
  return settlement;
}

storage::Settlement putOff(model::DeliveryId delivery, base::UtcTime now, base::UtcTime due_at) {
  storage::Settlement settlement;
  settlement.delivery = delivery;
  settlement.next = Next::Scheduled;
  settlement.due_at = due_at;
  settlement.at = now;
  return settlement;
}

storage::Settlement endedBefore(model::DeliveryId delivery, base::UtcTime now, model::EndReason reason) {
  storage::Settlement settlement;
  settlement.delivery = delivery;
  settlement.next = Next::Ended;
  settlement.reason = reason;
  settlement.at = now;
  return settlement;
}

}  // namespace landfall::delivery
