// SPDX-License-Identifier: Apache-2.0
#include "core/intake/proofs.h"

#include <gtest/gtest.h>

#include "core/base/crypto.h"

namespace landfall::intake {
namespace {

using Headers = std::vector<model::Header>;

Headers basic(const std::string& username, const std::string& password) {
  return {{"Content-Type", "application/json"},
          {"authorization", "Basic " + base::toBase64(username + ":" + password)}};
}

config::Receiver withBasicAuth() {
  config::Receiver receiver;
  receiver.basic_auth = {{"quay", "new-password-0123456"}, {"old", "old-password-0123456"}};
  return receiver;
}

config::Receiver withSubject() {
  config::Receiver receiver;
  receiver.client_certificate_subject = "CN=quay.io, O=Example";
  return receiver;
}

TEST(Proofs, NothingAskedForIsAlwaysBrought) {
  EXPECT_TRUE(bringsProofs({}, {}, std::nullopt));
  EXPECT_TRUE(bringsProofs({}, basic("a", "b"), "CN=whoever"));
}

TEST(Proofs, AnyOfTheCredentialsWillDo) {
  EXPECT_TRUE(bringsProofs(withBasicAuth(), basic("quay", "new-password-0123456"), std::nullopt));
  EXPECT_TRUE(bringsProofs(withBasicAuth(), basic("old", "old-password-0123456"), std::nullopt));
}

TEST(Proofs, AUserNameGoesWithItsOwnPasswordOnly) {
  EXPECT_FALSE(bringsProofs(withBasicAuth(), basic("quay", "old-password-0123456"), std::nullopt));
  EXPECT_FALSE(bringsProofs(withBasicAuth(), basic("old", "new-password-0123456"), std::nullopt));
  EXPECT_FALSE(bringsProofs(withBasicAuth(), basic("Quay", "new-password-0123456"), std::nullopt));
  EXPECT_FALSE(bringsProofs(withBasicAuth(), basic("quay", "new-password-012345"), std::nullopt));
  EXPECT_FALSE(bringsProofs(withBasicAuth(), basic("quay", ""), std::nullopt));
  EXPECT_FALSE(bringsProofs(withBasicAuth(), basic("", ""), std::nullopt));
}

TEST(Proofs, WithoutAHeaderOrWithTwoThereIsNoCredential) {
  const auto good = basic("quay", "new-password-0123456").back();

  EXPECT_FALSE(bringsProofs(withBasicAuth(), {}, std::nullopt));
  EXPECT_FALSE(bringsProofs(withBasicAuth(), {good, {"Authorization", "Bearer x"}}, std::nullopt));
  EXPECT_FALSE(bringsProofs(withBasicAuth(), {good, good}, std::nullopt));
}

TEST(Proofs, TheCertificateMustBeMadeOutToExactlyTheSubject) {
  EXPECT_TRUE(bringsProofs(withSubject(), {}, "cn=quay.io,o=Example"));

  EXPECT_FALSE(bringsProofs(withSubject(), {}, std::nullopt));
  EXPECT_FALSE(bringsProofs(withSubject(), {}, ""));
  EXPECT_FALSE(bringsProofs(withSubject(), {}, "CN=quay.io"));
  EXPECT_FALSE(bringsProofs(withSubject(), {}, "CN=quay.io,O=Example,C=US"));
  EXPECT_FALSE(bringsProofs(withSubject(), {}, "CN=quay.io\\,O=Example"));
}

TEST(Proofs, BothAreNeededWhereBothAreAskedFor) {
  config::Receiver receiver = withBasicAuth();
  receiver.client_certificate_subject = "CN=quay.io";
  const auto credential = basic("quay", "new-password-0123456");

  EXPECT_TRUE(bringsProofs(receiver, credential, "CN=quay.io"));
  EXPECT_FALSE(bringsProofs(receiver, credential, std::nullopt));
  EXPECT_FALSE(bringsProofs(receiver, {}, "CN=quay.io"));
}

TEST(BasicCredential, IsReadAsTheStandardSays) {
  // The example of RFC 7617 section 2, and one with colons in the password.
  const auto example = readBasicCredential("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  ASSERT_TRUE(example);
  EXPECT_EQ(example->username, "Aladdin");
  EXPECT_EQ(example->password, "open sesame");
  const auto colons = readBasicCredential("bAsIC   " + base::toBase64("u:p:q:"));
  ASSERT_TRUE(colons);
  EXPECT_EQ(colons->username, "u");
  EXPECT_EQ(colons->password, "p:q:");
}

TEST(BasicCredential, AnythingElseIsNone) {
  for (const std::string text :
       {"", "Basic", "Basic ", "Basic:", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", "Basic QWxhZGRpbg==", "Basic dTpw dTpw",
        "Basic dTpw\n", "Basic\tdTpw", "Bearer dTpw", "BasicdTpw", " Basic dTpw", "Basic dT=pw", "Basic dTpw="}) {
    EXPECT_FALSE(readBasicCredential(text)) << text;
  }
}

}  // namespace
}  // namespace landfall::intake
