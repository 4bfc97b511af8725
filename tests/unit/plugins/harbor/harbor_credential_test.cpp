// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "landfall/testing.hpp"

namespace landfall::testing {
namespace {

const std::string kSecret = "Bearer a-token-of-the-tests-0123";

AdapterUnderTest adapterWith(const std::vector<std::vector<std::string>>& secrets) {
  return AdapterUnderTest(landfall_plugin_v1(), {.secrets = secrets});
}

TestRequest withAuthorization(const std::vector<std::string>& values) {
  TestRequest request{.body = R"({"type": "PUSH_ARTIFACT"})"};
  for (const auto& value : values) request.headers.emplace_back("Authorization", value);
  return request;
}

TEST(HarborCredential, TheWholeHeaderIsTheSecret) {
  const AdapterUnderTest adapter = adapterWith({{kSecret}});

  EXPECT_TRUE(adapter.authenticates(withAuthorization({kSecret})));
}

TEST(HarborCredential, TheNameOfTheHeaderMayBeInAnyCase) {
  const AdapterUnderTest adapter = adapterWith({{kSecret}});

  EXPECT_TRUE(adapter.authenticates({.body = "{}", .headers = {{"authorization", kSecret}}}));
}

TEST(HarborCredential, BareTokensAndBasicAreTextLikeAnyOther) {
  for (const std::string secret :
       {"orchid-44-orchid-44", "Basic aW5lczpzZWNyZXQ=", "Token abc def", "ключ-от-гавани"}) {
    const AdapterUnderTest adapter = adapterWith({{secret}});

    EXPECT_TRUE(adapter.authenticates(withAuthorization({secret}))) << secret;
  }
}

TEST(HarborCredential, WhatIsNotTheWholeSecretIsRefused) {
  const AdapterUnderTest adapter = adapterWith({{kSecret}});
  const std::vector<std::string> wrong = {
      "",
      " ",
      "nope",
      "Bearer",
      kSecret + "x",
      kSecret + " ",
      " " + kSecret,
      kSecret.substr(0, kSecret.size() - 1),
      "Bearer  a-token-of-the-tests-0123",
      "bearer a-token-of-the-tests-0123",
      "Bearer A-token-of-the-tests-0123",
      "a-token-of-the-tests-0123",
      kSecret + "," + kSecret,
      kSecret + std::string(1, '\0'),
      std::string(1024 * 1024, 'B'),
  };

  for (const auto& value : wrong) {
    EXPECT_FALSE(adapter.authenticates(withAuthorization({value}))) << value.substr(0, 60);
  }
}

TEST(HarborCredential, AMissingHeaderIsRefused) {
  const AdapterUnderTest adapter = adapterWith({{kSecret}});

  EXPECT_FALSE(adapter.authenticates(withAuthorization({})));
  EXPECT_FALSE(adapter.authenticates({.body = ""}));  // the test endpoint of Harbor up to 2.2
}

TEST(HarborCredential, ADoubledHeaderIsRefusedEvenIfBothAreRight) {
  const AdapterUnderTest adapter = adapterWith({{kSecret}});

  EXPECT_FALSE(adapter.authenticates(withAuthorization({kSecret, kSecret})));
  EXPECT_FALSE(adapter.authenticates(withAuthorization({"nope", kSecret})));
  EXPECT_FALSE(adapter.authenticates(withAuthorization({kSecret, "nope"})));
}

TEST(HarborCredential, TheSecretIsNoCredentialAnywhereElse) {
  const AdapterUnderTest adapter = adapterWith({{kSecret}});

  EXPECT_FALSE(adapter.authenticates({.body = kSecret, .headers = {{"X-Secret", kSecret}}, .query = kSecret}));
}

TEST(HarborCredential, WhileTwoSecretsAreValidBothAreGood) {
  const AdapterUnderTest adapter = adapterWith({{"Bearer the-new-one-4567"}, {kSecret}});

  EXPECT_TRUE(adapter.authenticates(withAuthorization({"Bearer the-new-one-4567"})));
  EXPECT_TRUE(adapter.authenticates(withAuthorization({kSecret})));
  EXPECT_FALSE(adapter.authenticates(withAuthorization({"Bearer another-one-89"})));
}

TEST(HarborCredential, SignAddsTheNewestSecret) {
  const AdapterUnderTest adapter = adapterWith({{"Bearer the-new-one-4567"}, {kSecret}});

  const TestRequest request = adapter.sign(withAuthorization({}));

  ASSERT_EQ(request.headers.size(), 1u);
  EXPECT_EQ(request.headers.front().first, "Authorization");
  EXPECT_EQ(request.headers.front().second, "Bearer the-new-one-4567");
  EXPECT_TRUE(adapter.authenticates(request));
}

TEST(HarborCredential, AnEmptyOrBlankSecretIsRefusedWhenItIsLoaded) {
  for (const std::string blank : {"", " ", "\t \r\n"}) {
    EXPECT_THROW(adapterWith({{blank}}), std::runtime_error);
    EXPECT_THROW(adapterWith({{kSecret}, {blank}}), std::runtime_error);
  }
  EXPECT_THROW(adapterWith({}), std::runtime_error);
}

TEST(HarborCredential, TheRefusalOfASecretNamesTheKeyAndNoSecret) {
  try {
    adapterWith({{kSecret}, {" "}});
    FAIL() << "a blank secret was taken";
  } catch (const std::runtime_error& refusal) {
    const std::string reason = refusal.what();
    EXPECT_NE(reason.find("auth-header"), std::string::npos);
    EXPECT_EQ(reason.find(kSecret), std::string::npos);
  }
}

// As in Kargo: a newline is part of the secret, and no header can carry it.
TEST(HarborCredential, ASecretThatEndsInANewlineIsLoadedAndNeverMet) {
  const AdapterUnderTest adapter = adapterWith({{kSecret + "\n"}});

  EXPECT_FALSE(adapter.authenticates(withAuthorization({kSecret})));
}

TEST(HarborCredential, TheHeaderIsDeclaredAsACredentialSoThatItIsNeverStored) {
  const landfall_plugin* plugin = landfall_plugin_v1();

  ASSERT_EQ(plugin->header_count, 1u);
  EXPECT_EQ(fromAbi(plugin->headers[0].name), "Authorization");
  EXPECT_EQ(plugin->headers[0].flags, LANDFALL_HEADER_CREDENTIAL);
  ASSERT_EQ(plugin->secret_key_count, 1u);
  EXPECT_EQ(fromAbi(plugin->secret_keys[0]), "auth-header");
  EXPECT_EQ(plugin->flags, 0u);
}

}  // namespace
}  // namespace landfall::testing
