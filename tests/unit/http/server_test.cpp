// SPDX-License-Identifier: Apache-2.0
#include "core/http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/http/server_fixture.h"

namespace landfall::testing {
namespace {

using http::Request;
using http::Responder;

class Server : public ServerTest {};

TEST_F(Server, AnswersManyRequestsOnOneConnection) {
  serveEcho();
  RawClient client = connect();

  for (int number = 0; number < 20; ++number) {
    ASSERT_TRUE(client.send(post(std::to_string(number))));
    const auto answer = client.read();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->body, "POST /p? [" + std::to_string(number) + "]");
    EXPECT_FALSE(answer->has("Connection: close"));
  }
}

TEST_F(Server, AnswersPipelinedRequestsInOrder) {
  serveEcho();
  RawClient client = connect();
  std::string all;
  for (int number = 0; number < 200; ++number) all += "GET /" + std::to_string(number) + " HTTP/1.1\r\nHost: a\r\n\r\n";

  client.send(all);

  for (int number = 0; number < 200; ++number) {
    const auto answer = client.read();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->body, "GET /" + std::to_string(number) + "? []");
  }
}

TEST_F(Server, HandlesOneRequestOfAConnectionAtATime) {
  Shelf shelf;
  serve(shelf.handler());
  RawClient client = connect();
  client.send(std::string(kGet) + std::string(kGet));
  ASSERT_TRUE(shelf.waitFor(1));
  RawClient other = connect();
  other.send(kGet);
  ASSERT_TRUE(shelf.waitFor(2));  // the other connection's: the loop has had its turn since

  EXPECT_EQ(shelf.size(), 2U);
  shelf.take().complete({.status = 201});
  ASSERT_EQ(client.read()->status, 201);
  ASSERT_TRUE(shelf.waitFor(2));
}

TEST_F(Server, LeaksNothingFromOneRequestIntoTheNext) {
  std::vector<Request> seen;
  serve(
      [&](Request request, Responder responder) {
        seen.push_back(std::move(request));
        responder.complete({});
      },
      {.handler_threads = 1});
  RawClient client = connect();

  client.send("POST /one?secret HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nContent-Length: 3\r\n\r\nabc");
  ASSERT_TRUE(client.read().has_value());
  client.send("GET /two HTTP/1.1\r\nHost: b\r\n\r\n");
  ASSERT_TRUE(client.read().has_value());
  stop(std::chrono::seconds(5));

  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].headers, (std::vector<model::Header>{{"Host", "b"}}));
  EXPECT_EQ(seen[1].query, "");
  EXPECT_EQ(seen[1].body, "");
  EXPECT_EQ(seen[1].peer, "127.0.0.1");
}

TEST_F(Server, TakesABodyThatComesByteByByte) {
  serveEcho();
  RawClient client = connect();

  for (const char c :
       std::string("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")) {
    ASSERT_TRUE(client.send(std::string_view(&c, 1)));
  }

  EXPECT_EQ(client.read()->body, "POST /p? [abc]");
}

TEST_F(Server, TellsAClientThatWaitsToGoOn) {
  serveEcho();
  RawClient client = connect();

  client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read()->head, "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");

  EXPECT_EQ(client.read()->body, "POST /p? [abc]");
}

TEST_F(Server, RefusesInsteadOfTellingToGoOnWithABodyThatIsTooLarge) {
  serveEcho({.max_body_bytes = 8});

  EXPECT_EQ(ask("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n").status, 413);
}

TEST_F(Server, AnswersHeadWithoutABody) {
  serveEcho();
  RawClient client = connect();

  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + post("x"));

  // The head promises ten bytes. With the body left out, those that follow are the next answer's.
  const auto first = client.read();
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(first->has("Content-Length: 10"));
  EXPECT_EQ(first->body, "HTTP/1.1 2");
}

TEST_F(Server, ServesHttp10AndCloses) {
  serveEcho();
  RawClient client = connect();

  client.send("GET /old HTTP/1.0\r\n\r\n");

  const auto answer = client.read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "GET /old? []");
  EXPECT_TRUE(answer->has("Connection: close"));
  EXPECT_TRUE(client.closedByPeer());
}

TEST_F(Server, ClosesWhenTheClientOrTheHandlerAsksForIt) {
  serve([](const Request& request, Responder responder) { responder.complete({.close = request.path == "/close"}); });
  RawClient asks = connect();
  asks.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  RawClient is_told = connect();
  is_told.send("GET /close HTTP/1.1\r\nHost: a\r\n\r\n");

  EXPECT_TRUE(asks.read()->has("Connection: close"));
  EXPECT_TRUE(asks.closedByPeer());
  EXPECT_TRUE(is_told.read()->has("Connection: close"));
  EXPECT_TRUE(is_told.closedByPeer());
}

TEST_F(Server, AnswersAClientThatHasFinishedSending) {
  Shelf shelf;
  serve(shelf.handler());
  RawClient client = connect();

  client.send(kGet);
  client.finishSending();
  ASSERT_TRUE(shelf.waitFor(1));
  shelf.take().complete({.status = 202});

  EXPECT_EQ(client.read()->status, 202);
  EXPECT_TRUE(client.closedByPeer());
}

TEST_F(Server, SendsAnAnswerLargerThanTheSocketTakesAtOnce) {
  const std::string large(20 << 20, 'x');
  serve([&](const Request&, Responder responder) { responder.complete({.body = large}); });
  RawClient client = connect();

  client.send(std::string(kGet) + std::string(kGet));

  for (int count = 0; count < 2; ++count) {
    const auto answer = client.read();
    ASSERT_TRUE(answer.has_value());
    EXPECT_TRUE(answer->body == large);
  }
}

TEST_F(Server, TakesAnswersFromAnyThread) {
  Shelf shelf;
  serve(shelf.handler());
  std::vector<RawClient> clients;
  for (int count = 0; count < 16; ++count) {
    clients.push_back(connect());
    clients.back().send(kGet);
  }
  ASSERT_TRUE(shelf.waitFor(16));

  std::vector<std::thread> threads;
  for (int count = 0; count < 4; ++count) {
    threads.emplace_back([&] {
      for (int each = 0; each < 4; ++each) shelf.take().complete({.status = 204});
    });
  }
  for (auto& thread : threads) thread.join();

  for (auto& client : clients) EXPECT_EQ(client.read()->status, 204);
}

TEST_F(Server, Answers500WhenTheHandlerGivesUp) {
  serve([](const Request& request, Responder responder) {
    const Responder dropped = std::move(responder);
    if (request.path == "/throw") throw std::runtime_error("broken");
  });
  RawClient client = connect();

  client.send("GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read()->status, 500);
  client.send(kGet);
  const auto answer = client.read();

  EXPECT_EQ(answer->status, 500);
  EXPECT_TRUE(answer->has("Content-Type: application/problem+json"));
}

TEST_F(Server, GoesOnWhenAClientLeavesBeforeItsAnswer) {
  Shelf shelf;
  serve(shelf.handler());
  {
    RawClient leaves = connect();
    leaves.send(kGet);
    ASSERT_TRUE(shelf.waitFor(1));
  }
  shelf.take().complete({});
  RawClient stays = connect();
  stays.send(kGet);
  ASSERT_TRUE(shelf.waitFor(1));
  shelf.take().complete({.status = 201});

  EXPECT_EQ(stays.read()->status, 201);
}

TEST_F(Server, AcceptsNothingBeforeItIsStarted) {
  std::atomic<int> handled = 0;
  auto opened = http::Server::open(
      {.name = "test"},
      [&](const Request&, Responder responder) {
        ++handled;
        responder.complete({});
      },
      log_);
  ASSERT_TRUE(opened.ok());
  auto& server = *opened.value();
  RawClient waits(server.port());
  waits.send(kGet);
  EXPECT_EQ(handled, 0);

  server.start();

  EXPECT_EQ(waits.read()->status, 200);
}

TEST_F(Server, NamesTheAddressItCannotListenOn) {
  serveEcho();

  const auto second = http::Server::open(
      {.name = "second", .port = server_->port()}, [](Request, Responder) {}, log_);

  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), base::StatusCode::Unavailable);
  EXPECT_NE(second.status().message().find("127.0.0.1:" + std::to_string(server_->port())), std::string::npos);
}

TEST_F(Server, RefusesAHostThatDoesNotResolve) {
  EXPECT_FALSE(http::Server::open(
                   {.name = "x", .host = "no such host"}, [](Request, Responder) {}, log_)
                   .ok());
}

TEST_F(Server, AnswersWhatIsBeingHandledWhenItStops) {
  Shelf shelf;
  serve(shelf.handler());
  RawClient handled = connect();
  handled.send(kGet);
  RawClient idle = connect();
  RawClient half = connect();
  half.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  ASSERT_TRUE(shelf.waitFor(1));
  // Once a request of a later connection is handled, the earlier ones have been read.
  RawClient probe = connect();
  probe.send(kGet);
  ASSERT_TRUE(shelf.waitFor(2));

  std::thread stopping([&] { stop(std::chrono::seconds(30)); });
  EXPECT_TRUE(idle.closedByPeer());
  const auto half_read = half.read();
  shelf.take().complete({.status = 201});
  shelf.take().complete({.status = 202});
  const auto first = handled.read();
  const auto second = probe.read();
  for (RawClient* client : {&handled, &probe, &half}) client->close();
  stopping.join();

  EXPECT_EQ(half_read->status, 503);
  EXPECT_EQ(first->status, 201);
  EXPECT_TRUE(first->has("Connection: close"));
  EXPECT_EQ(second->status, 202);
}

TEST_F(Server, AcceptsNobodyAfterItHasStopped) {
  const auto port = serveEcho().port();
  stop(std::chrono::milliseconds(0));

  EXPECT_THROW(RawClient{port}, std::runtime_error);
}

TEST_F(Server, StopsAtTheEndOfItsGraceThoughSomethingIsStillBeingHandled) {
  Shelf shelf;
  serve(shelf.handler());
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(shelf.waitFor(1));

  stop(std::chrono::milliseconds(20));

  EXPECT_FALSE(client.read().has_value());
}

TEST_F(Server, IsOutlivedByItsResponders) {
  Shelf shelf;
  serve(shelf.handler());
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(shelf.waitFor(1));
  std::optional<Responder> late = shelf.take();

  server_.reset();

  late->complete({.status = 200});
}

TEST_F(Server, TellsOfEachAnswerAndHowLongAWholeRequestTook) {
  std::mutex mutex;
  std::vector<std::pair<int, bool>> answers;  // the status, and whether a time was known
  http::ServerOptions options;
  options.answered = [&](int status, std::optional<std::chrono::nanoseconds> took) {
    const std::lock_guard lock(mutex);
    answers.emplace_back(status, took.has_value() && took->count() >= 0);
  };
  serveEcho(std::move(options));

  {
    RawClient whole = connect();
    whole.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(whole.read());
    EXPECT_EQ(server_->connections(), 1u);
  }
  RawClient broken = connect();
  broken.send("no HTTP\r\n\r\n");
  ASSERT_TRUE(broken.read());

  const std::lock_guard lock(mutex);
  EXPECT_EQ(answers, (std::vector<std::pair<int, bool>>{{200, true}, {400, false}}));
}

}  // namespace
}  // namespace landfall::testing
