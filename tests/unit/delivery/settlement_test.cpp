// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/settlement.h"

#include <gtest/gtest.h>

namespace landfall::delivery {
namespace {

using model::AttemptOutcome;
using model::EndReason;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Next = storage::Settlement::Next;

const base::UtcTime kStart{milliseconds(1'795'000'000'000)};
const base::UtcTime kEnd = kStart + milliseconds(250);

model::Delivery claimed() {
  model::Delivery delivery;
  delivery.id = model::DeliveryId::parse("01930000-0000-7000-8000-000000000001").value();
  delivery.state = model::DeliveryState::Running;
  delivery.newest_event_at = kStart;
  delivery.attempts = 2;
  return delivery;
}

AttemptMade made() { return {kStart, kEnd, "node-1", 0.5, milliseconds(250), {}}; }

TEST(Settlement, EveryResultHasAStatedConsequence) {
  struct Row {
    const char* what;
    AttemptOutcome outcome;
    RetrySettings settings;
    milliseconds age;  // of the newest event
    Next next;
    std::optional<EndReason> reason;
    milliseconds due_in;  // from the end of the attempt
  };
  const std::vector<Row> table{
      {"success ends it", AttemptOutcome::Succeeded, {}, {}, Next::Succeeded, {}, {}},
      {"success, however old", AttemptOutcome::Succeeded, {}, hours(48), Next::Succeeded, {}, {}},
      {"success with the last attempt", AttemptOutcome::Succeeded, {.max_attempts = 3}, {}, Next::Succeeded, {}, {}},
      {"rejected", AttemptOutcome::Rejected, {}, {}, Next::Ended, EndReason::Rejected, {}},
      {"target gone", AttemptOutcome::TargetGone, {}, {}, Next::Ended, EndReason::TargetGone, {}},
      {"rejected and old", AttemptOutcome::Rejected, {}, hours(48), Next::Ended, EndReason::Rejected, {}},
      {"backoff of the third", AttemptOutcome::Retryable, {}, {}, Next::Scheduled, {}, seconds(2)},
      {"too old", AttemptOutcome::Retryable, {}, hours(24), Next::Ended, EndReason::MaxAge, {}},
      {"attempts spent", AttemptOutcome::Retryable, {.max_attempts = 3}, {}, Next::Ended, EndReason::MaxAttempts, {}},
      {"attempts left", AttemptOutcome::Retryable, {.max_attempts = 4}, {}, Next::Scheduled, {}, seconds(2)},
      {"cut short", AttemptOutcome::Interrupted, {}, {}, Next::Scheduled, {}, {}},
      {"cut short and old", AttemptOutcome::Interrupted, {.max_attempts = 3}, hours(48), Next::Scheduled, {}, {}},
  };
  for (const auto& row : table) {
    auto delivery = claimed();
    delivery.newest_event_at = kEnd - row.age;

    const auto settlement = settlementOf(delivery, {row.outcome, {}, "why", {}}, made(), row.settings);

    EXPECT_EQ(settlement.next, row.next) << row.what;
    EXPECT_EQ(settlement.reason, row.reason) << row.what;
    if (row.next == Next::Scheduled) {
      EXPECT_EQ(settlement.due_at, kEnd + row.due_in) << row.what;
    }
    ASSERT_TRUE(settlement.attempt) << row.what;
    EXPECT_EQ(settlement.attempt->outcome, row.outcome) << row.what;
    EXPECT_EQ(settlement.last_error.has_value(), row.outcome != AttemptOutcome::Succeeded) << row.what;
  }
}

TEST(Settlement, RecordsTheAttempt) {
  const auto settlement = settlementOf(claimed(), {AttemptOutcome::Retryable, 503, "later", {}}, made(), {});

  EXPECT_EQ(settlement.delivery, claimed().id);
  EXPECT_EQ(settlement.at, kEnd);
  EXPECT_EQ(settlement.attempt->started_at, kStart);
  EXPECT_EQ(settlement.attempt->duration, milliseconds(250));
  EXPECT_EQ(settlement.attempt->status, 503);
  EXPECT_EQ(settlement.attempt->detail, "later");
  EXPECT_EQ(settlement.attempt->node, "node-1");
  EXPECT_EQ(settlement.last_error, "later");
}

TEST(Settlement, OnlyASuccessAwaitsAConfirmation) {
  const refresh::RefreshResult good{AttemptOutcome::Succeeded, 200, "", {}, "2026-11-20T10:00:00.000000001Z"};
  const refresh::RefreshResult bad{AttemptOutcome::Retryable, 409, "", {}, "2026-11-20T10:00:00.000000001Z"};

  EXPECT_EQ(settlementOf(claimed(), good, made(), {}).awaits, good.awaits);
  EXPECT_EQ(settlementOf(claimed(), bad, made(), {}).awaits, std::nullopt);
}

TEST(Settlement, HonoursWhatTheTargetAskedFor) {
  const auto settlement = settlementOf(claimed(), {AttemptOutcome::Retryable, 503, "", seconds(40)}, made(), {});

  EXPECT_EQ(settlement.due_at, kEnd + seconds(40));
  EXPECT_EQ(settlement.last_error, "retryable") << "an error even when the target gave none";
}

TEST(Settlement, AClockThatWasSetSpoilsNoDurationAndMakesNothingOld) {
  auto circumstances = made();
  circumstances.ended_at = kEnd + hours(25);
  circumstances.leapt = hours(25);

  const auto settlement = settlementOf(claimed(), {AttemptOutcome::Retryable, 503, "", {}}, circumstances, {});

  EXPECT_EQ(settlement.attempt->duration, milliseconds(250));
  EXPECT_EQ(settlement.next, Next::Scheduled);
  EXPECT_EQ(settlement.due_at, kEnd + hours(25) + seconds(2));
}

TEST(Settlement, PuttingOffAndEndingBeforeTheAttemptSpendNone) {
  const auto later = putOff(claimed().id, kStart, kEnd);
  EXPECT_FALSE(later.attempt);
  EXPECT_FALSE(later.last_error);
  EXPECT_EQ(later.next, Next::Scheduled);
  EXPECT_EQ(later.due_at, kEnd);

  const auto ended = endedBefore(claimed().id, kStart, EndReason::WarehouseRemoved);
  EXPECT_FALSE(ended.attempt);
  EXPECT_EQ(ended.next, Next::Ended);
  EXPECT_EQ(ended.reason, EndReason::WarehouseRemoved);
}

}  // namespace
}  // namespace landfall::delivery
