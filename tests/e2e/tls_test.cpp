// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/server_under_test.h"
#include "tests/support/certificates.h"
#include "tests/support/tls_client.h"
#include "tests/support/wait.h"
#include "tests/unit/http/raw_client.h"

namespace landfall::testing {
namespace {

constexpr auto kPush = R"({"docker_url":"quay.io/shop/api","updated_tags":["1.2.3"]})";

class Tls : public ::testing::Test {
 protected:
  static ServerUnderTest::Setup setup() {
    return {.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01",
                                                   ", path: /hooks/quay, "
                                                   "clientCertificate: {subject: \"CN=quay.io\"}"},
                                                  {"quay", "open", "secret", "a-long-open-secret-01", ""}}),
            .webhooks = ", tls: {certificateFile: tls.crt, keyFile: tls.key, clientCaFile: ca.crt}",
            .base_url = "https://127.0.0.1:8080"};
  }
  void SetUp() override {
    write("ca.crt", authority_.certificate_pem);
    show(credential_);
    server_.start();
    path_ = server_.pathOf("open");
  }

  void write(const std::string& name, const std::string& text) const {
    TempDir staging;
    const auto next = server_.folder() / (name + ".next");
    std::filesystem::copy_file(staging.write("text", text), next, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::permissions(next, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::filesystem::rename(next, server_.folder() / name);
  }
  void show(const Credential& credential) const {
    write("tls.key", credential.key_pem);
    write("tls.crt", credential.certificate_pem);
  }
  static std::string push(const std::string& path) {
    const std::string body = kPush;
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }
  TlsClient client(const TlsWish& wish = {}) { return TlsClient(server_.webhookPort(), wish); }

  const Credential authority_ = makeAuthority();
  const Credential credential_ = makeCredential("hooks.example");
  ServerUnderTest server_{setup()};
  std::string path_;
};

TEST_F(Tls, APushIsRecorded) {
  EXPECT_EQ(client().ask(push(path_)), 200);

  EXPECT_EQ(server_.all("events").size(), 1u);
  EXPECT_NE(server_.log().find("webhooks=https://127.0.0.1:"), std::string::npos);
}

TEST_F(Tls, OldVersionsArePushedAway) {
  EXPECT_FALSE(client({.oldest_version = TLS1_1_VERSION, .newest_version = TLS1_1_VERSION}).shookHands());
  EXPECT_EQ(client({.newest_version = TLS1_2_VERSION}).ask(push(path_)), 200);
}

TEST_F(Tls, AReceiverCanAskWhoCalls) {
  EXPECT_EQ(client({.shown = makeClientCredential("quay.io", authority_)}).ask(push("/hooks/quay")), 200);
  EXPECT_EQ(client({.shown = makeClientCredential("other.example", authority_)}).ask(push("/hooks/quay")), 401);
  EXPECT_EQ(client().ask(push("/hooks/quay")), 401);
}

TEST_F(Tls, ACertificateOfAnotherAuthorityEndsTheHandshake) {
  EXPECT_EQ(client({.shown = makeClientCredential("quay.io", makeAuthority())}).ask(push("/hooks/quay")), 0);
  EXPECT_TRUE(server_.all("events").empty());
}

TEST_F(Tls, ANewCertificateCostsNoRequest) {
  std::atomic<bool> stopping = false;
  std::atomic<std::size_t> accepted = 0;
  std::atomic<std::size_t> failed = 0;
  std::vector<std::thread> senders;
  const auto count = [&](int status) { ++(status == 200 ? accepted : failed); };
  for (int sender = 0; sender < 2; ++sender) {
    senders.emplace_back([&] {
      while (!stopping) count(client().ask(push(path_)));  // a handshake for each
    });
    senders.emplace_back([&] {
      TlsClient kept = client();
      while (!stopping) count(kept.ask(push(path_)));
    });
  }

  bool all_shown = true;
  for (int renewal = 0; renewal < 5; ++renewal) {
    const Credential next = makeCredential("hooks.example");
    show(next);
    all_shown = all_shown && waitUntil([&] { return client().serverCertificate() == next.certificate_pem; });
    const std::size_t until_then = accepted;
    all_shown = all_shown && waitUntil([&] { return accepted > until_then + 20; });
  }
  stopping = true;
  for (auto& sender : senders) sender.join();

  EXPECT_TRUE(all_shown);
  EXPECT_EQ(failed, 0u);
  EXPECT_EQ(server_.all("events").size(), accepted);
}

TEST_F(Tls, TheKeyIsShownNowhere) {
  EXPECT_EQ(client().ask(push(path_)), 200);
  // A line of the key's PEM, as it stands in its file.
  const auto begin = credential_.key_pem.find('\n') + 1;
  const std::string line = credential_.key_pem.substr(begin, credential_.key_pem.find('\n', begin) - begin);
  ASSERT_GT(line.size(), 32u);

  std::string shown = server_.log() + server_.adminCall("GET", "/metrics").body;
  for (const auto* path : {"config", "receivers", "events", "stats"}) {
    shown += server_.adminCall("GET", std::string("/api/v1/") + path).body;
  }

  EXPECT_NE(shown.find("quay.io/shop/api"), std::string::npos);
  EXPECT_EQ(shown.find(line), std::string::npos);
}

TEST_F(Tls, HandshakesThatNeverEndKeepNobodyOut) {
  const std::string hello = clientHello();
  std::vector<RawClient> shaking;
  for (int number = 0; number < 500; ++number) {
    shaking.emplace_back(server_.webhookPort());
    shaking.back().send(number % 2 == 0 ? hello : hello.substr(0, hello.size() / 2));
  }

  for (int number = 0; number < 50; ++number) EXPECT_EQ(client().ask(push(path_)), 200);
}

}  // namespace
}  // namespace landfall::testing
