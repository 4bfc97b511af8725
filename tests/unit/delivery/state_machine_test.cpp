// SPDX-License-Identifier: Apache-2.0
// The life of deliveries as one table: what each input makes of each situation that a Warehouse can be in, asked of the
// real store and the real settlement.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "core/delivery/settlement.h"
#include "storage/open_store.h"
#include "tests/conformance/store/new_event.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace landfall::delivery {
namespace {

using base::StatusCode;
using model::AttemptOutcome;
using model::EndReason;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::at;

const base::UtcTime kPushed = at(98'000);
const base::UtcTime kClaimed = at(99'000);
const base::UtcTime kInput = at(100'000);  ///< when the input comes
const base::UtcTime kBackoff = at(200'000);
constexpr auto kLease = hours(1);

/// A Warehouse's deliveries in a store of their own.
class Bench {
 public:
  Bench() { open(); }
  ~Bench() { store_->close(); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  StatusCode push(base::UtcTime now) {
    return testing::recordAndWait(*store_, testing::owing(testing::push(now), {"api"})).status().code();
  }
  StatusCode claim(base::UtcTime now, std::size_t limit = 10) {
    return store_->claimDue(now, limit, "node-1", kLease).status().code();
  }
  /// What the run under way comes to; or, if there is none, a late word about the newest delivery.
  StatusCode settle(AttemptOutcome outcome, const RetrySettings& settings = {}, base::UtcTime now = kInput) {
    const auto delivery = current();
    const AttemptMade made{now, now, "node-1", 0.5, milliseconds(1), {}};
    return store_->settle(settlementOf(delivery, {outcome, {}, "what was said", {}}, made, settings)).code();
  }
  StatusCode retryAt(base::UtcTime now, base::UtcTime due_at) {
    auto settlement = settlementOf(current(), {AttemptOutcome::Retryable, {}, "", {}},
                                   {now, now, "node-1", 0.5, milliseconds(1), {}}, {});
    settlement.due_at = due_at;
    return store_->settle(settlement).code();
  }
  StatusCode putOffUntil(base::UtcTime due_at) { return store_->settle(putOff(current().id, kInput, due_at)).code(); }
  StatusCode warehouseRemoved() {
    return store_->settle(endedBefore(current().id, kInput, EndReason::WarehouseRemoved)).code();
  }
  StatusCode restart() {
    store_->close();
    store_.reset();
    open();
    return store_->takeBackClaims(kInput).status().code();
  }
  StatusCode bringForward(base::UtcTime latest) { return store_->bringForward(latest).status().code(); }
  StatusCode retryByHand() { return store_->retryDelivery(current().id, kInput).status().code(); }
  StatusCode cancelByHand() { return store_->cancelDelivery(current().id, kInput).status().code(); }
  StatusCode refreshByHand() { return store_->oweRefresh({"shop", "api"}, "http", kInput).status().code(); }

  /// "<state>[ <reason>] e<events> a<attempts>[ <seconds until due>]" per delivery, oldest first.
  std::string describe() {
    auto page = store_->deliveries({}, {100, {}});
    if (!page.ok()) return page.status().text();
    std::reverse(page->items.begin(), page->items.end());
    std::string text;
    for (const auto& delivery : page->items) text += (text.empty() ? "" : " + ") + describe(delivery);
    return text.empty() ? "nothing" : text;
  }

 private:
  static std::string describe(const model::Delivery& delivery) {
    std::string text(model::name(delivery.state));
    if (delivery.reason) text += " " + std::string(model::name(*delivery.reason));
    text += " e" + std::to_string(delivery.event_count) + " a" + std::to_string(delivery.attempts);
    if (delivery.state == model::DeliveryState::Scheduled) {
      const auto in = (delivery.due_at - kInput).count();
      text += " " + std::to_string(in) + "ms";
    }
    return text;
  }

  void open() {
    auto opened = storage::openStore({.url = "sqlite:" + (folder_.path() / "landfall.db").string()}, log_);
    ASSERT_TRUE(opened.ok()) << opened.status().text();
    store_ = std::move(opened).value();
  }
  model::Delivery current() {
    const auto page = store_->deliveries({}, {100, {}});
    if (!page.ok() || page->items.empty()) return {.id = {base::newUuidV7(kInput)}};
    for (const auto& delivery : page->items) {
      if (delivery.state == model::DeliveryState::Running) return delivery;
    }
    return page->items.front();
  }

  testing::TempDir folder_{testing::TempDir::On::Memory};
  testing::FakeClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
  std::unique_ptr<storage::Store> store_;
};

struct Situation {
  const char* name;
  const char* described;
  std::function<void(Bench&)> make;
};

const std::array<Situation, 9> kSituations{{
    {"none", "nothing", [](Bench&) {}},
    {"scheduled", "scheduled e1 a0 -2000ms", [](Bench& bench) { bench.push(kPushed); }},
    {"in backoff", "scheduled e1 a1 100000ms",
     [](Bench& bench) {
       bench.push(kPushed);
       bench.claim(kClaimed);
       bench.retryAt(kClaimed, kBackoff);
     }},
    {"running", "running e1 a0",
     [](Bench& bench) {
       bench.push(kPushed);
       bench.claim(kClaimed);
     }},
    {"running again", "running e1 a1",
     [](Bench& bench) {
       bench.push(kPushed);
       bench.claim(kPushed);
       bench.retryAt(kPushed, kClaimed);
       bench.claim(kClaimed);
     }},
    {"running and scheduled", "running e1 a0 + scheduled e1 a0 1000ms",
     [](Bench& bench) {
       bench.push(kPushed);
       bench.claim(kClaimed);
       bench.push(kClaimed);
     }},
    {"succeeded", "succeeded e1 a1",
     [](Bench& bench) {
       bench.push(kPushed);
       bench.claim(kClaimed);
       bench.settle(AttemptOutcome::Succeeded, {}, kClaimed);
     }},
    {"exhausted", "exhausted rejected e1 a1",
     [](Bench& bench) {
       bench.push(kPushed);
       bench.claim(kClaimed);
       bench.settle(AttemptOutcome::Rejected, {}, kClaimed);
     }},
    {"cancelled", "cancelled operator e1 a0",
     [](Bench& bench) {
       bench.push(kPushed);
       bench.cancelByHand();
     }},
}};

constexpr auto kSame = "same";        ///< taken, and changes nothing
constexpr auto kRefused = "refused";  ///< FailedPrecondition, and nothing changes
constexpr auto kUnknown = "unknown";  ///< NotFound, and nothing changes

struct Input {
  const char* name;
  std::function<StatusCode(Bench&)> apply;
  std::array<const char*, kSituations.size()> results;  ///< in the order of kSituations
};

void PrintTo(const Input& input, std::ostream* out) { *out << input.name; }

// An ended delivery is left by a retry by hand alone, and a run by what it comes to, a restart or the end of its lease.
const std::vector<Input> kInputs{
    {"a push",
     [](Bench& bench) { return bench.push(kInput); },
     {"scheduled e1 a0 0ms", "scheduled e2 a0 -2000ms", "scheduled e2 a1 100000ms",
      "running e1 a0 + scheduled e1 a0 1000ms", "running e1 a1 + scheduled e1 a0 1000ms",
      "running e1 a0 + scheduled e2 a0 1000ms", "succeeded e1 a1 + scheduled e1 a0 1000ms",
      "exhausted rejected e1 a1 + scheduled e1 a0 1000ms", "cancelled operator e1 a0 + scheduled e1 a0 0ms"}},
    {"a claim before what waits is due",
     [](Bench& bench) { return bench.claim(kClaimed); },
     {kSame, "running e1 a0", kSame, kSame, kSame, kSame, kSame, kSame, kSame}},
    {"a claim when all is due",
     [](Bench& bench) { return bench.claim(kBackoff); },
     {kSame, "running e1 a0", "running e1 a1", kSame, kSame, kSame, kSame, kSame, kSame}},
    {"success",
     [](Bench& bench) { return bench.settle(AttemptOutcome::Succeeded); },
     {kUnknown, kRefused, kRefused, "succeeded e1 a1", "succeeded e1 a2", "succeeded e1 a1 + scheduled e1 a0 1000ms",
      kRefused, kRefused, kRefused}},
    {"a failure that may heal",
     [](Bench& bench) { return bench.settle(AttemptOutcome::Retryable); },
     {kUnknown, kRefused, kRefused, "scheduled e1 a1 500ms", "scheduled e1 a2 1000ms", "scheduled e2 a1 1000ms",
      kRefused, kRefused, kRefused}},
    {"a failure of the last attempt",
     [](Bench& bench) { return bench.settle(AttemptOutcome::Retryable, {.max_attempts = 1}); },
     {kUnknown, kRefused, kRefused, "exhausted max_attempts e1 a1", "exhausted max_attempts e1 a2",
      "exhausted max_attempts e1 a1 + scheduled e1 a0 1000ms", kRefused, kRefused, kRefused}},
    {"a failure that comes too late",
     [](Bench& bench) { return bench.settle(AttemptOutcome::Retryable, {.max_age = seconds(1)}); },
     {kUnknown, kRefused, kRefused, "exhausted max_age e1 a1", "exhausted max_age e1 a2",
      "exhausted max_age e1 a1 + scheduled e1 a0 1000ms", kRefused, kRefused, kRefused}},
    {"a refusal",
     [](Bench& bench) { return bench.settle(AttemptOutcome::Rejected); },
     {kUnknown, kRefused, kRefused, "exhausted rejected e1 a1", "exhausted rejected e1 a2",
      "exhausted rejected e1 a1 + scheduled e1 a0 1000ms", kRefused, kRefused, kRefused}},
    {"the end of the target",
     [](Bench& bench) { return bench.settle(AttemptOutcome::TargetGone); },
     {kUnknown, kRefused, kRefused, "exhausted target_gone e1 a1", "exhausted target_gone e1 a2",
      "exhausted target_gone e1 a1 + scheduled e1 a0 1000ms", kRefused, kRefused, kRefused}},
    {"an interruption",
     [](Bench& bench) { return bench.settle(AttemptOutcome::Interrupted); },
     {kUnknown, kRefused, kRefused, "scheduled e1 a1 0ms", "scheduled e1 a2 0ms", "scheduled e2 a1 1000ms", kRefused,
      kRefused, kRefused}},
    {"an interruption, whatever the limits",
     [](Bench& bench) { return bench.settle(AttemptOutcome::Interrupted, {.max_age = seconds(1), .max_attempts = 1}); },
     {kUnknown, kRefused, kRefused, "scheduled e1 a1 0ms", "scheduled e1 a2 0ms", "scheduled e2 a1 1000ms", kRefused,
      kRefused, kRefused}},
    {"a put-off",
     [](Bench& bench) { return bench.putOffUntil(kInput + seconds(30)); },
     {kUnknown, kRefused, kRefused, "scheduled e1 a0 30000ms", "scheduled e1 a1 30000ms", "scheduled e2 a0 30000ms",
      kRefused, kRefused, kRefused}},
    {"the removal of the Warehouse",
     [](Bench& bench) { return bench.warehouseRemoved(); },
     {kUnknown, kRefused, kRefused, "cancelled warehouse_removed e1 a0", "cancelled warehouse_removed e1 a1",
      "cancelled warehouse_removed e1 a0 + scheduled e1 a0 1000ms", kRefused, kRefused, kRefused}},
    {"the end of the lease",
     [](Bench& bench) { return bench.claim(kInput + 2 * kLease, 0); },
     {kSame, kSame, kSame, "scheduled e1 a1 7200000ms", "scheduled e1 a2 7200000ms", "scheduled e2 a1 7200000ms", kSame,
      kSame, kSame}},
    {"a restart",
     [](Bench& bench) { return bench.restart(); },
     {kSame, kSame, kSame, "scheduled e1 a1 0ms", "scheduled e1 a2 0ms", "scheduled e2 a1 1000ms", kSame, kSame,
      kSame}},
    {"a clock that is set back",
     [](Bench& bench) { return bench.bringForward(kInput + seconds(10)); },
     {kSame, kSame, "scheduled e1 a1 10000ms", kSame, kSame, kSame, kSame, kSame, kSame}},
    {"a retry by hand",
     [](Bench& bench) { return bench.retryByHand(); },
     {kUnknown, kSame, "scheduled e1 a1 0ms", kRefused, kRefused, kRefused, "scheduled e1 a1 0ms",
      "scheduled e1 a1 0ms", "scheduled e1 a0 0ms"}},
    {"a cancellation by hand",
     [](Bench& bench) { return bench.cancelByHand(); },
     {kUnknown, "cancelled operator e1 a0", "cancelled operator e1 a1", kRefused, kRefused, kRefused, kRefused,
      kRefused, kRefused}},
    {"a refresh by hand",
     [](Bench& bench) { return bench.refreshByHand(); },
     {"scheduled e0 a0 0ms", kSame, "scheduled e1 a1 0ms", "running e1 a0 + scheduled e0 a0 0ms",
      "running e1 a1 + scheduled e0 a0 0ms", "running e1 a0 + scheduled e1 a0 0ms",
      "succeeded e1 a1 + scheduled e0 a0 0ms", "exhausted rejected e1 a1 + scheduled e0 a0 0ms",
      "cancelled operator e1 a0 + scheduled e0 a0 0ms"}},
};

class DeliveryStateMachine : public ::testing::TestWithParam<Input> {};

TEST_P(DeliveryStateMachine, HasAStatedResultInEverySituation) {
  const Input& input = GetParam();
  for (std::size_t i = 0; i < kSituations.size(); ++i) {
    const Situation& situation = kSituations[i];
    SCOPED_TRACE(std::string(input.name) + " when " + situation.name);
    Bench bench;
    situation.make(bench);
    ASSERT_EQ(bench.describe(), situation.described);

    const StatusCode code = input.apply(bench);

    const std::string result = input.results[i];
    const bool unchanged = result == kSame || result == kRefused || result == kUnknown;
    EXPECT_EQ(bench.describe(), unchanged ? situation.described : result);
    EXPECT_EQ(code, result == kRefused   ? StatusCode::FailedPrecondition
                    : result == kUnknown ? StatusCode::NotFound
                                         : StatusCode::Ok);
  }
}

std::string testName(const ::testing::TestParamInfo<Input>& info) {
  std::string name(info.param.name);
  std::erase(name, ',');
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ' ' || c == '-'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Inputs, DeliveryStateMachine, ::testing::ValuesIn(kInputs), testName);

}  // namespace
}  // namespace landfall::delivery
