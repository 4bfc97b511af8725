// SPDX-License-Identifier: Apache-2.0
#include "core/model/delivery.h"

#include <array>
#include <cstddef>
#include <utility>

namespace landfall::model {
namespace {

template <class Value, std::size_t Count>
using Names = std::array<std::pair<Value, std::string_view>, Count>;

constexpr Names<DeliveryState, 5> kStates{{
    {DeliveryState::Scheduled, "scheduled"},
    {DeliveryState::Running, "running"},
    {DeliveryState::Succeeded, "succeeded"},
    {DeliveryState::Exhausted, "exhausted"},
    {DeliveryState::Cancelled, "cancelled"},
}};
constexpr Names<EndReason, 6> kReasons{{
    {EndReason::MaxAge, "max_age"},
    {EndReason::MaxAttempts, "max_attempts"},
    {EndReason::Rejected, "rejected"},
    {EndReason::TargetGone, "target_gone"},
    {EndReason::Operator, "operator"},
    {EndReason::WarehouseRemoved, "warehouse_removed"},
}};
constexpr Names<AttemptOutcome, 5> kOutcomes{{
    {AttemptOutcome::Succeeded, "succeeded"},
    {AttemptOutcome::Retryable, "retryable"},
    {AttemptOutcome::Rejected, "rejected"},
    {AttemptOutcome::TargetGone, "target_gone"},
    {AttemptOutcome::Interrupted, "interrupted"},
}};
constexpr Names<Confirmation, 3> kConfirmations{{
    {Confirmation::Awaited, "awaited"},
    {Confirmation::Handled, "handled"},
    {Confirmation::Missed, "missed"},
}};

template <class Value, std::size_t Count>
std::string_view find(const Names<Value, Count>& names, Value wanted) {
  for (const auto& [value, text] : names) {
    if (value == wanted) return text;
  }
  return "unknown";
}

template <class Value, std::size_t Count>
std::optional<Value> find(const Names<Value, Count>& names, std::string_view wanted) {
  for (const auto& [value, text] : names) {
    if (text == wanted) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(DeliveryState state) { return find(kStates, state); }
std::string_view name(EndReason reason) { return find(kReasons, reason); }
std::string_view name(AttemptOutcome outcome) { return find(kOutcomes, outcome); }
std::string_view name(Confirmation confirmation) { return find(kConfirmations, confirmation); }
std::optional<DeliveryState> parseDeliveryState(std::string_view text) { return find(kStates, text); }
std::optional<EndReason> parseEndReason(std::string_view text) { return find(kReasons, text); }
std::optional<AttemptOutcome> parseAttemptOutcome(std::string_view text) { return find(kOutcomes, text); }

bool ended(DeliveryState state) { return state != DeliveryState::Scheduled && state != DeliveryState::Running; }

DeliveryState stateOf(EndReason reason) {
  return reason == EndReason::Operator || reason == EndReason::WarehouseRemoved ? DeliveryState::Cancelled
                                                                                : DeliveryState::Exhausted;
}

}  // namespace landfall::model
