// SPDX-License-Identifier: Apache-2.0
#include "core/http/webhook_endpoint.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/log.h"
#include "core/base/snapshot.h"
#include "core/base/uuid.h"
#include "core/config/configuration.h"
#include "tests/support/fake_clock.h"

namespace landfall::http {
namespace {

using intake::Answer;

const model::EventId kEvent = *model::EventId::parse("0193aaaa-bbbb-7ccc-8ddd-eeeeffff0001");

std::optional<std::string> headerOf(const Response& response, std::string_view name) {
  for (const auto& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return std::nullopt;
}

Response responseTo(Answer::Kind kind, std::string detail = "") {
  return webhookResponse({.kind = kind, .detail = std::move(detail)});
}

/// A store that cannot be used: what a request needs it for fails the test by its status.
class NoStore final : public storage::Store {
 public:
  void record(storage::NewEvent, storage::RecordDone done) override { done(unavailable()); }
  void onDeliveriesChanged(std::function<void()>) override {}
  base::Result<std::vector<storage::ClaimedDelivery>> claimDue(base::UtcTime, std::size_t, const std::string&,
                                                               std::chrono::milliseconds) override {
    return unavailable();
  }
  base::Status renewLeases(const std::vector<model::DeliveryId>&, const std::string&, base::UtcTime) override {
    return unavailable();
  }
  base::Status settle(const storage::Settlement&) override { return unavailable(); }
  base::Result<std::vector<storage::AwaitedConfirmation>> awaitedConfirmations() override { return unavailable(); }
  base::Status confirm(const std::vector<model::DeliveryId>&, std::optional<base::UtcTime>) override {
    return unavailable();
  }
  base::Result<std::size_t> takeBackClaims(base::UtcTime) override { return unavailable(); }
  base::Result<std::size_t> bringForward(base::UtcTime) override { return unavailable(); }
  base::Result<storage::Changes> changes(const storage::Position&, std::size_t) override { return unavailable(); }
  base::Result<storage::Position> lastPosition() override { return unavailable(); }
  void onHistoryChanged(std::function<void()>) override {}
  base::Result<std::optional<base::UtcTime>> nextDue() override { return unavailable(); }
  base::Result<model::Delivery> retryDelivery(model::DeliveryId, base::UtcTime) override { return unavailable(); }
  base::Result<model::Delivery> cancelDelivery(model::DeliveryId, base::UtcTime) override { return unavailable(); }
  base::Result<model::Delivery> oweRefresh(const model::WarehouseKey&, const std::string&, base::UtcTime) override {
    return unavailable();
  }
  base::Result<storage::Page<model::DeliveryId>> deliveryIds(const storage::DeliveryFilter&,
                                                             const storage::PageRequest&) override {
    return unavailable();
  }
  base::Result<storage::Stats> stats(const storage::StatsQuery&) override { return unavailable(); }
  base::Result<storage::Page<model::Event>> events(const storage::EventFilter&, const storage::PageRequest&) override {
    return unavailable();
  }
  base::Result<model::Event> event(model::EventId) override { return unavailable(); }
  base::Result<std::string> eventBody(model::EventId) override { return unavailable(); }
  base::Result<storage::Page<model::Delivery>> deliveries(const storage::DeliveryFilter&,
                                                          const storage::PageRequest&) override {
    return unavailable();
  }
  base::Result<model::Delivery> delivery(model::DeliveryId) override { return unavailable(); }
  base::Result<storage::Pruned> prune(const storage::Retention&, base::UtcTime) override { return unavailable(); }
  base::Status health() const override { return unavailable(); }
  storage::StoreFigures figures() const override { return {}; }
  void close() override {}

 private:
  static base::Status unavailable() { return base::unavailable("there is no store"); }
};

/// The endpoint with no receiver at all: every request fails.
class HandleWebhook : public ::testing::Test {
 protected:
  int statusFor(const std::string& peer, std::vector<model::Header> headers = {},
                const std::vector<base::Network>& trusted = {}) {
    int status = 0;
    handleWebhook(
        intake_, trusted,
        {.method = "POST", .path = "/quay/unknown", .headers = std::move(headers), .body = "{}", .peer = peer},
        Responder([&](const Response& response) { status = response.status; }));
    return status;
  }
  void failUntilRefused(const std::string& peer) {
    int status = 404;
    for (int tries = 0; status == 404 && tries < 10000; ++tries) status = statusFor(peer);
    ASSERT_EQ(status, 429);
  }

 private:
  const testing::FakeClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
  const base::Snapshot<config::Configuration> nothing_configured_{std::make_shared<const config::Configuration>()};
  NoStore store_;
  intake::Intake intake_{nothing_configured_, store_, clock_, log_};
};

TEST_F(HandleWebhook, AnswersThroughTheResponder) { EXPECT_EQ(statusFor("192.0.2.1"), 404); }

TEST_F(HandleWebhook, CountsFailuresAgainstTheSenderBehindATrustedProxy) {
  const std::vector<base::Network> trusted{base::Network::parse("10.0.0.1").value()};
  failUntilRefused("192.0.2.1");

  EXPECT_EQ(statusFor("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}, trusted), 429);
  EXPECT_EQ(statusFor("10.0.0.1", {{"X-Forwarded-For", "192.0.2.2"}}, trusted), 404);
  EXPECT_EQ(statusFor("192.0.2.1", {{"X-Forwarded-For", "192.0.2.2"}}, trusted), 429);
}

TEST(WebhookResponse, TellsWhatWasRecorded) {
  const Response response = webhookResponse(
      {.kind = Answer::Kind::Recorded, .event = kEvent, .outcome = model::Outcome::Matched, .warehouses = 3});

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(headerOf(response, "Content-Type"), "application/json");
  EXPECT_EQ(headerOf(response, "Landfall-Event"), kEvent.text());
  EXPECT_EQ(response.body, R"({"event":"0193aaaa-bbbb-7ccc-8ddd-eeeeffff0001","outcome":"matched","warehouses":3})");
}

TEST(WebhookResponse, AddsADetailWhereThereIsOne) {
  const Response response = webhookResponse({.kind = Answer::Kind::Recorded,
                                             .event = kEvent,
                                             .outcome = model::Outcome::Ping,
                                             .detail = "the sender's test\xff"});

  EXPECT_TRUE(nlohmann::json::parse(response.body).at("detail").get<std::string>().starts_with("the sender's test"));
}

TEST(WebhookResponse, NamesTheEventOfAMalformedRequest) {
  const Response response =
      webhookResponse({.kind = Answer::Kind::Malformed, .event = kEvent, .detail = "not JSON at byte 7"});

  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(headerOf(response, "Content-Type"), "application/problem+json");
  EXPECT_EQ(headerOf(response, "Landfall-Event"), kEvent.text());
  EXPECT_EQ(nlohmann::json::parse(response.body).at("detail"), "not JSON at byte 7");
}

TEST(WebhookResponse, NeverSaysWhyACredentialWasRefused) {
  const Response response = webhookResponse(
      {.kind = Answer::Kind::Unauthenticated, .event = kEvent, .detail = "the third byte of the signature is wrong"});

  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(headerOf(response, "WWW-Authenticate"), "Landfall");
  EXPECT_FALSE(headerOf(response, "Landfall-Event").has_value());
  EXPECT_EQ(nlohmann::json::parse(response.body),
            (nlohmann::json{{"type", "about:blank"}, {"title", "Unauthorized"}, {"status", 401}}));
}

TEST(WebhookResponse, FollowsTheTableForTheRest) {
  EXPECT_EQ(responseTo(Answer::Kind::UnknownPath).status, 404);
  EXPECT_EQ(responseTo(Answer::Kind::WrongMethod).status, 405);
  EXPECT_EQ(headerOf(responseTo(Answer::Kind::WrongMethod), "Allow"), "POST");
  EXPECT_EQ(responseTo(Answer::Kind::TooManyFailures).status, 429);
  EXPECT_TRUE(headerOf(responseTo(Answer::Kind::TooManyFailures), "Retry-After").has_value());
  EXPECT_TRUE(responseTo(Answer::Kind::TooManyFailures).close);
  EXPECT_FALSE(responseTo(Answer::Kind::UnknownPath).close);
  EXPECT_EQ(responseTo(Answer::Kind::Unavailable).status, 503);
  EXPECT_TRUE(headerOf(responseTo(Answer::Kind::Unavailable), "Retry-After").has_value());
}

TEST(WebhookResponse, IsAProblemForEveryRefusal) {
  for (const auto kind : {Answer::Kind::Malformed, Answer::Kind::UnknownPath, Answer::Kind::WrongMethod,
                          Answer::Kind::Unauthenticated, Answer::Kind::TooManyFailures, Answer::Kind::Unavailable}) {
    const Response response = responseTo(kind);

    EXPECT_EQ(headerOf(response, "Content-Type"), "application/problem+json");
    EXPECT_EQ(nlohmann::json::parse(response.body).at("status"), response.status);
  }
}

}  // namespace
}  // namespace landfall::http
