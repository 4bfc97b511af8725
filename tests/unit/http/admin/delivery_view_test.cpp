// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/http/admin/json_views.h"

namespace landfall::http {
namespace {

using model::Confirmation;
using std::chrono::milliseconds;

const base::UtcTime kPushed{milliseconds(1'795'000'000'000)};

model::Delivery succeeded() {
  model::Delivery delivery;
  delivery.state = model::DeliveryState::Succeeded;
  delivery.newest_event_at = kPushed;
  return delivery;
}

TEST(DeliveryView, ARefreshThatNobodyConfirmsSaysNothingOfIt) {
  const auto json = deliveryJson(succeeded(), false);

  EXPECT_TRUE(json.at("confirmation").is_null());
  EXPECT_TRUE(json.at("handledAt").is_null());
  EXPECT_TRUE(json.at("handledAfterMs").is_null());
}

TEST(DeliveryView, SaysWhenAndHowLongAfterThePushItWasHandled) {
  auto delivery = succeeded();
  delivery.confirmation = Confirmation::Handled;
  delivery.handled_at = kPushed + milliseconds(1234);

  const auto json = deliveryJson(delivery, true);

  EXPECT_EQ(json.at("confirmation"), "handled");
  EXPECT_FALSE(json.at("handledAt").is_null());
  EXPECT_EQ(json.at("handledAfterMs"), 1234);
}

TEST(DeliveryView, AClockThatWasSetBackMakesNoNegativeTime) {
  auto delivery = succeeded();
  delivery.handled_at = kPushed - milliseconds(5);

  EXPECT_EQ(deliveryJson(delivery, false).at("handledAfterMs"), 0);
}

TEST(DeliveryView, NamesWhatIsAwaitedAndWhatWasMissed) {
  auto delivery = succeeded();
  delivery.confirmation = Confirmation::Awaited;
  EXPECT_EQ(deliveryJson(delivery, false).at("confirmation"), "awaited");
  delivery.confirmation = Confirmation::Missed;
  EXPECT_EQ(deliveryJson(delivery, false).at("confirmation"), "missed");
}

}  // namespace
}  // namespace landfall::http
