// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/payload_cases.h"

namespace landfall::testing {
namespace {

const landfall_plugin& plugin() { return *landfall_plugin_v1(); }

TestReceiver withOptions(const std::string& options) {
  TestReceiver receiver;
  receiver.options = options;
  return receiver;
}

TestResult parse(const std::string& body, const std::string& options = "{}") {
  return AdapterUnderTest(&plugin(), withOptions(options)).parse({body, {}, {}});
}

const std::vector<std::string> kEvents = {"repo_push",
                                          "build_queued",
                                          "build_start",
                                          "build_success",
                                          "build_failure",
                                          "build_cancelled",
                                          "vulnerability_found",
                                          "repo_mirror_sync_started",
                                          "repo_mirror_sync_success",
                                          "repo_mirror_sync_failed",
                                          "repo_image_expiry",
                                          "quota_warning",
                                          "quota_error"};

const std::string kPush = R"({"docker_url": "quay.io/harbourside/cart-api", "updated_tags": ["2.14.0"]})";

TEST(QuayAdapter, ReadsEveryPayloadAsItsFileSays) { expectPayloadCases("quay", &plugin()); }

TEST(QuayAdapter, SaysThatTheUrlIsTheCredentialAndThatQuayPunishesRefusals) {
  EXPECT_EQ(fromAbi(plugin().id), "quay");
  EXPECT_EQ(plugin().flags, LANDFALL_PLUGIN_URL_IS_CREDENTIAL | LANDFALL_PLUGIN_SENDER_PUNISHES_REFUSALS);
  ASSERT_EQ(plugin().secret_key_count, 1u);
  EXPECT_EQ(fromAbi(plugin().secret_keys[0]), "secret");
}

TEST(QuayAdapter, LeavesAuthenticationToTheUrl) {
  const AdapterUnderTest adapter(&plugin());
  const TestRequest request{kPush, {{"Authorization", "Basic eDp5"}}, "a=b"};

  EXPECT_TRUE(adapter.authenticates(request));
  EXPECT_EQ(adapter.sign(request).headers, request.headers);
}

TEST(QuayAdapter, HasASampleOfEveryEventWhichParsesAsItSays) {
  std::set<std::string> kinds;
  std::set<std::string> names;
  for (std::size_t i = 0; i < plugin().sample_count; ++i) {
    const landfall_sample& sample = plugin().samples[i];
    const std::string name(fromAbi(sample.name));
    SCOPED_TRACE(name);
    const std::string options = sample.options.len == 0 ? "{}" : std::string(fromAbi(sample.options));

    const TestResult result = parse(std::string(fromAbi(sample.body)), options);

    EXPECT_EQ(result.status, sample.parses_as);
    ASSERT_TRUE(result.event);
    kinds.insert(result.event->kind);
    EXPECT_TRUE(names.insert(name).second) << "two samples of one name";
  }
  EXPECT_EQ(kinds, std::set<std::string>(kEvents.begin(), kEvents.end()));
}

TEST(QuayAdapter, HasAPushOfATagAsItsFirstSample) {
  const TestResult result = parse(std::string(fromAbi(plugin().samples[0].body)));

  EXPECT_EQ(fromAbi(plugin().samples[0].name), "repo_push");
  ASSERT_EQ(result.artifacts.size(), 1u);
  EXPECT_EQ(result.artifacts[0].repository, "quay.io/harbourside/cart-api");
  EXPECT_EQ(result.artifacts[0].tag, "2.14.0");
}

TEST(QuayAdapter, TakesEveryEventOfQuayAsOptionAndRefusesOthersWithTheList) {
  for (const auto& event : kEvents) {
    EXPECT_NO_THROW(AdapterUnderTest(&plugin(), withOptions("{\"event\": \"" + event + "\"}"))) << event;
  }
  try {
    const AdapterUnderTest adapter(&plugin(), withOptions(R"({"event": "repo_pushed"})"));
    FAIL() << "repo_pushed was accepted";
  } catch (const std::runtime_error& refusal) {
    const std::string reason = refusal.what();
    EXPECT_NE(reason.find("repo_pushed"), std::string::npos) << reason;
    for (const auto& event : kEvents) EXPECT_NE(reason.find(event), std::string::npos) << reason;
  }
}

TEST(QuayAdapter, RefreshesForNoEventButAPushWhateverTheOptionSays) {
  std::size_t others = 0;
  for (const auto& payload : payloadCases("quay")) {
    if (payload.expected["parse"] != "nothing" || payload.expected.contains("options")) continue;
    if (payload.expected.at("event").at("action") == "other") continue;
    ++others;
    const TestResult result = parse(payload.body, R"({"event": "repo_push"})");

    EXPECT_EQ(result.status, LANDFALL_NOTHING) << payload.name;
    for (const auto& artifact : result.artifacts) EXPECT_NE(artifact.action, Action::Push) << payload.name;
  }
  EXPECT_GT(others, 10u);
}

TEST(QuayAdapter, RefreshesForATagWhateverTheOptionSays) {
  for (const auto& event : kEvents) {
    EXPECT_EQ(parse(kPush, "{\"event\": \"" + event + "\"}").status, LANDFALL_PUSHED) << event;
  }
}

TEST(QuayAdapter, SaysWhyAnEventRefreshesNothing) {
  for (const auto& payload : payloadCases("quay")) {
    if (payload.expected["parse"] == "nothing") {
      EXPECT_FALSE(parsePayload(&plugin(), payload).reason.empty()) << payload.name;
    }
  }
}

TEST(QuayAdapter, SurvivesHostileBodies) { expectHostileBodiesAreHarmless(AdapterUnderTest(&plugin())); }

TEST(QuayAdapter, ReadsABodyOfTwoMebibytes) {
  const TestResult result = parse(paddedToTwoMebibytes(kPush));

  EXPECT_EQ(result.status, LANDFALL_PUSHED);
  ASSERT_EQ(result.artifacts.size(), 1u);
  EXPECT_EQ(result.artifacts[0].tag, "2.14.0");
}

TEST(QuayAdapter, ReadsThePushBesideTenThousandLevelsAndNotBesideMore) {
  EXPECT_EQ(parse(withMember(kPush, "x", nestedLists(9'999))).status, LANDFALL_PUSHED);
  EXPECT_EQ(parse(withMember(kPush, "x", nestedLists(10'000))).status, LANDFALL_MALFORMED);
}

TEST(QuayAdapter, KeepsNothingInTheDetailsThatIsNestedWithoutEnd) {
  const std::string build = R"({"docker_url": "quay.io/a/b", "build_id": "b2"})";

  const TestResult result = parse(withMember(build, "trigger_metadata", nestedLists(9'999)));

  EXPECT_EQ(result.status, LANDFALL_NOTHING);
  ASSERT_TRUE(result.event);
  EXPECT_EQ(result.event->details, R"({"build_id":"b2"})");
}

TEST(QuayAdapter, CarriesAnyCharacterOfARepositoryThrough) {
  const TestResult result = parse(R"({"docker_url": "quay.io/a/\u0000b \u00e9:", "updated_tags": [" "]})");

  ASSERT_EQ(result.artifacts.size(), 1u);
  EXPECT_EQ(result.artifacts[0].repository, std::string("quay.io/a/\0b \xC3\xA9:", 16));
  EXPECT_EQ(result.artifacts[0].tag, " ");
}

TEST(QuayAdapter, ReportsATagOnceHoweverOftenItIsNamed) {
  std::string tags;
  for (int i = 0; i < 50'000; ++i) tags += i == 0 ? "\"2.14.0\"" : ", \"2.14.0\"";

  EXPECT_EQ(parse(R"({"docker_url": "quay.io/a/b", "updated_tags": [)" + tags + "]}").artifacts.size(), 1u);
}

}  // namespace
}  // namespace landfall::testing
