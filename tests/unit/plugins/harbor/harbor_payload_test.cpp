// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "landfall/testing.hpp"
#include "tests/support/payload_cases.h"

namespace landfall::testing {
namespace {

using nlohmann::json;

const std::string kDigest = "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7";

TestResult parse(const std::string& body) { return AdapterUnderTest(landfall_plugin_v1()).parse({.body = body}); }
TestResult parse(const json& body) { return parse(body.dump()); }

json payload(const std::string& name) { return json::parse(readPayload(payloadFolder("harbor") / (name + ".json"))); }

/// The same event as a CloudEvent of `type`.
json asCloudEvent(const json& event, const std::string& type) {
  return {{"specversion", "1.0"},
          {"id", "7d0d3f0e-58f4-4b6e-9d5c-0b9a2c1f4e77"},
          {"source", "/projects/4/webhook/policies/9"},
          {"type", type},
          {"datacontenttype", "application/json"},
          {"time", "2026-07-18T09:21:11Z"},
          {"requestid", "0f6c2ad7-1a8e-4a53-8a1e-1d2a6f0b7c3d"},
          {"operator", event["operator"]},
          {"data", event["event_data"]}};
}

TEST(HarborPayloads, AreReadAsTheirFilesSay) { expectPayloadCases("harbor", landfall_plugin_v1()); }

TEST(HarborPayloads, EverySampleIsAuthenticOnceSignedAndParsesAsItSays) {
  const landfall_plugin* plugin = landfall_plugin_v1();
  const AdapterUnderTest adapter(plugin);

  for (std::size_t i = 0; i < plugin->sample_count; ++i) {
    SCOPED_TRACE(fromAbi(plugin->samples[i].name));
    const TestRequest request = adapter.sign({.body = std::string(fromAbi(plugin->samples[i].body))});

    EXPECT_TRUE(adapter.authenticates(request));
    EXPECT_EQ(adapter.parse(request).status, plugin->samples[i].parses_as);
  }
}

TEST(HarborPayloads, TheDefaultSampleIsAPushOfATag) {
  const TestResult result = parse(std::string(fromAbi(landfall_plugin_v1()->samples[0].body)));

  ASSERT_EQ(result.artifacts.size(), 1u);
  EXPECT_EQ(result.artifacts[0].repository, "harbor.corp.example/harbourside/cart-api");
  EXPECT_EQ(result.artifacts[0].tag, "2.14.0");
}

TEST(HarborPayloads, CloudEventsSayTheSameAsTheDefaultFormat) {
  const std::map<std::string, std::vector<std::string>> files_by_type = {
      {"harbor.artifact.pushed", {"push_artifact", "push_artifact_by_digest", "push_two_repositories"}},
      {"harbor.artifact.pulled", {"pull_artifact"}},
      {"harbor.artifact.deleted", {"delete_artifact"}},
      {"harbor.scan.completed", {"scanning_completed", "scanning_completed_sbom"}},
      {"harbor.scan.failed", {"scanning_failed"}},
      {"harbor.scan.stopped", {"scanning_stopped"}},
      {"harbor.quota.exceeded", {"quota_exceed"}},
      {"harbor.quota.warned", {"quota_warning_empty_resource"}},
      {"harbor.replication.status.changed", {"replication_success", "replication_failed", "replication_running"}},
      {"harbor.tag_retention.finished", {"tag_retention"}},
  };
  for (const auto& [type, files] : files_by_type) {
    for (const auto& file : files) {
      SCOPED_TRACE(type + " from " + file);
      json expected = describe(parse(payload(file)));
      json& event = expected["event"];
      event["kind"] = type;
      event["senderDeliveryId"] = "7d0d3f0e-58f4-4b6e-9d5c-0b9a2c1f4e77";
      event["occurredAt"] = "2026-07-18T09:21:11.000Z";
      event["details"]["source"] = "/projects/4/webhook/policies/9";
      event["details"]["requestid"] = "0f6c2ad7-1a8e-4a53-8a1e-1d2a6f0b7c3d";

      EXPECT_EQ(describe(parse(asCloudEvent(payload(file), type))).dump(2), expected.dump(2));
    }
  }
}

TEST(HarborPayloads, ARetryOfACloudEventHasTheSameDeliveryId) {
  const json event = payload("cloudevents_artifact_pushed");

  EXPECT_EQ(parse(event).event->sender_delivery_id, parse(event).event->sender_delivery_id);
  EXPECT_EQ(parse(event).event->sender_delivery_id, event["id"]);
}

TEST(HarborPayloads, TheDefaultFormatHasNoDeliveryId) {
  json event = payload("push_artifact");
  event["id"] = "7d0d3f0e-58f4-4b6e-9d5c-0b9a2c1f4e77";

  EXPECT_EQ(parse(event).event->sender_delivery_id, "");
}

TEST(HarborPayloads, TheBodyTellsTheFormatsApart) {
  json without_version = payload("cloudevents_artifact_pushed");
  without_version.erase("specversion");
  json of_somebody_else = payload("cloudevents_artifact_pushed");
  of_somebody_else["type"] = "com.example.artifact.pushed";
  json with_version = payload("push_artifact");
  with_version["specversion"] = "1.0";

  EXPECT_TRUE(parse(without_version).artifacts.empty());
  EXPECT_EQ(parse(of_somebody_else).status, LANDFALL_NOTHING);
  EXPECT_TRUE(parse(of_somebody_else).artifacts.empty());
  EXPECT_EQ(parse(with_version).status, LANDFALL_PUSHED);
}

TEST(HarborPayloads, OnlyPushesRefreshWhateverTheyCarry) {
  const std::vector<std::string> pushes = {"PUSH_ARTIFACT", "harbor.artifact.pushed", "pushImage", "UPLOAD_CHART",
                                           "uploadChart"};
  const std::vector<std::string> others = {
      "PULL_ARTIFACT", "DELETE_ARTIFACT", "SCANNING_COMPLETED", "SCANNING_FAILED",   "SCANNING_STOPPED", "QUOTA_EXCEED",
      "QUOTA_WARNING", "REPLICATION",     "TAG_RETENTION",      "DELETE_CHART",      "DOWNLOAD_CHART",   "pullImage",
      "deleteImage",   "deleteChart",     "downloadChart",      "scanningCompleted", "scanningFailed",   "projectQuota",
      "testEndpoint",  "CREATE_TAG",      "DELETE_TAG",         "push_artifact",     "PUSH_ARTIFACT ",   "PushImage"};
  for (const auto& type : pushes) {
    json event = payload(type.ends_with("hart") || type.ends_with("HART") ? "upload_chart" : "push_artifact");
    event["type"] = type;
    if (type.starts_with("harbor.")) event = asCloudEvent(event, type);
    EXPECT_EQ(parse(event).status, LANDFALL_PUSHED) << type;
  }
  for (const auto& type : others) {
    json event = payload("push_artifact");
    event["type"] = type;
    const TestResult result = parse(event);

    EXPECT_NE(result.status, LANDFALL_PUSHED) << type;
    EXPECT_FALSE(result.reason.empty()) << type;
    for (const auto& artifact : result.artifacts) EXPECT_NE(artifact.action, Action::Push) << type;
  }
}

TEST(HarborPayloads, AnUnknownTypeIsAcceptedAndIgnored) {
  for (const std::string type : {"CREATE_TAG", "harbor.tag.created", "X", "\u00e9v\u00e9nement"}) {
    const TestResult result = parse(json{{"type", type}, {"event_data", json::array({1, 2})}});

    EXPECT_EQ(result.status, LANDFALL_NOTHING) << type;
    ASSERT_TRUE(result.event.has_value()) << type;
    EXPECT_EQ(result.event->action, Action::Other) << type;
    EXPECT_EQ(result.event->kind, type);
  }
}

TEST(HarborPayloads, HostileBodiesAreHarmless) {
  expectHostileBodiesAreHarmless(AdapterUnderTest(landfall_plugin_v1()));
}

TEST(HarborPayloads, NestingIsReadUpToTenThousandAndNoFurther) {
  const std::string push = payload("push_artifact").dump();

  const TestResult deepest = parse(withMember(push, "x", nestedLists(9'999)));
  const TestResult deeper = parse(withMember(push, "x", nestedLists(10'000)));

  EXPECT_EQ(deepest.status, LANDFALL_PUSHED);
  EXPECT_EQ(deeper.status, LANDFALL_MALFORMED);
  EXPECT_TRUE(deeper.artifacts.empty());
}

TEST(HarborPayloads, DetailsNestedAsDeepAsTheReaderAdmitsAreLeftOut) {
  const std::string deep = nestedLists(9'990);
  const std::string body = R"({"type": "REPLICATION", "event_data": {"replication": {"x": )" + deep +
                           R"(}, "retention": {"x": )" + deep + R"(}, "custom_attributes": {"x": )" + deep +
                           R"(}, "resources": [{"scan_overview": {"x": )" + deep + "}}]}}";

  const TestResult result = parse(body);

  EXPECT_EQ(result.status, LANDFALL_NOTHING);
  EXPECT_LT(result.event->details.size(), 1000u);
}

TEST(HarborPayloads, ABodyOfTwoMebibytesIsRead) {
  const TestResult result = parse(paddedToTwoMebibytes(payload("push_artifact").dump()));

  EXPECT_EQ(result.status, LANDFALL_PUSHED);
}

TEST(HarborPayloads, AHundredResourcesAreAHundredArtifactsInTheirOrder) {
  json event = payload("push_artifact");
  json& resources = event["event_data"]["resources"] = json::array();
  for (int i = 0; i < 100; ++i) {
    const std::string tag = "1.0." + std::to_string(i);
    resources.push_back({{"digest", kDigest}, {"tag", tag}, {"resource_url", "harbor.corp.example/a/b:" + tag}});
  }

  const TestResult result = parse(event);

  ASSERT_EQ(result.artifacts.size(), 100u);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(result.artifacts[i].tag, "1.0." + std::to_string(i));
}

TEST(HarborPayloads, OfTwoEqualKeysTheLastCounts) {
  const TestResult result = parse(std::string(
      R"({"type": "PULL_ARTIFACT", "type": "PUSH_ARTIFACT", "event_data": {"resources": [
          {"tag": "1", "tag": "2", "resource_url": "h.example/a/b:1", "resource_url": "h.example/a/c:2"}]}})"));

  EXPECT_EQ(result.event->kind, "PUSH_ARTIFACT");
  ASSERT_EQ(result.artifacts.size(), 1u);
  EXPECT_EQ(result.artifacts[0].repository, "h.example/a/c");
  EXPECT_EQ(result.artifacts[0].tag, "2");
}

TEST(HarborPayloads, KeysAreMatchedExactly) {
  const TestResult other_type =
      parse(json{{"Type", "PUSH_ARTIFACT"}, {"event_data", payload("push_artifact")["event_data"]}});
  const TestResult other_data =
      parse(json{{"type", "PUSH_ARTIFACT"}, {"Event_Data", payload("push_artifact")["event_data"]}});

  EXPECT_EQ(other_type.status, LANDFALL_UNRECOGNISED);
  EXPECT_EQ(other_data.status, LANDFALL_NOTHING);
}

TEST(HarborPayloads, AFieldOfAnotherTypeMakesAShapeThatIsNotKnown) {
  const std::vector<std::pair<std::string, json>> wrong = {
      {"/type", 1},
      {"/type", json::array()},
      {"/occur_at", "1784366471"},
      {"/operator", 7},
      {"/event_data", "x"},
      {"/event_data", json::array()},
      {"/event_data/resources", json::object()},
      {"/event_data/resources", "x"},
      {"/event_data/resources/0", "x"},
      {"/event_data/resources/0/tag", 2.14},
      {"/event_data/resources/0/tag", json::array({"2.14.0"})},
      {"/event_data/resources/0/digest", 5},
      {"/event_data/resources/0/resource_url", json::object()},
      {"/event_data/resources/0/scan_overview", "x"},
      {"/event_data/repository", "harbourside/cart-api"},
      {"/event_data/repository/date_created", "1718000000"},
      {"/event_data/repository/repo_full_name", 1},
      {"/event_data/repository/repo_type", false},
      {"/event_data/scan", 1},
      {"/event_data/custom_attributes", json::array()},
      {"/event_data/replication", "x"},
      {"/event_data/retention", 3},
  };
  for (const auto& [place, value] : wrong) {
    json event = payload("push_artifact");
    event[json::json_pointer(place)] = value;
    const TestResult result = parse(event);

    EXPECT_EQ(parseWord(result.status), "unrecognised") << place;
    EXPECT_TRUE(result.artifacts.empty()) << place;
    EXPECT_FALSE(result.reason.empty()) << place;
  }
}

TEST(HarborPayloads, ACloudEventsFieldOfAnotherTypeMakesAShapeThatIsNotKnown) {
  for (const std::string place : {"/specversion", "/id", "/source", "/time", "/operator", "/requestid", "/data"}) {
    json event = payload("cloudevents_artifact_pushed");
    event[json::json_pointer(place)] = 1;

    EXPECT_EQ(parseWord(parse(event).status), "unrecognised") << place;
  }
}

TEST(HarborPayloads, NullCountsAsAbsent) {
  for (const std::string place : {"/occur_at", "/operator", "/event_data/repository", "/event_data/resources/0/digest",
                                  "/event_data/resources/0/scan_overview", "/event_data/custom_attributes"}) {
    json event = payload("push_artifact");
    event[json::json_pointer(place)] = nullptr;

    EXPECT_EQ(parseWord(parse(event).status), "pushed") << place;
  }
}

TEST(HarborPayloads, ATimeThatIsNoneIsLeftOut) {
  for (const json& time : {json(0), json(-1), json(1e300), json(nullptr)}) {
    json event = payload("push_artifact");
    event["occur_at"] = time;
    EXPECT_FALSE(parse(event).event->occurred_at.has_value()) << time;
  }
  for (const std::string time : {"", "yesterday", "0001-01-01T00:00:00Z", "2026-13-45T99:00:00Z"}) {
    json event = payload("cloudevents_artifact_pushed");
    event["time"] = time;
    EXPECT_FALSE(parse(event).event->occurred_at.has_value()) << time;
    EXPECT_EQ(parse(event).status, LANDFALL_PUSHED) << time;
  }
}

TEST(HarborPayloads, OneAdapterServesManyThreads) {
  const AdapterUnderTest adapter(landfall_plugin_v1());
  const TestRequest request = adapter.sign({.body = payload("push_artifact").dump()});
  std::vector<int> failures(4);
  std::vector<std::thread> threads;
  for (auto& failed : failures) {
    threads.emplace_back([&adapter, &request, &failed] {
      for (int i = 0; i < 200; ++i) {
        if (!adapter.authenticates(request) || adapter.parse(request).status != LANDFALL_PUSHED) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();

  for (const int failed : failures) EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace landfall::testing
