// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/certificates.h"
#include "tests/unit/config/workspace.h"

namespace landfall::config {
namespace {

std::string secret(const std::string& name, const std::string& data) {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: shop}\nstringData: " + data + "\n";
}

/// A receiver shop/q of Quay in line 5 of resources/r.yaml, with these keys beside its adapter's.
class ReceiverProofs : public ::testing::Test {
 protected:
  ReceiverProofs() {
    workspace_.resource("quay.yaml", kQuaySecret);
    workspace_.resource("new.yaml", secret("new", "{username: quay, password: new-password-0123456}"));
    workspace_.resource("old.yaml", secret("old", "{username: quay, password: old-password-0123456}"));
  }

  void receiver(const std::string& keys) const {
    workspace_.resource("r.yaml", receivers("{name: q, quay: {secretRef: {name: quay-secret}}, " + keys + "}"));
  }

  /// webhooks.tls with a client CA, in line 2 of landfall.yaml.
  void withClientCa() const {
    const auto authority = testing::makeAuthority();
    const auto server = testing::makeCredential("hooks.example", &authority);
    workspace_.write("ca.pem", authority.certificate_pem);
    workspace_.write("tls.crt", server.certificate_pem);
    std::filesystem::permissions(workspace_.write("tls.key", server.key_pem), std::filesystem::perms::owner_read);
    workspace_.settings(
        "webhooks: {tls: {certificateFile: tls.crt, keyFile: tls.key, clientCaFile: ca.pem}}\n"
        "baseUrl: https://hooks.example\n");
  }

  std::shared_ptr<const Receiver> load(const Configuration* previous = nullptr) {
    const auto loaded = workspace_.load(previous);
    EXPECT_NE(loaded.configuration, nullptr) << workspace_.shown(loaded.problems).front();
    configuration_ = loaded.configuration;
    return configuration_ == nullptr ? nullptr : configuration_->receivers.at(0);
  }

  Workspace workspace_;
  std::shared_ptr<const Configuration> configuration_;
};

TEST_F(ReceiverProofs, BasicAuthComesFromSecretsNewestFirst) {
  receiver("basicAuth: {secretRef: {name: new}, previousSecretRefs: [{name: old}]}");

  const auto built = load();

  ASSERT_NE(built, nullptr);
  ASSERT_EQ(built->basic_auth.size(), 2u);
  EXPECT_EQ(built->basic_auth[0].username, "quay");
  EXPECT_EQ(built->basic_auth[0].password, "new-password-0123456");
  EXPECT_EQ(built->basic_auth[1].password, "old-password-0123456");
  EXPECT_TRUE(built->url_is_credential);
}

TEST_F(ReceiverProofs, WhatABasicCredentialLacksIsSaidWithItsPlaceAndNeverShown) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{username: quay}",
       "resources/r.yaml:5: spec.webhookReceivers[0].basicAuth.secretRef.name: Secret shop/new (resources/new.yaml:1) "
       "has no key password (stringData: {password: …})"},
      {"{username: '', password: new-password-0123456}",
       "resources/new.yaml:4: stringData.username: empty, and receiver shop/q needs it (a long random value)"},
      {"{username: quay, password: ''}",
       "resources/new.yaml:4: stringData.password: empty, and receiver shop/q needs it (a long random value)"},
      {"{username: quay, password: short}",
       "resources/new.yaml:4: stringData.password: shorter than 16 bytes, and receiver shop/q needs it (a long random "
       "value, or allowWeakSecret: true beside the receiver's name)"},
      {"{username: 'qu:ay', password: new-password-0123456}",
       "resources/new.yaml:4: stringData.username: a colon in a user name, which HTTP Basic ends there (a user name "
       "without colons)"},
      {"{username: quay, password: \"new-password-0123456\\n\"}",
       "resources/new.yaml:4: stringData.password: a control character (a line feed at its end?), which HTTP Basic "
       "cannot carry (one line of text without an end of line)"}};
  receiver("basicAuth: {secretRef: {name: new}}");
  for (const auto& [data, expected] : cases) {
    workspace_.resource("new.yaml", secret("new", data));

    EXPECT_EQ(workspace_.problems(), Lines{expected}) << data;
  }
}

TEST_F(ReceiverProofs, AWeakPasswordIsLetInByName) {
  workspace_.resource("new.yaml", secret("new", "{username: quay, password: short}"));
  receiver("allowWeakSecret: true, basicAuth: {secretRef: {name: new}}");

  EXPECT_TRUE(workspace_.problems().empty());
}

TEST_F(ReceiverProofs, AClientCertificateNeedsAListenerThatAsksForOne) {
  receiver("clientCertificate: {subject: CN=quay.io}");

  EXPECT_EQ(workspace_.problems(),
            Lines{"resources/r.yaml:5: spec.webhookReceivers[0].clientCertificate.subject: no client's certificate is "
                  "asked for without webhooks.tls.clientCaFile (name the certificates that vouch for clients there, or "
                  "leave it away)"});

  withClientCa();
  EXPECT_EQ(load()->client_certificate_subject, "CN=quay.io");
}

TEST_F(ReceiverProofs, WithAProofAUrlThatIsTheCredentialMayBeChosen) {
  receiver("path: /hooks/quay, basicAuth: {secretRef: {name: new}}");
  const auto built = load();
  ASSERT_NE(built, nullptr);
  EXPECT_EQ(built->paths, Lines{"/hooks/quay"});
  EXPECT_FALSE(built->url_is_credential);  // anybody may know it now

  withClientCa();
  receiver("path: /hooks/quay, clientCertificate: {subject: CN=quay.io}");
  EXPECT_EQ(load()->paths, Lines{"/hooks/quay"});
}

TEST_F(ReceiverProofs, ChangedProofsAreAChangedReceiver) {
  withClientCa();
  receiver("basicAuth: {secretRef: {name: new}}");
  load();
  const std::vector<std::string> next{"basicAuth: {secretRef: {name: old}}",
                                      "basicAuth: {secretRef: {name: old}, previousSecretRefs: [{name: new}]}",
                                      "clientCertificate: {subject: CN=quay.io}",
                                      "clientCertificate: {subject: CN=quay.example}", "allowWeakSecret: false"};
  for (const auto& keys : next) {
    const auto before = configuration_;
    receiver(keys);

    load(before.get());

    ASSERT_NE(configuration_, nullptr) << keys;
    EXPECT_EQ(configuration_->diff.receivers.changed, Lines{"shop/q"}) << keys;
  }
}

TEST_F(ReceiverProofs, SecretValuesAreKnownForMasking) {
  receiver("basicAuth: {secretRef: {name: new}}");

  load();

  const auto& secrets = *configuration_->secrets;
  const auto holds = [&](const std::string& value) {
    return std::find(secrets.begin(), secrets.end(), value) != secrets.end();
  };
  EXPECT_TRUE(holds("a-long-random-value-0123"));
  EXPECT_TRUE(holds("new-password-0123456"));
  EXPECT_FALSE(holds("quay"));                  // a user name is none
  EXPECT_FALSE(holds("old-password-0123456"));  // nobody uses it
}

}  // namespace
}  // namespace landfall::config
