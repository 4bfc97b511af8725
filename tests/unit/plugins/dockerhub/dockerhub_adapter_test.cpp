// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/payload_cases.h"

namespace landfall::testing {
namespace {

const landfall_plugin& plugin() { return *landfall_plugin_v1(); }

TestResult parse(const std::string& body) { return AdapterUnderTest(&plugin()).parse({body, {}, {}}); }

const std::string kPush = R"({"push_data": {"tag": "2.14.0"}, "repository": {"repo_name": "harbourside/cart-api"}})";

TEST(DockerHubAdapter, ReadsEveryPayloadAsItsFileSays) { expectPayloadCases("dockerhub", &plugin()); }

TEST(DockerHubAdapter, SaysThatTheUrlIsTheCredential) {
  EXPECT_EQ(fromAbi(plugin().id), "dockerhub");
  EXPECT_EQ(plugin().flags, LANDFALL_PLUGIN_URL_IS_CREDENTIAL);
  ASSERT_EQ(plugin().secret_key_count, 1u);
  EXPECT_EQ(fromAbi(plugin().secret_keys[0]), "secret");
}

TEST(DockerHubAdapter, LeavesAuthenticationToTheUrl) {
  const AdapterUnderTest adapter(&plugin());
  const TestRequest request{kPush, {{"Authorization", "Basic eDp5"}}, "a=b"};

  EXPECT_TRUE(adapter.authenticates(request));
  EXPECT_EQ(adapter.sign(request).headers, request.headers);
}

TEST(DockerHubAdapter, HasSamplesThatParseAsTheySay) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < plugin().sample_count; ++i) {
    const landfall_sample& sample = plugin().samples[i];
    EXPECT_EQ(parse(std::string(fromAbi(sample.body))).status, sample.parses_as) << fromAbi(sample.name);
    EXPECT_TRUE(names.insert(std::string(fromAbi(sample.name))).second) << "two samples of one name";
  }
  EXPECT_GE(names.size(), 1u);
}

TEST(DockerHubAdapter, HasAPushOfATagAsItsFirstSample) {
  const TestResult result = parse(std::string(fromAbi(plugin().samples[0].body)));

  ASSERT_EQ(result.artifacts.size(), 1u);
  EXPECT_EQ(result.artifacts[0].repository, "docker.io/harbourside/cart-api");
  EXPECT_EQ(result.artifacts[0].tag, "2.14.0");
}

TEST(DockerHubAdapter, KeepsTheCallbackUrlForPeopleAndNowhereElse) {
  const std::string url = "http://127.0.0.1:1/call-me";
  const TestResult result = parse(withMember(kPush, "callback_url", "\"" + url + "\""));

  ASSERT_TRUE(result.event);
  EXPECT_EQ(result.event->details, "{\"callback_url\":\"" + url + "\"}");
  ASSERT_EQ(result.artifacts.size(), 1u);
  EXPECT_EQ(result.artifacts[0].repository, "docker.io/harbourside/cart-api");
  EXPECT_TRUE(result.headers.empty());
}

TEST(DockerHubAdapter, SurvivesHostileBodies) { expectHostileBodiesAreHarmless(AdapterUnderTest(&plugin())); }

TEST(DockerHubAdapter, ReadsABodyOfTwoMebibytes) {
  const TestResult result = parse(paddedToTwoMebibytes(kPush));

  EXPECT_EQ(result.status, LANDFALL_PUSHED);
  ASSERT_EQ(result.artifacts.size(), 1u);
  EXPECT_EQ(result.artifacts[0].tag, "2.14.0");
}

TEST(DockerHubAdapter, ReadsThePushBesideTenThousandLevelsAndNotBesideMore) {
  EXPECT_EQ(parse(withMember(kPush, "x", nestedLists(9'999))).status, LANDFALL_PUSHED);
  EXPECT_EQ(parse(withMember(kPush, "x", nestedLists(10'000))).status, LANDFALL_MALFORMED);
}

TEST(DockerHubAdapter, KeepsNothingInTheDetailsThatIsNestedWithoutEnd) {
  const TestResult result = parse(withMember(kPush, "callback_url", nestedLists(9'999)));

  EXPECT_EQ(result.status, LANDFALL_PUSHED);
  ASSERT_TRUE(result.event);
  EXPECT_EQ(result.event->details, "");
}

}  // namespace
}  // namespace landfall::testing
