// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "core/http/server.h"
#include "tests/unit/http/server_fixture.h"

namespace landfall::testing {
namespace {

using std::chrono::milliseconds;

class ServerLimits : public ServerTest {
 protected:
  /// The answer is a problem, says that the connection closes, and the connection does so in order.
  void expectRefusal(std::string_view bytes, int status) {
    RawClient client = connect();
    client.send(bytes);
    const auto answer = client.read();
    ASSERT_TRUE(answer.has_value()) << bytes.substr(0, 100);
    EXPECT_EQ(answer->status, status) << bytes.substr(0, 100);
    EXPECT_TRUE(answer->has("Content-Type: application/problem+json"));
    EXPECT_TRUE(answer->has("Connection: close"));
    EXPECT_TRUE(client.closedByPeer()) << bytes.substr(0, 100);
  }
};

TEST_F(ServerLimits, AcceptsExactlyTheBodyLimit) {
  serveEcho({.max_body_bytes = 100000});
  const std::string body(100000, 'x');

  EXPECT_EQ(ask(post(body)).status, 200);
  EXPECT_EQ(
      ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186A0\r\n" + body + "\r\n0\r\n\r\n").status,
      200);
}

TEST_F(ServerLimits, RefusesOneByteMoreDeclaredOrChunked) {
  serveEcho({.max_body_bytes = 100000});
  const std::string body(100001, 'x');

  expectRefusal(post(body), 413);
  expectRefusal("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186A1\r\n" + body + "\r\n0\r\n\r\n",
                413);
}

TEST_F(ServerLimits, RefusesADeclaredLengthBeforeTheBodyComes) {
  serveEcho();

  expectRefusal("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2097153\r\n\r\n", 413);
}

TEST_F(ServerLimits, LetsAClientThatWritesItAllReadItsRefusal) {
  serveEcho({.max_body_bytes = 10});
  RawClient client = connect();

  EXPECT_TRUE(client.send(post(std::string(4 << 20, 'x'))));

  const auto answer = client.read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 413);
}

TEST_F(ServerLimits, TakesANewBodyLimitForTheNextRequest) {
  auto& server = serveEcho({.max_body_bytes = 10});
  EXPECT_EQ(ask(post("12345678901")).status, 413);

  server.setMaxBodyBytes(11);

  EXPECT_EQ(ask(post("12345678901")).status, 200);
}

TEST_F(ServerLimits, RefusesWhatIsNoGoodRequest) {
  serveEcho();

  expectRefusal("\x16\x03\x01\x02", 400);
  expectRefusal("hello there\r\n", 400);
  expectRefusal("GET / HTTP/1.1\r\n\r\n", 400);
  expectRefusal("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400);
  expectRefusal("POST / HTTP/1.1\r\nHost: a\r\n\r\n", 411);
  expectRefusal("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
  expectRefusal("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400);
}

TEST_F(ServerLimits, RefusesSixtyFourKibibytesOfHeaders) {
  serveEcho();

  expectRefusal("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(65536, 'x') + "\r\n\r\n", 431);
}

TEST_F(ServerLimits, AnswersTheRequestsBeforeABadOne) {
  serveEcho();
  RawClient client = connect();

  client.send(std::string(kGet) + "nonsense\r\n");

  EXPECT_EQ(client.read()->status, 200);
  EXPECT_EQ(client.read()->status, 400);
  EXPECT_TRUE(client.closedByPeer());
}

TEST_F(ServerLimits, RefusesAHeadThatTakesTooLong) {
  serveEcho({.head_timeout = milliseconds(30)});

  expectRefusal("GET / HTTP/1.1\r\nHos", 408);
}

TEST_F(ServerLimits, RefusesABodyThatTakesTooLong) {
  serveEcho({.body_timeout = milliseconds(30)});

  expectRefusal("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", 408);
}

TEST_F(ServerLimits, DoesNotStartTheHeadsTimeAnewWithEachByte) {
  serveEcho({.head_timeout = milliseconds(50)});
  RawClient client = connect();
  std::atomic<bool> answered = false;

  std::thread trickle([&] {
    client.send("GET / HTTP/1.1\r\nX: ");
    waitUntil([&] { return !client.send("x") || answered.load(); });
  });
  const auto answer = client.read();
  answered = true;
  trickle.join();

  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 408);
}

TEST_F(ServerLimits, ClosesAConnectionThatIsIdleTooLong) {
  serveEcho({.idle_timeout = milliseconds(30)});
  RawClient silent = connect();
  RawClient served = connect();
  served.send(kGet);

  EXPECT_EQ(served.read()->status, 200);
  EXPECT_TRUE(served.closedByPeer());
  EXPECT_TRUE(silent.closedByPeer());
}

TEST_F(ServerLimits, ClosesOnAClientThatDoesNotTakeItsAnswer) {
  std::atomic<int> handled = 0;
  serve(
      [&](const http::Request&, http::Responder responder) {
        ++handled;
        responder.complete({.body = std::string(64 << 20, 'x')});
      },
      {.body_timeout = milliseconds(100)});
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(waitUntil([&] { return handled == 1; }));

  // Bytes that are never read bring the server to write no more; only its limit of time ends that.
  EXPECT_TRUE(waitUntil([&] { return !client.send("x"); }));
}

TEST_F(ServerLimits, AnswersItselfWhenTheHandlerIsTooSlowAndDropsTheLateAnswer) {
  Shelf shelf;
  serve(shelf.handler(), {.answer_timeout = milliseconds(30)});
  RawClient client = connect();
  client.send(kGet);
  const auto answer = client.read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 503);
  EXPECT_TRUE(answer->has("Retry-After: 1"));
  EXPECT_TRUE(answer->has("Content-Type: application/problem+json"));

  shelf.take().complete({.status = 201});
  client.send(kGet);
  ASSERT_TRUE(shelf.waitFor(1));

  EXPECT_EQ(client.read()->status, 503);  // its own, not the late 201
}

TEST_F(ServerLimits, HandlesNoRequestWhoseAnswerWouldComeTooLate) {
  std::atomic<int> handled = 0;
  std::atomic<bool> hold = true;
  serve(
      [&](const http::Request&, http::Responder responder) {
        ++handled;
        waitUntil([&] { return !hold; });
        responder.complete({.status = 200});
      },
      {.handler_threads = 1, .answer_timeout = milliseconds(30)});
  RawClient first = connect();
  first.send(kGet);
  ASSERT_TRUE(waitUntil([&] { return handled == 1; }));
  EXPECT_EQ(ask(kGet).status, 503);
  EXPECT_EQ(ask(kGet).status, 503);

  hold = false;

  EXPECT_TRUE(waitUntil([&] { return ask(kGet).status == 200; }));
  EXPECT_EQ(handled, 2);  // the first and the last
}

TEST_F(ServerLimits, RefusesABodyThatComesTooSlowlyAlthoughItComes) {
  // Each stretch of a hundred milliseconds asks for a hundred bytes.
  serveEcho({.body_timeout = milliseconds(300), .min_bytes_per_second = 1000});
  RawClient client = connect();
  std::atomic<bool> answered = false;

  std::thread trickle([&] {
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    waitUntil([&] { return answered.load() || !client.send("x"); });
  });
  const auto answer = client.read();
  answered = true;
  trickle.join();

  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 408);
}

TEST_F(ServerLimits, ClosesOnAClientThatTakesItsAnswerTooSlowlyAlthoughItTakesIt) {
  serve([&](const http::Request&,
            http::Responder responder) { responder.complete({.body = std::string(64 << 20, 'x')}); },
        {.body_timeout = milliseconds(300), .min_bytes_per_second = std::uint64_t{1} << 30});
  RawClient client = connect();
  client.send(kGet);

  std::size_t taken = 0;
  EXPECT_TRUE(waitUntil([&] {
    const std::size_t some = client.skip(65536);
    taken += some;
    return some == 0;
  }));
  EXPECT_LT(taken, std::size_t{64} << 20);
}

TEST_F(ServerLimits, ServesAClientThatReadsNoAnswersOnlyALittle) {
  std::atomic<int> handled = 0;
  serve(
      [&](const http::Request&, http::Responder responder) {
        ++handled;
        responder.complete({.body = std::string(1000, 'x')});
      },
      {.body_timeout = milliseconds(300)});
  RawClient deaf = connect();
  std::string pipelined;
  for (int count = 0; count < 20000; ++count) pipelined += kGet;

  deaf.send(pipelined);
  ASSERT_TRUE(waitUntil([&] { return !deaf.send("x"); }));

  // What the client's kernel takes unread, and 16 KiB; without a bound the server's holds megabytes more.
  EXPECT_LT(handled, 500);
  EXPECT_GT(handled, 0);
}

TEST_F(ServerLimits, ClosesTheConnectionIdleLongestWhenThereAreTooMany) {
  serveEcho({.max_connections = 2});
  RawClient oldest = connect();
  oldest.send(kGet);
  ASSERT_EQ(oldest.read()->status, 200);
  RawClient newer = connect();
  newer.send(kGet);
  ASSERT_EQ(newer.read()->status, 200);

  EXPECT_EQ(ask(kGet).status, 200);

  EXPECT_TRUE(oldest.closedByPeer());
  newer.send(kGet);
  EXPECT_EQ(newer.read()->status, 200);
}

TEST_F(ServerLimits, ClosesTheConnectionWaitedForLongestWhenNoneIsIdle) {
  serveEcho({.max_connections = 3});
  RawClient in_body = connect();
  in_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_EQ(in_body.read()->status, 100);
  RawClient in_head = connect();
  in_head.send("GET / HTTP/1.1\r\n");
  RawClient later = connect();
  later.send("GET / HTTP/1.1\r\n");

  EXPECT_EQ(ask(kGet).status, 200);

  EXPECT_TRUE(in_body.closedByPeer());
  later.send("Host: a\r\n\r\n");
  EXPECT_EQ(later.read()->status, 200);
}

TEST_F(ServerLimits, KeepsNewcomersThatHaveNotSpokenYetWhenSlowOnesHoldTheRest) {
  serveEcho({.max_connections = 40});
  std::vector<RawClient> slow;
  for (int count = 0; count < 20; ++count) {
    slow.push_back(connect());
    slow.back().send("GET / HTTP/1.1\r\n");
  }
  // The server has read what the last of them sent once it answers somebody who came behind.
  ASSERT_EQ(ask(kGet).status, 200);
  std::vector<RawClient> newcomers;

  for (int count = 0; count < 40; ++count) newcomers.push_back(connect());

  for (RawClient& newcomer : newcomers) {
    newcomer.send(kGet);
    EXPECT_EQ(newcomer.read()->status, 200);
  }
}

TEST_F(ServerLimits, ClosesTheNewConnectionWhenAllAreBusy) {
  Shelf shelf;
  serve(shelf.handler(), {.max_connections = 1});
  RawClient busy = connect();
  busy.send(kGet);
  ASSERT_TRUE(shelf.waitFor(1));

  RawClient late = connect();
  EXPECT_FALSE(late.read().has_value());

  shelf.take().complete({.status = 201});
  EXPECT_EQ(busy.read()->status, 201);
}

TEST_F(ServerLimits, RefusesBodiesThatTogetherTakeTooMuchMemory) {
  serveEcho({.max_body_bytes = 1 << 20, .max_buffered_bytes = 1500000});
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n";
  const std::string body(1000000, 'x');
  RawClient first = connect();
  RawClient second = connect();

  first.send(head + body);
  second.send(head + body);
  // Neither can be complete before both have been taken in or one has been refused.
  const bool first_goes_on = waitUntil([&] { return first.readable() || second.readable(); }) && !first.readable();
  RawClient& kept = first_goes_on ? first : second;
  RawClient& refused = first_goes_on ? second : first;
  const auto refusal = refused.read();
  kept.send("x");
  const auto answer = kept.read();

  ASSERT_TRUE(refusal.has_value() && answer.has_value());
  EXPECT_EQ(refusal->status, 503);
  EXPECT_TRUE(refusal->has("Retry-After: 1"));
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(ask(post(body)).status, 200);
}

TEST_F(ServerLimits, ServesOthersWhileTwoThousandConnectionsAreSilent) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 4200) GTEST_SKIP() << "this system allows too few open files";
  serveEcho();
  std::vector<RawClient> silent;
  for (int count = 0; count < 2000; ++count) {
    silent.push_back(connect());
    if (count % 2 == 0) silent.back().send("GET / HT");
  }

  RawClient honest = connect();
  for (int number = 0; number < 100; ++number) {
    honest.send(kGet);
    ASSERT_EQ(honest.read()->status, 200);
  }

  silent.front().send("TP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(silent.front().read()->status, 200);
  silent.back().send(kGet);
  EXPECT_EQ(silent.back().read()->status, 200);
}

}  // namespace
}  // namespace landfall::testing
