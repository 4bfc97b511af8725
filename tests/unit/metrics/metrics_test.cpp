// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/metrics.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace landfall::metrics {
namespace {

using std::chrono::milliseconds;

const base::UtcTime kNow{milliseconds(1'795'000'000'000)};

class MetricsText : public ::testing::Test {
 protected:
  bool has(const std::string& line) const {
    return ("\n" + metrics_.text(figures_)).find("\n" + line + "\n") != std::string::npos;
  }
  std::size_t linesWith(const std::string& part) const {
    const std::string text = metrics_.text(figures_);
    std::size_t lines = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++lines;
    return lines;
  }

  Metrics metrics_{kNow};
  Figures figures_{.now = kNow};
};

TEST_F(MetricsText, CountsRequestsByReceiverAndOutcome) {
  const model::ReceiverKey receiver{"shop", "quay-prod"};
  metrics_.answered(&receiver, {.kind = intake::Answer::Kind::Recorded, .outcome = model::Outcome::Matched});
  metrics_.answered(&receiver, {.kind = intake::Answer::Kind::Recorded, .outcome = model::Outcome::Matched});
  metrics_.answered(&receiver, {.kind = intake::Answer::Kind::Unauthenticated});
  metrics_.answered(nullptr, {.kind = intake::Answer::Kind::UnknownPath});

  EXPECT_TRUE(has(R"(landfall_requests_total{project="shop",receiver="quay-prod",outcome="matched"} 2)"));
  EXPECT_TRUE(has(R"(landfall_requests_total{project="shop",receiver="quay-prod",outcome="unauthenticated"} 1)"));
  EXPECT_TRUE(has(R"(landfall_requests_total{project="",receiver="",outcome="unknown_path"} 1)"));
}

TEST_F(MetricsText, OnlyWholeRequestsToTheWebhookListenerCountAsAccepts) {
  metrics_.responded(Listener::Webhooks, 200, milliseconds(3));
  metrics_.responded(Listener::Webhooks, 400, std::nullopt);
  metrics_.responded(Listener::Admin, 200, milliseconds(3));

  EXPECT_TRUE(has(R"(landfall_accept_duration_seconds_count 1)"));
  EXPECT_TRUE(has(R"(landfall_accept_duration_seconds_bucket{le="0.0025"} 0)"));
  EXPECT_TRUE(has(R"(landfall_accept_duration_seconds_bucket{le="0.005"} 1)"));
  EXPECT_TRUE(has(R"(landfall_http_responses_total{listener="webhooks",code="400"} 1)"));
  EXPECT_TRUE(has(R"(landfall_http_responses_total{listener="admin",code="200"} 1)"));
}

TEST_F(MetricsText, AStatusOutOfRangeIsCountedAndWritesNowhereElse) {
  metrics_.responded(Listener::Webhooks, 100000, std::nullopt);
  metrics_.responded(Listener::Webhooks, -1, std::nullopt);

  EXPECT_TRUE(has(R"(landfall_http_responses_total{listener="webhooks",code="599"} 1)"));
  EXPECT_TRUE(has(R"(landfall_http_responses_total{listener="webhooks",code="0"} 1)"));
}

TEST_F(MetricsText, CountsTransitionsWithTheReasonOfAnEnd) {
  metrics_.committed({.ok = true,
                      .took = milliseconds(1),
                      .writes = 3,
                      .entered = {{model::DeliveryState::Exhausted, model::EndReason::MaxAge, 2},
                                  {model::DeliveryState::Scheduled, std::nullopt, 4}}});

  EXPECT_TRUE(has(R"(landfall_delivery_transitions_total{state="exhausted",reason="max_age"} 2)"));
  EXPECT_TRUE(has(R"(landfall_delivery_transitions_total{state="scheduled",reason=""} 4)"));
  EXPECT_TRUE(has("landfall_commit_writes_sum 3"));
}

TEST_F(MetricsText, AFailedCommitIsNoCommit) {
  metrics_.committed({.ok = false, .took = milliseconds(5000), .writes = 7});

  EXPECT_TRUE(has("landfall_commit_failures_total 1"));
  EXPECT_TRUE(has("landfall_commit_duration_seconds_count 0"));
  EXPECT_TRUE(has("landfall_commit_writes_count 0"));
}

TEST_F(MetricsText, AttemptsAreByRefresherAndOutcome) {
  metrics_.attempted("http", model::AttemptOutcome::Retryable, milliseconds(2000));
  metrics_.attempted("a new one", model::AttemptOutcome::Succeeded, milliseconds(1));

  EXPECT_TRUE(has(R"(landfall_attempt_duration_seconds_sum{refresher="http",outcome="retryable"} 2)"));
  EXPECT_TRUE(has(R"(landfall_attempt_duration_seconds_count{refresher="other",outcome="succeeded"} 1)"));
}

TEST_F(MetricsText, SaysHowLongItTookUntilRefreshesWereHandledAndHowManyWereNot) {
  metrics_.handled(milliseconds(1500));
  metrics_.missed(3);

  EXPECT_TRUE(has(R"(landfall_refresh_handled_seconds_bucket{le="1"} 0)"));
  EXPECT_TRUE(has(R"(landfall_refresh_handled_seconds_bucket{le="2.5"} 1)"));
  EXPECT_TRUE(has("landfall_refresh_missed_total 3"));
}

TEST_F(MetricsText, OpenBreakersComeFirstWhereThereAreTooManyHosts) {
  for (int number = 0; number < 300; ++number) {
    figures_.targets.push_back({"host" + std::to_string(number) + ":443", delivery::BreakerState::Closed});
  }
  figures_.targets.push_back({"zzz:443", delivery::BreakerState::Open});

  EXPECT_EQ(linesWith("landfall_breaker_state{"), 200u);
  EXPECT_TRUE(has(R"(landfall_breaker_state{host="zzz:443"} 2)"));
  EXPECT_TRUE(has("landfall_breakers_open 1"));
}

TEST_F(MetricsText, SaysHowOldTheOldestOwedDeliveryIs) {
  figures_.stats.emplace();
  EXPECT_TRUE(has("landfall_oldest_owed_age_seconds 0"));

  figures_.stats->oldest_owed = storage::Stats::Owed{{}, {"shop", "api"}, kNow - milliseconds(90500)};
  EXPECT_TRUE(has("landfall_oldest_owed_age_seconds 90.5"));

  figures_.stats->oldest_owed->created_at = kNow + milliseconds(5000);  // the clock was set back
  EXPECT_TRUE(has("landfall_oldest_owed_age_seconds 0"));
}

TEST_F(MetricsText, AStoreThatCannotBeReadLeavesTheRestThere) {
  figures_.stats.reset();

  EXPECT_TRUE(has("landfall_store_readable 0"));
  EXPECT_EQ(linesWith("landfall_oldest_owed_age_seconds"), 0u);
  EXPECT_EQ(linesWith("landfall_deliveries{"), 0u);
  EXPECT_TRUE(has("landfall_store_queue_length 0"));
}

TEST_F(MetricsText, TellsARefusedReloadFromAnAppliedOne) {
  figures_.reloads = {
      .generation = 4, .applied = 4, .refused = 1, .applied_at = kNow, .refused_at = kNow + milliseconds(1)};
  EXPECT_TRUE(has("landfall_configuration_current 0"));

  figures_.reloads.applied_at = kNow + milliseconds(2);
  EXPECT_TRUE(has("landfall_configuration_current 1"));
  EXPECT_TRUE(has("landfall_configuration_generation 4"));
  EXPECT_TRUE(has(R"(landfall_reloads_total{result="refused"} 1)"));
}

TEST_F(MetricsText, LabelsCannotBreakALine) {
  figures_.targets.push_back({"a\"b\nc\\d", delivery::BreakerState::Open});

  EXPECT_TRUE(has(R"(landfall_breaker_state{host="a\"b\nc\\d"} 2)"));
}

TEST_F(MetricsText, ShowsWhatTheProcessTakes) {
  EXPECT_EQ(linesWith("\nprocess_resident_memory_bytes "), 1u);
  EXPECT_EQ(linesWith("\nprocess_open_fds "), 1u);
  EXPECT_TRUE(has("process_start_time_seconds 1795000000"));
}

}  // namespace
}  // namespace landfall::metrics
