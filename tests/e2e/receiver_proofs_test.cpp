// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/base/crypto.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/certificates.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

constexpr auto kPush = R"({"docker_url":"quay.io/shop/api","updated_tags":["1.2.3"]})";
const std::string kOld = "old-password-0123456";
const std::string kNew = "new-password-0123456";

std::string credential(const std::string& name, const std::string& password) {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name +
         ", namespace: shop}\nstringData: {username: registry, password: " + password + "}\n---\n";
}

/// Quay at a path that anybody may know, with these Secrets asked for.
std::string quay(const std::string& basic_auth) {
  return credential("old", kOld) + credential("new", kNew) +
         projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01",
                                   ", path: /hooks/quay, basicAuth: " + basic_auth}});
}

Headers basic(const std::string& password, const std::string& username = "registry") {
  return {{"Authorization", "Basic " + base::toBase64(username + ":" + password)}};
}

class ReceiverProofs : public ::testing::Test {
 protected:
  int statusOf(const Headers& headers) { return server_.post("/hooks/quay", kPush, headers).status; }

  void reload(const std::string& resources) {
    server_.writeResources(resources);
    const HttpAnswer answer = server_.adminCall("POST", "/api/v1/reload");
    ASSERT_EQ(answer.status, 200) << answer.body;
  }

  ServerUnderTest server_{{.resources = quay("{secretRef: {name: old}}")}};
};

TEST_F(ReceiverProofs, ARequestWithTheCredentialIsRecordedWithoutIt) {
  server_.start();

  const HttpAnswer answer = server_.post("/hooks/quay", kPush, basic(kOld));

  ASSERT_EQ(answer.status, 200) << answer.body;
  const std::string id = Json::parse(answer.body).at("event");
  const std::string shown = server_.api("events/" + id).dump() + server_.log();
  EXPECT_EQ(shown.find(kOld), std::string::npos);
  EXPECT_EQ(shown.find(base::toBase64("registry:" + kOld)), std::string::npos);
  ASSERT_EQ(server_.stop(), 0);
  for (const auto& entry : std::filesystem::directory_iterator(server_.folder())) {
    if (entry.path().filename().string().find(".db") == std::string::npos) continue;
    const std::string bytes = readFile(entry.path());
    EXPECT_EQ(bytes.find(kOld), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find(base::toBase64("registry:" + kOld)), std::string::npos) << entry.path();
  }
}

TEST_F(ReceiverProofs, WhateverIsWrongTheAnswerIsTheSame) {
  server_.start();
  const std::vector<Headers> wrong{{},
                                   basic("wrong-password-012345"),
                                   basic(kOld, "Registry"),
                                   basic(""),
                                   {{"Authorization", "Bearer " + kOld}},
                                   {{"Authorization", "Basic registry:" + kOld}},
                                   {{"Authorization", "Basic"}}};
  const HttpAnswer first = server_.post("/hooks/quay", kPush, wrong.front());
  ASSERT_EQ(first.status, 401);
  EXPECT_EQ(first.header("WWW-Authenticate"), "Landfall");

  for (const auto& headers : wrong) {
    const HttpAnswer answer = server_.post("/hooks/quay", kPush, headers);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.body, first.body);
    EXPECT_EQ(answer.header("WWW-Authenticate"), first.header("WWW-Authenticate"));
  }

  const auto refusals = [&] { return server_.all("events", "outcome=unauthenticated"); };
  ASSERT_TRUE(waitUntil([&] { return refusals().size() == wrong.size() + 1; }));
  for (const auto& event : refusals()) EXPECT_EQ(event.at("receiver"), "quay");
}

TEST_F(ReceiverProofs, RotationLeavesNoGap) {
  server_.start();
  EXPECT_EQ(statusOf(basic(kOld)), 200);
  EXPECT_EQ(statusOf(basic(kNew)), 401);

  reload(quay("{secretRef: {name: new}, previousSecretRefs: [{name: old}]}"));
  EXPECT_EQ(statusOf(basic(kOld)), 200);
  EXPECT_EQ(statusOf(basic(kNew)), 200);

  reload(quay("{secretRef: {name: new}}"));
  EXPECT_EQ(statusOf(basic(kOld)), 401);
  EXPECT_EQ(statusOf(basic(kNew)), 200);
}

TEST_F(ReceiverProofs, APasswordInAFileRotatesByItself) {
  const auto file = server_.folder() / "secrets" / "password";
  const auto replace = [&](const std::string& password) {
    std::filesystem::create_directories(file.parent_path());
    const auto beside = file.string() + ".new";
    std::ofstream(beside) << password;
    std::filesystem::rename(beside, file);
  };
  replace(kOld);
  server_.writeResources(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: old, namespace: shop}\nstringData: {username: registry}\n"
      "stringDataFrom: {password: {file: " +
      file.string() + "}}\n---\n" +
      projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01",
                                ", path: /hooks/quay, basicAuth: {secretRef: {name: old}}"}}));
  server_.start();
  ASSERT_EQ(statusOf(basic(kOld)), 200);

  replace(kNew);

  EXPECT_TRUE(waitUntil([&] { return statusOf(basic(kNew)) == 200; }));
  EXPECT_EQ(statusOf(basic(kOld)), 401);

  // What goes missing breaks nothing, and heals when it comes back.
  std::filesystem::remove(file);
  ASSERT_TRUE(waitUntil([&] { return server_.log().find("reload refused") != std::string::npos; }));
  EXPECT_EQ(statusOf(basic(kNew)), 200);
  replace(kOld);
  EXPECT_TRUE(waitUntil([&] { return statusOf(basic(kOld)) == 200; }));
}

TEST_F(ReceiverProofs, SendShowsWhatTheReceiverAsksFor) {
  server_.start();

  const Finished sent = runLandfall({"send", "quay", "--config", server_.settingsFile().string(), "--to",
                                     "http://127.0.0.1:" + std::to_string(server_.webhookPort()), "--json"});

  ASSERT_EQ(sent.exit_code, 0) << sent.err << sent.out;
  EXPECT_EQ(Json::parse(sent.out).at("outcome"), "unmatched");
}

TEST(ReceiverProofsByCertificate, SendSaysThatOneIsNeeded) {
  const Credential authority = makeAuthority();
  const Credential server = makeCredential("hooks.example", &authority);
  const ServerUnderTest configured(
      {.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01",
                                              ", clientCertificate: {subject: CN=quay.io}"}})});
  std::ofstream(configured.folder() / "tls.crt") << server.certificate_pem;
  std::ofstream(configured.folder() / "tls.key") << server.key_pem;
  std::ofstream(configured.folder() / "ca.crt") << authority.certificate_pem;
  std::string settings = readFile(configured.settingsFile());
  const std::string listen = "webhooks: {";
  settings.insert(settings.find(listen) + listen.size(),
                  "tls: {certificateFile: tls.crt, keyFile: tls.key, clientCaFile: ca.crt}, ");
  std::ofstream(configured.settingsFile()) << settings;

  const Finished sent = runLandfall({"send", "quay", "--config", configured.settingsFile().string()});

  EXPECT_EQ(sent.exit_code, 2);
  EXPECT_NE(sent.err.find("asks for a client's certificate made out to CN=quay.io"), std::string::npos) << sent.err;
}

}  // namespace
}  // namespace landfall::testing
