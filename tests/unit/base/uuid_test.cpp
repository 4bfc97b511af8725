// SPDX-License-Identifier: Apache-2.0
#include "core/base/uuid.h"

#include <gtest/gtest.h>

#include <set>

namespace landfall::base {
namespace {

UtcTime at(std::int64_t ms) { return UtcTime(std::chrono::milliseconds(ms)); }

TEST(Uuid, Version7CarriesTheTimeVersionAndVariant) {
  const std::string text = toText(newUuidV7(at(0x0193'4a5b'6c7d)));

  EXPECT_EQ(text.substr(0, 13), "01934a5b-6c7d");
  EXPECT_EQ(text[14], '7');
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
}

TEST(Uuid, EachIsGreaterThanTheOneBeforeAlsoWhenTheClockStepsBack) {
  Uuid last = newUuidV7(at(5'000'000'000'000));
  for (int i = 0; i < 10'000; ++i) {
    const Uuid next = newUuidV7(at(5'000'000'000'000 - i));
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(Uuid, TextAndBack) {
  const Uuid id = newUuidV7(at(1));

  EXPECT_EQ(parseUuid(toText(id)), id);
}

TEST(Uuid, RefusesWhatIsNoUuid) {
  for (const auto* text : {"", "0193", "01934a5b-6c7d-7000-8000-00000000000g", "01934a5b06c7d-7000-8000-000000000000",
                           "01934a5b-6c7d-7000-8000-0000000000000"}) {
    EXPECT_FALSE(parseUuid(text)) << text;
  }
}

}  // namespace
}  // namespace landfall::base
