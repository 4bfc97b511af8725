// SPDX-License-Identifier: Apache-2.0
#include "core/http/request_framing.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::http {
namespace {

using Stage = RequestFraming::Stage;

/// What came of a connection's bytes: the requests, and the status of the refusal that ended it (0: none).
struct Outcome {
  std::vector<RequestFraming::Framed> requests;
  Stage stage = Stage::Idle;
  int refused = 0;
};

Outcome feedInPieces(std::string_view bytes, std::size_t piece, const FramingLimits& limits) {
  RequestFraming framing;
  Outcome outcome;
  while (!bytes.empty() && framing.stage() != Stage::Refused) {
    std::string_view next = bytes.substr(0, piece);
    bytes.remove_prefix(next.size());
    while (!next.empty() && framing.stage() != Stage::Refused) {
      next.remove_prefix(framing.feed(next, limits));
      if (framing.stage() == Stage::Complete) outcome.requests.push_back(framing.take());
    }
  }
  outcome.stage = framing.stage();
  if (outcome.stage == Stage::Refused) outcome.refused = framing.refusal().status;
  return outcome;
}

void expectSame(const Outcome& left, const Outcome& right, std::string_view bytes) {
  EXPECT_EQ(left.stage, right.stage) << bytes;
  EXPECT_EQ(left.refused, right.refused) << bytes;
  ASSERT_EQ(left.requests.size(), right.requests.size()) << bytes;
  for (std::size_t index = 0; index < left.requests.size(); ++index) {
    const Request& a = left.requests[index].request;
    const Request& b = right.requests[index].request;
    EXPECT_EQ(a.method, b.method);
    EXPECT_EQ(a.path, b.path);
    EXPECT_EQ(a.query, b.query);
    EXPECT_EQ(a.headers, b.headers);
    EXPECT_EQ(a.body, b.body);
    EXPECT_EQ(left.requests[index].keep_alive, right.requests[index].keep_alive);
  }
}

/// Feeds the bytes whole, one by one and in odd pieces: every test here is also one of divided delivery.
Outcome frame(std::string_view bytes, const FramingLimits& limits = {}) {
  Outcome whole = feedInPieces(bytes, bytes.size(), limits);
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U}) {
    expectSame(whole, feedInPieces(bytes, piece, limits), bytes.substr(0, 200));
  }
  return whole;
}

int refusalOf(std::string_view bytes, const FramingLimits& limits = {}) { return frame(bytes, limits).refused; }

std::string post(std::string_view headers, std::string_view body = "") {
  return "POST /p HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

TEST(RequestFraming, ReadsMethodPathQueryHeadersAndBody) {
  const auto outcome =
      frame("POST /quay/3f%20?a=b?c HTTP/1.1\r\nHost: a.example:8080\r\nContent-Length: 5\r\n\r\nhello");

  ASSERT_EQ(outcome.requests.size(), 1U);
  const Request& request = outcome.requests[0].request;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/quay/3f%20");
  EXPECT_EQ(request.query, "a=b?c");
  EXPECT_EQ(request.body, "hello");
  EXPECT_TRUE(outcome.requests[0].keep_alive);
  EXPECT_EQ(outcome.stage, Stage::Idle);
}

TEST(RequestFraming, KeepsHeadersInOrderWithRepetitionsAndAsTheyCame) {
  const auto outcome = frame(
      "GET / HTTP/1.1\r\nHost: a\r\nX-B: =?utf-8?Q?a=62c?=\r\nx-a:\t one\xc3\xa9 \r\nX-B: two\r\nX-Empty:\r\n\r\n");

  ASSERT_EQ(outcome.requests.size(), 1U);
  const std::vector<model::Header> expected = {
      {"Host", "a"}, {"X-B", "=?utf-8?Q?a=62c?="}, {"x-a", "one\xc3\xa9"}, {"X-B", "two"}, {"X-Empty", ""}};
  EXPECT_EQ(outcome.requests[0].request.headers, expected);
}

TEST(RequestFraming, SeparatesPipelinedRequestsAndLeaksNothingBetweenThem) {
  const auto outcome = frame(
      "POST /one?q HTTP/1.1\r\nHost: a\r\nX-Only: first\r\nContent-Length: 3\r\n\r\nabc"
      "GET /two HTTP/1.1\r\nHost: b\r\n\r\n"
      "POST /three HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\n");

  ASSERT_EQ(outcome.requests.size(), 3U);
  EXPECT_EQ(outcome.requests[0].request.body, "abc");
  EXPECT_EQ(outcome.requests[1].request.path, "/two");
  EXPECT_EQ(outcome.requests[1].request.query, "");
  EXPECT_EQ(outcome.requests[1].request.body, "");
  EXPECT_EQ(outcome.requests[1].request.headers, (std::vector<model::Header>{{"Host", "b"}}));
  EXPECT_EQ(outcome.requests[2].request.body, "xy");
}

TEST(RequestFraming, PassesOverEmptyLinesBeforeARequest) {
  EXPECT_EQ(frame("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").requests.size(), 1U);
}

TEST(RequestFraming, TakesTheAuthorityOffAnAbsoluteTarget) {
  EXPECT_EQ(frame("GET http://a.example/x?y HTTP/1.1\r\nHost: a\r\n\r\n").requests.at(0).request.path, "/x");
  EXPECT_EQ(frame("GET HTTP://a.example HTTP/1.1\r\nHost: a\r\n\r\n").requests.at(0).request.path, "/");
  EXPECT_EQ(frame("GET http://a.example?y HTTP/1.1\r\nHost: a\r\n\r\n").requests.at(0).request.query, "y");
  EXPECT_EQ(frame("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").requests.at(0).request.path, "*");
}

TEST(RequestFraming, KeepsTheConnectionOnlyWhereBothSidesKnowHow) {
  EXPECT_TRUE(frame("GET / HTTP/1.1\r\nHost: a\r\n\r\n").requests.at(0).keep_alive);
  EXPECT_FALSE(frame("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").requests.at(0).keep_alive);
  EXPECT_FALSE(frame("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").requests.at(0).keep_alive);
}

TEST(RequestFraming, JoinsChunksAndDropsExtensionsAndTrailers) {
  const auto outcome = frame(post("Transfer-Encoding: Chunked\r\n",
                                  "5;name=\"value\"\r\nhello\r\n00001 ;x\r\n!\r\nA\r\n0123456789\r\n0\r\n"
                                  "X-Trailer: 1\r\nHost: evil\r\n\r\n"));

  ASSERT_EQ(outcome.requests.size(), 1U);
  EXPECT_EQ(outcome.requests[0].request.body, "hello!0123456789");
  EXPECT_FALSE(outcome.requests[0].request.header("X-Trailer").has_value());
  EXPECT_EQ(outcome.requests[0].request.headers.size(), 2U);
}

TEST(RequestFraming, RefusesBytesThatAreNoHttp) {
  for (const std::string_view bytes : {
           std::string_view("\x16\x03\x01\x02\x00\x01", 6),
           std::string_view("hello\r\n"),
           std::string_view("GET /\r\n"),
           std::string_view("GET  / HTTP/1.1\r\n"),
           std::string_view("GET / HTTP/1.1 \r\n"),
           std::string_view(" GET / HTTP/1.1\r\n"),
           std::string_view("GET / http/1.1\r\n"),
           std::string_view("GET / HTTP/1.10\r\n"),
           std::string_view("G(T / HTTP/1.1\r\n"),
           std::string_view("GET x HTTP/1.1\r\n"),
           std::string_view("GET /\x80 HTTP/1.1\r\n"),
           std::string_view("GET /#a HTTP/1.1\r\n"),
           std::string_view("GET /a\tb HTTP/1.1\r\n"),
           std::string_view("GET http:// HTTP/1.1\r\n"),
           std::string_view("GET http:///x HTTP/1.1\r\n"),
           std::string_view("CONNECT a:443 HTTP/1.1\r\n"),
           std::string_view("GET * HTTP/1.1\r\n"),
           std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHI / HTTP/1.1\r\n"),
       }) {
    EXPECT_EQ(refusalOf(bytes), 400) << bytes;
  }
}

TEST(RequestFraming, RefusesOtherVersionsByName) {
  EXPECT_EQ(refusalOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(refusalOf("GET / HTTP/0.9\r\n"), 505);
}

TEST(RequestFraming, RefusesLinesThatTwoPartiesCouldReadDifferently) {
  for (const std::string_view bytes : {
           "GET / HTTP/1.1\nHost: a\n\n",
           "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
           "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nX\xc3\xa9: a\r\n\r\n",
       }) {
    EXPECT_EQ(refusalOf(bytes), 400) << bytes;
  }
  EXPECT_EQ(refusalOf(std::string_view("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 35)), 400);
}

TEST(RequestFraming, AsksForOneGoodHost) {
  EXPECT_EQ(refusalOf("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refusalOf("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"), 400);
  for (const std::string_view host : {"", "a b", "a/b", "a@b", "a:b", "a:1:2", "[::1", "[::1]x", "[zz]", ":80"}) {
    EXPECT_EQ(refusalOf("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), 400) << host;
  }
  for (const std::string_view host : {"a", "a.example:80", "[::1]:8080", "[::1]", "127.0.0.1:", "a_b-c.example"}) {
    EXPECT_EQ(refusalOf("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), 0) << host;
  }
  EXPECT_EQ(refusalOf("GET / HTTP/1.0\r\n\r\n"), 0);
}

TEST(RequestFraming, RefusesEveryDoubtAboutTheBodysLength) {
  for (const std::string_view headers : {
           "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
           "Content-Length: 3\r\nContent-Length: 3\r\n",
           "Content-Length: 3, 3\r\n",
           "Content-Length: +3\r\n",
           "Content-Length: -3\r\n",
           "Content-Length: 0x3\r\n",
           "Content-Length: 3 3\r\n",
           "Content-Length:\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: chunked, chunked\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: \"chunked\"\r\n",
           "Transfer-Encoding:\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: xchunked\r\n",
       }) {
    EXPECT_EQ(refusalOf(post(headers, "3\r\nabc\r\n0\r\n\r\n")), 400) << headers;
  }
  EXPECT_EQ(refusalOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(RequestFraming, AsksForALengthWhereTheMethodNeedsABody) {
  EXPECT_EQ(refusalOf(post("")), 411);
  EXPECT_EQ(refusalOf("PUT / HTTP/1.1\r\nHost: a\r\n\r\n"), 411);
  EXPECT_EQ(frame(post("Content-Length: 0\r\n")).requests.size(), 1U);
  EXPECT_EQ(frame("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n").requests.size(), 1U);
}

TEST(RequestFraming, RefusesBadChunks) {
  for (const std::string_view body :
       {"\r\n", "x\r\n", "-1\r\n", "0x5\r\nhello\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n", "5 x\r\nhello\r\n",
        "5\r\nhelloX\r\n", "5\r\nhello\rX", "5\nhello\n", "5\r\nhello\n", "11111111111111111\r\n",
        "0\r\nbad trailer\r\n\r\n", "0\r\n folded\r\n\r\n", "0\r\n\n", "5;\x01\r\nhello\r\n"}) {
    EXPECT_EQ(refusalOf(post("Transfer-Encoding: chunked\r\n", body)), 400) << body;
  }
  EXPECT_EQ(refusalOf(post("Transfer-Encoding: chunked\r\n", "5;" + std::string(300, 'x') + "\r\nhello\r\n")), 400);
}

TEST(RequestFraming, BoundsChunkExtensionsTogetherAndTrailers) {
  std::string chunks;
  for (int count = 0; count < 200; ++count) chunks += "1;" + std::string(200, 'x') + "\r\na\r\n";

  EXPECT_EQ(refusalOf(post("Transfer-Encoding: chunked\r\n", chunks)), 400);
  EXPECT_EQ(refusalOf(post("Transfer-Encoding: chunked\r\n", "0\r\nX: " + std::string(20000, 'x') + "\r\n\r\n")), 431);
}

TEST(RequestFraming, AcceptsExactlyTheBodyLimitAndRefusesOneByteMore) {
  const FramingLimits limits{.max_head_bytes = 1024, .max_body_bytes = 8};

  EXPECT_EQ(frame(post("Content-Length: 8\r\n", "12345678"), limits).requests.size(), 1U);
  EXPECT_EQ(refusalOf(post("Content-Length: 9\r\n"), limits), 413);
  EXPECT_EQ(refusalOf(post("Content-Length: 99999999999999999999999999\r\n"), limits), 413);
  EXPECT_EQ(
      frame(post("Transfer-Encoding: chunked\r\n", "4\r\n1234\r\n4\r\n5678\r\n0\r\n\r\n"), limits).requests.size(), 1U);
  EXPECT_EQ(refusalOf(post("Transfer-Encoding: chunked\r\n", "4\r\n1234\r\n5\r\n"), limits), 413);
  EXPECT_EQ(refusalOf(post("Transfer-Encoding: chunked\r\n", "4\r\n1234\r\nffffffffffffffff\r\n"), limits), 413);
}

TEST(RequestFraming, AcceptsExactlyTheHeadLimitAndRefusesOneByteMore) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::string end = "\r\n\r\n";
  const FramingLimits limits{.max_head_bytes = 256, .max_body_bytes = 8};
  const auto head = [&](std::size_t size) { return start + std::string(size - start.size() - end.size(), 'x') + end; };

  EXPECT_EQ(frame(head(256), limits).requests.size(), 1U);
  EXPECT_EQ(refusalOf(head(257), limits), 431);
  EXPECT_EQ(refusalOf(std::string(257, 'A'), limits), 431);
}

TEST(RequestFraming, RefusesTooManyHeaders) {
  std::string headers;
  for (int count = 0; count < 100; ++count) headers += "X: y\r\n";

  EXPECT_EQ(refusalOf("GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n"), 431);
}

TEST(RequestFraming, TellsOnceThatTheClientWaitsForAWordToGoOn) {
  RequestFraming framing;

  framing.feed(post("Content-Length: 3\r\nExpect: 100-Continue\r\n"), {});

  EXPECT_TRUE(framing.takeExpectation());
  EXPECT_FALSE(framing.takeExpectation());
}

TEST(RequestFraming, ForgetsTheExpectationOfAClientThatDoesNotWait) {
  RequestFraming framing;

  framing.feed(post("Content-Length: 3\r\nExpect: 100-continue\r\n", "a"), {});

  EXPECT_FALSE(framing.takeExpectation());
}

TEST(RequestFraming, RefusesOtherExpectations) {
  EXPECT_EQ(refusalOf(post("Content-Length: 3\r\nExpect: miracles\r\n")), 417);
  EXPECT_EQ(refusalOf("GET / HTTP/1.0\r\nExpect: miracles\r\n\r\n"), 0);
}

TEST(RequestFraming, TakesNothingMoreOnceRefused) {
  RequestFraming framing;
  framing.feed("nonsense\r\n", {});

  EXPECT_EQ(framing.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n", {}), 0U);
  EXPECT_EQ(framing.stage(), Stage::Refused);
}

TEST(RequestFraming, AppliesTheBodyLimitThatHoldsWhenTheHeadEnds) {
  const std::string head = post("Content-Length: 8\r\n");
  RequestFraming framing;
  framing.feed(head.substr(0, 20), {.max_body_bytes = 8});

  framing.feed(head.substr(20), {.max_body_bytes = 7});

  EXPECT_EQ(framing.stage(), Stage::Refused);
}

TEST(RequestFraming, ReadsDamagedBytesTheSameHoweverTheyAreDivided) {
  const std::string whole =
      "\r\nPOST /quay/abc?x=1 HTTP/1.1\r\nHost: a.example:80\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello"
      "POST /b HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "5;a=b\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nX-T: y\r\n\r\nGET / HTTP/1.0\r\n\r\n";
  const std::string_view pool("\r\n \t:;,0159afxX/?#%\0\x01\x7f\x80\xff", 24);
  std::mt19937 random(20260101);  // always the same: a failure can be repeated
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random()) % bound; };

  for (int round = 0; round < 3000; ++round) {
    std::string bytes = whole;
    for (std::size_t damage = below(3) + 1; damage > 0; --damage) {
      const std::size_t at = below(bytes.size());
      if (below(3) == 0) {
        bytes.erase(at, below(8) + 1);
      } else if (below(2) == 0) {
        bytes.insert(at, 1, pool[below(pool.size())]);
      } else {
        bytes[at] = pool[below(pool.size())];
      }
    }
    frame(bytes, {.max_head_bytes = 120 + below(60), .max_body_bytes = 18 + below(6)});
  }
}

}  // namespace
}  // namespace landfall::http
