// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/refresh/http_refresher.h"
#include "tests/unit/refresh/sample_run.h"
#include "tests/unit/refresh/tls_target.h"

namespace landfall::refresh {
namespace {

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
HttpRefresher refresher() {
  return HttpRefresher(AddressRules({Network::parse("127.0.0.1").value()}, {}),
                       [](const std::string&, std::uint16_t port, Deadline) {
                         return std::vector<Poco::Net::SocketAddress>{{"127.0.0.1", port}};
                       });
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

}  // namespace
}  // namespace landfall::refresh
