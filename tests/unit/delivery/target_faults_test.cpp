// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/delivery/dispatcher_fixture.h"

namespace landfall::delivery {
namespace {

using model::DeliveryState;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::failed;
using testing::waitUntil;

constexpr auto kUrl = "http://target.example/refresh";

class TargetFaultsTest : public testing::DispatcherFixture {
 protected:
  /// Lets the clock leap from one due time to the next until `span` has passed or the delivery has ended.
  void live(std::chrono::milliseconds span, const std::string& warehouse) {
    const auto end = clock_.now() + span;
    while (clock_.now() < end) {
      model::Delivery delivery;
      ASSERT_TRUE(waitUntil([&] {
        delivery = deliveryOf(warehouse);
        return model::ended(delivery.state) ||
               (delivery.state == DeliveryState::Scheduled && delivery.due_at > clock_.now());
      }));
      if (model::ended(delivery.state)) return;
      clock_.set(std::min(delivery.due_at, end));
      wake();
    }
  }
};

TEST_F(TargetFaultsTest, AnHourOfInternalErrorsCostsFewAttemptsAndEndsWithTheFirstGoodAnswer) {
  settings_.breaker_failures = 5;
  settings_.breaker_cooldown = seconds(30);
  settings_.backoff_cap = minutes(5);
  refresher_.script("api", std::vector<refresh::RefreshResult>(1000, failed(500)));
  configure({{"api", kUrl}});
  start();
  push("api");

  live(minutes(60), "api");
  const std::size_t within_the_hour = refresher_.countOf("api");
  // Half of 1, 2, 4, … 256 s and then of 300 s each: jitter is 0.5 here.
  EXPECT_GE(within_the_hour, 10U);
  EXPECT_LE(within_the_hour, 40U);

  refresher_.heal("api");
  live(minutes(5), "api");

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  EXPECT_EQ(refresher_.countOf("api"), within_the_hour + 1);
}

TEST_F(TargetFaultsTest, WhileTheBreakerIsOpenOnlyProbesReachTheTargetHoweverManyWarehousesWait) {
  settings_.breaker_failures = 5;
  settings_.breaker_cooldown = seconds(30);
  std::map<std::string, std::string> urls;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "api-" + std::to_string(i);
    urls[name] = kUrl;
    refresher_.script(name, std::vector<refresh::RefreshResult>(1000, failed(500)));
  }
  configure(urls);
  start();
  push("api-0");
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(waitsAfter("api-0", static_cast<std::uint32_t>(i + 1)));
    if (i < 4) advance(minutes(1));
  }
  ASSERT_EQ(refresher_.made().size(), 5U);

  for (const auto& [name, url] : urls) {
    if (name != "api-0") push(name);
  }
  wake();
  for (const auto& [name, url] : urls) ASSERT_TRUE(isPutOff(name));
  EXPECT_EQ(refresher_.made().size(), 5U);

  // One probe for them all; it fails, and all of them wait again.
  advance(seconds(31));
  ASSERT_TRUE(waitUntil([&] { return refresher_.made().size() == 6; }));
  for (const auto& [name, url] : urls) ASSERT_TRUE(isPutOff(name));
  EXPECT_EQ(refresher_.made().size(), 6U);
}

}  // namespace
}  // namespace landfall::delivery
