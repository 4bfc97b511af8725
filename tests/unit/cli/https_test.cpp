// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/cli/api_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_target.h"

namespace landfall::cli {
namespace {

using testing::Credential;
using testing::TlsTarget;

/// Calls a server of 127.0.0.1 by this name.
class HttpsCall : public ::testing::Test {
 protected:
  std::optional<HttpAnswer> call(const TlsTarget& server, const std::string& host = "127.0.0.1") {
    const std::string url = "https://" + host + ":" + std::to_string(server.port()) + "/path?query";
    return callHttp("POST", url, {{"X-Test", "yes"}}, "{\"a\":{}}", files_, failure_);
  }

  std::string file(const std::string& name, const std::string& pem) const { return folder_.write(name, pem).string(); }

  const testing::TempDir folder_;
  const Credential authority_ = testing::makeAuthority();
  TlsFiles files_{.ca_file = file("ca.pem", authority_.certificate_pem)};
  std::string failure_;
};

TEST_F(HttpsCall, ReachesAServerThatTheCaFileVouchesFor) {
  TlsTarget server(testing::makeCredential("IP:127.0.0.1", &authority_));

  const auto answer = call(server);

  ASSERT_TRUE(answer) << failure_;
  EXPECT_EQ(answer->status, 200);
  EXPECT_NE(server.received().find("POST /path?query HTTP/1.1\r\n"), std::string::npos);
  EXPECT_NE(server.received().find("X-Test: yes\r\n"), std::string::npos);
}

TEST_F(HttpsCall, IsNotMadeToAServerThatNobodyVouchesFor) {
  TlsTarget server("IP:127.0.0.1");

  EXPECT_FALSE(call(server));

  EXPECT_FALSE(failure_.empty());
  EXPECT_EQ(server.requests(), 0u);
}

TEST_F(HttpsCall, IsNotMadeToAServerOfAnotherName) {
  TlsTarget elsewhere(testing::makeCredential("hooks.example", &authority_));

  EXPECT_FALSE(call(elsewhere));
  EXPECT_FALSE(call(elsewhere, "localhost"));

  EXPECT_EQ(elsewhere.requests(), 0u);
}

TEST_F(HttpsCall, ShowsTheCertificateThatItWasGiven) {
  TlsTarget server(testing::makeCredential("IP:127.0.0.1", &authority_), authority_.certificate_pem);
  EXPECT_FALSE(call(server));

  const Credential client = testing::makeClientCredential("landfall", authority_);
  files_.certificate_file = file("client.crt", client.certificate_pem);
  files_.key_file = file("client.key", client.key_pem);

  const auto answer = call(server);
  ASSERT_TRUE(answer) << failure_;
  EXPECT_EQ(answer->status, 200);
}

TEST_F(HttpsCall, FilesThatCannotBeUsedAreAFailureAndNoThrow) {
  TlsTarget server(testing::makeCredential("IP:127.0.0.1", &authority_));
  files_.ca_file = (folder_.path() / "missing.pem").string();
  EXPECT_FALSE(call(server));
  EXPECT_NE(failure_.find("cannot be used"), std::string::npos) << failure_;

  files_ = {.certificate_file = file("c.pem", "hello"), .key_file = file("k.pem", "hello")};
  EXPECT_FALSE(call(server));
  EXPECT_NE(failure_.find("cannot be used"), std::string::npos) << failure_;
}

}  // namespace
}  // namespace landfall::cli
