// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "core/refresh/http_refresher.h"
#include "tests/support/scripted_target.h"
#include "tests/support/wait.h"
#include "tests/unit/refresh/sample_run.h"

namespace landfall::refresh {
namespace {

using model::AttemptOutcome;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::answer;
using testing::closeEarly;
using testing::keepAlive;
using testing::ReceivedRequest;
using testing::Reply;
using testing::SampleRun;
using testing::ScriptedTarget;

AddressRules loopbackAllowed() { return AddressRules({base::Network::parse("127.0.0.0/8").value()}, {}); }

RefreshResult refreshAt(const HttpRefresher& refresher, const std::string& url, const SampleRun& sample = {}) {
  return refresher.refresh(sample.run(), {.url = url});
}

/// The replies in their order, then 200.
ScriptedTarget::Script inOrder(std::vector<Reply> replies) {
  auto next = std::make_shared<std::atomic<std::size_t>>(0);
  return [replies = std::move(replies), next](const ReceivedRequest&) {
    const std::size_t at = (*next)++;
    return at < replies.size() ? replies[at] : keepAlive(answer(200));
  };
}

TEST(KeepAlive, CallsToOnePlaceShareAConnection) {
  ScriptedTarget server(keepAlive(answer(200, {}, "done")));
  const HttpRefresher refresher(loopbackAllowed());

  for (const auto* path : {"/a", "/b", "/c"})
    EXPECT_EQ(refreshAt(refresher, server.url(path)).outcome, AttemptOutcome::Succeeded);

  EXPECT_EQ(server.requests().size(), 3U);
  EXPECT_EQ(server.connections(), 1U);
}

TEST(KeepAlive, EveryAnswerThatEndsWhereItSaysLeavesTheConnectionOpen) {
  const std::vector<Reply> replies{
      answer(200),
      answer(503, {}, "later"),
      Reply{"HTTP/1.1 204 No Content\r\n\r\n"},
      Reply{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndone\r\n0\r\n\r\n"},
      Reply{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndone\r\n0\r\nX-Sum: 1\r\n\r\n"},
      Reply{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
      testing::byteByByte(answer(200, {}, "done"), milliseconds(1)),
  };
  for (const auto& reply : replies) {
    ScriptedTarget server(keepAlive(reply));
    const HttpRefresher refresher(loopbackAllowed());

    refreshAt(refresher, server.url());
    refreshAt(refresher, server.url());

    EXPECT_EQ(server.connections(), 1U) << reply.bytes;
    EXPECT_EQ(server.requests().size(), 2U) << reply.bytes;
  }
}

TEST(KeepAlive, AnAnswerWhoseEndIsInDoubtOrWasNotReadEndsTheConnection) {
  const std::vector<Reply> replies{
      answer(200, {"Connection: close"}),
      answer(200, {"Connection: x, Close"}),
      answer(200, {"Content-Length: 7"}),
      answer(200, {"Transfer-Encoding: chunked"}, "0\r\n\r\n"),
      Reply{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      Reply{"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"},
      Reply{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
      Reply{"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n"},
      Reply{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n"},
      Reply{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndone!\r\n0\r\n\r\n"},
      answer(200, {}, std::string(20 << 20, 'x')),
  };
  for (const auto& reply : replies) {
    ScriptedTarget server(keepAlive(reply));
    const HttpRefresher refresher(loopbackAllowed());

    EXPECT_EQ(refreshAt(refresher, server.url()).status.value_or(0) / 100, 2) << reply.bytes.substr(0, 100);
    EXPECT_EQ(refreshAt(refresher, server.url()).status.value_or(0) / 100, 2) << reply.bytes.substr(0, 100);

    EXPECT_EQ(server.connections(), 2U) << reply.bytes.substr(0, 100);
  }
}

TEST(KeepAlive, OfAnEndlessAnswerOnlyTheBeginningIsRead) {
  ScriptedTarget server(inOrder({}));
  Reply endless{"HTTP/1.1 200 OK\r\n\r\n"};
  endless.repeat = true;
  ScriptedTarget flood(endless);
  const HttpRefresher refresher(loopbackAllowed());

  EXPECT_EQ(refreshAt(refresher, flood.url()).outcome, AttemptOutcome::Succeeded);
  EXPECT_EQ(refreshAt(refresher, server.url()).outcome, AttemptOutcome::Succeeded);
}

TEST(KeepAlive, AConnectionThatTheTargetHasClosedIsNotUsed) {
  ScriptedTarget server(answer(200));  // closes without having said so
  const HttpRefresher refresher(loopbackAllowed());

  for (int i = 0; i < 5; ++i) EXPECT_EQ(refreshAt(refresher, server.url()).outcome, AttemptOutcome::Succeeded) << i;

  EXPECT_EQ(server.connections(), 5U);
}

TEST(KeepAlive, ACallThatFailsUnheardOnAnOldConnectionIsMadeOnceMoreOnANewOne) {
  ScriptedTarget server(inOrder({keepAlive(answer(200)), closeEarly(), keepAlive(answer(200))}));
  const HttpRefresher refresher(loopbackAllowed());
  refreshAt(refresher, server.url());

  const auto result = refreshAt(refresher, server.url());

  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded) << result.detail;
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[1].header("webhook-id"), requests[2].header("webhook-id"));
  EXPECT_EQ(requests[1].body, requests[2].body);
  EXPECT_EQ(server.connections(), 2U);
}

TEST(KeepAlive, ItIsMadeNoThirdTime) {
  ScriptedTarget server(inOrder({keepAlive(answer(200)), closeEarly(), closeEarly()}));
  const HttpRefresher refresher(loopbackAllowed());
  refreshAt(refresher, server.url());

  const auto result = refreshAt(refresher, server.url());

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(KeepAlive, ACallThatWasHeardIsNotMadeAgain) {
  ScriptedTarget server(inOrder({keepAlive(answer(200)), Reply{"HTTP/1.1 2"}}));
  const HttpRefresher refresher(loopbackAllowed());
  refreshAt(refresher, server.url());

  const auto result = refreshAt(refresher, server.url());

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(KeepAlive, ACallOnANewConnectionIsNotMadeAgain) {
  ScriptedTarget server(closeEarly());
  const HttpRefresher refresher(loopbackAllowed());

  EXPECT_EQ(refreshAt(refresher, server.url()).outcome, AttemptOutcome::Retryable);

  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(KeepAlive, ATargetThatFallsSilentIsNotCalledAgainAfterTheTimeout) {
  ScriptedTarget server(inOrder({keepAlive(answer(200)), testing::silence()}));
  const HttpRefresher refresher(loopbackAllowed());
  refreshAt(refresher, server.url());
  SampleRun sample;
  sample.timeout = milliseconds(200);

  const auto result = refreshAt(refresher, server.url(), sample);

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_NE(result.detail.find("timeout"), std::string::npos) << result.detail;
  EXPECT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.connections(), 1U);
}

TEST(KeepAlive, AfterARequestThatWasNotTakenWholeTheConnectionEnds) {
  SampleRun large;  // more than what sockets buffer
  large.claim.artifacts.front().tag = std::string(16 << 20, 'x');
  Reply early = answer(200);
  early.hold = true;
  ScriptedTarget server(early, ScriptedTarget::AnswerAt::Head);
  const HttpRefresher refresher(loopbackAllowed());

  EXPECT_EQ(refreshAt(refresher, server.url(), large).outcome, AttemptOutcome::Succeeded);
  EXPECT_EQ(refreshAt(refresher, server.url(), large).outcome, AttemptOutcome::Succeeded);

  EXPECT_EQ(server.connections(), 2U);
}

TEST(KeepAlive, ANameThatLeadsToAPrivateAddressNowIsRefusedThoughAConnectionIsOpen) {
  ScriptedTarget server(keepAlive(answer(200)));
  std::atomic<int> questions = 0;
  const HttpRefresher refresher(loopbackAllowed(), [&](const std::string&, std::uint16_t port, Deadline) {
    const bool first = questions++ == 0;
    return std::vector<Poco::Net::SocketAddress>{{first ? "127.0.0.1" : "10.0.0.1", port}};
  });
  const std::string url = "http://hooks.example:" + std::to_string(server.port());

  const auto first = refreshAt(refresher, url);
  const int asked_for_the_first = questions;
  const auto second = refreshAt(refresher, url);

  EXPECT_EQ(first.outcome, AttemptOutcome::Succeeded) << first.detail;
  EXPECT_EQ(asked_for_the_first, 1);  // what was checked is what was connected to
  EXPECT_EQ(second.outcome, AttemptOutcome::Retryable);
  EXPECT_NE(second.detail.find("10.0.0.1"), std::string::npos) << second.detail;
  EXPECT_EQ(server.requests().size(), 1U);
}

class IdleConnectionsTest : public ::testing::Test {
 protected:
  Connection connect() {
    auto opened = Connection::open(here_, std::chrono::steady_clock::now() + seconds(20));
    if (!opened.ok()) throw std::runtime_error(opened.status().text());
    return std::move(opened).value();
  }

  /// Of this process that are connected to the server.
  std::size_t descriptors() const {
    const auto folder = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<std::size_t>(std::count_if(begin(folder), end(folder), [&](const auto& entry) {
      sockaddr_in peer{};
      socklen_t size = sizeof peer;
      const int fd = std::stoi(entry.path().filename().string());
      return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && peer.sin_family == AF_INET &&
             ntohs(peer.sin_port) == server_.port();
    }));
  }

  ScriptedTarget server_{answer(200)};
  const std::vector<Poco::Net::SocketAddress> here_{{"127.0.0.1", server_.port()}};
};

TEST_F(IdleConnectionsTest, AreGivenToTheirOwnPlaceAndAddressOnly) {
  IdleConnections idle;
  idle.put("a", connect());

  const std::vector<Poco::Net::SocketAddress> elsewhere{{"127.0.0.2", server_.port()}};
  EXPECT_FALSE(idle.take("b", here_));
  EXPECT_FALSE(idle.take("a", elsewhere));
  EXPECT_TRUE(idle.take("a", here_));
  EXPECT_FALSE(idle.take("a", here_));
}

TEST_F(IdleConnectionsTest, AreLimitedPerPlaceAndInAll) {
  IdleConnections idle({.per_place = 2, .in_all = 3, .time = std::chrono::hours(1)});
  const auto countOf = [&](const std::string& place) {
    int count = 0;
    while (idle.take(place, here_)) ++count;
    return count;
  };
  for (const auto* place : {"a", "a", "a", "b", "c"}) idle.put(place, connect());

  EXPECT_EQ(countOf("a"), 1);
  EXPECT_EQ(countOf("b"), 1);
  EXPECT_EQ(countOf("c"), 1);
}

TEST_F(IdleConnectionsTest, AreClosedByTidyingWhenTheirPeerHasClosedThem) {
  Connection closed_by_peer = connect();
  ASSERT_TRUE(closed_by_peer.send("GET / HTTP/1.1\r\n\r\n", std::chrono::steady_clock::now() + seconds(20)).ok());
  ASSERT_TRUE(testing::waitUntil([&] { return !closed_by_peer.quiet(); }));
  IdleConnections idle;
  const std::size_t before = descriptors();
  idle.put("a", connect());
  idle.put("a", std::move(closed_by_peer));

  idle.tidy();

  EXPECT_EQ(descriptors(), before);  // one has come, one has gone
  EXPECT_TRUE(idle.take("a", here_));
}

TEST_F(IdleConnectionsTest, AreClosedWhenTheirTimeIsOver) {
  IdleConnections idle({.per_place = 2, .in_all = 3, .time = milliseconds(0)});
  idle.put("a", connect());

  EXPECT_FALSE(idle.take("a", here_));
}

}  // namespace
}  // namespace landfall::refresh
