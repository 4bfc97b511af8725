// SPDX-License-Identifier: Apache-2.0
#include "core/base/time_text.h"

#include <gtest/gtest.h>

namespace landfall::base {
namespace {

UtcTime at(std::int64_t ms) { return UtcTime(std::chrono::milliseconds(ms)); }

TEST(TimeText, WritesMillisecondsInUtc) {
  EXPECT_EQ(toRfc3339(at(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(toRfc3339(at(1'795'167'600'007)), "2026-11-20T09:40:00.007Z");
}

TEST(TimeText, ReadsFractionsAndOffsets) {
  EXPECT_EQ(parseRfc3339("2026-11-20T09:40:00Z"), at(1'795'167'600'000));
  EXPECT_EQ(parseRfc3339("2026-11-20T10:40:00.5+01:00"), at(1'795'167'600'500));
  EXPECT_EQ(parseRfc3339("2026-11-20T09:40:00.1234567Z"), at(1'795'167'600'123));
}

TEST(TimeText, RefusesWhatIsNoTime) {
  for (const auto* text : {"", "2026-11-20", "2026-13-20T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-20T24:00:00Z",
                           "2026-11-20T09:40:00", "2026-11-20T09:40:00.Z", "2026-11-20T09:40:00Zx"}) {
    EXPECT_FALSE(parseRfc3339(text)) << text;
  }
}

TEST(TimeText, ReadsHttpDates) {
  EXPECT_EQ(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), at(784'111'777'000));
  EXPECT_FALSE(parseHttpDate("Sun, 06 Nov 1994 08:49:37"));
  EXPECT_FALSE(parseHttpDate("120"));
}

}  // namespace
}  // namespace landfall::base
