// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/certificates.h"
#include "tests/unit/config/workspace.h"

namespace landfall::config {
namespace {

namespace fs = std::filesystem;

/// A folder with tls.crt, tls.key and ca.pem beside landfall.yaml.
class NamedFiles : public ::testing::Test {
 protected:
  NamedFiles() {
    workspace_.write("tls.crt", server_.certificate_pem);
    writeKey(server_.key_pem);
    workspace_.write("ca.pem", authority_.certificate_pem);
    workspace_.settings(kTls);
  }

  void writeKey(const std::string& pem, fs::perms perms = fs::perms::owner_read | fs::perms::owner_write) const {
    fs::permissions(workspace_.write("tls.key", pem), perms);
  }

  inline static const std::string kTls =
      "baseUrl: https://hooks.example\nwebhooks:\n  tls:\n    certificateFile: tls.crt\n    keyFile: tls.key\n"
      "    clientCaFile: ca.pem\n";
  const testing::Credential authority_ = testing::makeAuthority();
  const testing::Credential server_ = testing::makeCredential("hooks.example", &authority_);
  Workspace workspace_;
};

TEST_F(NamedFiles, TlsMaterialIsReadIntoTheConfiguration) {
  workspace_.settings(kTls + "admin: {tls: {certificateFile: tls.crt, keyFile: tls.key}}\n");

  const auto loaded = workspace_.load();

  ASSERT_NE(loaded.configuration, nullptr) << workspace_.shown(loaded.problems).front();
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.configuration->webhooks_tls,
            (base::TlsMaterial{server_.certificate_pem, server_.key_pem, authority_.certificate_pem}));
  EXPECT_EQ(loaded.configuration->admin_tls, (base::TlsMaterial{server_.certificate_pem, server_.key_pem, ""}));
}

TEST_F(NamedFiles, WithoutNamesThereIsNoTls) {
  workspace_.settings("webhooks: {tls: {}}\n");

  const auto loaded = workspace_.load();

  ASSERT_NE(loaded.configuration, nullptr);
  EXPECT_FALSE(loaded.configuration->webhooks_tls || loaded.configuration->admin_tls);
  EXPECT_TRUE(loaded.configuration->http_ca_pem.empty());
}

TEST_F(NamedFiles, WhatIsWrongInAFileIsSaidWithItsNameAndItsKey) {
  workspace_.write("tls.crt", "hello");
  EXPECT_EQ(workspace_.problems(),
            Lines{"landfall.yaml:5: webhooks.tls.certificateFile: tls.crt: the certificate: no certificate in PEM form "
                  "(-----BEGIN CERTIFICATE-----)"});

  workspace_.write("tls.crt", testing::makeCredential("hooks.example", &authority_).certificate_pem);
  EXPECT_EQ(workspace_.problems(),
            Lines{"landfall.yaml:6: webhooks.tls.keyFile: tls.key: the key: it does not belong to the certificate (the "
                  "key that the certificate was made for, in PEM form and without a passphrase)"});

  workspace_.write("tls.crt", server_.certificate_pem);
  workspace_.write("ca.pem", "");
  EXPECT_EQ(workspace_.problems(),
            Lines{"landfall.yaml:7: webhooks.tls.clientCaFile: ca.pem: the client CA: no certificate in PEM form "
                  "(-----BEGIN CERTIFICATE-----)"});

  fs::remove(workspace_.path() / "ca.pem");
  EXPECT_EQ(workspace_.problems(),
            Lines{"landfall.yaml:7: webhooks.tls.clientCaFile: ca.pem does not exist (a PEM file of at most 4 MiB that "
                  "the user Landfall runs as may read)"});
}

TEST_F(NamedFiles, AKeyThatEverybodyCanReadIsAWarning) {
  writeKey(server_.key_pem, fs::perms::owner_read | fs::perms::others_read);

  EXPECT_EQ(workspace_.problems(),
            Lines{"warning: landfall.yaml:6: webhooks.tls.keyFile: tls.key can be read by everybody (chmod o-r)"});
}

TEST_F(NamedFiles, CertificatesOfTargetsAreChecked) {
  workspace_.settings("refreshers: {http: {caFile: ca.pem}}\n");
  EXPECT_EQ(workspace_.load().configuration->http_ca_pem, authority_.certificate_pem);

  workspace_.write("ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  EXPECT_EQ(workspace_.problems(), Lines{"landfall.yaml:2: refreshers.http.caFile: ca.pem: a certificate is damaged"});
}

TEST_F(NamedFiles, AreToldWhetherTheyCanBeReadOrNot) {
  fs::remove(workspace_.path() / "tls.key");
  workspace_.resource("s.yaml",
                      "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\n"
                      "stringDataFrom: {secret: {file: ../rotating}}\n");

  const auto loaded = workspace_.load();

  ASSERT_EQ(loaded.configuration, nullptr);
  std::vector<std::string> names;
  for (const auto& file : loaded.files) names.push_back(file.filename());
  EXPECT_EQ(names, (Lines{"tls.crt", "tls.key", "ca.pem", "rotating"}));
}

TEST_F(NamedFiles, AChangedPairIsLoadedAndTurningTlsOffNeedsARestart) {
  const auto first = workspace_.load().configuration;
  ASSERT_NE(first, nullptr);
  const auto renewed = testing::makeCredential("hooks.example", &authority_);
  workspace_.write("tls.crt", renewed.certificate_pem);
  writeKey(renewed.key_pem);

  const auto second = workspace_.load(first.get()).configuration;

  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->webhooks_tls->key_pem, renewed.key_pem);

  workspace_.settings("");
  EXPECT_EQ(
      workspace_.problems(second.get()),
      Lines{"landfall.yaml: webhooks.tls: changed from https to http, which needs a restart (restart Landfall, or "
            "put the old value back)"});
}

/// With one program, named in line 2 of landfall.yaml.
class Programs : public ::testing::Test {
 protected:
  Programs() : program_(workspace_.write("redeploy", "#!/bin/sh\n")) {
    workspace_.settings("refreshers: {command: {programs: {redeploy: {argv: ['" + program_.string() +
                        "', --all], timeout: 1m}}}}\n");
    fs::permissions(program_, fs::perms::owner_all);
    workspace_.resource("w.yaml",
                        warehouse("image: {repoURL: quay.io/a/b}", "  refresh: {command: {program: redeploy}}\n"));
  }

  Workspace workspace_;
  const fs::path program_;
};

TEST_F(Programs, AWarehouseRunsTheOneThatItNames) {
  const auto loaded = workspace_.load();

  ASSERT_NE(loaded.configuration, nullptr) << workspace_.shown(loaded.problems).front();
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(std::get<model::CommandTarget>(loaded.configuration->warehouse({"shop", "api"})->refresh),
            (model::CommandTarget{"redeploy", {program_.string(), "--all"}, std::chrono::minutes(1)}));
}

TEST_F(Programs, ThatOthersCanWriteAreErrors) {
  fs::permissions(program_, fs::perms::others_write, fs::perm_options::add);

  EXPECT_EQ(workspace_.problems(),
            Lines{"landfall.yaml:2: refreshers.command.programs.redeploy: redeploy can be written by everybody; chmod "
                  "go-w would make it safe (a program that only root or the user Landfall runs as can change)"});
}

TEST_F(Programs, ThatAreMissingOrCannotBeRunAreWarnings) {
  fs::permissions(program_, fs::perms::owner_read);
  EXPECT_EQ(workspace_.problems(),
            Lines{"warning: landfall.yaml:2: refreshers.command.programs.redeploy: redeploy is not executable (chmod "
                  "+x)"});

  fs::remove(program_);
  EXPECT_EQ(workspace_.problems(),
            Lines{"warning: landfall.yaml:2: refreshers.command.programs.redeploy: redeploy does not exist (until it "
                  "does, refreshes that run it fail and are tried again)"});
}

TEST_F(Programs, OfAnUnknownNameAreErrorsWithTheNearestKnownOne) {
  const auto problems = [&](const std::string& refresh) {
    workspace_.resource("w.yaml",
                        warehouse("image: {repoURL: quay.io/a/b}", "  refresh: {command: " + refresh + "}\n"));
    return workspace_.problems();
  };
  EXPECT_EQ(problems("{program: redploy}"),
            Lines{"resources/w.yaml:7: spec.refresh.command.program: landfall.yaml names no program redploy (did you "
                  "mean redeploy?)"});
  EXPECT_EQ(problems("{}"),
            Lines{"resources/w.yaml:7: spec.refresh.command.program: missing (a name of refreshers.command.programs in "
                  "landfall.yaml)"});
  EXPECT_EQ(problems("{program: redeploy, argv: [a]}"),
            Lines{"resources/w.yaml:7: spec.refresh.command.argv: unknown key (known: program)"});

  workspace_.settings("");
  EXPECT_EQ(problems("{program: redeploy}"),
            Lines{"resources/w.yaml:7: spec.refresh.command.program: landfall.yaml names no program redeploy "
                  "(refreshers: {command: {programs: {…}}} names none)"});
}

TEST_F(Programs, AChangedArgumentChangesTheWarehouse) {
  const auto first = workspace_.load().configuration;
  ASSERT_NE(first, nullptr);
  workspace_.settings("refreshers: {command: {programs: {redeploy: {argv: ['" + program_.string() + "']}}}}\n");

  const auto second = workspace_.load(first.get()).configuration;

  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->diff.warehouses.changed, Lines{"shop/api"});
}

}  // namespace
}  // namespace landfall::config
