// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <chrono>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "tests/support/certificates.h"
#include "tests/support/tls_client.h"
#include "tests/unit/http/server_fixture.h"

namespace landfall::testing {
namespace {

using std::chrono::milliseconds;

class ServerTls : public ServerTest {
 protected:
  http::Server& serveTls(http::ServerOptions options = {}) {
    options.tls = material(credential_);
    return serveEcho(std::move(options));
  }
  /// Tells whom the client's certificate is made out to.
  void serveSubject() {
    http::ServerOptions options;
    options.tls = material(credential_);
    options.tls->client_ca_pem = authority_.certificate_pem;
    serve(
        [](const http::Request& request, http::Responder responder) {
          responder.complete({.body = request.client_certificate_subject.value_or("nobody")});
        },
        std::move(options));
  }
  static base::TlsMaterial material(const Credential& credential) {
    return {.certificate_pem = credential.certificate_pem, .key_pem = credential.key_pem, .client_ca_pem = {}};
  }
  TlsClient client(const TlsWish& wish = {}) { return TlsClient(server_->port(), wish); }
  std::string answerTo(TlsClient client, std::string_view request) {
    client.send(request);
    return client.readAnswer();
  }

  const Credential authority_ = makeAuthority();
  const Credential credential_ = makeCredential("hooks.example");
};

TEST_F(ServerTls, AnswersManyRequestsOfOneConnectionInEitherVersion) {
  serveTls();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(server_->port(), {.oldest_version = version, .newest_version = version});

    for (int number = 0; number < 20; ++number) EXPECT_EQ(client.ask(kGet), 200) << client.version();
  }
}

TEST_F(ServerTls, RefusesOlderVersions) {
  serveTls();

  EXPECT_FALSE(client({.oldest_version = TLS1_VERSION, .newest_version = TLS1_VERSION}).shookHands());
  EXPECT_FALSE(client({.oldest_version = TLS1_1_VERSION, .newest_version = TLS1_1_VERSION}).shookHands());
}

TEST_F(ServerTls, TakesBodiesOfManyRecordsAndSendsThemBack) {
  serveTls();
  const std::string body(1500000, 'x');

  const std::string answer = answerTo(client(), post(body));

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer.substr(0, 100);
  EXPECT_TRUE(answer.ends_with("[" + body + "]"));
}

TEST_F(ServerTls, AnswersPipelinedRequestsOfOneRecord) {
  serveTls();
  TlsClient pipelining = client();
  std::string all;
  for (int number = 0; number < 400; ++number) all += "GET /" + std::to_string(number) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  ASSERT_GT(all.size(), 11000u);

  pipelining.send(all);

  for (int number = 0; number < 400; ++number) {
    ASSERT_TRUE(pipelining.readAnswer().ends_with("GET /" + std::to_string(number) + "? []")) << number;
  }
}

TEST_F(ServerTls, AgreesOnHttp11AndRefusesWhoSpeaksOnlyAnother) {
  serveTls();

  EXPECT_EQ(client({.protocols = "\x02h2\x08http/1.1"}).protocol(), "http/1.1");
  EXPECT_EQ(client().protocol(), "");
  EXPECT_FALSE(client({.protocols = "\x02h2"}).shookHands());
}

TEST_F(ServerTls, SaysGoodbyeBeforeItCloses) {
  serveTls();
  TlsClient closing = client();

  closing.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  EXPECT_TRUE(closing.readAnswer().starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(closing.saidGoodbye());
}

TEST_F(ServerTls, SaysGoodbyeToAConnectionThatIsIdleTooLong) {
  serveTls({.idle_timeout = milliseconds(30)});

  EXPECT_TRUE(client().saidGoodbye());
}

TEST_F(ServerTls, AnswersPlainHttpInPlainWords) {
  serveTls();
  RawClient plain = connect();

  plain.send(post("{}"));

  const auto answer = plain.read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 400);
  EXPECT_NE(answer->body.find("HTTPS"), std::string::npos);
  EXPECT_TRUE(plain.closedByPeer());
}

TEST_F(ServerTls, ClosesOnWhatIsNoHandshake) {
  serveTls();
  RawClient nonsense = connect();

  nonsense.send(std::string(100, '\xff'));

  EXPECT_FALSE(nonsense.read().has_value());
  EXPECT_EQ(client().ask(kGet), 200);
}

TEST_F(ServerTls, ClosesOnAHandshakeThatNeverEnds) {
  serveTls({.head_timeout = milliseconds(50)});
  RawClient silent = connect();
  RawClient half = connect();
  const std::string hello = clientHello();

  half.send(hello.substr(0, hello.size() / 2));

  EXPECT_FALSE(silent.read().has_value());
  EXPECT_FALSE(half.read().has_value());
  EXPECT_EQ(client().ask(kGet), 200);
}

TEST_F(ServerTls, HoldsRequestsToTheirLimitsAsWithoutTls) {
  serveTls({.max_body_bytes = 100, .head_timeout = milliseconds(500)});

  EXPECT_EQ(client().ask(post(std::string(101, 'x'))), 413);
  EXPECT_EQ(client().ask("GET / HTTP/1.1\r\nHos"), 408);
}

TEST_F(ServerTls, KnowsWhomAVerifiedCertificateIsMadeOutTo) {
  serveSubject();

  EXPECT_TRUE(answerTo(client({.shown = makeClientCredential("quay.io", authority_, "Example, Inc.")}), kGet)
                  .ends_with("\r\n\r\nCN=quay.io,O=Example\\, Inc."));
  EXPECT_TRUE(answerTo(client(), kGet).ends_with("\r\n\r\nnobody"));
}

TEST_F(ServerTls, RefusesACertificateThatTheClientCaDoesNotVouchFor) {
  serveSubject();
  const Credential other = makeAuthority();

  EXPECT_EQ(client({.shown = makeClientCredential("quay.io", other)}).ask(kGet), 0);
  EXPECT_EQ(client({.newest_version = TLS1_2_VERSION, .shown = makeClientCredential("quay.io", other)}).ask(kGet), 0);
}

TEST_F(ServerTls, AsksForNoCertificateWithoutAClientCa) {
  serveTls();

  EXPECT_EQ(client({.shown = makeClientCredential("quay.io", makeAuthority())}).ask(kGet), 200);
}

TEST_F(ServerTls, ShowsANewCertificateToNewConnectionsAndKeepsTheOldOnesRunning) {
  http::Server& server = serveTls();
  TlsClient before = client();
  ASSERT_EQ(before.ask(kGet), 200);
  const Credential renewed = makeCredential("hooks.example");

  ASSERT_TRUE(server.setTls(material(renewed)).ok());

  TlsClient after = client();
  EXPECT_EQ(after.serverCertificate(), renewed.certificate_pem);
  EXPECT_EQ(after.ask(kGet), 200);
  EXPECT_EQ(before.serverCertificate(), credential_.certificate_pem);
  EXPECT_EQ(before.ask(kGet), 200);
}

TEST_F(ServerTls, KeepsItsCertificateWhenTheNewOneCannotBeUsed) {
  http::Server& server = serveTls();

  const base::Status refused =
      server.setTls({credential_.certificate_pem, makeCredential("other.example").key_pem, ""});

  EXPECT_EQ(refused.code(), base::StatusCode::InvalidArgument);
  EXPECT_EQ(refused.message().find("-----"), std::string::npos);
  EXPECT_EQ(client().serverCertificate(), credential_.certificate_pem);
}

TEST_F(ServerTls, IsNotSwitchedOnWhileItRuns) {
  EXPECT_EQ(serveEcho().setTls(material(credential_)).code(), base::StatusCode::FailedPrecondition);
  EXPECT_EQ(ask(kGet).status, 200);
}

TEST_F(ServerTls, DoesNotOpenWithMaterialThatCannotBeUsed) {
  http::ServerOptions options;
  options.tls = base::TlsMaterial{"nonsense", "nonsense", ""};

  const auto opened = http::Server::open(
      options, [](const http::Request&, http::Responder) {}, log_);

  EXPECT_EQ(opened.status().code(), base::StatusCode::InvalidArgument);
}

TEST_F(ServerTls, StopsWithConnectionsInEveryPhase) {
  serveTls();
  const TlsClient idle = client();
  TlsClient half = client();
  half.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(half.readAnswer().starts_with("HTTP/1.1 100"));
  RawClient shaking = connect();
  shaking.send(clientHello());

  stop(milliseconds(5000));

  EXPECT_TRUE(half.readAnswer().starts_with("HTTP/1.1 503"));
}

}  // namespace
}  // namespace landfall::testing
