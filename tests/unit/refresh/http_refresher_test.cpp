// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/http_refresher.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <memory>

#include "core/refresh/standard_webhooks.h"
#include "tests/support/scripted_target.h"
#include "tests/support/wait.h"
#include "tests/unit/refresh/sample_run.h"

namespace landfall::refresh {
namespace {

using model::AttemptOutcome;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::answer;
using testing::Reply;
using testing::SampleRun;
using testing::ScriptedTarget;

AddressRules loopbackAllowed() {
  return AddressRules({base::Network::parse("127.0.0.0/8").value(), base::Network::parse("::1").value()}, {});
}

model::HttpTarget targetAt(const std::string& url) { return {url, "POST", {}, {}}; }

RefreshResult refreshAt(const std::string& url, const SampleRun& sample = {}) {
  return HttpRefresher(loopbackAllowed()).refresh(sample.run(), targetAt(url));
}

bool mentions(const RefreshResult& result, const std::string& text) {
  return result.detail.find(text) != std::string::npos;
}

TEST(HttpRefresher, SendsTheSignedRefresh) {
  ScriptedTarget server(answer(202));
  SampleRun sample;
  model::HttpTarget target = targetAt(server.url("/hooks/a%2Fb?x=1"));
  target.signing_keys = {"newest key", "older key"};

  const auto result = HttpRefresher(loopbackAllowed()).refresh(sample.run(), target);

  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded) << result.detail;
  EXPECT_EQ(result.status, 202);
  ASSERT_EQ(server.requests().size(), 1U);
  const auto request = server.requests().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/hooks/a%2Fb?x=1");
  EXPECT_EQ(request.body, refreshBody(sample.run()));
  EXPECT_EQ(request.header("Host"), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(request.header("Content-Type"), "application/json");
  EXPECT_EQ(request.header("User-Agent"), "Landfall/" LANDFALL_VERSION);
  EXPECT_EQ(request.header("webhook-id"), "01930000-0000-7000-8000-000000000001.3");
  EXPECT_TRUE(verifySignature(*request.header("webhook-id"), *request.header("webhook-timestamp"),
                              *request.header("webhook-signature"), request.body, {"older key"}, sample.now));
}

TEST(HttpRefresher, TheWebhookIdStaysOverRetriesAndChangesWhenAnEventHasJoined) {
  ScriptedTarget server(answer(200));
  SampleRun sample;
  const auto idOfNextCall = [&] {
    refreshAt(server.url(), sample);
    return server.requests().back().header("webhook-id");
  };

  const auto first = idOfNextCall();
  sample.claim.delivery.attempts = 1;
  sample.now += seconds(10);
  const auto retry = idOfNextCall();
  sample.claim.delivery.revision += 1;
  const auto joined = idOfNextCall();

  EXPECT_EQ(retry, first);
  EXPECT_NE(joined, first);
}

TEST(HttpRefresher, TheTargetsHeadersAndMethodAreUsedButNotAgainstTheFraming) {
  ScriptedTarget server(answer(200));
  model::HttpTarget target = targetAt(server.url());
  target.method = "PUT";
  target.headers = {{"Authorization", "Bearer of-a-token"},
                    {"content-type", "application/vnd.x+json"},
                    {"Content-Length", "3"},
                    {"Transfer-Encoding", "chunked"},
                    {"webhook-id", "mine"}};

  const auto result = HttpRefresher(loopbackAllowed()).refresh(SampleRun().run(), target);

  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded) << result.detail;
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.header("Authorization"), "Bearer of-a-token");
  EXPECT_EQ(request.header("Content-Type"), "application/vnd.x+json");
  EXPECT_EQ(request.header("Content-Length"), std::to_string(request.body.size()));
  EXPECT_FALSE(request.header("Transfer-Encoding"));
  EXPECT_NE(request.header("webhook-id"), "mine");
}

TEST(HttpRefresher, CredentialsInTheUrlBecomeBasicAuthentication) {
  ScriptedTarget server(answer(200));

  refreshAt("http://user:open%20sesame@127.0.0.1:" + std::to_string(server.port()) + "/");

  EXPECT_EQ(server.requests().at(0).header("Authorization"), "Basic dXNlcjpvcGVuIHNlc2FtZQ==");
}

TEST(HttpRefresher, NothingCanBeSmuggledIntoTheHead) {
  ScriptedTarget server(answer(200));
  std::vector<model::HttpTarget> table(4, targetAt(server.url()));
  table[0].headers = {{"X-A", "a\r\nX-B: b"}};
  table[1].headers = {{"X-A: b\r\nX-B", "b"}};
  table[2].method = "GET / HTTP/1.1\r\nX-B: b\r\n\r\nPOST";
  table[3].url += " HTTP/1.1\r\nX-B: b";

  for (const auto& target : table) {
    const auto result = HttpRefresher(loopbackAllowed()).refresh(SampleRun().run(), target);
    EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
    EXPECT_FALSE(result.status);
  }
  EXPECT_EQ(server.connections(), 0U);
}

TEST(HttpRefresher, TheStatusDecides) {
  struct Row {
    int status;
    AttemptOutcome outcome;
  };
  std::vector<Row> table{{200, AttemptOutcome::Succeeded},
                         {204, AttemptOutcome::Succeeded},
                         {299, AttemptOutcome::Succeeded},
                         {410, AttemptOutcome::TargetGone}};
  for (const int status : {400, 405, 406, 411, 413, 414, 415, 422, 431, 501})
    table.push_back({status, AttemptOutcome::Rejected});
  for (const int status : {300, 301, 302, 304, 307, 308, 401, 402, 403, 404, 407, 408, 409, 412, 416,
                           418, 421, 423, 425, 426, 428, 429, 451, 500, 502, 503, 504, 511, 599})
    table.push_back({status, AttemptOutcome::Retryable});
  for (const auto& row : table) EXPECT_EQ(outcomeOfStatus(row.status), row.outcome) << row.status;
}

TEST(HttpRefresher, FailuresSayWhatTheTargetSaid) {
  ScriptedTarget server(answer(422, {}, "no such\nenvironment \x01\xff\xc3\xa9"));

  const auto result = refreshAt(server.url());

  EXPECT_EQ(result.outcome, AttemptOutcome::Rejected);
  EXPECT_EQ(result.status, 422);
  EXPECT_EQ(result.detail, "HTTP 422 Scripted: no such environment  ?\xc3\xa9");
}

TEST(HttpRefresher, SecretsThatTheTargetRepeatsAreNotKept) {
  ScriptedTarget server([](const testing::ReceivedRequest& request) {
    return answer(
        500, {},
        "got " + request.target + " and " + request.header("Authorization").value_or("") + " and token-0123456789");
  });
  model::HttpTarget target = targetAt(server.url("/hooks/3f9c3f9c3f9c?token=open-sesame"));
  target.headers = {{"Authorization", "Bearer token-0123456789"}};

  const auto result = HttpRefresher(loopbackAllowed()).refresh(SampleRun().run(), target);

  EXPECT_EQ(result.status, 500);
  EXPECT_FALSE(mentions(result, "3f9c3f9c"));
  EXPECT_FALSE(mentions(result, "open-sesame"));
  EXPECT_FALSE(mentions(result, "token-0123456789"));
  EXPECT_TRUE(mentions(result, "[redacted]"));
}

TEST(HttpRefresher, ConfiguredSecretsThatTheTargetRepeatsAreNotKeptWhateverTheStatus) {
  for (const int status : {200, 500}) {
    ScriptedTarget server(answer(status, {}, "key is hunter22"));
    const auto secrets = std::make_shared<const Secrets>(std::vector<std::string>{"hunter22"});
    const HttpRefresher refresher(loopbackAllowed(), SystemResolver(), {{}, secrets});

    const auto result = refresher.refresh(SampleRun().run(), targetAt(server.url()));

    EXPECT_EQ(result.detail, "HTTP " + std::to_string(status) + " Scripted: key is [redacted]");
  }
}

TEST(HttpRefresher, RedirectsAreNotFollowed) {
  ScriptedTarget elsewhere(answer(200));
  ScriptedTarget server(answer(307, {"Location: " + elsewhere.url()}));

  const auto result = refreshAt(server.url());

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(result.status, 307);
  EXPECT_TRUE(mentions(result, "redirects are not followed"));
  EXPECT_EQ(elsewhere.connections(), 0U);
}

TEST(HttpRefresher, RetryAfterIsReadInBothForms) {
  ScriptedTarget in_seconds(answer(503, {"Retry-After: 17"}));
  ScriptedTarget as_date(answer(429, {"Retry-After: Fri, 20 Nov 2026 10:00:30 GMT"}));
  ScriptedTarget unreadable(answer(503, {"Retry-After: presently"}));

  EXPECT_EQ(refreshAt(in_seconds.url()).retry_after, seconds(17));
  EXPECT_EQ(refreshAt(as_date.url()).retry_after, seconds(30));
  EXPECT_EQ(refreshAt(unreadable.url()).retry_after, std::nullopt);
}

TEST(HttpRefresher, ATargetThatDoesNotAnswerEndsAtTheTimeout) {
  ScriptedTarget server(testing::silence());
  SampleRun sample;
  sample.timeout = milliseconds(200);

  const auto result = refreshAt(server.url(), sample);

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(result.status, std::nullopt);
  EXPECT_TRUE(mentions(result, "timeout")) << result.detail;
}

TEST(HttpRefresher, ATargetThatAnswersByteByByteEndsAtTheTimeout) {
  // At 20 ms for each of a million bytes this test would only end because the attempt does.
  ScriptedTarget server(testing::byteByByte(answer(200, {"X: " + std::string(1'000'000, 'x')})));
  SampleRun sample;
  sample.timeout = milliseconds(300);

  const auto result = refreshAt(server.url(), sample);

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(result.status, std::nullopt);
}

TEST(HttpRefresher, ATextThatComesByteByByteDoesNotHoldTheResultBack) {
  ScriptedTarget server([](const testing::ReceivedRequest&) {
    Reply reply = testing::byteByByte(answer(200, {}, std::string(1'000'000, 'x')), milliseconds(1));
    return reply;
  });
  SampleRun sample;
  sample.timeout = milliseconds(500);

  EXPECT_EQ(refreshAt(server.url(), sample).status, 200);
}

TEST(HttpRefresher, OfALongAnswerOnlyTheBeginningIsRead) {
  ScriptedTarget server(answer(500, {}, std::string(20 << 20, 'x')));

  const auto result = refreshAt(server.url());

  EXPECT_EQ(result.status, 500);
  EXPECT_EQ(result.detail.size(), 4096U);
}

TEST(HttpRefresher, AnEndlessHeadIsNotRead) {
  Reply endless{"HTTP/1.1 200 OK\r\n"};
  endless.repeat = true;
  ScriptedTarget server(endless);

  const auto result = refreshAt(server.url());

  EXPECT_EQ(result.status, std::nullopt);
  EXPECT_TRUE(mentions(result, "16 KiB")) << result.detail;
}

TEST(HttpRefresher, EndlessInterimAnswersEndAtTheTimeout) {
  Reply endless{"HTTP/1.1 100 Continue\r\n\r\n"};
  endless.repeat = true;
  ScriptedTarget server(endless);
  SampleRun sample;
  sample.timeout = milliseconds(300);

  EXPECT_EQ(refreshAt(server.url(), sample).status, std::nullopt);
}

TEST(HttpRefresher, ATargetThatClosesEarlyIsRetried) {
  ScriptedTarget at_once(testing::closeEarly());
  ScriptedTarget within_the_head(Reply{"HTTP/1.1 200 OK\r\nContent-"});

  for (const auto& url : {at_once.url(), within_the_head.url()}) {
    const auto result = refreshAt(url);
    EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
    EXPECT_EQ(result.status, std::nullopt);
    EXPECT_TRUE(mentions(result, "closed")) << result.detail;
  }
}

TEST(HttpRefresher, ATargetThatSpeaksNoHttpIsRetried) {
  ScriptedTarget server(Reply{"220 mail.example ESMTP\r\n\r\n"});

  const auto result = refreshAt(server.url());

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_TRUE(mentions(result, "no HTTP")) << result.detail;
}

TEST(HttpRefresher, ATargetThatIsDownIsRetried) {
  std::string url;
  {
    ScriptedTarget server(answer(200));
    url = server.url();
  }

  const auto result = refreshAt(url);

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_TRUE(mentions(result, "Connection refused")) << result.detail;
}

TEST(HttpRefresher, AnAddressThatIsNotAllowedIsNeverCalled) {
  ScriptedTarget server(answer(200));

  const auto result = HttpRefresher(AddressRules({}, {})).refresh(SampleRun().run(), targetAt(server.url()));

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_TRUE(mentions(result, "allowedNetworks")) << result.detail;
  EXPECT_EQ(server.connections(), 0U);
}

TEST(HttpRefresher, OfANamesAddressesOnlyAllowedOnesAreCalledAndTheHostHeaderKeepsTheName) {
  ScriptedTarget server(answer(200));
  const auto resolve = [](const std::string& host, std::uint16_t port, Deadline) {
    EXPECT_EQ(host, "hooks.example");
    return std::vector<Poco::Net::SocketAddress>{{"169.254.169.254", port}, {"127.0.0.1", port}};
  };
  const HttpRefresher refresher(loopbackAllowed(), resolve);
  const std::string authority = "hooks.example:" + std::to_string(server.port());

  const auto result = refresher.refresh(SampleRun().run(), targetAt("http://" + authority + "/"));

  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded) << result.detail;
  EXPECT_EQ(server.requests().at(0).header("Host"), authority);
}

TEST(HttpRefresher, ANameThatLeadsToTheMetadataServiceIsNotCalled) {
  const HttpRefresher refresher(AddressRules({base::Network::parse("0.0.0.0/0").value()}, {}),
                                [](const std::string&, std::uint16_t port, Deadline) {
                                  return std::vector<Poco::Net::SocketAddress>{{"169.254.169.254", port}};
                                });

  const auto result = refresher.refresh(SampleRun().run(), targetAt("http://innocent.example/"));

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_TRUE(mentions(result, "169.254.169.254")) << result.detail;
}

TEST(HttpRefresher, TheNextAddressIsTriedWhenOneDoesNotAnswer) {
  ScriptedTarget server(answer(200));
  std::uint16_t closed = 0;
  { closed = ScriptedTarget(answer(200)).port(); }
  const HttpRefresher refresher(loopbackAllowed(), [&](const std::string&, std::uint16_t port, Deadline) {
    return std::vector<Poco::Net::SocketAddress>{{"127.0.0.1", closed}, {"127.0.0.1", port}};
  });

  const auto result =
      refresher.refresh(SampleRun().run(), targetAt("http://two.example:" + std::to_string(server.port())));

  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded) << result.detail;
}

TEST(HttpRefresher, AStopEndsTheCallsThatAreUnderWayAndLetsNoOtherBegin) {
  ScriptedTarget server(testing::silence());
  const auto stop = std::make_shared<const StopSignal>();
  HttpCalls calls;
  calls.stop = stop;
  const HttpRefresher refresher(loopbackAllowed(), SystemResolver(), calls);
  SampleRun sample;
  sample.timeout = std::chrono::hours(1);
  auto running =
      std::async(std::launch::async, [&] { return refresher.refresh(sample.run(), targetAt(server.url())); });
  ASSERT_TRUE(testing::waitUntil([&] { return server.requests().size() == 1; }));

  stop->stop();

  const auto cut_short = running.get();
  EXPECT_EQ(cut_short.outcome, AttemptOutcome::Interrupted);
  EXPECT_EQ(cut_short.detail, "cut short: Landfall was stopped");
  EXPECT_EQ(refresher.refresh(sample.run(), targetAt(server.url())).outcome, AttemptOutcome::Interrupted);
  EXPECT_EQ(server.connections(), 1U);
}

TEST(HttpRefresher, ProxiesOfTheEnvironmentAreNotUsed) {
  ScriptedTarget proxy(answer(200));
  ScriptedTarget server(answer(200));
  ::setenv("http_proxy", proxy.url("").c_str(), 1);

  const auto result = refreshAt(server.url());
  ::unsetenv("http_proxy");

  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded);
  EXPECT_EQ(proxy.connections(), 0U);
}

TEST(HttpRefresher, AUrlThatCannotBeCalledSaysSoWithoutShowingIt) {
  for (const auto* url : {"", "ftp://secret.example/", "http://", "https:///secret", "not a url",
                          "http://a:b:c:d/secret", "http://[::1/secret"}) {
    const auto result = refreshAt(url);
    EXPECT_EQ(result.outcome, AttemptOutcome::Retryable) << url;
    EXPECT_FALSE(mentions(result, "secret")) << result.detail;
    EXPECT_FALSE(result.detail.empty());
  }
}

SampleRun largeRun() {
  SampleRun sample;  // more than what sockets buffer
  sample.claim.artifacts.front().tag = std::string(16 << 20, 'x');
  return sample;
}

TEST(HttpRefresher, ALargeRefreshArrivesWhole) {
  const SampleRun sample = largeRun();
  ScriptedTarget server(answer(200));

  const auto result = refreshAt(server.url(), sample);

  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded) << result.detail;
  EXPECT_EQ(server.requests().at(0).body.size(), refreshBody(sample.run()).size());
}

TEST(HttpRefresher, ATargetThatRefusesBeforeItHasReadEverythingIsHeard) {
  Reply refusal = answer(413, {}, "too much");
  refusal.hold = true;
  ScriptedTarget server(refusal, ScriptedTarget::AnswerAt::Head);

  const auto result = refreshAt(server.url(), largeRun());

  EXPECT_EQ(result.outcome, AttemptOutcome::Rejected) << result.detail;
  EXPECT_EQ(result.status, 413);
}

}  // namespace
}  // namespace landfall::refresh
