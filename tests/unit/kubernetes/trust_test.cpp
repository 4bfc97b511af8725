// SPDX-License-Identifier: Apache-2.0
#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <gtest/gtest.h>

#include "core/kubernetes/client.h"
#include "core/kubernetes/endpoint.h"
#include "tests/support/certificates.h"
#include "tests/support/scripted_api_server.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/kubernetes/answers_of_tests.h"

namespace landfall::kubernetes {
namespace {

using testing::Credential;
using testing::makeAuthority;
using testing::makeCredential;
using testing::ScriptedApiServer;

/// Empty when the server was believed, else what was said.
std::string complaintAbout(const Access& access) {
  Client client(access);
  const auto object = client.get(kWarehouses, "shop", "api");
  return object.ok() ? "" : object.failure().message;
}

void answer(ScriptedApiServer& server) {
  server.on(kPath + "/api", [](const ScriptedApiServer::Request&, ScriptedApiServer::Reply& reply) {
    reply.json(200, warehouse("api", 1));
  });
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Trust, BelievesWhomTheAuthorityVouchesFor) {
  const Credential authority = makeAuthority();
  ScriptedApiServer server(makeCredential("IP:127.0.0.1", &authority));
  answer(server);
  auto access = accessTo(server);
  access.ca_pem = makeCredential("other.example").certificate_pem + authority.certificate_pem;

  EXPECT_EQ(complaintAbout(access), "");
}

TEST(Trust, NobodyElseIsBelievedAndTheTokenIsNotSent) {
  const Credential authority = makeAuthority();
  ScriptedApiServer server(makeCredential("IP:127.0.0.1", &authority));
  answer(server);
  auto access = accessTo(server);
  access.ca_pem = makeCredential("other.example").certificate_pem;

  const auto complaint = complaintAbout(access);

  EXPECT_TRUE(contains(complaint, "the server's certificate is not accepted")) << complaint;
  EXPECT_TRUE(contains(complaint, "CN=test, issued by CN=authority")) << complaint;
  EXPECT_TRUE(contains(complaint, "trusted are CN=test: check the certificate authority")) << complaint;
  EXPECT_TRUE(server.requests().empty());
}

TEST(Trust, WithoutAnAuthorityTheSystemsCertificatesCount) {
  ScriptedApiServer server;
  answer(server);
  auto access = accessTo(server);
  access.ca_pem.clear();

  EXPECT_TRUE(contains(complaintAbout(access), "trusted are the system's certificates"));
}

TEST(Trust, ACertificateForAnotherNameIsRefusedWithTheNamesItHas) {
  ScriptedApiServer server(makeCredential("api.example"));
  answer(server);
  auto access = accessTo(server);

  const auto complaint = complaintAbout(access);

  EXPECT_TRUE(contains(complaint, "it is made for api.example, not for 127.0.0.1")) << complaint;
  EXPECT_TRUE(server.requests().empty());
}

bool hasIpv6() {
  try {
    const Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("::1", 0));
    return true;
  } catch (const Poco::Exception&) {
    return false;
  }
}

TEST(Trust, AnIpv6AddressIsVerifiedAsOne) {
  if (!hasIpv6()) GTEST_SKIP() << "no ::1 here";
  ScriptedApiServer right(makeCredential("IP:::1"), {}, ScriptedApiServer::Address::Ipv6);
  ScriptedApiServer wrong(makeCredential("IP:fd00::1"), {}, ScriptedApiServer::Address::Ipv6);
  answer(right);
  answer(wrong);

  EXPECT_EQ(complaintAbout(accessTo(right)), "");
  EXPECT_TRUE(contains(complaintAbout(accessTo(wrong)), "it is made for fd00::1, not for ::1"));
}

TEST(Trust, TheNameMayBeGivenApartFromTheAddress) {
  ScriptedApiServer server(makeCredential("api.example"));
  answer(server);
  auto access = accessTo(server);
  access.server_name = "api.example";

  EXPECT_EQ(complaintAbout(access), "");

  access.server_name = "other.example";
  EXPECT_TRUE(contains(complaintAbout(access), "not for other.example"));
}

TEST(Trust, AnExpiredCertificateIsRefused) {
  ScriptedApiServer server(makeCredential("IP:127.0.0.1", nullptr, testing::Validity::Past));
  answer(server);

  const auto complaint = complaintAbout(accessTo(server));

  EXPECT_TRUE(contains(complaint, "expired")) << complaint;
  EXPECT_TRUE(contains(complaint, "renew it")) << complaint;
}

TEST(Trust, AClientCertificateIsShown) {
  const Credential authority = makeAuthority();
  const Credential client = testing::makeClientCredential("ci", authority);
  ScriptedApiServer server(makeCredential("IP:127.0.0.1"), authority.certificate_pem);
  answer(server);
  auto access = accessTo(server);
  access.token.clear();

  EXPECT_NE(complaintAbout(access), "");
  access.client_certificate_pem = client.certificate_pem;
  access.client_key_pem = client.key_pem;
  EXPECT_EQ(complaintAbout(access), "");
}

TEST(Trust, AccessThatCannotBeUsedIsSaidInTheFirstFailure) {
  ScriptedApiServer server;
  auto no_pem = accessTo(server);
  no_pem.ca_pem = "no pem";
  auto odd_token = accessTo(server);
  odd_token.token = "a\r\nX-Injected: b";
  auto in_the_clear = accessTo(server);
  in_the_clear.server = "http://127.0.0.1:1";
  auto nobody_there = accessTo(server);
  nobody_there.server = "https://127.0.0.1:1";
  auto no_such_name = accessTo(server);
  no_such_name.server = "https://no-such-host.invalid";

  EXPECT_TRUE(contains(complaintAbout(no_pem), "the certificate authority cannot be used"));
  EXPECT_TRUE(contains(complaintAbout(odd_token), "the token has characters in it"));
  EXPECT_TRUE(contains(complaintAbout(in_the_clear), "http:// would send the credential in the clear"));
  EXPECT_TRUE(contains(complaintAbout(nobody_there), "cannot connect: Connection refused"));
  EXPECT_TRUE(contains(complaintAbout(no_such_name), "no-such-host.invalid"));
  EXPECT_TRUE(server.requests().empty());
}

TEST(Trust, ATokenFileIsReadAnewAsItIsRotated) {
  const testing::TempDir folder;
  ScriptedApiServer server;
  answer(server);
  auto access = accessTo(server);
  access.token.clear();
  access.token_file = folder.write("token", "first\n");
  Client client(access);
  const auto ask = [&] { return client.get(kWarehouses, "shop", "api").ok(); };

  EXPECT_TRUE(ask());
  folder.write("token", "second");
  EXPECT_TRUE(ask());
  std::filesystem::remove(access.token_file);
  EXPECT_TRUE(ask());

  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].headers.at("authorization"), "Bearer first");
  EXPECT_EQ(requests[1].headers.at("authorization"), "Bearer second");
  EXPECT_EQ(requests[2].headers.at("authorization"), "Bearer second");
}

TEST(Trust, ATokenFileThatWasNeverThereIsNamed) {
  ScriptedApiServer server;
  auto access = accessTo(server);
  access.token_file = "/no/such/token";

  EXPECT_TRUE(contains(complaintAbout(access), "the token file /no/such/token does not exist"));
}

TEST(Endpoint, ReadsAddressesAndPaths) {
  const auto ipv6 = readEndpoint("https://[fd00::1]:6443/k8s/clusters/c-1/");
  const auto name = readEndpoint("https://api.example");

  ASSERT_TRUE(ipv6.ok() && name.ok());
  EXPECT_EQ(ipv6->host, "fd00::1");
  EXPECT_EQ(ipv6->port, 6443);
  EXPECT_EQ(ipv6->authority, "[fd00::1]:6443");
  EXPECT_EQ(ipv6->path, "/k8s/clusters/c-1");
  EXPECT_EQ(name->host, "api.example");
  EXPECT_EQ(name->port, 443);
  EXPECT_EQ(name->path, "");
}

}  // namespace
}  // namespace landfall::kubernetes
