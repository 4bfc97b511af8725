// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/http_answer.h"

#include <gtest/gtest.h>

#include "tests/unit/refresh/sample_run.h"

namespace landfall::refresh {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Gives `bytes` in pieces of `piece`, then the end.
ReceiveFunction pieces(std::string bytes, std::size_t piece) {
  return [bytes = std::move(bytes), piece, at = std::size_t{0}](Deadline) mutable -> base::Result<std::string> {
    auto part = bytes.substr(std::min(at, bytes.size()), piece);
    at += piece;
    return part;
  };
}

base::Result<HttpAnswer> read(const std::string& bytes, std::size_t piece = 16384) {
  return readAnswer(pieces(bytes, piece), std::chrono::steady_clock::now() + seconds(60));
}

TEST(HttpAnswer, ReadsStatusReasonAndText) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{16384}}) {
    const auto answer =
        read("HTTP/1.1 503 Too busy\r\nretry-after:  7 \r\nContent-Length: 5\r\n\r\nlater, not this", piece);

    ASSERT_TRUE(answer.ok()) << piece;
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(answer->reason, "Too busy");
    EXPECT_EQ(answer->retry_after, "7");
    EXPECT_EQ(answer->text, "later");
  }
}

TEST(HttpAnswer, ReadsChunks) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{16384}}) {
    const auto answer = read(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", piece);

    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->text, "abc0123456789");
  }
}

TEST(HttpAnswer, SkipsInterimAnswers) {
  const auto answer =
      read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204\r\n\r\n");

  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 204);
}

TEST(HttpAnswer, KeepsEightKibibytesOfText) {
  EXPECT_EQ(read("HTTP/1.0 500 x\r\n\r\n" + std::string(1 << 20, 'a'))->text.size(), 8192U);
  EXPECT_EQ(
      read("HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n" + std::string(1 << 20, 'a'))->text.size(),
      8192U);
}

TEST(HttpAnswer, AnAnswerWhoseTextBreaksOffIsOneAllTheSame) {
  const auto answer = read("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf");

  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->text, "half");
}

TEST(HttpAnswer, WhatIsNoAnswerIsUnavailable) {
  const std::vector<std::string> table{
      "",
      "HTTP/1.1 200 OK\r\nContent-Len",
      "SSH-2.0-OpenSSH_9.2\r\n\r\n",
      "HTTP/2 200\r\n\r\n",
      "HTTP/1.1 2000 x\r\n\r\n",
      "HTTP/1.1 999 x\r\n\r\n",
      "HTTP/1.1 -12 x\r\n\r\n",
      "HTTP/1.1\r\n\r\n",
      "\r\n\r\n",
      std::string(40000, 'a'),
      "HTTP/1.1 200 OK\r\nx: " + std::string(20000, 'a') + "\r\n\r\n",
  };
  for (const auto& bytes : table)
    EXPECT_EQ(read(bytes).status().code(), base::StatusCode::Unavailable) << bytes.substr(0, 40);
}

TEST(HttpAnswer, HostileChunksEndTheTextOnly) {
  for (const std::string chunk : {"zz\r\nabc", "-1\r\nabc", "ffffffffffffffffffffff\r\nabc", ";\r\n", "\r\n\r\n\r\n"}) {
    const auto answer = read("HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk);
    ASSERT_TRUE(answer.ok()) << chunk;
    EXPECT_EQ(answer->text, "");
  }
  EXPECT_EQ(read("HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc")->text, "abc");
  EXPECT_EQ(read("HTTP/1.1 500 x\r\nContent-Length: -5\r\n\r\nabc")->text, "abc");
}

TEST(RetryAfter, IsSecondsOrADate) {
  const auto now = testing::at("2026-11-20T10:00:00Z");
  struct Row {
    const char* value;
    std::optional<milliseconds> delay;
  };
  const std::vector<Row> table{
      {"0", milliseconds(0)},
      {"120", seconds(120)},
      {" 7 ", seconds(7)},
      {"Fri, 20 Nov 2026 10:02:00 GMT", seconds(120)},
      {"Fri, 20 Nov 2026 09:00:00 GMT", milliseconds(0)},
      {"-5", std::nullopt},
      {"1.5", std::nullopt},
      {"soon", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& row : table) EXPECT_EQ(parseRetryAfter(row.value, now), row.delay) << row.value;

  EXPECT_GT(parseRetryAfter("999999999999999999999999999999", now), std::chrono::hours(24));
  EXPECT_GT(parseRetryAfter("9223372036854775807", now), std::chrono::hours(24));
}

}  // namespace
}  // namespace landfall::refresh
