// SPDX-License-Identifier: Apache-2.0
#include "core/config/quantity.h"

#include <gtest/gtest.h>

#include "core/config/nearest_name.h"

namespace landfall::config {
namespace {

using namespace std::chrono_literals;

TEST(Quantity, ReadsDurationsInEveryUnit) {
  EXPECT_EQ(parseDuration("500ms"), 500ms);
  EXPECT_EQ(parseDuration("2s"), 2s);
  EXPECT_EQ(parseDuration("5m"), 5min);
  EXPECT_EQ(parseDuration("24h"), 24h);
  EXPECT_EQ(parseDuration("30d"), 24h * 30);
  EXPECT_EQ(parseDuration("0s"), 0ms);
}

TEST(Quantity, RefusesWhatIsNoDuration) {
  for (const auto* text : {"", "5", "s", "-1s", "1.5s", "5 m", "5M", "1h30m", "1w", "99999999999999d"}) {
    EXPECT_FALSE(parseDuration(text)) << text;
  }
}

TEST(Quantity, WritesTheShortestForm) {
  EXPECT_EQ(durationText(1500ms), "1500ms");
  EXPECT_EQ(durationText(2s), "2s");
  EXPECT_EQ(durationText(48h), "2d");
  EXPECT_EQ(durationText(0ms), "0s");
}

TEST(Quantity, ReadsSizes) {
  EXPECT_EQ(parseBytes("4096"), 4096u);
  EXPECT_EQ(parseBytes("64KiB"), 65536u);
  EXPECT_EQ(parseBytes("2MiB"), 2097152u);
  EXPECT_EQ(parseBytes("1GiB"), 1073741824u);
}

TEST(Quantity, RefusesWhatIsNoSize) {
  for (const auto* text :
       {"", "KiB", "1KB", "1 KiB", "1kib", "-1", "1.5MiB", "99999999999999999999", "99999999999GiB"}) {
    EXPECT_FALSE(parseBytes(text)) << text;
  }
}

TEST(NearestName, SuggestsTheNearestWhateverItsCaseOrElseAll) {
  const std::vector<std::string> known{"listen", "maxBodyBytes", "maxConnections"};

  EXPECT_EQ(suggestName("maxBodyByte", known), "did you mean maxBodyBytes?");
  EXPECT_EQ(suggestName("MAXBODYBYTES", known), "did you mean maxBodyBytes?");
  EXPECT_EQ(suggestName("lsiten", known), "did you mean listen?");
  EXPECT_EQ(suggestName("tls", known), "known: listen, maxBodyBytes, maxConnections");
  EXPECT_EQ(suggestName(std::string(100'000, 'x'), known), "known: listen, maxBodyBytes, maxConnections");
  EXPECT_EQ(suggestName("x", {}), "");
}

}  // namespace
}  // namespace landfall::config
