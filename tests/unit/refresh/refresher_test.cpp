// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/refresher.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/refresh/sample_run.h"

namespace landfall::refresh {
namespace {

using testing::SampleRun;

TEST(RefreshBody, IsTheJsonThatTheDesignShows) {
  const SampleRun sample;

  EXPECT_EQ(
      refreshBody(sample.run()),
      R"({"type":"warehouse.refresh","timestamp":"2026-11-20T10:00:00.000Z",)"
      R"("data":{"delivery":"01930000-0000-7000-8000-000000000001","attempt":1,"project":"shop","warehouse":"api",)"
      R"("events":[{"id":"01930000-0000-7000-8000-000000000002","receiver":"quay-prod","adapter":"quay",)"
      R"("receivedAt":"2026-11-20T09:59:59.998Z"}],)"
      R"("artifacts":[{"repository":"quay.io/shop/api","tag":"1.2.3","digest":null,"mediaType":null,)"
      R"("action":"push"}],"eventCount":1}})");
}

TEST(RefreshBody, CountsTheAttemptsBeforeThisOne) {
  SampleRun sample;
  sample.claim.delivery.attempts = 4;

  EXPECT_EQ(nlohmann::json::parse(refreshBody(sample.run()))["data"]["attempt"], 5);
}

TEST(RefreshBody, ListsAThousandEventsAndSaysHowManyThereAre) {
  SampleRun sample;
  const auto first = sample.claim.events.front();
  sample.claim.events.assign(1001, first);
  sample.claim.delivery.event_count = 5000;

  const auto data = nlohmann::json::parse(refreshBody(sample.run()))["data"];

  EXPECT_EQ(data["events"].size(), 1000U);
  EXPECT_EQ(data["eventCount"], 5000);
}

TEST(RefreshBody, StandsBytesThatAreNoUtf8) {
  SampleRun sample;
  sample.claim.artifacts.front().repository = "quay.io/\xff\xfe";

  EXPECT_TRUE(nlohmann::json::accept(refreshBody(sample.run())));
}

TEST(TargetHost, IsHostAndPortInLowerCase) {
  const auto host = [](const std::string& url) { return targetHost(model::HttpTarget{url, "POST", {}, {}}); };

  EXPECT_EQ(host("http://Hooks.Example/refresh"), "hooks.example:80");
  EXPECT_EQ(host("https://hooks.example/other?token=1"), "hooks.example:443");
  EXPECT_EQ(host("https://user:secret@hooks.example:8443"), "hooks.example:8443");
}

}  // namespace
}  // namespace landfall::refresh
