// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/query.h"

#include <gtest/gtest.h>

namespace landfall::http {
namespace {

TEST(Query, DecodesPercentAndPlus) {
  const auto query = Query::parse("repository=quay.io%2Fa&tag=1+2", {"repository", "tag"});

  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->text("repository"), "quay.io/a");
  EXPECT_EQ(query->text("tag"), "1 2");
  EXPECT_FALSE(query->text("absent"));
}

TEST(Query, AnEmptyValueIsAsAbsent) {
  const auto query = Query::parse("tag=&&repository", {"repository", "tag"});

  ASSERT_TRUE(query.ok());
  EXPECT_FALSE(query->text("tag"));
  EXPECT_FALSE(query->text("repository"));
}

TEST(Query, UnknownDoubledAndBrokenParametersAreNamed) {
  EXPECT_NE(Query::parse("colour=red", {"tag"}).status().message().find("colour"), std::string::npos);
  EXPECT_NE(Query::parse("tag=a&tag=b", {"tag"}).status().message().find("tag"), std::string::npos);
  EXPECT_FALSE(Query::parse("tag=%2", {"tag"}).ok());
  EXPECT_FALSE(Query::parse("tag=%zz", {"tag"}).ok());
}

TEST(Query, LimitIsFrom1To1000AndDefaultsTo50) {
  EXPECT_EQ(Query::parse("", {})->page()->limit, 50u);
  EXPECT_EQ(Query::parse("limit=1000", {"limit"})->page()->limit, 1000u);
  for (const auto* bad : {"limit=0", "limit=1001", "limit=-1", "limit=ten", "limit=1x", "limit=99999999999999999999"}) {
    EXPECT_FALSE(Query::parse(bad, {"limit"})->page().ok()) << bad;
  }
}

TEST(Query, TimesAreRfc3339) {
  EXPECT_TRUE(Query::parse("since=2026-11-20T10:00:00%2B01:00", {"since"})->time("since")->has_value());
  EXPECT_FALSE(Query::parse("since=yesterday", {"since"})->time("since").ok());
}

}  // namespace
}  // namespace landfall::http
