// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/missing_warehouses.h"

#include <gtest/gtest.h>

namespace landfall::delivery {
namespace {

using base::UtcTime;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const UtcTime kNow{milliseconds(1'795'000'000'000)};
constexpr milliseconds kUptime{5000};
const model::WarehouseKey kApi{"shop", "api"};

TEST(MissingWarehouses, WaitUntilTheyHaveBeenGoneForLong) {
  MissingWarehouses missing;

  for (milliseconds gone{0}; gone < minutes(10); gone += seconds(7)) {
    const auto step = missing.missing(kApi, kNow + gone, kUptime + gone, minutes(10));
    const auto* later = std::get_if<UtcTime>(&step);
    ASSERT_NE(later, nullptr) << gone.count();
    EXPECT_GT(*later, kNow + gone);
    EXPECT_LE(*later, kNow + minutes(10));
  }
  EXPECT_EQ(missing.missing(kApi, kNow + minutes(10), kUptime + minutes(10), minutes(10)),
            NextStep(model::EndReason::WarehouseRemoved));
}

TEST(MissingWarehouses, OneThatComesBackHasTheWholeTimeAgain) {
  MissingWarehouses missing;
  missing.missing(kApi, kNow, kUptime, minutes(10));

  missing.forget([](const model::WarehouseKey& key) { return key == kApi; });

  EXPECT_TRUE(
      std::holds_alternative<UtcTime>(missing.missing(kApi, kNow + minutes(20), kUptime + minutes(20), minutes(10))));
}

TEST(MissingWarehouses, SettingTheClockRemovesNone) {
  MissingWarehouses missing;
  missing.missing(kApi, kNow, kUptime, minutes(10));

  const auto tomorrow = missing.missing(kApi, kNow + std::chrono::hours(24), kUptime + seconds(5), minutes(10));
  ASSERT_TRUE(std::holds_alternative<UtcTime>(tomorrow));
  EXPECT_GT(std::get<UtcTime>(tomorrow), kNow + std::chrono::hours(24));
  EXPECT_EQ(missing.missing(kApi, kNow - std::chrono::hours(1), kUptime + minutes(10), minutes(10)),
            NextStep(model::EndReason::WarehouseRemoved))
      << "set back, it is not waited for longer either";
}

TEST(MissingWarehouses, OthersThatComeBackChangeNothing) {
  MissingWarehouses missing;
  missing.missing(kApi, kNow, kUptime, minutes(10));

  missing.forget([](const model::WarehouseKey& key) { return key != kApi; });

  EXPECT_EQ(missing.missing(kApi, kNow + minutes(20), kUptime + minutes(20), minutes(10)),
            NextStep(model::EndReason::WarehouseRemoved));
}

}  // namespace
}  // namespace landfall::delivery
