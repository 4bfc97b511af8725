// SPDX-License-Identifier: Apache-2.0
#include "core/http/response_text.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace landfall::http {
namespace {

std::string text(const Response& response, BodyBytes body = BodyBytes::Sent,
                 AfterAnswer after = AfterAnswer::KeepAlive) {
  std::string out;
  appendResponse(out, response, body, after, "D");
  return out;
}

TEST(ResponseText, HasDateAndLength) {
  EXPECT_EQ(text({.status = 200, .headers = {{"X-A", "b"}}, .body = "hello"}),
            "HTTP/1.1 200 OK\r\nDate: D\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello");
}

TEST(ResponseText, SaysThatTheConnectionCloses) {
  EXPECT_EQ(text({.status = 200}, BodyBytes::Sent, AfterAnswer::Close),
            "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(ResponseText, AnswersHeadWithTheLengthButWithoutTheBody) {
  EXPECT_EQ(text({.status = 200, .body = "hello"}, BodyBytes::Withheld),
            "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 5\r\n\r\n");
}

TEST(ResponseText, GivesNoBodyToStatusesThatHaveNone) {
  EXPECT_EQ(text({.status = 204, .body = "hello"}), "HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n");
  EXPECT_EQ(text({.status = 304, .body = "hello"}), "HTTP/1.1 304 Not Modified\r\nDate: D\r\n\r\n");
}

TEST(ResponseText, LetsNoValueEndALine) {
  const std::string out = text({.status = 200, .headers = {{"X-A", std::string("a\r\nSet-Cookie: b\n\0c", 19)}}});

  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nDate: D\r\nX-A: aSet-Cookie: bc\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseText, LeavesOutNamesThatAreNoneAndWhatIsTheServersToSay) {
  const std::string out = text({.status = 200,
                                .headers = {{"", "a"},
                                            {"X A", "b"},
                                            {"X\r\nY", "c"},
                                            {"content-length", "99"},
                                            {"Transfer-Encoding", "chunked"},
                                            {"Connection", "upgrade"},
                                            {"Date", "never"}}});

  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseText, TurnsAnImpossibleStatusInto500) {
  EXPECT_TRUE(text({.status = 0}).starts_with("HTTP/1.1 500 "));
  EXPECT_TRUE(text({.status = 100}).starts_with("HTTP/1.1 500 "));
  EXPECT_TRUE(text({.status = 1000}).starts_with("HTTP/1.1 500 "));
}

TEST(ResponseText, WritesDatesAsHttpDoes) {
  EXPECT_EQ(httpDate(base::UtcTime(std::chrono::milliseconds(784111777999))), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace landfall::http
