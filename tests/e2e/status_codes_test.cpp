// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/base/crypto.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLimit = 2097152;
constexpr auto kPush = R"({"docker_url":"quay.io/shop/api","updated_tags":["1.2.3"]})";

class StatusCodes : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.start();
    quay_ = server_.pathOf("quay");
    harbor_ = server_.pathOf("harbor");
  }

  std::string postHead(const std::string& more) const {
    return "POST " + quay_ + " HTTP/1.1\r\nHost: landfall.example\r\n" + more + "\r\n";
  }

  ServerUnderTest server_{
      {.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""},
                                             {"harbor", "harbor", "auth-header", "Bearer a-long-harbor-secret", ""},
                                             {"europa", "europa", "secret", "a-long-europa-secret", ""}})}};
  std::string quay_;
  std::string harbor_;
};

TEST_F(StatusCodes, AnUnknownPathIs404AndTellsNothing) {
  for (const auto* path : {"/", "/quay", "/quay/", "/quay/0000", "/healthz", "/api/v1/events"}) {
    EXPECT_EQ(server_.post(path, kPush).status, 404) << path;
  }
  EXPECT_EQ(server_.post(quay_ + "/", kPush).status, 404);
  EXPECT_EQ(server_.post("/" + quay_, kPush).status, 404);
}

TEST_F(StatusCodes, AnErrorIsAProblemDocument) {
  const HttpAnswer answer = server_.post("/nowhere", kPush);

  EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
  const Json problem = Json::parse(answer.body);
  EXPECT_EQ(problem.at("status"), 404);
  EXPECT_EQ(problem.at("title"), "Not Found");
}

TEST_F(StatusCodes, AnotherMethodIs405AndNamesPost) {
  for (const auto* method : {"GET", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    const HttpAnswer answer = *callHttp(server_.webhookPort(), method, quay_, {}, "");
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("Allow"), "POST") << method;
  }
}

TEST_F(StatusCodes, AWrongCredentialIs401WithoutAReasonAndWithoutItsBodyInTheHistory) {
  const std::string body = R"({"type":"PUSH_ARTIFACT"})";
  std::string said;
  for (const auto& headers :
       {Headers{}, Headers{{"Authorization", ""}}, Headers{{"Authorization", "Bearer wrong"}},
        Headers{{"Authorization", "bearer a-long-harbor-secret"}},
        Headers{{"Authorization", "Bearer a-long-harbor-secret"}, {"Authorization", "Bearer a-long-harbor-secret"}}}) {
    const HttpAnswer answer = server_.post(harbor_, body, headers);
    EXPECT_EQ(answer.status, 401);
    if (said.empty()) said = answer.body;
    EXPECT_EQ(answer.body, said);  // the same words, whatever was wrong
  }
  ASSERT_TRUE(waitUntil([&] { return server_.all("events", "outcome=unauthenticated").size() == 5; }));
  const Json event = server_.all("events", "outcome=unauthenticated").front();
  EXPECT_EQ(event.at("receiver"), "harbor");
  EXPECT_EQ(server_.adminCall("GET", "/api/v1/events/" + event.at("id").get<std::string>() + "/body").status, 404);
}

TEST_F(StatusCodes, TheRightCredentialIs200) {
  EXPECT_EQ(
      server_.post(harbor_, R"({"type":"PULL_ARTIFACT"})", {{"Authorization", "Bearer a-long-harbor-secret"}}).status,
      200);
}

TEST_F(StatusCodes, WhatIsNoJsonIs400ButForSendersThatPunishRefusals) {
  const HttpAnswer harbor = server_.post(harbor_, "{", {{"Authorization", "Bearer a-long-harbor-secret"}});
  const HttpAnswer quay = server_.post(quay_, "{");

  EXPECT_EQ(harbor.status, 400);
  EXPECT_EQ(quay.status, 200);
  for (const auto& answer : {harbor, quay}) {
    const std::string id = answer.header("Landfall-Event");
    ASSERT_FALSE(id.empty());
    EXPECT_EQ(server_.api("events/" + id).at("outcome"), "malformed");
    EXPECT_EQ(server_.adminCall("GET", "/api/v1/events/" + id + "/body").body, "{");
  }
}

TEST_F(StatusCodes, ABodyOfExactlyTheLimitIsReadAndOneByteMoreIs413) {
  std::string body = kPush;
  body.resize(kLimit, ' ');
  EXPECT_EQ(server_.post(quay_, body).status, 200);
  EXPECT_EQ(callHttp(server_.webhookPort(), "POST", quay_, {}, body, true)->status, 200);

  body.push_back(' ');
  EXPECT_NE(rawExchange(server_.webhookPort(), postHead("Content-Length: 2097153\r\n")).find(" 413 "),
            std::string::npos);
  const std::string chunked = rawExchange(
      server_.webhookPort(), postHead("Transfer-Encoding: chunked\r\n") + "200001\r\n" + body + "\r\n0\r\n\r\n");
  EXPECT_NE(chunked.find(" 413 "), std::string::npos);
}

TEST_F(StatusCodes, WhatIsNoProperHttpIsRefusedAndTheServerGoesOn) {
  const auto refusal = [&](const std::string& bytes) {
    return rawExchange(server_.webhookPort(), bytes).substr(0, 12);
  };

  EXPECT_EQ(refusal(postHead("")), "HTTP/1.1 411");
  EXPECT_EQ(refusal(postHead("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n") + "{}"), "HTTP/1.1 400");
  EXPECT_EQ(refusal(postHead("Content-Length: 2\r\nContent-Length: 3\r\n") + "{}"), "HTTP/1.1 400");
  EXPECT_EQ(refusal(postHead("X-Much: " + std::string(65536, 'a') + "\r\n")), "HTTP/1.1 431");
  EXPECT_EQ(
      refusal(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(200, '\x01') + "\r\n\r\n"),
      "HTTP/1.1 400");
  EXPECT_EQ(refusal("GARBAGE\r\n\r\n"), "HTTP/1.1 400");
  EXPECT_EQ(server_.post(quay_, kPush).status, 200);
}

TEST_F(StatusCodes, NothingLeaksBetweenTheRequestsOfOneConnection) {
  HttpConnection connection(server_.webhookPort());
  const Headers credential{{"Authorization", "Bearer a-long-harbor-secret"}};

  EXPECT_EQ(connection.call("POST", harbor_, credential, R"({"type":"PULL_ARTIFACT"})")->status, 200);
  EXPECT_EQ(connection.call("POST", harbor_, {}, R"({"type":"PULL_ARTIFACT"})")->status, 401);
  const auto quay = connection.call("POST", quay_, {}, kPush);
  ASSERT_TRUE(quay);
  EXPECT_EQ(Json::parse(quay->body).at("outcome"), "unmatched");
  const std::string id = Json::parse(quay->body).at("event");
  EXPECT_EQ(server_.adminCall("GET", "/api/v1/events/" + id + "/body").body, kPush);
}

TEST_F(StatusCodes, APeerThatFailsAgainAndAgainIs429WhileTheAuthenticIsServed) {
  HttpConnection connection(server_.webhookPort());
  bool limited = false;
  for (int i = 0; i < 5000 && !limited; ++i) {
    const auto answer = connection.call("POST", "/quay/guess" + std::to_string(i), {}, kPush);
    ASSERT_TRUE(answer);
    limited = answer->status == 429;
    if (limited) {
      EXPECT_FALSE(answer->header("Retry-After").empty());
    }
  }

  EXPECT_TRUE(limited);
  EXPECT_EQ(server_.post(quay_, kPush).status, 200);
}

TEST_F(StatusCodes, TheAdminApiRefusesOtherSitesAndStrangeHosts) {
  const std::string authority = "127.0.0.1:" + std::to_string(server_.adminPort());

  EXPECT_EQ(server_.adminCall("POST", "/api/v1/reload", {{"Origin", "http://evil.example"}}).status, 403);
  EXPECT_EQ(server_.adminCall("POST", "/api/v1/reload", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(server_.adminCall("POST", "/api/v1/reload", {{"Origin", "http://" + authority}}).status, 200);
  EXPECT_EQ(
      rawExchange(server_.adminPort(), "GET /api/v1/events HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
          .substr(0, 12),
      "HTTP/1.1 403");
  EXPECT_EQ(server_.adminCall("DELETE", "/api/v1/events").status, 405);
  EXPECT_EQ(server_.adminCall("GET", "/api/v1/nothing").status, 404);
  EXPECT_EQ(server_.adminCall("GET", "/healthz").status, 200);
  EXPECT_EQ(server_.adminCall("GET", "/readyz").status, 200);
}

TEST(StatusCodesWithTokens, ScopesDecideWhatATokenMayDoAndSee) {
  ServerUnderTest server(
      {.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}),
       .settings = "",
       .plugins = builtPlugins()});
  std::string settings = readFile(server.settingsFile());
  const std::string admin = "admin: {listen: 127.0.0.1:0}";
  settings.replace(settings.find(admin), admin.size(),
                   "admin:\n  listen: 127.0.0.1:0\n  tokens:\n  - {name: r, scope: read, sha256: " +
                       base::sha256Hex("reader-token") +
                       "}\n  - {name: o, scope: operate, sha256: " + base::sha256Hex("operator-token") + "}\n");
  std::ofstream(server.settingsFile(), std::ios::trunc) << settings;
  server.start();
  const Headers reader{{"Authorization", "Bearer reader-token"}};
  const Headers operating{{"Authorization", "Bearer operator-token"}};

  EXPECT_EQ(server.adminCall("GET", "/api/v1/events").status, 401);
  EXPECT_EQ(server.adminCall("GET", "/api/v1/events", {{"Authorization", "Bearer nothing"}}).status, 401);
  EXPECT_EQ(server.adminCall("GET", "/healthz").status, 200);
  EXPECT_EQ(server.adminCall("GET", "/api/v1/events", reader).status, 200);
  EXPECT_EQ(server.adminCall("POST", "/api/v1/reload", reader).status, 403);
  EXPECT_EQ(server.adminCall("POST", "/api/v1/reload", operating).status, 200);
  const std::string path = server.pathOf("quay");
  EXPECT_EQ(server.adminCall("GET", "/api/v1/receivers", reader).body.find(path), std::string::npos);
  EXPECT_NE(server.adminCall("GET", "/api/v1/receivers", operating).body.find(path), std::string::npos);
}

}  // namespace
}  // namespace landfall::testing
