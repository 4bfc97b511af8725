// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/query.h"

#include <gtest/gtest.h>

namespace landfall::http {
namespace {

TEST(Query, DecodesPercentAndPlus) {
  const auto query = Query::parse("repository=quay.io%2Fa&tag=1+2", {"repository", "tag"});

  ASSERT_FALSE(query.bad());
  EXPECT_EQ(query.text("repository"), "quay.io/a");
  EXPECT_EQ(query.text("tag"), "1 2");
  EXPECT_FALSE(query.text("absent"));
}

TEST(Query, AnEmptyValueIsAsAbsent) {
  const auto query = Query::parse("tag=&&repository", {"repository", "tag"});

  ASSERT_FALSE(query.bad());
  EXPECT_FALSE(query.text("tag"));
  EXPECT_FALSE(query.text("repository"));
}

TEST(Query, UnknownDoubledAndBrokenParametersAreNamed) {
  EXPECT_EQ(Query::parse("colour=red", {"tag"}).bad().value().parameter, "colour");
  EXPECT_EQ(Query::parse("tag=a&tag=b", {"tag"}).bad().value().parameter, "tag");
  EXPECT_EQ(Query::parse("tag=%2", {"tag"}).bad().value().parameter, "tag");
  EXPECT_EQ(Query::parse("tag=%zz", {"tag"}).bad().value().parameter, "tag");
}

TEST(Query, TellsTheFirstOfSeveralThatAreBad) {
  auto query = Query::parse("since=yesterday&limit=0", {"since", "limit"});

  EXPECT_FALSE(query.time("since"));
  EXPECT_EQ(query.page().limit, 50u);

  EXPECT_EQ(query.bad().value().parameter, "since");
}

TEST(Query, LimitIsFrom1To1000AndDefaultsTo50) {
  EXPECT_EQ(Query::parse("", {}).page().limit, 50u);
  EXPECT_EQ(Query::parse("limit=1000", {"limit"}).page().limit, 1000u);
  for (const auto* text :
       {"limit=0", "limit=1001", "limit=-1", "limit=ten", "limit=1x", "limit=99999999999999999999"}) {
    auto query = Query::parse(text, {"limit"});
    query.page();
    ASSERT_TRUE(query.bad()) << text;
    EXPECT_EQ(query.bad()->parameter, "limit");
  }
}

TEST(Query, TimesAreRfc3339) {
  auto good = Query::parse("since=2026-11-20T10:00:00%2B01:00", {"since"});
  auto wrong = Query::parse("since=yesterday", {"since"});

  EXPECT_TRUE(good.time("since"));
  EXPECT_FALSE(wrong.time("since"));
  EXPECT_EQ(wrong.bad().value().parameter, "since");
}

TEST(Query, WordsAreThoseThatAreKnown) {
  auto good = Query::parse("state=exhausted", {"state"});
  auto wrong = Query::parse("state=tired", {"state"});

  EXPECT_EQ(good.word("state", model::parseDeliveryState, "…"), model::DeliveryState::Exhausted);
  EXPECT_FALSE(wrong.word("state", model::parseDeliveryState, "a, b"));
  EXPECT_EQ(wrong.bad().value().message, "state is none of a, b");
}

TEST(Query, FieldsOfAnObjectAreNamedWithTheirPlace) {
  auto fields = Query::of({{"since", "tomorrow"}}, "filter.");

  fields.time("since");

  EXPECT_EQ(fields.bad().value().parameter, "filter.since");
}

}  // namespace
}  // namespace landfall::http
