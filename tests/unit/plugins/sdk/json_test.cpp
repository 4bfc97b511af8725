// SPDX-License-Identifier: Apache-2.0
#include "landfall/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace landfall {
namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string whyMalformed(std::string_view text) {
  try {
    parseJson(text);
  } catch (const Malformed& failure) {
    return failure.what();
  }
  return {};
}

TEST(Json, ReadsTenThousandLevelsAndNoMore) {
  EXPECT_TRUE(parseJson(nested(kMaxJsonDepth)).is_array());
  EXPECT_THROW(parseJson(nested(kMaxJsonDepth + 1)), Malformed);
}

TEST(Json, CountsNoBracketsInsideStrings) {
  const std::string brackets(kMaxJsonDepth + 1, '[');

  EXPECT_EQ(parseJson("\"" + brackets + "\""), brackets);
  EXPECT_EQ(parseJson("\"\\\"" + brackets + "\""), "\"" + brackets);
}

TEST(Json, RefusesWhatRfc8259Refuses) {
  for (const auto* text : {"", " ", "{", "{} x", "{,}", "[1,]", "NaN", "007", "'x'", "// c\n{}", "\xEF\xBB\xBF{}",
                           "\"\xff\"", "\"\t\"", "\"\\x\""}) {
    EXPECT_FALSE(whyMalformed(text).empty()) << text;
  }
}

TEST(Json, QuotesNothingOfTheTextInItsReason) {
  for (const std::string text : {"{\"token\": \"hunter2 \xff\"}", "hunter2", "{\"hunter2\": 1e999}", "\"hunter2"}) {
    const std::string reason = whyMalformed(text);

    EXPECT_FALSE(reason.empty()) << text;
    EXPECT_EQ(reason.find("hunter"), std::string::npos) << reason;
    EXPECT_EQ(reason.find('\xff'), std::string::npos);
  }
}

TEST(Json, SaysWhereItWentWrong) {
  EXPECT_EQ(whyMalformed("{\"a\": x}"), "not JSON: wrong at byte 7");
  EXPECT_EQ(whyMalformed("{\"a\": "), "not JSON: it ends in the middle");
}

TEST(Json, TakesTheLastOfEqualKeys) { EXPECT_EQ(textAt(parseJson(R"({"tag": "1", "tag": "2"})"), "tag"), "2"); }

TEST(Json, FindsNullWhereThereIsNothing) {
  const Json object = parseJson(R"({"number": 7, "inner": {"text": "x"}})");

  EXPECT_TRUE(at(object, "absent").is_null());
  EXPECT_TRUE(at(at(object, "number"), "inner").is_null());
  EXPECT_EQ(textAt(at(object, "inner"), "text"), "x");
  EXPECT_EQ(textAt(object, "number"), "");
}

TEST(Json, ReadsUnixTimesAsIntegersAndFloats) {
  const auto read = [](const std::string& number) { return unixTimeAt(parseJson("{\"t\": " + number + "}"), "t"); };
  const auto ms = [](std::int64_t count) {
    return std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(count));
  };

  EXPECT_EQ(read("1784366471"), ms(1784366471000));
  EXPECT_EQ(read("1.417566161e+09"), ms(1417566161000));
  EXPECT_EQ(read("1417566161.123"), ms(1417566161123));
  for (const auto* none : {"0", "-5", "1e300", "253402300800", "\"1784366471\"", "null", "[1]", "true"}) {
    EXPECT_FALSE(read(none)) << none;
  }
}

TEST(Json, KeepsDetailsButNoNullsAndNothingTooDeep) {
  const Json object = parseJson(R"({"kept": {"a": [1]}, "null": null, "other": 1, "deep": )" + nested(5'000) + "}");
  Json details = Json::object();

  keepDetails(details, object, {"kept", "null", "absent", "deep"});

  EXPECT_EQ(details, parseJson(R"({"kept": {"a": [1]}})"));
}

TEST(Json, MeasuresNestingByLevels) {
  EXPECT_TRUE(nestsWithin(parseJson("1"), 0));
  EXPECT_FALSE(nestsWithin(parseJson("[]"), 0));
  EXPECT_TRUE(nestsWithin(parseJson("[{}, 1]"), 2));
  EXPECT_FALSE(nestsWithin(parseJson("[1, {\"a\": []}]"), 2));
}

}  // namespace
}  // namespace landfall
