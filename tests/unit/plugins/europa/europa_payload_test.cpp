// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "landfall/testing.hpp"
#include "tests/support/payload_cases.h"

namespace landfall::testing {
namespace {

using nlohmann::json;

const std::string kHex = "1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7";

TestResult parse(const std::string& body, const std::vector<std::pair<std::string, std::string>>& headers = {}) {
  return AdapterUnderTest(landfall_plugin_v1()).parse({.body = body, .headers = headers});
}
TestResult parse(const json& body, const std::vector<std::pair<std::string, std::string>>& headers = {}) {
  return parse(body.dump(), headers);
}

json payload(const std::string& name) { return json::parse(readPayload(payloadFolder("europa") / (name + ".json"))); }

TestArtifact onlyArtifact(const TestResult& result) {
  EXPECT_EQ(result.artifacts.size(), 1u) << result.reason;
  return result.artifacts.empty() ? TestArtifact{} : result.artifacts.front();
}

TEST(EuropaPayloads, AreReadAsTheirFilesSay) { expectPayloadCases("europa", landfall_plugin_v1()); }

TEST(EuropaPayloads, EverySampleIsAuthenticOnceSignedAndParsesAsItSays) {
  const landfall_plugin* plugin = landfall_plugin_v1();

  for (std::size_t i = 0; i < plugin->sample_count; ++i) {
    const landfall_sample& sample = plugin->samples[i];
    SCOPED_TRACE(fromAbi(sample.name));
    const AdapterUnderTest adapter(plugin,
                                   {.options = sample.options.len == 0 ? "{}" : std::string(fromAbi(sample.options))});
    const TestRequest request = adapter.sign({.body = std::string(fromAbi(sample.body))});

    EXPECT_TRUE(adapter.authenticates(request));
    EXPECT_EQ(adapter.parse(request).status, sample.parses_as);
  }
}

TEST(EuropaPayloads, TheDefaultSampleNamesItsRegistry) {
  const auto artifact = onlyArtifact(parse(std::string(fromAbi(landfall_plugin_v1()->samples[0].body))));

  EXPECT_EQ(artifact.repository, "docker.io/harbourside/cart-api");
  EXPECT_FALSE(artifact.host_unknown);
}

TEST(EuropaPayloads, ARedeliveryIsAnEventOfItsOwnAndARepeatIsNot) {
  const json push = payload("push_dockerhub");

  const auto first = parse(push, {{"x-europa-event-id", "aaaaaaaaaaaaaaaaaaaaaaaaaa"}}).event;
  const auto repeat = parse(push, {{"x-europa-event-id", "aaaaaaaaaaaaaaaaaaaaaaaaaa"}}).event;
  const auto redelivery = parse(push, {{"x-europa-event-id", "bbbbbbbbbbbbbbbbbbbbbbbbbb"}}).event;

  EXPECT_EQ(first->sender_delivery_id, "aaaaaaaaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(repeat->sender_delivery_id, first->sender_delivery_id);
  EXPECT_NE(redelivery->sender_delivery_id, first->sender_delivery_id);
}

TEST(EuropaPayloads, AnEventIdInAnyFormIsKeptAsItIs) {
  for (const std::string id : {"0q3w8fz1k7m2n5b9c4x6v1l0ja", "5f1c9d8e-0000-4000-8000-1234567890ab", "x"}) {
    EXPECT_EQ(parse(payload("push_dockerhub"), {{"X-Europa-Event-Id", id}}).event->sender_delivery_id, id);
  }
}

TEST(EuropaPayloads, ADoubledEventIdIsNone) {
  const TestResult result = parse(payload("push_dockerhub"), {{"x-europa-event-id", "a"}, {"x-europa-event-id", "b"}});

  EXPECT_EQ(result.event->sender_delivery_id, "");
  EXPECT_EQ(result.status, LANDFALL_PUSHED);
}

TEST(EuropaPayloads, OnlyItsOneEventRefreshesInHeaderAndBody) {
  for (const std::string other : {"DockerImageScan", "dockerimagepush", "DockerImagePush ", "PipelineRun"}) {
    json event = payload("push_dockerhub");
    const TestResult by_header = parse(event, {{"x-europa-event", other}});
    event["event"] = other;
    const TestResult by_body = parse(event, {{"x-europa-event", "DockerImagePush"}});
    const TestResult by_both = parse(event, {{"x-europa-event", other}});

    for (const TestResult& result : {by_header, by_body, by_both}) {
      EXPECT_EQ(result.status, LANDFALL_NOTHING) << other;
      EXPECT_EQ(result.event->action, Action::Other) << other;
      EXPECT_TRUE(result.artifacts.empty()) << other;
      EXPECT_FALSE(result.reason.empty()) << other;
    }
  }
}

TEST(EuropaPayloads, TheTestWebhookIsRecognisedByAllThreeOfItsMarks) {
  const std::vector<std::pair<std::string, json>> changes = {
      {"/repository/name", "test-repo2"},
      {"/image/tags", json::array({"12346"})},
      {"/image/tags", json::array({"12345", "latest"})},
      {"/image/sha", "d573f3ab519f9e83046bbc66d9f68fb11c3a7038"},
  };

  EXPECT_EQ(parse(payload("test_webhook")).status, LANDFALL_PING);
  EXPECT_FALSE(parse(payload("test_webhook")).reason.empty());
  for (const auto& [place, value] : changes) {
    json event = payload("test_webhook");
    event[json::json_pointer(place)] = value;

    EXPECT_EQ(parse(event).status, LANDFALL_PUSHED) << place;
  }
}

TEST(EuropaPayloads, HostileBodiesAreHarmless) {
  expectHostileBodiesAreHarmless(AdapterUnderTest(landfall_plugin_v1()),
                                 {.headers = {{"x-europa-event", "DockerImagePush"}}});
}

TEST(EuropaPayloads, AFieldOfAnotherTypeMakesAShapeThatIsNotKnown) {
  const std::vector<std::pair<std::string, json>> wrong = {
      {"/event", 1},
      {"/event", nullptr},
      {"/image", nullptr},
      {"/image", json::array()},
      {"/image", "x"},
      {"/image/tags", nullptr},
      {"/image/tags", "2.14.0"},
      {"/image/tags", json::object()},
      {"/image/tags/0", 2},
      {"/image/tags/0", nullptr},
      {"/image/sha", 5},
      {"/image/sha", json::array()},
      {"/image/size", "100"},
      {"/image/pushed", 1487585472},
      {"/repository", nullptr},
      {"/repository", "harbourside/cart-api"},
      {"/repository/name", nullptr},
      {"/repository/name", ""},
      {"/repository/name", 7},
      {"/repository/region", 1},
      {"/repository/provider", json::object()},
  };
  for (const auto& [place, value] : wrong) {
    json event = payload("push_dockerhub");
    event[json::json_pointer(place)] = value;
    const TestResult result = parse(event);

    EXPECT_EQ(parseWord(result.status), "unrecognised") << place;
    EXPECT_TRUE(result.artifacts.empty()) << place;
    EXPECT_FALSE(result.reason.empty()) << place;
  }
}

TEST(EuropaPayloads, NestingIsReadUpToTenThousandAndNoFurther) {
  const std::string push = payload("push_dockerhub").dump();

  EXPECT_EQ(parse(withMember(push, "x", nestedLists(9'999))).status, LANDFALL_PUSHED);
  EXPECT_EQ(parse(withMember(push, "x", nestedLists(10'000))).status, LANDFALL_MALFORMED);
}

TEST(EuropaPayloads, ABodyOfTwoMebibytesIsRead) {
  EXPECT_EQ(parse(paddedToTwoMebibytes(payload("push_dockerhub").dump())).status, LANDFALL_PUSHED);
}

TEST(EuropaPayloads, OfTwoEqualKeysTheLastCounts) {
  const TestResult result = parse(std::string(
      R"({"event": "Other", "event": "DockerImagePush", "image": {"tags": ["1"], "tags": ["2"], "sha": null, "sha": "x"},
          "repository": {"name": "a/b", "name": "a/c", "provider": "DOCKERHUB"}})"));

  EXPECT_EQ(result.status, LANDFALL_PUSHED);
  EXPECT_EQ(onlyArtifact(result).repository, "docker.io/a/c");
  EXPECT_EQ(onlyArtifact(result).tag, "2");
}

TEST(EuropaPayloads, KeysAndProvidersAreMatchedExactly) {
  json other_key = payload("push_dockerhub");
  other_key["Event"] = other_key["event"];
  other_key.erase("event");
  json other_provider = payload("push_dockerhub");
  other_provider["repository"]["provider"] = "dockerhub";

  EXPECT_EQ(parse(other_key).status, LANDFALL_UNRECOGNISED);
  EXPECT_TRUE(onlyArtifact(parse(other_provider)).host_unknown);
}

TEST(EuropaPayloads, AHundredTagsAreAHundredArtifacts) {
  json event = payload("push_dockerhub");
  json& tags = event["image"]["tags"] = json::array();
  for (int i = 0; i < 100; ++i) tags.push_back("1.0." + std::to_string(i));

  const TestResult result = parse(event);

  ASSERT_EQ(result.artifacts.size(), 100u);
  EXPECT_EQ(result.artifacts[99].tag, "1.0.99");
}

TEST(EuropaPayloads, EmptyTagsAreNone) {
  json event = payload("push_dockerhub");
  event["image"]["tags"] = {"", "2.14.0", ""};
  const TestResult with_one = parse(event);
  event["image"]["tags"] = {""};
  const TestResult without = parse(event);

  EXPECT_EQ(onlyArtifact(with_one).tag, "2.14.0");
  EXPECT_EQ(onlyArtifact(without).tag, "");
  EXPECT_EQ(onlyArtifact(without).digest, "sha256:" + kHex);
}

TEST(EuropaPayloads, DigestsAreRepairedOrDroppedAndAStringIsAPushInAnyCase) {
  std::string upper = kHex;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"sha256:" + kHex, "sha256:" + kHex},
      {"sha256:" + upper, "sha256:" + kHex},
      {kHex, "sha256:" + kHex},
      {"d573f3ab519f9e83046bbc66d9f68fb11c3a7037", ""},
      {"sha256:d573f3ab519f9e83046bbc66d9f68fb11c3a7037", ""},
      {"", ""},
  };
  for (const auto& [sha, digest] : cases) {
    json event = payload("push_dockerhub");
    event["image"]["sha"] = sha;
    const TestResult result = parse(event);

    EXPECT_EQ(result.status, LANDFALL_PUSHED) << sha;
    EXPECT_EQ(onlyArtifact(result).digest, digest) << sha;
  }
}

TEST(EuropaPayloads, ADigestInATagsPlaceIsNoTag) {
  json event = payload("push_dockerhub");
  event["image"]["tags"] = {"sha256:" + kHex};

  EXPECT_EQ(onlyArtifact(parse(event)).tag, "");
  EXPECT_EQ(onlyArtifact(parse(event)).digest, "sha256:" + kHex);
}

TEST(EuropaOptions, AnAccountHasTwelveDigits) {
  const auto make = [](const std::string& options) {
    return AdapterUnderTest(landfall_plugin_v1(), {.options = options});
  };

  EXPECT_NO_THROW(make(R"({"account": "111122223333"})"));
  EXPECT_NO_THROW(make("{}"));
  for (const std::string wrong : {R"("")", R"("11112222333")", R"("1111222233334")", R"("1111-2222-33")",
                                  R"("11112222333x")", R"("evil.example/")", "111122223333"}) {
    EXPECT_THROW(make("{\"account\": " + wrong + "}"), std::runtime_error) << wrong;
  }
}

TEST(EuropaPayloads, OneAdapterServesManyThreads) {
  const AdapterUnderTest adapter(landfall_plugin_v1());
  const std::string body = payload("push_dockerhub").dump();
  std::vector<int> failures(4);
  std::vector<std::thread> threads;
  for (auto& failed : failures) {
    threads.emplace_back([&adapter, &body, &failed] {
      for (int i = 0; i < 200; ++i) {
        const TestRequest request = adapter.sign({.body = body});
        if (!adapter.authenticates(request) || adapter.parse(request).status != LANDFALL_PUSHED) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();

  for (const int failed : failures) EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace landfall::testing
