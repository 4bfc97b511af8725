// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/certificates.h"
#include "tests/support/scripted_target.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

// Each with characters that look different once they are encoded.
const std::string kQuay = "m4rk/quay+secret~0123";
const std::string kHub = "m4rk/hub+secret~01234";
const std::string kHarbor = "m4rk/harbor+secret~01";
const std::string kPassword = "m4rk/basic+password~0";
const std::string kHeader = "m4rk/header+value~012";
const std::string kSigning = "m4rk/signing+key~0123456";
const std::string kReadToken = "m4rk-read-token-0123456";
const std::string kOperateToken = "m4rk-operate-token-0123";
const std::string kTargetQuery = "m4rk-target-query-01234";
const std::string kUrlPassword = "m4rk-url-password-01234";
const std::string kGuessed = "m4rk/guessed+secret~0";
const std::string kGuessedPath = "m4rk-guessed-path-01234";

const std::string kPush =
    R"({"repository":"shop/api","namespace":"shop","name":"api","docker_url":"quay.io/shop/api","homepage":"https://quay.io/repository/shop/api","updated_tags":["1.2.3"]})";

std::string percentEncoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    encoded += plain ? std::string(1, c) : "%" + base::toHex(std::string(1, c));
  }
  return encoded;
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

/// How a secret may look: plain, in hex, percent-encoded, and in Base64 wherever it stands in what was encoded.
std::set<std::string> formsOf(const std::string& secret) {
  const std::string hex = base::toHex(secret);
  std::set<std::string> forms{secret, hex, upper(hex), percentEncoded(secret)};
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string encoded = base::toBase64(std::string(before, 'x') + secret);
    const std::size_t begin = (before * 8 + 5) / 6;  // the first character that is the secret's alone
    const std::size_t end = (before + secret.size()) * 8 / 6;
    forms.insert(encoded.substr(begin, end - begin));
  }
  return forms;
}

std::string secretManifest(const std::string& name, const std::string& values) {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: shop}\nstringData: {" + values +
         "}\n---\n";
}

/// The client's certificate that a target is shown, and its key.
const Credential& clientCredential() {
  static const Credential credential = makeClientCredential("landfall", makeAuthority());
  return credential;
}

/// A line of a key's PEM, as it stands in its file.
std::string lineOfKey(const std::string& pem) {
  const auto begin = pem.find('\n') + 1;
  return pem.substr(begin, pem.find('\n', begin) - begin);
}

/// PEM as a YAML value in double quotes.
std::string quoted(const std::string& pem) {
  std::string text;
  for (const char c : pem) text += c == '\n' ? "\\n" : std::string(1, c);
  return "\"" + text + "\"";
}

std::string resources(const std::string& target_url) {
  return secretManifest("client-tls", "tls.crt: " + quoted(clientCredential().certificate_pem) +
                                          ", tls.key: " + quoted(clientCredential().key_pem)) +
         // Nobody listens there: it is tried again and again.
         "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: proven, namespace: shop}\nspec:\n"
         "  subscriptions:\n  - image: {repoURL: quay.io/shop/api}\n"
         "  refresh: {http: {url: \"https://127.0.0.1:9/\", tls: {clientCertificateSecretRef: {name: client-tls}}}}\n"
         "---\n" +
         secretManifest("basic", "username: registry, password: \"" + kPassword + "\"") +
         secretManifest("header", "value: \"" + kHeader + "\"") +
         secretManifest("signing", "key: \"whsec_" + base::toBase64(kSigning) + "\"") +
         projectManifest(
             "shop", {{"quay", "quay", "secret", kQuay, ""},
                      {"quay", "proven", "secret", kQuay, ", path: /hooks/q, basicAuth: {secretRef: {name: basic}}"},
                      {"dockerhub", "hub", "secret", kHub, ""},
                      {"harbor", "harbor", "auth-header", "Bearer " + kHarbor, ""}}) +
         "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: api, namespace: shop}\nspec:\n"
         "  subscriptions:\n  - image: {repoURL: quay.io/shop/api}\n"
         "  refresh: {http: {url: \"" +
         target_url +
         "\", secretRefs: [{name: signing}], headers: {X-Token: {secretRef: {name: header, key: value}}, "
         "X-Plain: \"" +
         kHeader + "\"}}}\n---\n";
}

/// Fails, and says everything that it was told, until it is to answer well.
class EchoingTarget {
 public:
  std::string url() const { return target_.url("/refresh?token=" + kTargetQuery); }
  std::size_t count() const { return target_.requests().size(); }
  void recover() { well_ = true; }

 private:
  Reply reply(const ReceivedRequest& request) {
    std::string told = request.target;
    for (const auto& [name, value] : request.headers) told += "\n" + name + ": " + value;
    return answer(well_ ? 200 : 500, {"X-Echo: " + request.header("X-Token").value_or("")}, told);
  }

  std::atomic<bool> well_ = false;
  ScriptedTarget target_{[this](const ReceivedRequest& request) { return reply(request); }};
};

class Secrets : public ::testing::TestWithParam<std::string> {
 protected:
  Secrets() {
    std::string settings = readFile(server_.settingsFile());
    const std::string admin = "admin: {listen: 127.0.0.1:0}";
    settings.replace(settings.find(admin), admin.size(),
                     "admin:\n  listen: 127.0.0.1:0\n  tokens:\n  - {name: reader, scope: read, sha256: " +
                         base::sha256Hex(kReadToken) +
                         "}\n  - {name: operator, scope: operate, sha256: " + base::sha256Hex(kOperateToken) + "}");
    std::ofstream(server_.settingsFile()) << settings;
    for (const auto& receiver : {"quay", "hub"}) {
      const std::string path = server_.pathOf(receiver);
      paths_.push_back(path.substr(path.rfind('/') + 1));
    }
  }

  HttpAnswer call(const std::string& token, const std::string& method, const std::string& target,
                  const std::string& body = "") const {
    return server_.adminCall(method, target, {{"Authorization", "Bearer " + token}}, body);
  }
  Json read(const std::string& path) const { return Json::parse(call(kReadToken, "GET", "/api/v1/" + path).body); }

  void receiveAndRefuse() {
    const std::string basic = base::toBase64("registry:" + kPassword);
    EXPECT_EQ(server_.post(server_.pathOf("quay"), kPush).status, 200);
    EXPECT_EQ(server_.post("/hooks/q", kPush, {{"Authorization", "Basic " + basic}}).status, 200);
    EXPECT_EQ(server_.post("/hooks/q", kPush, {{"Authorization", "Basic " + base::toBase64(kGuessed)}}).status, 401);
    const std::string harbor = server_.pathOf("harbor");
    EXPECT_EQ(server_.post(harbor, "{}", {{"Authorization", "Bearer " + kHarbor}}).status, 200);
    EXPECT_EQ(server_.post(harbor, "no JSON", {{"Authorization", "Bearer " + kHarbor}}).status, 400);
    EXPECT_EQ(server_.post(harbor, "{}", {{"Authorization", "Bearer " + kGuessed}}).status, 401);
    EXPECT_EQ(server_.post("/quay/" + kGuessedPath, kPush).status, 404);
    EXPECT_EQ(callHttp(server_.webhookPort(), "GET", server_.pathOf("quay"))->status, 405);
    EXPECT_EQ(call(kGuessed, "GET", "/api/v1/events").status, 401);
    EXPECT_EQ(call(kReadToken, "POST", "/api/v1/reload").status, 403);
  }
  void refreshInVainAndWell() {
    ASSERT_TRUE(waitUntil([&] {
      const Json page = read("deliveries");
      return !page.at("items").empty() && page.at("items")[0].at("attempts") > 0;
    }));
    target_.recover();
    ASSERT_TRUE(waitUntil([&] { return read("deliveries?state=succeeded").at("items").size() == 1; }));
  }
  void reloadWellAndBadly() {
    EXPECT_EQ(call(kOperateToken, "POST", "/api/v1/reload").status, 200);
    // A port of its own, so that nothing but the password is wrong with it.
    server_.writeResources(resources("http://registry:" + kUrlPassword + "@127.0.0.1:9/refresh"));
    const HttpAnswer refused = call(kOperateToken, "POST", "/api/v1/reload");
    EXPECT_EQ(refused.status, 422);
    shown_ += refused.body;
  }
  /// What is done by hand, and what is answered to it.
  void act() {
    const std::string event = read("events?outcome=matched").at("items").at(0).at("id");
    const std::string delivery = read("deliveries?state=succeeded").at("items").at(0).at("id");
    const std::vector<std::pair<std::string, std::string>> calls{
        {"receivers/shop/harbor/send", R"({"sample": "PUSH_ARTIFACT"})"},
        {"receivers/shop/hub/send", R"({"sample": "push"})"},
        {"receivers/shop/harbor/explain", "{}"},
        {"events/" + event + "/replay", ""},
        {"warehouses/shop/api/refresh", ""},
        {"deliveries/" + delivery + "/retry", ""},
        {"deliveries/retry", R"({"filter": {"project": "shop"}})"}};
    for (const auto& [path, body] : calls) {
      const HttpAnswer answer = call(kOperateToken, "POST", "/api/v1/" + path, body);
      EXPECT_LT(answer.status, 300) << path << answer.body;
      shown_ += path + "\n" + answer.body + "\n";
    }
  }
  /// What the command line prints for who may read.
  void ask() {
    const std::string event = read("events?outcome=matched").at("items").at(0).at("id");
    const std::string delivery = read("deliveries").at("items").at(0).at("id");
    const std::vector<std::vector<std::string>> commands{
        {"events"},     {"events", event},        {"events", "--json"},     {"explain", event},
        {"deliveries"}, {"deliveries", delivery}, {"deliveries", "--json"}, {"refresh", "shop/api"}};
    for (auto command : commands) {
      command.insert(command.end(), {"--server", server_.adminUrl()});
      const Finished finished = runLandfall(command, {{"LANDFALL_TOKEN", kReadToken}});
      EXPECT_TRUE(finished.exit_code == 0 || command.front() == "refresh") << command.front() << finished.err;
      shown_ += finished.out + finished.err;
    }
    const Finished checked = runLandfall({"check", "--config", server_.settingsFile().string()});
    EXPECT_EQ(checked.exit_code, 0) << checked.err;
    shown_ += checked.out + checked.err;
  }
  /// All that the stream has told since the history began, when the server ends it.
  std::future<std::string> stream() const {
    return std::async(std::launch::async, [port = server_.adminPort()] {
      return rawExchange(
          port, "GET /api/v1/events/stream?lastEventId=0-0 HTTP/1.0\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " +
                    kReadToken + "\r\n\r\n");
    });
  }
  /// Everything that the scope read can see.
  void look() {
    std::vector<std::string> targets{
        "/",        "/metrics",       "/healthz",           "/readyz",        "/api/v1/openapi.json",
        "/missing", "/api/v1/access", "/api/v1/operations", "/api/v1/targets"};
    for (const auto* list : {"events", "deliveries", "receivers", "warehouses", "plugins", "config", "stats"}) {
      targets.push_back("/api/v1/" + std::string(list));
    }
    for (const auto* list : {"events", "deliveries"}) {
      for (const auto& item : read(list).at("items")) {
        const std::string one = "/api/v1/" + std::string(list) + "/" + item.at("id").get<std::string>();
        targets.push_back(one);
        if (list != std::string("events")) continue;
        targets.push_back(one + "/body");
        targets.push_back(one + "/explain");
      }
    }
    for (const auto& target : targets) {
      const HttpAnswer answer = call(kReadToken, "GET", target);
      shown_ += target + "\n" + answer.body + "\n";
      for (const auto& [name, value] : answer.headers) shown_ += name + ": " + value + "\n";
    }
    shown_ += call(kReadToken, "POST", "/api/v1/receivers/shop/harbor/explain", "{}").body;
  }
  void expectNoneIn(const std::string& text, const std::string& where) const {
    std::vector<std::string> secrets{kQuay,
                                     kHub,
                                     kHarbor,
                                     kPassword,
                                     kHeader,
                                     kSigning,
                                     kReadToken,
                                     kOperateToken,
                                     kTargetQuery,
                                     kUrlPassword,
                                     kGuessed,
                                     kGuessedPath,
                                     lineOfKey(clientCredential().key_pem),
                                     base::sha256Hex(kReadToken),
                                     base::sha256Hex(kOperateToken)};
    secrets.insert(secrets.end(), paths_.begin(), paths_.end());
    for (const auto& secret : secrets) {
      for (const auto& form : formsOf(secret)) {
        const auto at = text.find(form);
        EXPECT_EQ(at, std::string::npos) << where << " has " << form << ": "
                                         << text.substr(
                                                at == std::string::npos ? 0 : at - std::min<std::size_t>(at, 200), 300);
      }
    }
  }

  EchoingTarget target_;
  ServerUnderTest server_{
      {.resources = resources(target_.url()),
       .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n"
                   "delivery: {minInterval: 1ms, backoff: {base: 1ms, cap: 10ms}, breaker: {failures: 1000000}}\n"
                   "log: {level: debug, format: " +
                   GetParam() + "}\n"}};
  std::vector<std::string> paths_;  ///< the parts of URLs that are credentials
  std::string shown_;
};

TEST_P(Secrets, StandInNoLogNoAnswerAndNoFile) {
  server_.start();

  receiveAndRefuse();
  refreshInVainAndWell();
  act();
  ask();
  auto streamed = stream();
  reloadWellAndBadly();
  look();
  expectNoneIn(shown_, "what the API and the commands show");
  server_.kill();  // the write-ahead log stays as it is

  const std::string told = streamed.get();
  EXPECT_NE(told.find("event: delivery"), std::string::npos) << told;
  expectNoneIn(told, "the stream");
  expectNoneIn(server_.log(), "the log");
  EXPECT_NE(server_.log().find("refresh failed"), std::string::npos);
  EXPECT_NE(shown_.find("refresh"), std::string::npos);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(server_.folder())) {
    if (entry.path().filename().string().find(".db") == std::string::npos) continue;
    ++files;
    expectNoneIn(readFile(entry.path()), entry.path().string());
  }
  EXPECT_GE(files, 2u);
}

TEST(FormsOfASecret, AreFoundWhereverBase64HidesThem) {
  const std::string secret = "m4rk/some+secret~0123";
  for (const auto* before : {"", "a", "ab", "user:", "registry:"}) {
    const std::string hidden = base::toBase64(before + secret + "!");
    bool found = false;
    for (const auto& form : formsOf(secret)) found = found || hidden.find(form) != std::string::npos;
    EXPECT_TRUE(found) << before;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Secrets, ::testing::Values("text", "json"),
                         [](const auto& format) { return format.param; });

}  // namespace
}  // namespace landfall::testing
