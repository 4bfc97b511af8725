// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/standard_webhooks.h"

#include <gtest/gtest.h>

namespace landfall::refresh {
namespace {

using std::chrono::seconds;

// The vector of the specification's reference implementations.
constexpr auto kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr auto kTimestamp = "1614265330";
constexpr auto kBody = R"({"test": 2432232314})";
constexpr auto kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const base::UtcTime kNow{seconds(1614265330)};

std::string specificationKey() { return parseSigningKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value(); }

TEST(StandardWebhooks, SignsTheSpecificationsVector) {
  const auto headers = signatureHeaders(kId, kNow, kBody, {specificationKey()});

  ASSERT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers[0], (model::Header{"webhook-id", kId}));
  EXPECT_EQ(headers[1], (model::Header{"webhook-timestamp", kTimestamp}));
  EXPECT_EQ(headers[2], (model::Header{"webhook-signature", kSignature}));
}

TEST(StandardWebhooks, SignsWithEveryKeyNewestFirst) {
  const auto headers = signatureHeaders(kId, kNow, kBody, {"a new key", specificationKey()});

  ASSERT_EQ(headers.size(), 3U);
  const auto space = headers[2].value.find(' ');
  ASSERT_NE(space, std::string::npos);
  EXPECT_EQ(headers[2].value.substr(space + 1), kSignature);
  EXPECT_TRUE(headers[2].value.starts_with("v1,"));
}

TEST(StandardWebhooks, SignsNothingWithoutKeys) {
  const auto headers = signatureHeaders(kId, kNow, kBody, {});

  ASSERT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers[1].name, "webhook-timestamp");
}

TEST(StandardWebhooks, KeysAreBase64WithOrWithoutThePrefix) {
  EXPECT_EQ(parseSigningKey("whsec_c2VjcmV0").value(), "secret");
  EXPECT_EQ(parseSigningKey("c2VjcmV0").value(), "secret");
}

TEST(StandardWebhooks, WhatIsNoKeyIsRefusedWithoutRepeatingIt) {
  for (const auto* text : {"", "whsec_", "whsec_not base64 at all", "whsec_c2VjcmV", "whpk_c2VjcmV0"}) {
    const auto key = parseSigningKey(text);

    ASSERT_FALSE(key.ok()) << text;
    EXPECT_EQ(key.status().code(), base::StatusCode::InvalidArgument);
    EXPECT_EQ(key.status().message().find("not base64"), std::string::npos);
  }
}

struct Verification {
  const char* what;
  const char* id = kId;
  const char* timestamp = kTimestamp;
  std::string signatures = kSignature;
  const char* body = kBody;
  base::UtcTime now = kNow;
  bool fits = false;
};

TEST(StandardWebhooks, VerifiesWhatFitsAndNothingElse) {
  const std::string other = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  const std::vector<Verification> table{
      {.what = "the vector", .fits = true},
      {.what = "five minutes late", .now = kNow + seconds(300), .fits = true},
      {.what = "five minutes early", .now = kNow - seconds(300), .fits = true},
      {.what = "one among others", .signatures = other + " v1a,AAAA " + kSignature, .fits = true},
      {.what = "one before others", .signatures = std::string(kSignature) + "  " + other, .fits = true},
      {.what = "too late", .now = kNow + seconds(301)},
      {.what = "too early", .now = kNow - seconds(301)},
      {.what = "another id", .id = "msg_other"},
      {.what = "another time", .timestamp = "1614265331"},
      {.what = "no time", .timestamp = ""},
      {.what = "time with more behind it", .timestamp = "1614265330 "},
      {.what = "negative time", .timestamp = "-1614265330"},
      {.what = "endless time", .timestamp = "99999999999999999999999999"},
      {.what = "another body", .body = R"({"test": 2432232315})"},
      {.what = "no signature", .signatures = ""},
      {.what = "spaces", .signatures = "   "},
      {.what = "another signature", .signatures = other},
      {.what = "another version", .signatures = "v2," + std::string(kSignature).substr(3)},
      {.what = "without its version", .signatures = std::string(kSignature).substr(3)},
  };
  for (const auto& row : table) {
    EXPECT_EQ(verifySignature(row.id, row.timestamp, row.signatures, row.body, {specificationKey()}, row.now), row.fits)
        << row.what;
  }
}

TEST(StandardWebhooks, AnyOfTheKeysIsEnough) {
  EXPECT_TRUE(verifySignature(kId, kTimestamp, kSignature, kBody, {"another key", specificationKey()}, kNow));
  EXPECT_FALSE(verifySignature(kId, kTimestamp, kSignature, kBody, {"another key"}, kNow));
  EXPECT_FALSE(verifySignature(kId, kTimestamp, kSignature, kBody, {}, kNow));
}

}  // namespace
}  // namespace landfall::refresh
