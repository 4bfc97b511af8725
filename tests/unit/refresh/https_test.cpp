// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/refresh/http_refresher.h"
#include "tests/support/tls_target.h"
#include "tests/unit/refresh/sample_run.h"

namespace landfall::refresh {
namespace {

using testing::Credential;
using testing::makeAuthority;
using testing::makeCredential;
using testing::SampleRun;
using testing::TlsTarget;

/// OpenSSL's own way to say which authorities are the system's.
class TrustOnly {
 public:
  explicit TrustOnly(const std::filesystem::path& file) { ::setenv("SSL_CERT_FILE", file.c_str(), 1); }
  ~TrustOnly() { ::unsetenv("SSL_CERT_FILE"); }
  TrustOnly(const TrustOnly&) = delete;
  TrustOnly& operator=(const TrustOnly&) = delete;
};

/// Every name is 127.0.0.1.
HttpRefresher refresher(const std::string& ca_pem = {}) {
  return HttpRefresher(AddressRules({base::Network::parse("127.0.0.1").value()}, {}),
                       [](const std::string&, std::uint16_t port, Deadline) {
                         return std::vector<Poco::Net::SocketAddress>{{"127.0.0.1", port}};
                       },
                       {.ca_pem = ca_pem});
}

model::HttpTarget targetAt(const TlsTarget& server) {
  return {.url = "https://hooks.example:" + std::to_string(server.port()) + "/refresh"};
}

RefreshResult refreshAt(const std::string& host, std::uint16_t port, const SampleRun& sample = {}) {
  const model::HttpTarget target{"https://" + host + ":" + std::to_string(port) + "/refresh", "POST", {}, {}};
  return refresher().refresh(sample.run(), target);
}

TEST(Https, SpeaksToATargetThatProvesItsName) {
  TlsTarget server("hooks.example");
  const TrustOnly trust(server.certificateFile());

  const auto result = refreshAt("hooks.example", server.port());

  EXPECT_EQ(result.outcome, model::AttemptOutcome::Succeeded) << result.detail;
  EXPECT_TRUE(server.received().starts_with("POST /refresh HTTP/1.1\r\nHost: hooks.example:"));
}

TEST(Https, ACertificateMayBeForAnAddress) {
  TlsTarget server("IP:127.0.0.1");
  const TrustOnly trust(server.certificateFile());

  const auto result = refreshAt("127.0.0.1", server.port());

  EXPECT_EQ(result.outcome, model::AttemptOutcome::Succeeded) << result.detail;
}

TEST(Https, ACertificateForAnotherNameIsRefused) {
  TlsTarget server("other.example");
  const TrustOnly trust(server.certificateFile());

  const auto result = refreshAt("hooks.example", server.port());

  EXPECT_EQ(result.outcome, model::AttemptOutcome::Retryable);
  EXPECT_NE(result.detail.find("certificate is not trusted"), std::string::npos) << result.detail;
  EXPECT_EQ(server.received(), "");
}

TEST(Https, ACertificateThatNobodyVouchesForIsRefused) {
  TlsTarget server("hooks.example");
  TlsTarget other("hooks.example");
  const TrustOnly trust(other.certificateFile());

  const auto result = refreshAt("hooks.example", server.port());

  EXPECT_EQ(result.outcome, model::AttemptOutcome::Retryable);
  EXPECT_NE(result.detail.find("certificate is not trusted"), std::string::npos) << result.detail;
  EXPECT_EQ(server.received(), "");
}

TEST(Https, ALargeRefreshArrivesWhole) {
  TlsTarget server("hooks.example");
  const TrustOnly trust(server.certificateFile());
  SampleRun sample;
  sample.claim.artifacts.front().tag = std::string(4 << 20, 'x');

  const auto result = refreshAt("hooks.example", server.port(), sample);

  EXPECT_EQ(result.outcome, model::AttemptOutcome::Succeeded) << result.detail;
  EXPECT_NE(server.received().find(refreshBody(sample.run())), std::string::npos);
}

TEST(Https, AnAuthorityOfTheTargetsOwnIsTrustedForItAlone) {
  const Credential authority = makeAuthority();
  TlsTarget server(makeCredential("hooks.example", &authority));
  const HttpRefresher calls = refresher();
  model::HttpTarget target = targetAt(server);

  const auto without = calls.refresh(SampleRun().run(), target);
  target.ca_pem = authority.certificate_pem;
  const auto with = calls.refresh(SampleRun().run(), target);

  EXPECT_EQ(without.outcome, model::AttemptOutcome::Retryable);
  EXPECT_EQ(with.outcome, model::AttemptOutcome::Succeeded) << with.detail;
}

TEST(Https, TheConfiguredAuthorityIsTrustedInsteadOfTheSystemsAndTheTargetsInsteadOfBoth) {
  const Credential authority = makeAuthority();
  const Credential other = makeAuthority();
  TlsTarget server(makeCredential("hooks.example", &authority));
  const TrustOnly trust(server.certificateFile());
  model::HttpTarget elsewhere = targetAt(server);
  elsewhere.ca_pem = other.certificate_pem;

  const auto configured = refresher(authority.certificate_pem).refresh(SampleRun().run(), targetAt(server));
  const auto not_the_systems = refresher(other.certificate_pem).refresh(SampleRun().run(), targetAt(server));
  const auto not_the_configured = refresher(authority.certificate_pem).refresh(SampleRun().run(), elsewhere);

  EXPECT_EQ(configured.outcome, model::AttemptOutcome::Succeeded) << configured.detail;
  EXPECT_EQ(not_the_systems.outcome, model::AttemptOutcome::Retryable);
  EXPECT_EQ(not_the_configured.outcome, model::AttemptOutcome::Retryable);
  EXPECT_EQ(server.requests(), 1U);
}

TEST(Https, AnExpiredCertificateIsRefused) {
  TlsTarget server(makeCredential("hooks.example", nullptr, testing::Validity::Past));
  const TrustOnly trust(server.certificateFile());

  const auto result = refreshAt("hooks.example", server.port());

  EXPECT_EQ(result.outcome, model::AttemptOutcome::Retryable);
  EXPECT_NE(result.detail.find("expired"), std::string::npos) << result.detail;
  EXPECT_EQ(server.received(), "");
}

TEST(Https, ATargetThatAsksForACertificateGetsTheOneThatIsConfigured) {
  const Credential authority = makeAuthority();
  const Credential client = makeCredential("landfall.example", &authority);
  TlsTarget server(makeCredential("hooks.example", &authority), authority.certificate_pem);
  const HttpRefresher calls = refresher(authority.certificate_pem);
  model::HttpTarget target = targetAt(server);

  const auto anonymous = calls.refresh(SampleRun().run(), target);
  target.client_certificate_pem = client.certificate_pem;
  target.client_key_pem = client.key_pem;
  const auto known = calls.refresh(SampleRun().run(), target);

  EXPECT_EQ(anonymous.outcome, model::AttemptOutcome::Retryable);
  EXPECT_EQ(anonymous.status, std::nullopt);
  EXPECT_EQ(known.outcome, model::AttemptOutcome::Succeeded) << known.detail;
  EXPECT_EQ(server.requests(), 1U);
}

TEST(Https, AClientKeyThatDoesNotFitIsToldAndNotShown) {
  const Credential client = makeCredential("landfall.example");
  TlsTarget server("hooks.example");
  const TrustOnly trust(server.certificateFile());
  model::HttpTarget target = targetAt(server);
  target.client_certificate_pem = client.certificate_pem;
  target.client_key_pem = makeCredential("landfall.example").key_pem;

  const auto result = refresher().refresh(SampleRun().run(), target);

  EXPECT_EQ(result.outcome, model::AttemptOutcome::Retryable);
  EXPECT_NE(result.detail.find("client key"), std::string::npos) << result.detail;
  EXPECT_EQ(result.detail.find("PRIVATE"), std::string::npos);
}

TEST(Https, TheNextCallUsesTheConnectionThatIsOpen) {
  TlsTarget server("hooks.example");
  const TrustOnly trust(server.certificateFile());
  const HttpRefresher calls = refresher();

  for (int i = 0; i < 3; ++i) {
    const auto result = calls.refresh(SampleRun().run(), targetAt(server));
    EXPECT_EQ(result.outcome, model::AttemptOutcome::Succeeded) << result.detail;
  }

  EXPECT_EQ(server.requests(), 3U);
  EXPECT_EQ(server.connections(), 1U);
}

TEST(Https, AConnectionIsNotSharedWithWhoTrustsOrShowsSomethingElse) {
  const Credential authority = makeAuthority();
  const Credential client = makeCredential("landfall.example", &authority);
  TlsTarget server(makeCredential("hooks.example", &authority));
  const HttpRefresher calls = refresher(authority.certificate_pem);
  model::HttpTarget own_authority = targetAt(server);
  own_authority.ca_pem = authority.certificate_pem;
  model::HttpTarget with_certificate = targetAt(server);
  with_certificate.client_certificate_pem = client.certificate_pem;
  with_certificate.client_key_pem = client.key_pem;

  for (const auto& target : {targetAt(server), own_authority, with_certificate})
    EXPECT_EQ(calls.refresh(SampleRun().run(), target).outcome, model::AttemptOutcome::Succeeded);

  EXPECT_EQ(server.connections(), 3U);
}

}  // namespace
}  // namespace landfall::refresh
