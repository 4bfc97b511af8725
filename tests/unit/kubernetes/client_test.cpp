// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/client.h"

#include <Poco/Net/ServerSocket.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/scripted_api_server.h"
#include "tests/support/wait.h"
#include "tests/unit/kubernetes/answers_of_tests.h"

namespace landfall::kubernetes {
namespace {

using std::chrono::milliseconds;
using testing::ScriptedApiServer;
using ::testing::Test;
using Reply = ScriptedApiServer::Reply;
using Request = ScriptedApiServer::Request;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class ClientTest : public Test {
 protected:
  Answer<Object> get(Client& client) { return client.get(kWarehouses, "shop", "api"); }

  ScriptedApiServer server_;
};

TEST_F(ClientTest, ReadsAnObjectAndShowsItsTokenAndItsName) {
  server_.on(kPath + "/api", [](const Request&, Reply& reply) { reply.json(200, warehouse("api", 7)); });
  Client client(accessTo(server_), {.user_agent = "landfall/1"});

  const auto object = get(client);

  ASSERT_TRUE(object.ok()) << object.failure().message;
  EXPECT_EQ(object->space, "shop");
  EXPECT_EQ(object->name, "api");
  EXPECT_EQ(object->resource_version, "7");
  const auto request = server_.requests().at(0);
  EXPECT_EQ(request.headers.at("authorization"), "Bearer a-secret-token");
  EXPECT_EQ(request.headers.at("user-agent"), "landfall/1");
  EXPECT_EQ(request.headers.at("host"), "127.0.0.1:" + std::to_string(server_.port()));
}

TEST_F(ClientTest, AsksOneThingAfterAnotherOverOneConnection) {
  server_.on(kPath + "/api", [](const Request&, Reply& reply) { reply.json(200, warehouse("api", 7)); });
  Client client(accessTo(server_));

  for (int i = 0; i < 5; ++i) ASSERT_TRUE(get(client).ok());

  EXPECT_EQ(server_.connections(), 1u);
}

TEST_F(ClientTest, SendsAMergePatchOfASubresource) {
  server_.on(kPath + "/api/status", [](const Request&, Reply& reply) { reply.json(200, warehouse("api", 8)); });
  Client client(accessTo(server_));

  const auto object = client.patch(kWarehouses, "shop", "api", R"({"status":{}})", "status");

  ASSERT_TRUE(object.ok()) << object.failure().message;
  EXPECT_EQ(object->resource_version, "8");
  const auto request = server_.requests().at(0);
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.headers.at("content-type"), "application/merge-patch+json");
  EXPECT_EQ(request.body, R"({"status":{}})");
}

TEST_F(ClientTest, ReplacesAConnectionThatWasClosedWhileItWasKept) {
  server_.on(kPath + "/api", [](const Request&, Reply& reply) { reply.json(200, warehouse("api", 7)); });
  Client client(accessTo(server_));
  ASSERT_TRUE(get(client).ok());

  server_.dropConnections();
  const auto object = get(client);

  EXPECT_TRUE(object.ok()) << object.failure().message;
  EXPECT_EQ(server_.connections(), 2u);
}

TEST_F(ClientTest, AsksAgainOnAFreshConnectionWhenAKeptOneDiesUnderTheRequest) {
  std::atomic<int> asked = 0;
  server_.on(kPath + "/api", [&](const Request&, Reply& reply) {
    if (++asked == 2) return reply.close();  // read, and closed without a word
    reply.json(200, warehouse("api", 7));
  });
  Client client(accessTo(server_));
  ASSERT_TRUE(get(client).ok());

  const auto object = get(client);

  EXPECT_TRUE(object.ok()) << object.failure().message;
  EXPECT_EQ(asked, 3);
}

TEST_F(ClientTest, DoesNotAskAgainOnAConnectionThatWasFresh) {
  server_.on(kPath + "/api", [](const Request&, Reply& reply) { reply.close(); });
  Client client(accessTo(server_));

  const auto object = get(client);

  ASSERT_FALSE(object.ok());
  EXPECT_EQ(object.failure().status, 0);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(ClientTest, ReadsAChunkedAnswerOfAMegabyte) {
  const std::string big(1 << 20, 'x');
  server_.on(kPath + "/api", [&](const Request&, Reply& reply) {
    const auto body = warehouse("api", 7, R"(,"spec":{"big":")" + big + "\"}");
    reply.begin();
    for (std::size_t at = 0; at < body.size(); at += 10000) reply.chunk(body.substr(at, 10000));
    reply.end();
  });
  Client client(accessTo(server_));

  const auto first = get(client);
  const auto second = get(client);

  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(contains(first->json, big));
  EXPECT_EQ(server_.connections(), 1u);
}

TEST_F(ClientTest, NamesTheRuleThatRbacLacks) {
  server_.on(kPath + "/api", [](const Request&, Reply& reply) {
    reply.json(
        403, statusObject(
                 403, "Forbidden",
                 R"(warehouses \"api\" is forbidden: User \"system:serviceaccount:landfall:landfall\" cannot patch)"));
  });
  Client client(accessTo(server_));

  const auto object = client.patch(kWarehouses, "shop", "api", "{}");

  ASSERT_FALSE(object.ok());
  EXPECT_EQ(object.failure().status, 403);
  EXPECT_EQ(object.failure().reason, "Forbidden");
  EXPECT_TRUE(contains(object.failure().message, "403: patch warehouses.kargo.akuity.io shop/api: "));
  EXPECT_TRUE(contains(object.failure().message,
                       "add verbs: [patch], resources: [warehouses], apiGroups: [\"kargo.akuity.io\"] to a Role in "
                       "namespace shop or a ClusterRole of system:serviceaccount:landfall:landfall"))
      << object.failure().message;
}

TEST_F(ClientTest, SaysWhichCredentialWasNotAcceptedButNotTheCredential) {
  server_.on(kPath + "/api",
             [](const Request&, Reply& reply) { reply.json(401, statusObject(401, "Unauthorized", "Unauthorized")); });
  Client client(accessTo(server_));

  const auto object = get(client);

  ASSERT_FALSE(object.ok());
  EXPECT_TRUE(contains(object.failure().message, "the token of the kubeconfig's user")) << object.failure().message;
  EXPECT_FALSE(contains(object.failure().message, "a-secret-token"));
}

TEST_F(ClientTest, TakesRetryAfterInSecondsAndAsADateOfTheServersClock) {
  server_.on(kPath + "/api", [](const Request& request, Reply& reply) {
    const bool first = request.connection == 1;
    reply.json(first ? 429 : 503, statusObject(429, "TooManyRequests", "storage is (re)initializing"),
               first ? "Retry-After: 5\r\nConnection: close\r\n"
                     : "Date: Sun, 06 Nov 1994 08:49:30 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    reply.close();
  });
  Client client(accessTo(server_));

  const auto in_seconds = get(client);
  const auto as_date = get(client);

  ASSERT_FALSE(in_seconds.ok());
  ASSERT_FALSE(as_date.ok());
  EXPECT_EQ(in_seconds.failure().retry_after, milliseconds(5000));
  EXPECT_EQ(as_date.failure().retry_after, milliseconds(7000));
}

TEST_F(ClientTest, TellsAnUnknownKindFromAnUnknownObject) {
  server_.on(kPath + "/api", [](const Request&, Reply& reply) {
    reply.json(404, statusObject(404, "NotFound", R"(warehouses \"api\" not found)"));
  });
  Client client(accessTo(server_));

  const auto unknown_object = get(client);
  const auto unknown_kind = client.get({"fluxcd.io", "v1", "things", "Thing", true}, "shop", "api");

  ASSERT_FALSE(unknown_object.ok() || unknown_kind.ok());
  EXPECT_EQ(unknown_object.failure().reason, "NotFound");
  EXPECT_FALSE(contains(unknown_object.failure().message, "CRD"));
  EXPECT_EQ(unknown_kind.failure().status, 404);
  EXPECT_TRUE(contains(unknown_kind.failure().message, "check that the CRDs of fluxcd.io are installed"))
      << unknown_kind.failure().message;
}

TEST_F(ClientTest, FollowsNoRedirect) {
  server_.on(kPath + "/api",
             [](const Request&, Reply& reply) { reply.json(302, "{}", "Location: https://elsewhere.example/\r\n"); });
  Client client(accessTo(server_));

  const auto object = get(client);

  ASSERT_FALSE(object.ok());
  EXPECT_EQ(object.failure().status, 302);
  EXPECT_TRUE(contains(object.failure().message, "redirects are not followed"));
}

TEST_F(ClientTest, BoundsAnAnswer) {
  server_.on(kPath + "/api", [](const Request&, Reply& reply) {
    reply.begin();
    const std::string piece(1 << 20, ' ');
    for (int i = 0; i < 9; ++i) reply.chunk(piece);
    reply.end();
  });
  Client client(accessTo(server_));

  const auto object = get(client);

  ASSERT_FALSE(object.ok());
  EXPECT_TRUE(contains(object.failure().message, "larger than 8 MiB")) << object.failure().message;
}

TEST_F(ClientTest, SaysWhatBrokeWhateverTheServerSends) {
  const std::vector<std::string> answers{
      "garbage\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":",
      "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\n\xff\xfe not json",
      "HTTP/1.1 99999999999 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\n" + std::string(100000, 'h') + ": x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n{\"metadata\":{\"name\":[\"no text\"]}}",
      "",
  };
  for (const auto& answer : answers) {
    server_.on(kPath + "/api", [answer](const Request&, Reply& reply) {
      reply.raw(answer);
      reply.close();
    });
    Client client(accessTo(server_));

    const auto object = get(client);

    ASSERT_FALSE(object.ok()) << answer.substr(0, 100);
    EXPECT_TRUE(contains(object.failure().message, "get warehouses.kargo.akuity.io shop/api: " + server_.url()))
        << object.failure().message;
  }
}

TEST_F(ClientTest, SurvivesJsonNestedWithoutEnd) {
  server_.on(kPath + "/api", [](const Request&, Reply& reply) {
    const std::size_t levels = 1000000;
    reply.json(200, warehouse("api", 7, ",\"spec\":" + std::string(levels, '[') + std::string(levels, ']')));
  });
  Client client(accessTo(server_));

  const auto object = get(client);

  ASSERT_TRUE(object.ok()) << object.failure().message;
  EXPECT_LT(object->json.size(), 2000u);
}

TEST_F(ClientTest, GivesUpASilentServerInTime) {
  server_.on(kPath + "/api", [](const Request&, Reply& reply) { reply.beSilent(); });
  Client client(accessTo(server_), {.timeout = milliseconds(100)});

  const auto object = get(client);

  ASSERT_FALSE(object.ok());
  EXPECT_TRUE(contains(object.failure().message, "no answer within 0.1 s")) << object.failure().message;
}

TEST_F(ClientTest, GivesUpAServerThatSendsAByteNowAndThen) {
  // The server may get round to it after this test.
  const auto over = std::make_shared<std::atomic<bool>>(false);
  server_.on(kPath + "/api", [over](const Request&, Reply& reply) {
    while (!*over) {
      reply.raw("H");
      testing::waitUntil([&] { return over->load(); }, milliseconds(10));
    }
    reply.close();
  });
  Client client(accessTo(server_), {.timeout = milliseconds(200)});

  const auto object = get(client);
  *over = true;

  EXPECT_FALSE(object.ok());
}

/// Accepts connections, as far as TCP goes, and never says anything.
class MuteListener {
 public:
  MuteListener() {
    socket_.bind(Poco::Net::SocketAddress("127.0.0.1", 0));
    socket_.listen();
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(socket_.address().port()); }

 private:
  Poco::Net::ServerSocket socket_;
};

TEST_F(ClientTest, GivesUpAServerThatDoesNotShakeHands) {
  const MuteListener mute;
  auto access = accessTo(server_);
  access.server = mute.url();
  Client client(access, {.connect_timeout = milliseconds(100)});

  const auto object = get(client);

  ASSERT_FALSE(object.ok());
  EXPECT_TRUE(contains(object.failure().message, "the TLS handshake did not end in time")) << object.failure().message;
}

TEST_F(ClientTest, StopEndsAHandshake) {
  const MuteListener mute;
  auto access = accessTo(server_);
  access.server = mute.url();
  Client client(access, {.connect_timeout = std::chrono::hours(1), .timeout = std::chrono::hours(1)});
  std::atomic<bool> failed = false;
  std::thread asking([&] { failed = !get(client).ok(); });

  EXPECT_FALSE(testing::waitUntil([&] { return failed.load(); }, milliseconds(50)));
  client.stop();
  asking.join();

  EXPECT_TRUE(failed);
}

TEST_F(ClientTest, StopEndsWhatIsBeingAskedAndWhatIsAskedAfterwards) {
  server_.on(kPath + "/api", [](const Request&, Reply& reply) { reply.beSilent(); });
  Client client(accessTo(server_));
  std::atomic<bool> failed = false;
  std::thread asking([&] { failed = !get(client).ok(); });
  EXPECT_TRUE(testing::waitUntil([&] { return !server_.requests().empty(); }));

  client.stop();
  asking.join();
  const auto afterwards = get(client);

  EXPECT_TRUE(failed);
  ASSERT_FALSE(afterwards.ok());
  EXPECT_TRUE(contains(afterwards.failure().message, "stopped")) << afterwards.failure().message;
}

TEST_F(ClientTest, ReadsAListInPages) {
  server_.on(kAllPath, [](const Request& request, Reply& reply) {
    if (request.asks("continue=to%2Bken%3D")) return reply.json(200, list(warehouse("web", 4), 9));
    reply.json(200, list(warehouse("api", 3) + R"(,{"metadata":{}},7)", 9, "to+ken="));
  });
  Client client(accessTo(server_));

  const auto first = client.list({kWarehouses, "", "a=b", ""}, 2);
  ASSERT_TRUE(first.ok()) << first.failure().message;
  const auto second = client.list({kWarehouses, "", "a=b", ""}, 2, first->next);

  ASSERT_TRUE(second.ok()) << second.failure().message;
  EXPECT_EQ(first->objects.at(0).name, "api");
  EXPECT_EQ(first->unreadable, 2u);
  EXPECT_EQ(first->resource_version, "9");
  EXPECT_EQ(second->objects.at(0).name, "web");
  EXPECT_EQ(second->next, "");
  EXPECT_TRUE(server_.requests().at(0).asks("labelSelector=a%3Db&limit=2"));
}

TEST_F(ClientTest, ANameCannotLeadToAnotherPath) {
  Client client(accessTo(server_));

  const auto dots = client.get(kWarehouses, "..", "api");
  const auto slash = client.get(kWarehouses, "shop", "a/../../b?c");

  EXPECT_FALSE(dots.ok());
  ASSERT_FALSE(slash.ok());
  ASSERT_EQ(server_.requests().size(), 1u);
  EXPECT_EQ(server_.requests().at(0).path, kPath + "/a%2F..%2F..%2Fb%3Fc");
}

TEST_F(ClientTest, FindsHowAKindIsServedAndRemembersIt) {
  server_.on("/apis/image.toolkit.fluxcd.io", [](const Request&, Reply& reply) {
    reply.json(200, R"({"kind":"APIGroup","versions":[{"version":"v1beta2"},{"version":"v1"}],)"
                    R"("preferredVersion":{"version":"v1"}})");
  });
  server_.on("/apis/image.toolkit.fluxcd.io/v1", [](const Request&, Reply& reply) {
    reply.json(200, R"({"groupVersion":"image.toolkit.fluxcd.io/v1","resources":[)"
                    R"({"name":"imagerepositories/status","kind":"ImageRepository","namespaced":true},)"
                    R"({"name":"imagerepositories","kind":"ImageRepository","namespaced":true}]})");
  });
  server_.on("/apis/image.toolkit.fluxcd.io/v1beta2", [](const Request&, Reply& reply) {
    reply.json(200, R"({"groupVersion":"image.toolkit.fluxcd.io/v1beta2","resources":[)"
                    R"({"name":"imagepolicies","kind":"ImagePolicy","namespaced":true}]})");
  });
  Client client(accessTo(server_));

  const auto preferred = client.resourceType("image.toolkit.fluxcd.io/", "ImageRepository");
  const auto again = client.resourceType("image.toolkit.fluxcd.io/", "ImageRepository");
  const auto asked = server_.requests().size();
  const auto elsewhere = client.resourceType("image.toolkit.fluxcd.io/", "ImagePolicy");
  const auto nowhere = client.resourceType("image.toolkit.fluxcd.io/", "Nothing");

  ASSERT_TRUE(preferred.ok() && again.ok() && elsewhere.ok());
  EXPECT_EQ(*preferred, (ResourceType{"image.toolkit.fluxcd.io", "v1", "imagerepositories", "ImageRepository", true}));
  EXPECT_EQ(asked, 2u);
  EXPECT_EQ(elsewhere->version, "v1beta2");
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.failure().status, 404);
}

TEST_F(ClientTest, FindsKindsOfTheCoreGroup) {
  server_.on("/api/v1", [](const Request&, Reply& reply) {
    reply.json(200, R"({"groupVersion":"v1","resources":[{"name":"secrets","kind":"Secret","namespaced":true}]})");
  });
  Client client(accessTo(server_));

  const auto secrets = client.resourceType("v1", "Secret");

  ASSERT_TRUE(secrets.ok()) << secrets.failure().message;
  EXPECT_EQ(*secrets, (ResourceType{"", "v1", "secrets", "Secret", true}));
}

}  // namespace
}  // namespace landfall::kubernetes
