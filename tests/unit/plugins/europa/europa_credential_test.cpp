// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string>
#include <vector>

#include "landfall/testing.hpp"
#include "tests/support/payload_cases.h"

namespace landfall::testing {
namespace {

// What Europa's own code (distelli-common HmacSha.java) makes of the body in push_signed_vector.json.
const std::string kSecret = "europa-test-secret";
const std::string kSignature = "1SGzfQUgyNZ9ahY7xNlsCUOIoWEHZN8KgTojhPR7xKU=";

std::string vectorBody() { return readPayload(payloadFolder("europa") / "push_signed_vector.json"); }

AdapterUnderTest adapterWith(const std::vector<std::vector<std::string>>& secrets) {
  return AdapterUnderTest(landfall_plugin_v1(), {.secrets = secrets});
}

TestRequest signedWith(const std::vector<std::string>& signatures, std::string body = vectorBody()) {
  TestRequest request{.body = std::move(body)};
  for (const auto& signature : signatures) request.headers.emplace_back("x-europa-signature", signature);
  return request;
}

std::string headerOf(const TestRequest& request, const std::string& name) {
  std::string value;
  for (const auto& header : request.headers) {
    if (header.first == name) value = header.second;
  }
  return value;
}

TEST(EuropaCredential, TheVectorOfEuropasOwnCodeIsAuthentic) {
  EXPECT_TRUE(adapterWith({{kSecret}}).authenticates(signedWith({kSignature})));
}

TEST(EuropaCredential, AChangedBodyIsRefused) {
  const AdapterUnderTest adapter = adapterWith({{kSecret}});
  const std::string body = vectorBody();
  std::string one_byte = body;
  one_byte[body.find("2.4.1")] = '3';

  EXPECT_FALSE(adapter.authenticates(signedWith({kSignature}, one_byte)));
  EXPECT_FALSE(adapter.authenticates(signedWith({kSignature}, body + "\n")));
  EXPECT_FALSE(adapter.authenticates(signedWith({kSignature}, " " + body)));
  EXPECT_FALSE(adapter.authenticates(signedWith({kSignature}, nlohmann::json::parse(body).dump())));
  EXPECT_FALSE(adapter.authenticates(signedWith({kSignature}, "")));
}

TEST(EuropaCredential, AnotherWayToWriteTheSignatureIsRefused) {
  const AdapterUnderTest adapter = adapterWith({{kSecret}});
  std::string lower = kSignature;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::vector<std::string> wrong = {
      "",
      " ",
      kSignature.substr(0, 43),
      kSignature + "=",
      kSignature + "\n",
      " " + kSignature,
      "sha256=" + kSignature,
      "SHA256:" + kSignature,
      lower,
      "d521b37d0520c8d67d6a163bc4d96c094388a1610764df0a813a2384f47bc4a5",
      "D521B37D0520C8D67D6A163BC4D96C094388A1610764DF0A813A2384F47BC4A5",
      "1SGzfQUgyNZ9ahY7xNlsCUOIoWEHZN8KgTojhPR7xKV=",  // the same 32 bytes: only unused bits differ
      kSecret,
      std::string(1024 * 1024, 'A'),
  };

  for (const auto& signature : wrong) {
    EXPECT_FALSE(adapter.authenticates(signedWith({signature}))) << signature.substr(0, 80);
  }
}

TEST(EuropaCredential, TheUrlSafeAlphabetIsRefused) {
  const AdapterUnderTest adapter = adapterWith({{kSecret}});
  int tried = 0;
  for (int i = 0; i < 20; ++i) {  // until some signatures have a character that differs between the alphabets
    const std::string body = "{\"n\": " + std::to_string(i) + "}";
    const std::string standard = headerOf(adapter.sign({.body = body}), "x-europa-signature");
    std::string url_safe = standard;
    for (char& c : url_safe) c = c == '+' ? '-' : c == '/' ? '_' : c;
    if (url_safe == standard) continue;
    ++tried;

    EXPECT_TRUE(adapter.authenticates(signedWith({standard}, body)));
    EXPECT_FALSE(adapter.authenticates(signedWith({url_safe}, body)));
  }
  EXPECT_GT(tried, 0);
}

TEST(EuropaCredential, AMissingSignatureIsRefused) {
  EXPECT_FALSE(adapterWith({{kSecret}}).authenticates(signedWith({})));
}

TEST(EuropaCredential, ADoubledSignatureIsRefusedEvenIfBothAreRight) {
  const AdapterUnderTest adapter = adapterWith({{kSecret}});

  EXPECT_FALSE(adapter.authenticates(signedWith({kSignature, kSignature})));
  EXPECT_FALSE(adapter.authenticates(signedWith({"nope", kSignature})));
}

TEST(EuropaCredential, TheSignatureOfAnotherSecretIsRefused) {
  for (const std::string secret : {"Europa-test-secret", "europa-test-secret ", "europa-test-secre", "x"}) {
    EXPECT_FALSE(adapterWith({{secret}}).authenticates(signedWith({kSignature}))) << secret;
  }
}

TEST(EuropaCredential, ASpaceAtTheEndBelongsToTheSecret) {
  const AdapterUnderTest spaced = adapterWith({{kSecret + " "}});

  EXPECT_TRUE(spaced.authenticates(spaced.sign({.body = vectorBody()})));
  EXPECT_FALSE(adapterWith({{kSecret}}).authenticates(spaced.sign({.body = vectorBody()})));
}

TEST(EuropaCredential, WhileTwoSecretsAreValidBothAreGood) {
  const AdapterUnderTest adapter = adapterWith({{"the-new-secret-4567"}, {kSecret}});

  EXPECT_TRUE(adapter.authenticates(signedWith({kSignature})));
  EXPECT_TRUE(adapter.authenticates(adapterWith({{"the-new-secret-4567"}}).sign({.body = vectorBody()})));
  EXPECT_FALSE(adapter.authenticates(adapterWith({{"another-secret-89"}}).sign({.body = vectorBody()})));
}

TEST(EuropaCredential, AnEmptyOrBlankSecretIsRefusedWhenItIsLoaded) {
  for (const std::string blank : {"", " ", "\t \r\n"}) {
    EXPECT_THROW(adapterWith({{blank}}), std::runtime_error);
    EXPECT_THROW(adapterWith({{kSecret}, {blank}}), std::runtime_error);
  }
  EXPECT_THROW(adapterWith({}), std::runtime_error);
}

TEST(EuropaCredential, SignAddsWhatEuropaSends) {
  const TestRequest request = adapterWith({{kSecret}, {"an-older-secret-0123"}}).sign({.body = vectorBody()});

  EXPECT_EQ(headerOf(request, "x-europa-event"), "DockerImagePush");
  EXPECT_EQ(headerOf(request, "x-europa-signature"), kSignature);
  const std::string id = headerOf(request, "x-europa-event-id");
  EXPECT_EQ(id.size(), 26u);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos) << id;
}

TEST(EuropaCredential, SignMakesANewEventIdEachTime) {
  const AdapterUnderTest adapter = adapterWith({{kSecret}});
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(headerOf(adapter.sign({.body = "{}"}), "x-europa-event-id"));

  EXPECT_EQ(ids.size(), 100u);
}

TEST(EuropaCredential, SignLeavesTheEventAndIdThatARequestHas) {
  const TestRequest request =
      adapterWith({{kSecret}})
          .sign({.body = vectorBody(), .headers = {{"X-Europa-Event", "Other"}, {"X-Europa-Event-Id", "abc"}}});

  ASSERT_EQ(request.headers.size(), 3u);
  EXPECT_EQ(request.headers[2].first, "x-europa-signature");
}

TEST(EuropaCredential, OnlyTheSignatureIsDeclaredAsACredential) {
  const landfall_plugin* plugin = landfall_plugin_v1();

  for (std::size_t i = 0; i < plugin->header_count; ++i) {
    const bool is_signature = fromAbi(plugin->headers[i].name) == "x-europa-signature";
    EXPECT_EQ(plugin->headers[i].flags, is_signature ? LANDFALL_HEADER_CREDENTIAL : 0u);
  }
  EXPECT_EQ(plugin->header_count, 3u);
  ASSERT_EQ(plugin->secret_key_count, 1u);
  EXPECT_EQ(fromAbi(plugin->secret_keys[0]), "secret");
  EXPECT_EQ(plugin->flags, 0u);
}

}  // namespace
}  // namespace landfall::testing
