// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "core/adapters/adapter.h"
#include "core/adapters/conformance.h"
#include "core/base/crypto.h"
#include "tests/abi/zoo.h"

namespace landfall::adapters {
namespace {

using ::testing::AllOf;
using testing::configurationFor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Zoo;

using Headers = std::vector<model::Header>;

std::shared_ptr<const Plugin> templatePlugin(Zoo& zoo) {
  const auto plugin = Plugin::load(std::filesystem::path(LANDFALL_BINARY_DIR "/template/example.so"), zoo.log());
  return plugin.ok() ? *plugin : nullptr;
}

ParsedRequest parsedByGarbage(const std::string& body) {
  Zoo zoo;
  return zoo.adapter("garbage")->parse({"POST", {}, {}, body});
}

TEST(Adapter, IsRefusedWithThePluginsReasonOnOneLine) {
  Zoo zoo;

  const auto adapter = Adapter::create(zoo.plugin("failing_create"), configurationFor());

  ASSERT_FALSE(adapter.ok());
  EXPECT_EQ(adapter.status().code(), base::StatusCode::InvalidArgument);
  EXPECT_EQ(adapter.status().message(), "the lion is asleep");
}

TEST(Adapter, IsRefusedAlsoWhenThePluginGivesNoReason) {
  Zoo zoo;

  const auto adapter = Adapter::create(zoo.plugin("failing_create"), configurationFor("silent"));

  EXPECT_THAT(adapter.status().message(), HasSubstr("gave no reason"));
}

TEST(Adapter, ThatWasNotMadeIsNeverCalled) {
  Zoo zoo;
  const auto plugin = zoo.plugin("failing_create");

  EXPECT_EQ(Adapter::create(plugin, configurationFor("none-made")).status().code(), base::StatusCode::Internal);
  EXPECT_FALSE(Adapter::create(plugin, configurationFor("made-and-failed")).ok());
}

TEST(Adapter, NeedsEveryValueOfASecret) {
  Zoo zoo;
  const auto plugin = zoo.plugin("good_1");

  EXPECT_THAT(Adapter::create(plugin, {"{}", "", {}}).status().message(), HasSubstr("there is no secret"));
  EXPECT_THAT(Adapter::create(plugin, {"{}", "", {{}}}).status().message(), HasSubstr("needs 1"));
  EXPECT_THAT(Adapter::create(plugin, {"{}", "", {{""}}}).status().message(), HasSubstr("key secret is empty"));
}

TEST(Adapter, IsHeldToTheTableOfOptionsBeforeThePluginIsAsked) {
  Zoo zoo;
  auto configuration = configurationFor();
  configuration.options = R"({"colour": "red"})";

  const auto adapter = Adapter::create(zoo.plugin("failing_create"), configuration);

  EXPECT_THAT(adapter.status().message(), HasSubstr("unknown option \"colour\": this adapter has none"));
}

TEST(ThrowingPlugin, BecomesReasonsWhenItUsesTheCppLayer) {
  Zoo zoo;
  const auto plugin = zoo.plugin("throwing");

  const auto refused = Adapter::create(plugin, configurationFor("elephants"));
  const auto number = Adapter::create(plugin, configurationFor("number"));
  const auto adapter = *Adapter::create(plugin, configurationFor());
  const auto failed = adapter->parse({"POST", {}, {}, "{}"});
  const auto malformed = adapter->parse({"POST", {}, {}, "no JSON"});

  EXPECT_EQ(refused.status().message(), "no room for elephants");
  EXPECT_THAT(number.status().message(), HasSubstr("no std::exception"));
  EXPECT_EQ(failed.status, ParseStatus::Failed);
  EXPECT_EQ(failed.reason, "parse");
  EXPECT_EQ(malformed.status, ParseStatus::Malformed);
  EXPECT_THAT(malformed.artifacts, IsEmpty());
  EXPECT_EQ(adapter->authenticate({"POST", {}, {}, ""}), Authentication::Failed);
  EXPECT_EQ(adapter->sign({"POST", {}, {}, ""}).status().message(), "sign");
  EXPECT_THAT(zoo.logged(), HasSubstr("authenticate failed: authenticate"));
}

TEST(ThrowingPlugin, IsCaughtAlsoWhenItLetsExceptionsEscape) {
  Zoo zoo;
  const auto plugin = zoo.plugin("raw_throwing");

  const auto refused = Adapter::create(plugin, configurationFor("throw"));
  auto adapter = *Adapter::create(plugin, configurationFor());
  const auto parsed = adapter->parse({"POST", {}, {}, "{}"});

  EXPECT_THAT(refused.status().message(), HasSubstr("create escaped"));
  EXPECT_EQ(parsed.status, ParseStatus::Failed);
  EXPECT_THAT(parsed.reason.value_or(""), HasSubstr("parse escaped"));
  EXPECT_THAT(parsed.artifacts, IsEmpty());
  EXPECT_EQ(adapter->authenticate({"POST", {}, {}, ""}), Authentication::Failed);
  EXPECT_THAT(adapter->sign({"POST", {}, {}, ""}).status().message(), HasSubstr("threw something"));
  adapter.reset();
  EXPECT_THAT(zoo.logged(), HasSubstr("threw while it was destroyed"));
}

TEST(GarbagePlugin, WithAnUnknownStatusHasFailed) {
  const auto parsed = parsedByGarbage("unknown status");

  EXPECT_EQ(parsed.status, ParseStatus::Failed);
  EXPECT_THAT(parsed.reason.value_or(""), HasSubstr("4711"));
}

TEST(GarbagePlugin, ThatPushedNothingIsUnrecognised) {
  const auto parsed = parsedByGarbage("nothing pushed");

  EXPECT_EQ(parsed.status, ParseStatus::Unrecognised);
  EXPECT_THAT(parsed.reason.value_or(""), HasSubstr("but not what"));
}

TEST(GarbagePlugin, LosesTheArtifactsOfAStatusThatHasNone) {
  const auto parsed = parsedByGarbage("unrecognised");

  EXPECT_EQ(parsed.status, ParseStatus::Unrecognised);
  EXPECT_THAT(parsed.artifacts, IsEmpty());
  EXPECT_EQ(parsed.reason, "the plugin gave no reason");
}

TEST(GarbagePlugin, LosesTextThatIsNone) {
  const auto parsed = parsedByGarbage("not UTF-8");

  EXPECT_EQ(parsed.status, ParseStatus::Unrecognised);  // the only repository cannot be read
  EXPECT_THAT(parsed.artifacts, IsEmpty());
  EXPECT_EQ(parsed.kind, "push\xEF\xBF\xBD [31m");
  EXPECT_EQ(parsed.sender_delivery_id, std::nullopt);
}

TEST(GarbagePlugin, LosesDetailsThatAreNoJsonObject) {
  const auto parsed = parsedByGarbage("");

  EXPECT_EQ(parsed.status, ParseStatus::Pushed);
  EXPECT_EQ(parsed.details, std::nullopt);
}

TEST(GarbagePlugin, IsCutOffAtTenThousandArtifacts) {
  const auto parsed = parsedByGarbage("too many artifacts");

  EXPECT_EQ(parsed.status, ParseStatus::Pushed);
  EXPECT_EQ(parsed.artifacts.size(), 10'000U);
  EXPECT_THAT(parsed.reason.value_or(""), HasSubstr("2 artifacts were left out"));
}

TEST(GarbagePlugin, WithStructsTooShortOrNoneAtAllHasFailed) {
  for (const auto* body : {"short event", "short artifact", "null event", "null artifact", "two events"}) {
    const auto parsed = parsedByGarbage(body);

    EXPECT_EQ(parsed.status, ParseStatus::Failed) << body;
    EXPECT_THAT(parsed.artifacts, IsEmpty()) << body;
  }
}

TEST(GarbagePlugin, WithTextThatPointsNowhereLosesIt) {
  EXPECT_EQ(parsedByGarbage("null text").status, ParseStatus::Unrecognised);
}

TEST(GarbagePlugin, IsNeverAuthenticByAStatusThatMeansSomethingElse) {
  Zoo zoo;

  EXPECT_EQ(zoo.adapter("garbage")->authenticate({"POST", {}, {}, ""}), Authentication::Failed);
}

TEST(GarbagePlugin, CannotSmuggleHeadersIntoASignature) {
  Zoo zoo;
  const auto adapter = zoo.adapter("garbage");

  EXPECT_FALSE(adapter->sign({"POST", {}, {}, "bad name"}).ok());
  EXPECT_FALSE(adapter->sign({"POST", {}, {}, "bad value"}).ok());
  EXPECT_FALSE(adapter->sign({"POST", {}, {}, "unknown status"}).ok());
}

TEST(ThreadedPlugin, JoinsWhatItStartedBeforeItGoes) {
  Zoo zoo;

  auto adapter = zoo.adapter("threaded");

  EXPECT_EQ(adapter->parse({"POST", {}, {}, "{}"}).status, ParseStatus::Pushed);
  adapter.reset();
}

TEST(TemplateAdapter, TakesWhatItSignedAndNothingElse) {
  Zoo zoo;
  const auto adapter = *Adapter::create(templatePlugin(zoo), configurationFor());
  const std::string body = R"({"repository": "registry.example/shop/api", "tag": "2.0.0"})";

  const auto signature = *adapter->sign({"POST", {}, {}, body});

  const std::string key = configurationFor().secrets.front().front();
  EXPECT_THAT(signature, ElementsAre(model::Header{"X-Example-Signature",
                                                   base::toHex(base::hmac(base::HmacAlgorithm::Sha256, key, body))}));
  EXPECT_EQ(adapter->authenticate({"POST", {}, signature, body}), Authentication::Authentic);
  EXPECT_EQ(adapter->authenticate({"POST", {}, signature, body + " "}), Authentication::Refused);
  EXPECT_EQ(adapter->authenticate({"POST", {}, {}, body}), Authentication::Refused);
}

TEST(TemplateAdapter, SeesDeclaredHeadersInAnyCase) {
  Zoo zoo;
  const auto adapter = *Adapter::create(templatePlugin(zoo), configurationFor());
  auto signature = *adapter->sign({"POST", {}, {}, "{}"});
  signature.front().name = "x-EXAMPLE-signature";

  EXPECT_EQ(adapter->authenticate({"POST", {}, signature, "{}"}), Authentication::Authentic);
}

TEST(Adapter, KeepsNoCredentialAmongTheHeadersOfAnEvent) {
  Zoo zoo;
  const auto adapter = *Adapter::create(templatePlugin(zoo), configurationFor());

  EXPECT_THAT(adapter->keptHeaders({{"X-Example-Signature", "abc"}, {"Authorization", "Basic x"}}), IsEmpty());
}

TEST(Adapter, ParsesTheSameFromManyThreadsAtOnce) {
  Zoo zoo;
  const auto adapter = *Adapter::create(templatePlugin(zoo), configurationFor());
  const std::string body = R"({"repository": "registry.example/shop/api", "tag": "2.0.0"})";
  const auto signature = *adapter->sign({"POST", {}, {}, body});
  const auto expected = adapter->parse({"POST", {}, {}, body}).artifacts;
  std::atomic<int> wrong = 0;

  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 200; ++round) {
          const WebhookRequest request{"POST", {}, signature, body};
          if (adapter->authenticate(request) != Authentication::Authentic) ++wrong;
          if (adapter->parse(request).artifacts != expected) ++wrong;
        }
      });
    }
  }

  EXPECT_EQ(wrong, 0);
}

std::vector<std::string> failedChecks(const std::vector<ConformanceResult>& results) {
  std::vector<std::string> failed;
  for (const auto& result : results) {
    if (!result.passed) failed.push_back(result.check + ": " + result.detail);
  }
  return failed;
}

TEST(Conformance, FindsTheCarelessnessOfAnAdapter) {
  Zoo zoo;

  const auto failed = failedChecks(runConformance(zoo.plugin("careless"), {"{}"}, 2));

  const auto found = [](const std::string& what) { return ::testing::Contains(HasSubstr(what)); };
  EXPECT_THAT(failed, found("sample ping parses as ping: it parses as pushed"));
  EXPECT_THAT(failed, found("with 8 KiB of X-Zoo: it is taken for authentic"));
  EXPECT_THAT(failed, found("the older of two secrets: it is refused"));
  EXPECT_THAT(failed, found("hostile body: empty"));
  EXPECT_THAT(failed, found("repository is a number"));
  EXPECT_THAT(failed, found("payload 1 of 1"));
  EXPECT_THAT(failed, Not(found("with two X-Zoo")));
}

TEST(Conformance, FindsThatTheSecretDoesNotMatter) {
  Zoo zoo;

  const auto failed = failedChecks(runConformance(zoo.plugin("good_1"), {}, 2));

  EXPECT_THAT(failed,
              ::testing::Contains("sample push is refused signed with another secret: it is taken for authentic"));
}

TEST(Conformance, ReportsAnAdapterThatCannotBeMade) {
  Zoo zoo;

  const auto results = runConformance(zoo.plugin("failing_create"), {}, 2);

  ASSERT_FALSE(results.empty());
  EXPECT_FALSE(results.front().passed);
  EXPECT_EQ(results.front().detail, "the lion is asleep");
}

}  // namespace
}  // namespace landfall::adapters
