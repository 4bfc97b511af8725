// SPDX-License-Identifier: Apache-2.0
#include "core/http/page/page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/base/crypto.h"
#include "core/http/page/assets.h"

namespace landfall::http {
namespace {

Request get(const std::string& path, std::vector<model::Header> headers = {}) {
  return {.method = "GET", .path = path, .headers = std::move(headers)};
}

std::string headerOf(const Response& response, std::string_view name) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(),
                                  [&](const model::Header& header) { return header.name == name; });
  return found == response.headers.end() ? "" : found->value;
}

TEST(Page, IsServedWithAPolicyThatLetsNothingElseIn) {
  const auto answer = answerPage(get("/"));

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(headerOf(*answer, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(headerOf(*answer, "Content-Security-Policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  EXPECT_EQ(headerOf(*answer, "X-Frame-Options"), "DENY");
  EXPECT_EQ(headerOf(*answer, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(headerOf(*answer, "Cross-Origin-Opener-Policy"), "same-origin");
  EXPECT_EQ(headerOf(*answer, "Cross-Origin-Resource-Policy"), "same-origin");
}

TEST(Page, HasNoScriptAndNoStyleWithinItsMarkup) {
  const auto answer = answerPage(get("/"));

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body.find("<style"), std::string::npos);
  EXPECT_EQ(answer->body.find("style="), std::string::npos);
  EXPECT_EQ(answer->body.find("onclick"), std::string::npos);
  for (auto at = answer->body.find("<script"); at != std::string::npos; at = answer->body.find("<script", at + 1)) {
    EXPECT_NE(answer->body.substr(at, answer->body.find('>', at) - at).find("src="), std::string::npos);
  }
}

TEST(Page, EveryFileAnswersWithItsTypeItsHashAndItsBytes) {
  ASSERT_GT(assets().size(), 5u);
  for (const auto& asset : assets()) {
    const auto answer = answerPage(get(std::string(asset.path)));

    ASSERT_TRUE(answer) << asset.path;
    EXPECT_EQ(headerOf(*answer, "Content-Type"), asset.content_type);
    EXPECT_EQ(headerOf(*answer, "ETag"), "\"" + base::sha256Hex(answer->body) + "\"") << asset.path;
    EXPECT_FALSE(answer->body.empty()) << asset.path;
  }
}

TEST(Page, IsCompressedForThoseWhoTakeIt) {
  for (const auto* accepted : {"gzip", "deflate, GZIP;q=0.5", "br,gzip", "gzip; q=1.0"}) {
    const auto answer = answerPage(get("/assets/app.js", {{"accept-encoding", accepted}}));

    ASSERT_TRUE(answer);
    EXPECT_EQ(headerOf(*answer, "Content-Encoding"), "gzip") << accepted;
    EXPECT_EQ(answer->body.substr(0, 2), "\x1f\x8b") << accepted;
    EXPECT_EQ(headerOf(*answer, "Vary"), "Accept-Encoding");
  }
}

TEST(Page, IsNotCompressedForThoseWhoDoNotTakeIt) {
  for (const auto* accepted : {"", "br", "gzip;q=0", "gzip ; q=0.000", "x-gzipped"}) {
    const auto answer = answerPage(get("/assets/app.js", {{"Accept-Encoding", accepted}}));

    ASSERT_TRUE(answer);
    EXPECT_EQ(headerOf(*answer, "Content-Encoding"), "") << accepted;
    EXPECT_NE(answer->body.substr(0, 2), "\x1f\x8b") << accepted;
  }
}

TEST(Page, IsNotSentAgainToABrowserThatHasIt) {
  const std::string plain = headerOf(*answerPage(get("/")), "ETag");
  const std::string gzip = headerOf(*answerPage(get("/", {{"Accept-Encoding", "gzip"}})), "ETag");

  EXPECT_NE(plain, gzip);
  EXPECT_EQ(answerPage(get("/", {{"If-None-Match", plain}}))->status, 304);
  EXPECT_EQ(answerPage(get("/", {{"If-None-Match", "\"other\", W/" + plain}}))->status, 304);
  EXPECT_EQ(answerPage(get("/", {{"If-None-Match", gzip}, {"Accept-Encoding", "gzip"}}))->status, 304);
  EXPECT_EQ(answerPage(get("/", {{"If-None-Match", gzip}}))->status, 200);
  EXPECT_EQ(answerPage(get("/", {{"If-None-Match", "\"other\""}}))->status, 200);
}

TEST(Page, LeavesOtherPathsToOthers) {
  for (const auto* path :
       {"/api/v1/events", "/assets", "/assets/", "/assets/../page.cpp", "/assets/index.html", "/x", ""}) {
    EXPECT_FALSE(answerPage(get(path))) << path;
  }
}

TEST(Page, TakesNothingButReading) {
  Request request = get("/");
  request.method = "POST";

  const auto answer = answerPage(request);

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 405);
  EXPECT_EQ(headerOf(*answer, "Allow"), "GET, HEAD");
}

TEST(Page, IsSmall) {
  constexpr std::size_t kMostBytes = 150 * 1024;
  std::size_t compressed = 0;

  for (const auto& asset : assets()) compressed += asset.gzip.size();

  EXPECT_LE(compressed, kMostBytes);
}

}  // namespace
}  // namespace landfall::http
