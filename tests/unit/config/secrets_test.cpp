// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "core/config/receiver_builder.h"
#include "tests/unit/config/workspace.h"

namespace landfall::config {
namespace {

const std::string kReceiver = receivers("{name: q, harbor: {secretRef: {name: s}}}");

std::string secret(const std::string& body) {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\n" + body;
}

std::string pathOf(Workspace& workspace) {
  const auto loaded = workspace.load();
  EXPECT_NE(loaded.configuration, nullptr) << (loaded.problems.empty() ? "" : loaded.problems.front().text());
  return loaded.configuration == nullptr ? "" : loaded.configuration->receivers.at(0)->paths.at(0);
}

TEST(Secrets, TakeTheirValuesFromDataStringDataFilesAndTheEnvironment) {
  const std::string value = "Bearer 0123456789abcdef";
  const std::string expected = receiverPath({"shop", "q"}, "harbor", {value});
  ::setenv("LANDFALL_TEST_SECRET", value.c_str(), 1);
  for (const auto* body : {"stringData: {auth-header: Bearer 0123456789abcdef}\n",
                           "data: {auth-header: QmVhcmVyIDAxMjM0NTY3ODlhYmNkZWY=}\n",
                           "data:\n  auth-header: |\n    QmVhcmVyIDAxMjM0\n    NTY3ODlhYmNkZWY=\n",
                           "data: {auth-header: AAAA}\nstringData: {auth-header: Bearer 0123456789abcdef}\n",
                           "stringDataFrom: {auth-header: {file: ../value}}\n",
                           "stringDataFrom: {auth-header: {env: LANDFALL_TEST_SECRET}}\n"}) {
    Workspace workspace;
    workspace.write("value", value);
    workspace.resource("a.yaml", kReceiver);
    workspace.resource("s.yaml", secret(body));

    EXPECT_EQ(pathOf(workspace), expected) << body;
  }
  ::unsetenv("LANDFALL_TEST_SECRET");
}

TEST(Secrets, KeepALineFeedAtTheEndOfAFileAndSaySo) {
  Workspace workspace;
  workspace.write("value", "Bearer 0123456789abcdef\n");
  workspace.resource("a.yaml", kReceiver);
  workspace.resource("s.yaml", secret("stringDataFrom: {auth-header: {file: ../value}}\n"));

  EXPECT_EQ(pathOf(workspace), receiverPath({"shop", "q"}, "harbor", {"Bearer 0123456789abcdef\n"}));
  EXPECT_EQ(
      workspace.problems(),
      Lines{"warning: resources/s.yaml:4: stringDataFrom.auth-header.file: the file ends with a line feed, which is "
            "part of the value (write it without one, unless the sender has it too)"});
}

TEST(Secrets, UnreadableValuesAreReportedOnceWithTheirPlace) {
  Workspace workspace;
  workspace.resource("a.yaml", kReceiver);

  workspace.resource("s.yaml", secret("data:\n  auth-header: not-base64!\n"));
  EXPECT_EQ(workspace.problems(),
            Lines{"resources/s.yaml:5: data.auth-header: no Base64 (standard Base64 with padding, or "
                  "the text under stringData)"});
  workspace.resource("s.yaml", secret("stringData: {auth-header: 123456789012345678}\n"));
  EXPECT_EQ(workspace.problems(),
            Lines{"resources/s.yaml:4: stringData.auth-header: expected text, found a number (put it "
                  "in quotes)"});
  workspace.resource("s.yaml", secret("stringDataFrom: {auth-header: {env: LANDFALL_NOWHERE}}\n"));
  EXPECT_EQ(workspace.problems(), Lines{"resources/s.yaml:4: stringDataFrom.auth-header.env: the environment has no "
                                        "variable LANDFALL_NOWHERE (set it where Landfall is started)"});
  workspace.resource("s.yaml", secret("stringDataFrom: {auth-header: {file: /nowhere/x}}\n"));
  EXPECT_EQ(workspace.problems(),
            Lines{"resources/s.yaml:4: stringDataFrom.auth-header.file: /nowhere/x does not exist (a "
                  "file that the user Landfall runs as may read)"});
  workspace.resource("s.yaml", secret("stringDataFrom: {auth-header: {file: a, env: B}}\n"));
  EXPECT_EQ(workspace.problems(), Lines{"resources/s.yaml:4: stringDataFrom.auth-header: expected one source ({file: "
                                        "/run/secrets/quay} or {env: NAME})"});
  workspace.resource("s.yaml", secret("stringDataFrom: {auth-header: {fil: a, env: HOME}}\n"));
  EXPECT_EQ(workspace.problems().back(),
            "resources/s.yaml:4: stringDataFrom.auth-header.fil: unknown key (did you mean file?)");
}

TEST(Secrets, AKeyIsGivenInOnePlace) {
  Workspace workspace;
  workspace.resource("a.yaml", kReceiver);
  workspace.resource("s.yaml", secret("stringData: {auth-header: Bearer 0123456789abcdef}\n"
                                      "stringDataFrom: {auth-header: {env: HOME}}\n"));

  EXPECT_EQ(workspace.problems(),
            Lines{"resources/s.yaml:5: stringDataFrom.auth-header: the Secret has this key already "
                  "(give its value in one place)"});
}

TEST(Secrets, MissingOnesAreNamedWithWhereTheyShouldBe) {
  Workspace workspace;
  workspace.resource("a.yaml", kReceiver);
  EXPECT_EQ(workspace.problems(),
            Lines{"resources/a.yaml:5: spec.webhookReceivers[0].harbor.secretRef.name: there is no "
                  "Secret shop/s (a Secret named s in namespace shop)"});

  workspace.resource("s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: other}\n");
  EXPECT_EQ(
      workspace.problems(),
      Lines{"resources/a.yaml:5: spec.webhookReceivers[0].harbor.secretRef.name: there is no Secret shop/s (a Secret "
            "named s in namespace shop; there is one in namespace other (" +
            std::string("resources/s.yaml:1))")});
}

TEST(Secrets, MissingKeysAreNamed) {
  Workspace workspace;
  workspace.resource("a.yaml", kReceiver);
  workspace.resource("s.yaml", secret("stringData: {secret: Bearer 0123456789abcdef}\n"));

  EXPECT_EQ(workspace.problems(),
            Lines{"resources/a.yaml:5: spec.webhookReceivers[0].harbor.secretRef.name: Secret shop/s "
                  "(resources/s.yaml:1) has no key auth-header (stringData: {auth-header: …})"});
}

TEST(Secrets, EmptyOnesAreRefusedEvenWhenWeakOnesAreAllowed) {
  for (const auto* body : {"stringData: {auth-header: ''}\n", "data: {auth-header: ''}\n", "data: {auth-header: }\n"}) {
    Workspace workspace;
    workspace.resource("a.yaml", receivers("{name: q, harbor: {secretRef: {name: s}}, allowWeakSecret: true}"));
    workspace.resource("s.yaml", secret(body));

    const auto problems = workspace.problems();

    ASSERT_EQ(problems.size(), 1u);
    EXPECT_NE(problems[0].find("auth-header: empty, and receiver shop/q needs it (a long random value)"),
              std::string::npos)
        << problems[0];
  }
}

TEST(Secrets, ShortOnesAreRefusedUnlessAllowedAndNeverShown) {
  Workspace workspace;
  workspace.resource("a.yaml", kReceiver);
  workspace.resource("s.yaml", secret("stringData: {auth-header: fifteen-bytes-0}\n"));
  EXPECT_EQ(
      workspace.problems(),
      Lines{"resources/s.yaml:4: stringData.auth-header: shorter than 16 bytes, and receiver shop/q needs it (a long "
            "random value, or allowWeakSecret: true beside the receiver's name)"});

  workspace.resource("s.yaml", secret("stringData: {auth-header: sixteen-bytes-00}\n"));
  EXPECT_TRUE(workspace.problems().empty());

  workspace.resource("s.yaml", secret("stringData: {auth-header: x}\n"));
  workspace.resource("a.yaml", receivers("{name: q, harbor: {secretRef: {name: s}}, allowWeakSecret: true}"));
  EXPECT_TRUE(workspace.problems().empty());
}

TEST(Secrets, TwoOfOneNameAreAnErrorThatNamesBothPlaces) {
  Workspace workspace;
  workspace.resource("a.yaml", secret("stringData: {k: v}\n"));
  workspace.resource("b.yaml", "---\n" + secret("stringData: {k: v}\n"));

  EXPECT_EQ(workspace.problems(),
            Lines{"resources/b.yaml:2: metadata.name: Secret shop/s is also in resources/a.yaml:1 (one of the two)"});
}

TEST(Secrets, OfTheClustersReceiversLiveInTheSystemNamespace) {
  const std::string cluster =
      "apiVersion: kargo.akuity.io/v1alpha1\nkind: ClusterConfig\nmetadata: {name: cluster}\n"
      "spec: {webhookReceivers: [{name: quay-in, quay: {secretRef: {name: s}}, allowWeakSecret: true}]}\n";
  Workspace workspace;
  workspace.resource("a.yaml", cluster);
  workspace.resource(
      "s.yaml",
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: vault}\nstringData: {secret: tok-quay-7f3c19}\n");
  EXPECT_EQ(workspace.problems().size(), 1u);

  workspace.settings("resources: {systemNamespace: vault}\n");
  EXPECT_EQ(pathOf(workspace), "/quay/aa6dc653fec92c88ac1bcb1414fdea9598af6c61570f7970e3a35fa15323ffb6");

  workspace.settings("resources: {systemNamespace: ''}\n");
  EXPECT_EQ(
      workspace.problems(),
      Lines{"resources/a.yaml:4: spec.webhookReceivers[0].quay.secretRef.name: resources.systemNamespace is empty: "
            "there is no place for the cluster's Secrets (kargo-system-resources)"});
}

}  // namespace
}  // namespace landfall::config
