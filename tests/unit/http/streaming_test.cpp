// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "core/http/body_stream.h"
#include "tests/support/certificates.h"
#include "tests/support/tls_client.h"
#include "tests/unit/http/server_fixture.h"

namespace landfall::testing {
namespace {

using http::BodyStream;
using std::chrono::milliseconds;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(BodyStream, TakesNoMoreThanItMayHoldUntilItIsTaken) {
  std::atomic<int> drained = 0;
  BodyStream stream([&] { ++drained; }, 10);

  EXPECT_TRUE(stream.write("12345678"));
  EXPECT_FALSE(stream.write("901"));
  EXPECT_EQ(stream.take().bytes, "12345678");
  EXPECT_EQ(drained, 1);
  EXPECT_TRUE(stream.write("901"));
  EXPECT_EQ(stream.take().bytes, "901");
  EXPECT_EQ(drained, 1) << "nobody waited";
}

TEST(BodyStream, TakesOnePieceHoweverLarge) {
  BodyStream stream({}, 10);

  EXPECT_TRUE(stream.write(std::string(100, 'x')));
  EXPECT_FALSE(stream.write("y"));
  EXPECT_EQ(stream.take().bytes.size(), 100u);
}

TEST(BodyStream, EndsWithALastPieceThoughItIsFull) {
  BodyStream stream({}, 4);
  stream.write("1234");

  stream.end("last");
  stream.write("ignored");

  const auto taken = stream.take();
  EXPECT_EQ(taken.bytes, "1234last");
  EXPECT_TRUE(taken.ended);
}

TEST(BodyStream, WakesOnceForAllThatIsPending) {
  int woken = 0;
  BodyStream stream;
  stream.write("early");
  stream.attach([&] { ++woken; });
  EXPECT_EQ(woken, 1);
  stream.write("more");
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(stream.take().bytes, "earlymore");
  stream.write("later");
  EXPECT_EQ(woken, 2);
}

class Streaming : public ServerTest {
 protected:
  void serveStream(http::ServerOptions options = {}) {
    auto stream = std::make_shared<BodyStream>();
    stream_ = stream;
    serve(
        [stream = std::move(stream)](const http::Request&, http::Responder responder) mutable {
          responder.complete({.status = 200, .stream = std::move(stream)});
        },
        std::move(options));
  }
  void write(std::string_view piece) const {
    const auto stream = stream_.lock();
    ASSERT_NE(stream, nullptr);
    EXPECT_TRUE(stream->write(piece));
  }
  bool gone() const {
    return waitUntil([&] { return stream_.expired(); });
  }

  std::weak_ptr<BodyStream> stream_;
};

TEST_F(Streaming, SendsChunksAsTheyAreWrittenAndClosesBehindTheLast) {
  serveStream();
  RawClient client = connect();
  client.send(kGet);
  const auto head = client.readUntil("\r\n\r\n").value_or("");
  EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << head;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;

  write("hello");
  EXPECT_EQ(client.readUntil("\r\nhello\r\n"), "5\r\nhello\r\n");
  write("a bit more of it");
  EXPECT_EQ(client.readUntil("it\r\n"), "10\r\na bit more of it\r\n");
  stream_.lock()->end("end");

  EXPECT_EQ(client.readUntil("0\r\n\r\n"), "3\r\nend\r\n0\r\n\r\n");
  EXPECT_TRUE(client.closedByPeer());
  EXPECT_TRUE(gone());
}

TEST_F(Streaming, SendsAClientOfHttp10ItsBytesUntilItCloses) {
  serveStream();
  RawClient client = connect();
  client.send("GET / HTTP/1.0\r\n\r\n");
  const auto head = client.readUntil("\r\n\r\n").value_or("");
  EXPECT_EQ(head.find("chunked"), std::string::npos) << head;

  stream_.lock()->end("hello");

  EXPECT_EQ(client.readUntil("hello"), "hello");
  EXPECT_TRUE(client.closedByPeer());
}

TEST_F(Streaming, LetsTheStreamGoWhenTheClientLeaves) {
  serveStream();
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(client.readUntil("\r\n\r\n"));

  client.close();

  EXPECT_TRUE(gone());
}

TEST_F(Streaming, AnswersHeadWithoutAStream) {
  serveStream();
  RawClient client = connect();
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");

  EXPECT_TRUE(client.readUntil("\r\n\r\n"));
  EXPECT_TRUE(gone());
}

TEST_F(Streaming, OutlivesTheLimitsOfOrdinaryAnswers) {
  serveStream({.body_timeout = milliseconds(30), .idle_timeout = milliseconds(10)});
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(client.readUntil("\r\n\r\n"));
  // One that came later is closed for being idle too long: time has passed for both.
  RawClient later = connect();
  EXPECT_TRUE(later.closedByPeer());

  write("still there");

  EXPECT_TRUE(client.readUntil("still there\r\n"));
}

TEST_F(Streaming, ClosesOnAReaderWhoTakesNothing) {
  serveStream({.body_timeout = milliseconds(50)});
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(client.readUntil("\r\n\r\n"));

  // More than the sockets' buffers hold.
  EXPECT_TRUE(waitUntil([&] {
    const auto stream = stream_.lock();
    return stream == nullptr || !stream->write(std::string(65536, 'x'));
  }));

  EXPECT_TRUE(gone());
}

TEST_F(Streaming, StoppingEndsStreamsAtOnce) {
  serveStream();
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(client.readUntil("\r\n\r\n"));

  std::thread stopper([&] { stop(std::chrono::hours(1)); });

  EXPECT_EQ(client.readUntil("0\r\n\r\n"), "0\r\n\r\n");
  client.close();
  stopper.join();
  EXPECT_TRUE(gone());
}

TEST_F(Streaming, WorksOverTls) {
  const auto credential = makeCredential("hooks.example");
  serveStream({.tls = base::TlsMaterial{credential.certificate_pem, credential.key_pem, ""}});
  TlsClient client(server_->port());
  ASSERT_TRUE(client.send(kGet));
  const auto head = client.readAnswer();
  EXPECT_NE(head.find("Transfer-Encoding: chunked"), std::string::npos) << head;
  write(std::string(300'000, 'x'));
  stream_.lock()->end("the end");

  const auto body = client.readToEnd();
  EXPECT_EQ(std::count(body.begin(), body.end(), 'x'), 300'000);
  EXPECT_TRUE(body.ends_with("the end\r\n0\r\n\r\n"))
      << body.substr(body.size() - std::min<std::size_t>(40, body.size()));
  EXPECT_TRUE(client.saidGoodbye());
}

}  // namespace
}  // namespace landfall::testing
