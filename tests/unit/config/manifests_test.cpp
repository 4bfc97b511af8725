// SPDX-License-Identifier: Apache-2.0
#include "core/config/manifests.h"

#include <gtest/gtest.h>

namespace landfall::config {
namespace {

using Lines = std::vector<std::string>;

struct Read {
  Manifests manifests;
  Problems problems;
  Lines lines;
};

Read readAll(const std::string& text, const std::string& file = "shop.yaml") {
  Read result;
  Report report(result.problems);
  readManifests(text, file, result.manifests, report);
  for (const auto& problem : result.problems) {
    result.lines.push_back((problem.severity == Severity::Warning ? "warning: " : "") + problem.text());
  }
  return result;
}

std::string head(const std::string& kind) {
  return "apiVersion: kargo.akuity.io/v1alpha1\nkind: " + kind + "\nmetadata: {name: shop, namespace: shop}\n";
}

std::string receiver(const std::string& text) { return head("ProjectConfig") + "spec:\n  webhookReceivers:\n" + text; }

TEST(Manifests, SkipOtherKinds) {
  const auto read = readAll(
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n"
      "apiVersion: kargo.akuity.io/v1alpha1\nkind: Stage\nspec: {a: 1, a: 2}\n---\n"
      "apiVersion: example.com/v1\nkind: Warehouse\nspec: 7\n---\n"
      "apiVersion: example.com/v1\nkind: Secret\n");

  EXPECT_TRUE(read.lines.empty());
  EXPECT_TRUE(read.manifests.secrets.empty() && read.manifests.warehouses.empty());
}

TEST(Manifests, WhatIsNoManifestIsSkippedWithAWarning) {
  EXPECT_EQ(readAll("a: b\n---\n- c\n---\nkind: Secret\n").lines,
            (Lines{"warning: shop.yaml:1: no manifest, skipped: it has no apiVersion or no kind",
                   "warning: shop.yaml:3: no manifest but a list, skipped",
                   "warning: shop.yaml:5: no manifest, skipped: it has no apiVersion or no kind"}));
}

TEST(Manifests, WhatKubectlAddsDoesNoHarm) {
  const auto read = readAll(R"(apiVersion: v1
kind: List
metadata: {resourceVersion: ""}
items:
- apiVersion: v1
  data: {secret: czNjcjN0LXZhbHVlLTAxMjM=}
  kind: Secret
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"v1"}
    creationTimestamp: "2026-11-20T10:00:00Z"
    managedFields: [{manager: kubectl, operation: Update, fieldsV1: {"f:data": {}}}]
    name: quay-secret
    namespace: shop
    resourceVersion: "12"
    uid: 0b9c
  type: Opaque
- apiVersion: kargo.akuity.io/v1alpha1
  kind: ProjectConfig
  metadata: {name: shop, namespace: shop, generation: 3}
  spec: {webhookReceivers: [{name: q, quay: {secretRef: {name: quay-secret}}}], promotionPolicies: []}
  status: {conditions: [], webhookReceivers: [{path: /x}]}
)");

  EXPECT_TRUE(read.lines.empty()) << read.lines.front();
  ASSERT_EQ(read.manifests.secrets.size(), 1u);
  EXPECT_EQ(read.manifests.secrets[0].values.at("secret").bytes, "s3cr3t-value-0123");
  ASSERT_EQ(read.manifests.receivers.size(), 1u);
  EXPECT_EQ(read.manifests.receivers[0].place.key, "items[1].spec.webhookReceivers[0].name");
}

TEST(Manifests, ReadJson) {
  const auto read = readAll(
      "{\n\t\"apiVersion\": \"v1\", \"kind\": \"Secret\",\n"
      "\t\"metadata\": {\"name\": \"a\", \"namespace\": \"b\"}, \"stringData\": {\"k\": \"\\ud83d\\ude00\"}\n}\n",
      "a.json");

  EXPECT_TRUE(read.lines.empty()) << read.lines.front();
  EXPECT_EQ(read.manifests.secrets.at(0).values.at("k").bytes, "\U0001F600");
}

TEST(Manifests, NameAndNamespaceAreNeededAndChecked) {
  EXPECT_EQ(
      readAll("apiVersion: v1\nkind: Secret\nmetadata: {name: A}\n---\napiVersion: v1\nkind: Secret\n").lines,
      (Lines{"shop.yaml:3: metadata.name: no name that Kubernetes takes (lower-case letters, digits, hyphens and "
             "dots; a letter or digit first and last; at most 253)",
             "shop.yaml:3: metadata.namespace: missing (lower-case letters, digits, hyphens and dots; a letter or "
             "digit first and last; at most 253)",
             "shop.yaml:5: metadata: missing (metadata: {name: …, namespace: …})"}));
}

TEST(Manifests, UnknownKeysAreWarningsInKargosParts) {
  EXPECT_EQ(
      readAll(head("ProjectConfig") + "spec: {webhookReciever: [], promotionPolicies: []}\nextra: 1\n").lines,
      (Lines{"warning: shop.yaml:4: spec.webhookReciever: unknown key, ignored (did you mean webhookReceivers?)",
             "warning: shop.yaml:5: extra: unknown key, ignored (known: apiVersion, kind, status, metadata, spec)"}));
}

TEST(Manifests, ANewerVersionOfKargoIsReadWithAWarning) {
  const auto read = readAll("apiVersion: kargo.akuity.io/v1beta1\nkind: ClusterConfig\nmetadata: {name: cluster}\n");

  EXPECT_EQ(read.lines, Lines{"warning: shop.yaml:1: apiVersion: a version this one does not know, read as v1alpha1"});
}

TEST(Manifests, DoubledKeysAreErrors) {
  EXPECT_EQ(
      readAll("apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\nstringData:\n  k: one\n  k: two\n")
          .lines,
      Lines{"shop.yaml:6: k: also in line 5 (a key may stand there once)"});
}

TEST(Manifests, AnnotationsForAClusterAreNotSilentlyIgnored) {
  EXPECT_EQ(
      readAll("apiVersion: kargo.akuity.io/v1alpha1\nkind: ClusterConfig\nmetadata:\n  name: cluster\n"
              "  annotations:\n    landfall/receivers: '[]'\n")
          .lines,
      Lines{"warning: shop.yaml:6: metadata.annotations.landfall/receivers: ignored: this annotation is read from a "
            "cluster, not from files (in a file it belongs to spec.webhookReceivers)"});
}

TEST(ReceiverManifest, ReadsAllOfItsKeys) {
  const auto read = readAll(receiver(
      "  - name: art\n    artifactory:\n      secretRef: {name: s}\n      virtualRepoName: docker\n      limits: {a: "
      "[1, 2.5, "
      "true, null, '7']}\n    path: /hooks/art\n    host: r.example:5000\n    hostAliases: [a.example, b.example]\n"
      "    allowWeakSecret: true\n    previousSecretRefs: [{name: old}]\n"));

  EXPECT_TRUE(read.lines.empty()) << read.lines.front();
  const ReceiverManifest& manifest = read.manifests.receivers.at(0);
  EXPECT_EQ(manifest.key.text(), "shop/art");
  EXPECT_EQ(manifest.adapter.id, "artifactory");
  EXPECT_EQ(manifest.adapter.options, R"({"limits":{"a":[1,2.5,true,null,"7"]},"virtualRepoName":"docker"})");
  EXPECT_EQ(manifest.adapter.secret->name, "s");
  EXPECT_EQ(manifest.adapter.secret->place.line, 8u);
  EXPECT_EQ(manifest.adapter.secret->place.key, "spec.webhookReceivers[0].artifactory.secretRef.name");
  EXPECT_EQ(manifest.path, "/hooks/art");
  EXPECT_EQ(manifest.host, "r.example:5000");
  EXPECT_EQ(manifest.host_aliases, (Lines{"a.example", "b.example"}));
  EXPECT_TRUE(manifest.allow_weak_secret);
  EXPECT_EQ(manifest.previous_secrets.at(0).name, "old");
}

TEST(ReceiverManifest, NamesBothOfTwoAdapters) {
  EXPECT_EQ(
      readAll(receiver("  - name: both\n    quay: {secretRef: {name: s}}\n    dockerhub: {secretRef: {name: s}}\n"))
          .lines,
      Lines{"shop.yaml:8: spec.webhookReceivers[0].dockerhub: names more than one adapter: quay, dockerhub (one "
            "receiver for each)"});
}

TEST(ReceiverManifest, NeedsAnAdapter) {
  EXPECT_EQ(
      readAll(receiver("  - name: none\n  - name: half\n    quay:\n  - quay: {secretRef: {name: s}}\n")).lines,
      (Lines{"shop.yaml:6: spec.webhookReceivers[0].name: names no adapter (one key with the adapter's id: quay: "
             "{secretRef: {name: quay-secret}})",
             "shop.yaml:8: spec.webhookReceivers[1].quay: expected a mapping, found nothing (quay: {secretRef: "
             "{name: quay-secret}})",
             "shop.yaml:9: spec.webhookReceivers[2].name: missing (lower-case letters, digits, hyphens and dots; a "
             "letter or digit first and last; at most 253)"}));
}

TEST(ReceiverManifest, UnknownKeysOfItsOwnAreErrors) {
  EXPECT_EQ(
      readAll(
          receiver("  - name: q\n    quay: {secretRef: {name: s}}\n    hostAlias: [a]\n    allowWeakSecrets: true\n"))
          .lines,
      (Lines{"shop.yaml:8: spec.webhookReceivers[0].hostAlias: unknown key (did you mean hostAliases?)",
             "shop.yaml:9: spec.webhookReceivers[0].allowWeakSecrets: unknown key (did you mean allowWeakSecret?)"}));
}

TEST(ReceiverManifest, ProofsBesideTheAdaptersAreRead) {
  const auto read =
      readAll(receiver("  - name: q\n    quay: {secretRef: {name: s}}\n"
                       "    basicAuth: {secretRef: {name: new}, previousSecretRefs: [{name: old}]}\n"
                       "    clientCertificate: {subject: CN=quay.io}\n"));

  EXPECT_TRUE(read.lines.empty()) << read.lines.front();
  const auto& manifest = read.manifests.receivers.at(0);
  ASSERT_EQ(manifest.basic_auth->secrets.size(), 2u);
  EXPECT_EQ(manifest.basic_auth->secrets[0].name, "new");
  EXPECT_EQ(manifest.basic_auth->secrets[1].name, "old");
  EXPECT_EQ(manifest.client_certificate->subject, "CN=quay.io");
}

TEST(ReceiverManifest, ProofsThatCannotBeReadAreErrors) {
  const std::string place = "shop.yaml:8: spec.webhookReceivers[0].";
  const std::string form = " (the whole subject as RFC 4514 writes it: CN=quay.io,O=Example)";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"basicAuth: {}", "basicAuth.secretRef: missing (secretRef: {name: …}, a Secret with username and password)"},
      {"basicAuth: {secretRef: {}}", "basicAuth.secretRef.name: missing (the name of a Secret)"},
      {"basicAuth: {secretRef: {name: a}, user: x}",
       "basicAuth.user: unknown key (known: secretRef, previousSecretRefs)"},
      {"basicAuth: quay", "basicAuth: expected a mapping, found text"},
      {"basicAuth: {secretRef: {name: a}, previousSecretRefs: [b]}",
       "basicAuth.previousSecretRefs[0]: expected a mapping, found text"},
      {"clientCertificate: {}", "clientCertificate.subject: missing" + form},
      {"clientCertificate: {subject: ''}", "clientCertificate.subject: empty" + form},
      {"clientCertificate: {subject: quay.io}",
       "clientCertificate.subject: no subject of a certificate: each part is a type, = and a value" + form},
      {"clientCertificate: {subject: CN=a, issuer: b}", "clientCertificate.issuer: unknown key (known: subject)"},
      {"clientCertificate: CN=a", "clientCertificate: expected a mapping, found text"}};
  for (const auto& [proof, expected] : cases) {
    const auto read = readAll(receiver("  - name: q\n    quay: {secretRef: {name: s}}\n    " + proof + "\n"));

    EXPECT_EQ(read.lines, Lines{place + expected}) << proof;
  }
}

TEST(ReceiverManifest, PathsAndHostsAreChecked) {
  for (const auto* path : {"hooks", "/", "/a//b", "/a/../b", "/a/.", "/a b", "/a?b", "/a#b", "/%zz", "''"}) {
    const auto read =
        readAll(receiver("  - name: q\n    harbor: {secretRef: {name: s}}\n    path: " + std::string(path) + "\n"));
    ASSERT_EQ(read.lines.size(), 1u) << path;
    EXPECT_EQ(read.lines[0].find("shop.yaml:8: spec.webhookReceivers[0].path: no usable path"), 0u) << read.lines[0];
  }
  EXPECT_EQ(
      readAll(
          receiver("  - name: q\n    harbor: {secretRef: {name: s}}\n    host: https://a\n    hostAliases: [a, b/c]\n"))
          .lines,
      (Lines{"shop.yaml:8: spec.webhookReceivers[0].host: no host (a registry's host and, if it needs one, port: "
             "registry.example:5000)",
             "shop.yaml:9: spec.webhookReceivers[0].hostAliases[1]: no host (a registry's host and, if it needs one, "
             "port: registry.example:5000)"}));
}

TEST(ReceiverManifest, WrongTypesAreErrors) {
  EXPECT_EQ(readAll(head("ProjectConfig") + "spec: {webhookReceivers: {name: q}}\n").lines,
            Lines{"shop.yaml:4: spec.webhookReceivers: expected a list, found a mapping"});
  EXPECT_EQ(readAll(receiver("  - quay\n  - name: [q]\n    quay: {secretRef: s}\n    allowWeakSecret: 1\n")).lines,
            (Lines{"shop.yaml:6: spec.webhookReceivers[0]: expected a mapping, found text",
                   "shop.yaml:7: spec.webhookReceivers[1].name: expected text, found a list",
                   "shop.yaml:9: spec.webhookReceivers[1].allowWeakSecret: expected a boolean, found a number (true or "
                   "false)",
                   "shop.yaml:8: spec.webhookReceivers[1].quay.secretRef: expected a mapping, found text"}));
}

TEST(ReceiverManifest, ClusterReceiversHaveNoProject) {
  const auto read = readAll(
      "apiVersion: kargo.akuity.io/v1alpha1\nkind: ClusterConfig\nmetadata: {name: cluster}\n"
      "spec: {webhookReceivers: [{name: q, quay: {secretRef: {name: s}}}]}\n");

  EXPECT_EQ(read.manifests.receivers.at(0).key.text(), "-/q");
}

}  // namespace
}  // namespace landfall::config
