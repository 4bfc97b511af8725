// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/access.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

namespace landfall::kubernetes {
namespace {

using testing::TempDir;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A kubeconfig whose cluster and user have these keys.
std::string kubeconfig(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\n"
         "kind: Config\n"
         "current-context: here\n"
         "contexts:\n"
         "- name: other\n"
         "  context: {cluster: other, user: me}\n"
         "- name: here\n"
         "  context: {cluster: mine, user: me, namespace: shop}\n"
         "clusters:\n"
         "- name: other\n"
         "  cluster: {server: 'https://other.example/'}\n"
         "- name: mine\n"
         "  cluster:\n"  // line 13; its keys from 14
         + cluster +
         "users:\n"
         "- name: me\n"
         "  user:\n" +
         user;
}
const std::string kServer = "    server: https://10.0.0.1:6443/k8s/\n";
const std::string kToken = "    token: a-secret-token\n";

class KubeconfigTest : public ::testing::Test {
 protected:
  base::Result<Access> read(const std::string& text, const std::string& context = "") {
    return readKubeconfig(folder_.write("kubeconfig", text), context);
  }
  std::string refusalOf(const std::string& text, const std::string& context = "") {
    const auto access = read(text, context);
    return access.ok() ? "accepted" : access.status().message();
  }

  TempDir folder_;
  const testing::Credential authority_ = testing::makeAuthority();
  const testing::Credential client_ = testing::makeClientCredential("ci", authority_);
};

TEST_F(KubeconfigTest, ReadsTheCurrentContext) {
  const auto access = read(kubeconfig(kServer + "    tls-server-name: api.example\n", kToken));

  ASSERT_TRUE(access.ok()) << access.status().message();
  EXPECT_EQ(access->server, "https://10.0.0.1:6443/k8s");
  EXPECT_EQ(access->server_name, "api.example");
  EXPECT_EQ(access->token, "a-secret-token");
  EXPECT_EQ(access->default_namespace, "shop");
  EXPECT_EQ(access->ca_pem, "");
}

TEST_F(KubeconfigTest, ReadsTheContextThatIsNamed) {
  const auto access = read(kubeconfig(kServer, kToken), "other");

  ASSERT_TRUE(access.ok()) << access.status().message();
  EXPECT_EQ(access->server, "https://other.example");
}

TEST_F(KubeconfigTest, ReadsCertificatesFromTheFileItself) {
  const auto base64 = [](const std::string& pem) { return base::toBase64(pem); };

  const auto access =
      read(kubeconfig(kServer + "    certificate-authority-data: " + base64(authority_.certificate_pem) + "\n",
                      "    client-certificate-data: " + base64(client_.certificate_pem) +
                          "\n    client-key-data: " + base64(client_.key_pem) + "\n"));

  ASSERT_TRUE(access.ok()) << access.status().message();
  EXPECT_EQ(access->ca_pem, authority_.certificate_pem);
  EXPECT_EQ(access->client_certificate_pem, client_.certificate_pem);
  EXPECT_EQ(access->client_key_pem, client_.key_pem);
}

TEST_F(KubeconfigTest, ReadsCertificatesAndTokensFromFilesBesideIt) {
  folder_.write("pki/ca.pem", authority_.certificate_pem);
  folder_.write("pki/me.pem", client_.certificate_pem);
  folder_.write("pki/me.key", client_.key_pem);
  folder_.write("token", "t\n");

  const auto access = read(kubeconfig(kServer + "    certificate-authority: pki/ca.pem\n",
                                      "    tokenFile: token\n    client-certificate: pki/me.pem\n    client-key: " +
                                          (folder_.path() / "pki/me.key").string() + "\n"));

  ASSERT_TRUE(access.ok()) << access.status().message();
  EXPECT_EQ(access->ca_pem, authority_.certificate_pem);
  EXPECT_EQ(access->client_key_pem, client_.key_pem);
  EXPECT_EQ(access->token_file, folder_.path() / "token");
  EXPECT_EQ(access->token, "");
}

TEST_F(KubeconfigTest, SaysWhereAndWhatIsRefusedAndWhatToUseInstead) {
  struct Case {
    std::string cluster;
    std::string user;
    int line;
    std::string said;
  };
  const std::vector<Case> cases{
      {"    server: http://10.0.0.1\n", kToken, 14, "server: http:// would send the credential in the clear"},
      {"    server: 10.0.0.1\n", kToken, 14, "server: is no https:// address"},
      {"    server: https://me:pw@10.0.0.1\n", kToken, 14, "server: has a user in it"},
      {"    server: https://10.0.0.1:99999\n", kToken, 14, "server: has a port"},
      {"    server: 'https://[::1'\n", kToken, 14, "server: has a [ without its ]"},
      {"    server: https:///path\n", kToken, 14, "server: has no host name"},
      {"    server: {}\n", kToken, 14, "server: text is expected"},
      {"    tls-server-name: x\n", kToken, 14, "server: is missing"},
      {kServer + "    insecure-skip-tls-verify: true\n", kToken, 15, "always verified"},
      {kServer + "    proxy-url: http://proxy\n", kToken, 15, "proxies are not used"},
      {kServer + "    certificate-authority: gone.pem\n", kToken, 15, "gone.pem does not exist"},
      {kServer + "    certificate-authority-data: '***'\n", kToken, 15, "is no base64"},
      {kServer + "    certificate-authority-data: bm8gcGVt\n", kToken, 14, "certificate-authority: "},
      {kServer, "    exec: {command: aws}\n", 18, "exec: programs that fetch credentials are not run"},
      {kServer, "    auth-provider: {name: gcp}\n", 18, "auth-provider: plugins"},
      {kServer, "    username: me\n    password: pw\n", 18, "username: API servers accept no passwords"},
      {kServer, kToken + "    as: root\n", 19, "as: impersonation is not done"},
      {kServer, kToken + "    as-groups: [root]\n", 19, "as-groups: impersonation is not done"},
      {kServer, "    client-certificate-data: eA==\n", 18, "only one of them is given"},
      {kServer, "    tokenFile: gone\n", 18, "gone does not exist"},
      {kServer, "    token: ''\n", 18, "has no credential"},
  };
  for (const auto& [cluster, user, line, said] : cases) {
    const auto message = refusalOf(kubeconfig(cluster, user));

    const auto place = fmt::format("{}:{}: ", (folder_.path() / "kubeconfig").string(), line);
    EXPECT_TRUE(message.starts_with(place)) << message << "\n  expected at " << place;
    EXPECT_TRUE(contains(message, said)) << message << "\n  expected " << said;
    EXPECT_FALSE(contains(message, "a-secret-token"));
    EXPECT_FALSE(contains(message, "pw@"));
  }
}

TEST_F(KubeconfigTest, SaysWhatIsMissing) {
  const auto good = kubeconfig(kServer, kToken);

  EXPECT_TRUE(contains(refusalOf(good, "nowhere"), "contexts: none has the name nowhere; there are: other, here"));
  EXPECT_TRUE(contains(refusalOf("kind: Config\n"), "current-context: names no context"));
  EXPECT_TRUE(contains(refusalOf("current-context: x\n"), "contexts: none has the name x; there are: none"));
  EXPECT_TRUE(contains(refusalOf("current-context: x\ncontexts: [{name: x, context: {user: u}}]\n"),
                       ":2: contexts: x: cluster: is missing"));
  EXPECT_TRUE(contains(refusalOf("current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"),
                       "clusters: none has the name") ||
              contains(refusalOf("current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"), "is missing"));
  EXPECT_TRUE(contains(readKubeconfig(folder_.path() / "gone").status().message(), "gone does not exist"));
  EXPECT_FALSE(readKubeconfig(folder_.path()).ok());
}

TEST_F(KubeconfigTest, AnyTextIsGood) {
  for (const std::string text :
       {"", "text", "[]", "{", "a: b: c", "contexts: 7\ncurrent-context: x", "contexts: [7]\ncurrent-context: x",
        "current-context: [x]", "\xff\xfe", "&a [*a]", "current-context: x\ncontexts: [{name: x, context: 7}]",
        "current-context: x\ncontexts: {name: x}"}) {
    EXPECT_FALSE(read(text).ok()) << text;
  }
  EXPECT_FALSE(read(std::string(100000, '[')).ok());
}

/// The environment of the process for as long as it lives.
class Environment {
 public:
  void set(const char* name, const char* value) { ::setenv(name, value, 1); }
  ~Environment() {
    ::unsetenv("KUBERNETES_SERVICE_HOST");
    ::unsetenv("KUBERNETES_SERVICE_PORT");
  }
};

class PodAccessTest : public ::testing::Test {
 protected:
  PodAccessTest() {
    environment_.set("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    environment_.set("KUBERNETES_SERVICE_PORT", "443");
    folder_.write("token", "a-secret-token");
    folder_.write("ca.crt", testing::makeAuthority().certificate_pem);
    folder_.write("namespace", "landfall\n");
  }

  Environment environment_;
  TempDir folder_;
};

TEST_F(PodAccessTest, FindsWhatAPodFinds) {
  const auto access = accessFromPod(folder_.path());

  ASSERT_TRUE(access.ok()) << access.status().message();
  EXPECT_EQ(access->server, "https://10.0.0.1:443");
  EXPECT_EQ(access->token_file, folder_.path() / "token");
  EXPECT_TRUE(contains(access->ca_pem, "BEGIN CERTIFICATE"));
  EXPECT_EQ(access->default_namespace, "landfall");
}

TEST_F(PodAccessTest, PutsAnIpv6AddressIntoBrackets) {
  environment_.set("KUBERNETES_SERVICE_HOST", "fd00::1");

  const auto access = accessFromPod(folder_.path());

  ASSERT_TRUE(access.ok()) << access.status().message();
  EXPECT_EQ(access->server, "https://[fd00::1]:443");
}

TEST_F(PodAccessTest, SaysWhatIsMissingAndThatAKubeconfigIsTheOtherWay) {
  struct Case {
    std::function<void()> spoil;
    std::string said;
  };
  const std::vector<Case> cases{
      {[&] { folder_.write("ca.crt", "no pem"); }, "ca.crt: "},
      {[&] { std::filesystem::remove(folder_.path() / "ca.crt"); }, "ca.crt does not exist"},
      {[&] { std::filesystem::remove(folder_.path() / "token"); }, "token does not exist"},
      {[&] { environment_.set("KUBERNETES_SERVICE_PORT", "a port"); }, "has a port"},
      {[&] { environment_.set("KUBERNETES_SERVICE_HOST", ""); }, "KUBERNETES_SERVICE_HOST is not in the environment"},
  };
  for (const auto& [spoil, said] : cases) {
    spoil();

    const auto access = accessFromPod(folder_.path());

    ASSERT_FALSE(access.ok());
    EXPECT_EQ(access.status().code(), base::StatusCode::FailedPrecondition);
    EXPECT_TRUE(contains(access.status().message(), said)) << access.status().message();
    EXPECT_TRUE(contains(access.status().message(), "kubernetes.kubeconfig"));
  }
}

}  // namespace
}  // namespace landfall::kubernetes
