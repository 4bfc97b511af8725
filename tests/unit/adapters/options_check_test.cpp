// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/options_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace landfall::adapters {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<OptionDescription> kKnown = {{"virtualRepoName", OptionType::String, true, "The repository's name."},
                                               {"limit", OptionType::Integer, false, ""},
                                               {"strict", OptionType::Boolean, false, ""},
                                               {"events", OptionType::List, false, ""},
                                               {"map", OptionType::Object, false, ""}};

std::string refusal(const std::string& options) {
  const auto status = checkOptions(kKnown, options);
  EXPECT_TRUE(status.ok() || status.code() == base::StatusCode::InvalidArgument);
  return status.message();
}

TEST(OptionsCheck, TakesWhatFitsTheTable) {
  EXPECT_EQ(refusal(R"({"virtualRepoName": "docker"})"), "");
  EXPECT_EQ(refusal(R"({"virtualRepoName": "", "limit": -3, "strict": false, "events": [1, "a"], "map": {"a": null}})"),
            "");
}

TEST(OptionsCheck, NamesTheNearestOptionForAnUnknownOne) {
  EXPECT_THAT(refusal(R"({"virtualRepoName": "a", "evnts": []})"),
              AllOf(HasSubstr("unknown option \"evnts\""), HasSubstr("did you mean \"events\"?")));
  EXPECT_THAT(refusal(R"({"virtualreponame": "a"})"), HasSubstr("did you mean \"virtualRepoName\"?"));
}

TEST(OptionsCheck, NamesAllOptionsWhenNoneIsNear) {
  EXPECT_THAT(refusal(R"({"virtualRepoName": "a", "somethingElse": 1})"),
              HasSubstr("there are virtualRepoName, limit, strict, events, map"));
}

TEST(OptionsCheck, SaysSoWhenThereAreNoOptionsAtAll) {
  EXPECT_THAT(checkOptions({}, R"({"a": 1})").message(), HasSubstr("this adapter has none"));
  EXPECT_TRUE(checkOptions({}, "{}").ok());
}

TEST(OptionsCheck, NamesAMissingOptionAndWhatItIsFor) {
  EXPECT_THAT(refusal("{}"), AllOf(HasSubstr("\"virtualRepoName\" is missing"), HasSubstr("The repository's name.")));
}

TEST(OptionsCheck, RefusesOtherTypesAndSaysWhatWouldBeRight) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"virtualRepoName": 1})", "must be a string, and it is number"},
      {R"({"virtualRepoName": null})", "must be a string, and it is null"},
      {R"({"virtualRepoName": "a", "limit": 1.5})", "must be an integer"},
      {R"({"virtualRepoName": "a", "limit": "1"})", "must be an integer"},
      {R"({"virtualRepoName": "a", "strict": "yes"})", "must be true or false"},
      {R"({"virtualRepoName": "a", "events": {}})", "must be a list"},
      {R"({"virtualRepoName": "a", "map": []})", "must be an object"}};
  for (const auto& [options, reason] : cases) EXPECT_THAT(refusal(options), HasSubstr(reason)) << options;
}

TEST(OptionsCheck, RepeatsNoValue) {
  EXPECT_THAT(refusal(R"({"virtualRepoName": "a", "limit": "hunter2"})"), Not(HasSubstr("hunter2")));
}

TEST(OptionsCheck, RefusesWhatIsNoObject) {
  for (const std::string options : {"", "null", "[]", "{", "{} x", "\xff"}) EXPECT_NE(refusal(options), "") << options;
}

TEST(OptionsCheck, ShowsNamesOfOptionsOnOneShortLine) {
  const std::string message = refusal("{\"a\\nb" + std::string(10'000, 'x') + "\": 1}");

  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_LT(message.size(), 300U);
}

}  // namespace
}  // namespace landfall::adapters
