// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/result_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "landfall/adapter.hpp"

namespace landfall::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kSha256 = "sha256:" + std::string(64, 'a');
const std::string kSha512 = "sha512:" + std::string(128, '0');

/// What the host makes of one parse that pushes `event` and `artifact`, through the C++ layer as plugins do.
ParsedRequest parsed(const landfall::Event& event, const landfall::Artifact& artifact,
                     landfall_status status = LANDFALL_PUSHED) {
  ResultCollector collector(ResultCollector::For::Parse);
  const Out out(collector.out());
  out.event(event);
  out.artifact(artifact);
  return collector.parsed(status);
}

model::Artifact artifactOf(const landfall::Artifact& artifact) {
  const auto result = parsed({}, artifact);
  return result.artifacts.empty() ? model::Artifact{} : result.artifacts.front();
}

TEST(ParsedRequest, SaysWhatThePluginSaid) {
  landfall::Event event;
  event.action = landfall::Action::Push;
  event.kind = "repo_push";
  event.actor = "jane";
  event.sender_delivery_id = "42";
  event.details = R"({"a": [1]})";
  event.occurred_at = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1234));

  const auto result = parsed(event, {.repository = "quay.io/a/b",
                                     .tag = "1.0",
                                     .digest = kSha256,
                                     .media_type = "application/json",
                                     .action = landfall::Action::Push,
                                     .host_unknown = true});

  EXPECT_EQ(result.status, ParseStatus::Pushed);
  EXPECT_EQ(result.reason, std::nullopt);
  EXPECT_EQ(result.action, model::Action::Push);
  EXPECT_EQ(result.kind, "repo_push");
  EXPECT_EQ(result.actor, "jane");
  EXPECT_EQ(result.sender_delivery_id, "42");
  EXPECT_EQ(result.details, R"({"a": [1]})");
  EXPECT_EQ(result.occurred_at, base::UtcTime(std::chrono::milliseconds(1234)));
  ASSERT_EQ(result.artifacts.size(), 1U);
  EXPECT_EQ(result.artifacts.front(), (model::Artifact{"quay.io/a/b", "1.0", kSha256, "application/json",
                                                       model::Action::Push, model::RegistryHost::Unknown}));
}

TEST(ParsedRequest, HasNothingWhereThePluginSaidNothing) {
  const auto result = parsed({}, {.repository = "a"});

  EXPECT_EQ(result.action, model::Action::Other);
  EXPECT_EQ(result.kind, std::nullopt);
  EXPECT_EQ(result.details, std::nullopt);
  EXPECT_EQ(result.occurred_at, std::nullopt);
  EXPECT_EQ(result.artifacts.front().tag, std::nullopt);
  EXPECT_EQ(result.artifacts.front().digest, std::nullopt);
  EXPECT_EQ(result.artifacts.front().host, model::RegistryHost::Named);
}

TEST(ParsedRequest, KnowsEveryActionAndCallsOthersOther) {
  const auto actionOf = [](int action) {
    landfall::Event event;
    event.action = static_cast<landfall::Action>(action);
    return parsed(event, {.repository = "a"}).action;
  };

  EXPECT_EQ(actionOf(LANDFALL_ACTION_DELETE), model::Action::Delete);
  EXPECT_EQ(actionOf(LANDFALL_ACTION_REPLICATION), model::Action::Replication);
  EXPECT_EQ(actionOf(LANDFALL_ACTION_PING), model::Action::Ping);
  EXPECT_EQ(actionOf(LANDFALL_ACTION_PING + 1), model::Action::Other);
  EXPECT_EQ(actionOf(-1), model::Action::Other);
}

TEST(ParsedRequest, KeepsOnlyDigestsThatAreSome) {
  EXPECT_EQ(artifactOf({.repository = "a", .digest = kSha512}).digest, kSha512);
  for (const std::string& digest : {std::string("sha256:abc"), "sha256:" + std::string(64, 'A'), std::string(64, 'a'),
                                    "md5:" + std::string(32, 'a'), kSha256 + "a", "sha256:" + std::string(64, 'g')}) {
    EXPECT_EQ(artifactOf({.repository = "a", .digest = digest}).digest, std::nullopt) << digest;
  }
}

TEST(ParsedRequest, PutsADigestThatStandsAsATagWhereItBelongs) {
  const auto moved = artifactOf({.repository = "a", .tag = kSha256});
  const auto kept = artifactOf({.repository = "a", .tag = kSha256, .digest = kSha512});

  EXPECT_EQ(moved.tag, std::nullopt);
  EXPECT_EQ(moved.digest, kSha256);
  EXPECT_EQ(kept.tag, std::nullopt);
  EXPECT_EQ(kept.digest, kSha512);
}

// Without its tag the artifact would stand for every tag of the repository, and refresh all of its subscribers.
TEST(ParsedRequest, LosesAnArtifactRatherThanItsTag) {
  for (const std::string& tag : {std::string("\xff"), std::string(3000, 'a')}) {
    const auto result = parsed({}, {.repository = "a", .tag = tag});

    EXPECT_THAT(result.artifacts, IsEmpty());
    EXPECT_EQ(result.status, ParseStatus::Unrecognised);
    EXPECT_THAT(result.reason.value_or(""), HasSubstr("can be read"));
  }
}

TEST(ParsedRequest, LosesAnArtifactWithoutRepository) {
  for (const std::string& repository : {std::string(), std::string("a\xff"), std::string(3000, 'a')}) {
    EXPECT_THAT(parsed({}, {.repository = repository}).artifacts, IsEmpty());
  }
}

TEST(ParsedRequest, KeepsRepositoriesAndTagsAsTheyWereSent) {
  // Selectors decide about them, and Kargo's drop what cannot be printed or refuse it by themselves.
  const auto result = parsed({}, {.repository = std::string("a\0b", 3), .tag = "1\n"});

  ASSERT_EQ(result.artifacts.size(), 1U);
  EXPECT_EQ(result.artifacts[0].repository, std::string("a\0b", 3));
  EXPECT_EQ(result.artifacts[0].tag, "1\n");
}

TEST(ParsedRequest, IsNoPushWithoutAPushedArtifact) {
  const auto result = parsed({}, {.repository = "a", .action = landfall::Action::Delete});

  EXPECT_EQ(result.status, ParseStatus::Unrecognised);
  EXPECT_THAT(result.reason.value_or(""), HasSubstr("but not what"));
}

TEST(ParsedRequest, KeepsArtifactsOfAnEventThatRefreshesNothing) {
  const auto result = parsed({}, {.repository = "a", .action = landfall::Action::Delete}, LANDFALL_NOTHING);

  EXPECT_EQ(result.status, ParseStatus::Nothing);
  EXPECT_EQ(result.artifacts.size(), 1U);
}

TEST(ParsedRequest, LosesDetailsThatAreNotAJsonObjectOfReasonableSize) {
  const auto detailsOf = [](const std::string& details) {
    landfall::Event event;
    event.details = details;
    return parsed(event, {.repository = "a"}).details;
  };
  const std::string deep = "{\"a\":" + std::string(200, '[') + std::string(200, ']') + "}";

  EXPECT_EQ(detailsOf("{}"), "{}");
  for (const std::string& details : {std::string("[]"), std::string("{"), std::string("{\"a\":\"\xff\"}"), deep,
                                     "{\"a\":\"" + std::string(65'536, 'x') + "\"}"}) {
    EXPECT_EQ(detailsOf(details), std::nullopt) << details.substr(0, 40);
  }
}

TEST(ParsedRequest, NeverCutsTheSendersDeliveryId) {
  landfall::Event event;
  event.sender_delivery_id = std::string(300, 'a');

  EXPECT_EQ(parsed(event, {.repository = "a"}).sender_delivery_id, std::nullopt);
}

TEST(ParsedRequest, CutsTextForPeople) {
  landfall::Event event;
  event.kind = std::string(10'000, 'k');
  event.actor = "jane\ndoe";

  const auto result = parsed(event, {.repository = "a"});

  EXPECT_EQ(result.kind.value_or("").size(), 255U);
  EXPECT_EQ(result.actor, "jane doe");
}

TEST(ParsedRequest, LosesTimesThatNoCalendarHas) {
  for (const std::int64_t time : {std::int64_t{-1}, std::int64_t{253402300800000}, INT64_MAX, INT64_MIN}) {
    landfall::Event event;
    event.occurred_at = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(time));

    EXPECT_EQ(parsed(event, {.repository = "a"}).occurred_at, std::nullopt) << time;
  }
}

TEST(ParsedRequest, OfEveryStatusThatWantsAReasonHasOne) {
  for (const landfall_status status : {LANDFALL_UNRECOGNISED, LANDFALL_MALFORMED, LANDFALL_FAILED, LANDFALL_OK, -1}) {
    EXPECT_TRUE(parsed({}, {.repository = "a"}, status).reason) << status;
  }
  EXPECT_FALSE(parsed({}, {.repository = "a"}, LANDFALL_PING).reason);
}

TEST(ParsedRequest, OfACallThatWasCutOffHasFailedWhateverWasPushed) {
  ResultCollector collector(ResultCollector::For::Parse);
  Out(collector.out()).artifact({.repository = "a"});
  collector.fail("it threw");

  const auto result = collector.parsed(LANDFALL_PUSHED);

  EXPECT_EQ(result.status, ParseStatus::Failed);
  EXPECT_EQ(result.reason, "it threw");
  EXPECT_THAT(result.artifacts, IsEmpty());
}

TEST(ResultCollector, GivesACallOnlyTheFunctionsThatItNeeds) {
  const ResultCollector parse(ResultCollector::For::Parse);
  const ResultCollector sign(ResultCollector::For::Sign);
  const ResultCollector other(ResultCollector::For::Other);

  EXPECT_TRUE(parse.out()->event != nullptr && parse.out()->artifact != nullptr && parse.out()->header == nullptr);
  EXPECT_TRUE(sign.out()->header != nullptr && sign.out()->event == nullptr && sign.out()->artifact == nullptr);
  EXPECT_TRUE(other.out()->reason != nullptr && other.out()->event == nullptr && other.out()->header == nullptr);
}

TEST(SignedHeaders, AreBoundedInNumberAndSize) {
  ResultCollector many(ResultCollector::For::Sign);
  for (int i = 0; i < 65; ++i) Signature(many.out()).header("X-A", "b");
  ResultCollector large(ResultCollector::For::Sign);
  Signature(large.out()).header("X-A", std::string(8193, 'b'));

  EXPECT_FALSE(many.headers(LANDFALL_OK).ok());
  EXPECT_FALSE(large.headers(LANDFALL_OK).ok());
}

}  // namespace
}  // namespace landfall::adapters
