// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/base/crypto.h"
#include "core/config/refresh_builder.h"
#include "tests/support/certificates.h"
#include "tests/unit/config/workspace.h"

namespace landfall::config {
namespace {

Lines problemsOf(const std::string& manifest) {
  Workspace workspace;
  workspace.resource("k.yaml", kHookKey);
  workspace.resource("w.yaml", manifest);
  return workspace.problems();
}

Lines refreshProblems(const std::string& refresh) {
  return problemsOf(warehouse("image: {repoURL: quay.io/a/b}", refresh));
}

template <class Type>
Type subscriptionOf(const std::string& subscription) {
  Workspace workspace;
  workspace.resource("k.yaml", kHookKey);
  workspace.resource("w.yaml", warehouse(subscription));
  const auto loaded = workspace.load();
  EXPECT_TRUE(loaded.problems.empty()) << loaded.problems.front().text();
  return std::get<Type>(loaded.configuration->warehouse({"shop", "api"})->subscriptions.at(0));
}

TEST(Warehouses, ImagesGetTheDefaultsOfKargosAdmission) {
  const auto image = subscriptionOf<model::ImageSubscription>("image: {repoURL: quay.io/shop/api, discoveryLimit: 20}");

  EXPECT_EQ(image.repo_url, "quay.io/shop/api");
  EXPECT_EQ(image.selection_strategy, "SemVer");
  EXPECT_TRUE(image.strict_semvers);
  EXPECT_EQ(image.constraint, "");
}

TEST(Warehouses, ImagesKeepEveryField) {
  const auto image = subscriptionOf<model::ImageSubscription>(
      "{name: n, image: {repoURL: quay.io/shop/api, imageSelectionStrategy: Lexical, constraint: ^1, strictSemvers: "
      "false, "
      "allowTagsRegexes: [a, b], ignoreTagsRegexes: [c], platform: linux/amd64, cacheByTag: true, discoveryLimit: 1, "
      "insecureSkipTLSVerify: true}}");

  EXPECT_EQ(image.selection_strategy, "Lexical");
  EXPECT_EQ(image.constraint, "^1");
  EXPECT_FALSE(image.strict_semvers);
  EXPECT_EQ(image.allow_tags_regexes, (Lines{"a", "b"}));
  EXPECT_EQ(image.ignore_tags_regexes, (Lines{"c"}));
  EXPECT_EQ(image.platform, "linux/amd64");
}

TEST(Warehouses, ChartsAndGitAreRead) {
  const auto chart = subscriptionOf<model::ChartSubscription>(
      "chart: {repoURL: https://charts.example, name: pear, semverConstraint: ^1}");
  EXPECT_EQ(chart.name, "pear");
  EXPECT_EQ(chart.semver_constraint, "^1");

  const auto git = subscriptionOf<model::GitSubscription>(
      "git: {repoURL: https://github.com/shop/api.git, commitSelectionStrategy: SemVer, semverConstraint: ^1, branch: "
      "main, "
      "allowTagsRegexes: [a], includePaths: [apps], excludePaths: ['glob:docs/**'], expressionFilter: 'true'}");
  EXPECT_EQ(git.selection_strategy, "SemVer");
  EXPECT_EQ(git.branch, "main");
  EXPECT_TRUE(git.strict_semvers);
  EXPECT_EQ(git.include_paths, Lines{"apps"});
  EXPECT_EQ(git.expression_filter, "true");
  EXPECT_EQ(subscriptionOf<model::GitSubscription>("git: {repoURL: https://github.com/a/b}").selection_strategy,
            "NewestFromBranch");
}

TEST(Warehouses, ABrokenConstraintOrRegexIsNamedWithItsLineAndItsWarehouse) {
  const auto constraint = problemsOf(warehouse("image:\n      repoURL: quay.io/a/b\n      constraint: not a range"));
  ASSERT_EQ(constraint.size(), 1u);
  EXPECT_EQ(constraint[0].find("resources/w.yaml:8: spec.subscriptions[0].image.constraint: Warehouse shop/api: "), 0u)
      << constraint[0];

  const auto regex = problemsOf(warehouse("image:\n      repoURL: quay.io/a/b\n      ignoreTagsRegexes: ['ok', '(']"));
  ASSERT_EQ(regex.size(), 1u);
  EXPECT_EQ(regex[0].find("resources/w.yaml:8: spec.subscriptions[0].image.ignoreTagsRegexes: Warehouse shop/api: "),
            0u)
      << regex[0];
}

TEST(Warehouses, AllThatIsWrongWithSeveralIsReportedAtOnce) {
  const auto problems = problemsOf(
      warehouse("image: {repoURL: quay.io/a/b, constraint: '>>1'}\n  - image: {repoURL: quay.io/a/b, platform: arm}\n"
                "  - chart: {repoURL: oci://quay.io/a/c, semverConstraint: x y}"));

  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].find("resources/w.yaml:6: spec.subscriptions[0].image.constraint: "), 0u);
  EXPECT_EQ(problems[1].find("resources/w.yaml:7: spec.subscriptions[1].image.platform: "), 0u);
  EXPECT_EQ(problems[2].find("resources/w.yaml:8: spec.subscriptions[2].chart.semverConstraint: "), 0u);
}

TEST(Warehouses, WhatKargosAdmissionRefusesIsAnError) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"image: {repoURL: quay.io/a/b:1}", "image.repoURL: no repository that Kargo takes"},
      {"image: {repoURL: ' quay.io/a/b '}", "image.repoURL: no repository that Kargo takes"},
      {"image: {}", "image.repoURL: missing"},
      {"image: {repoURL: quay.io/a/b, imageSelectionStrategy: Digest}", "image.constraint: missing"},
      {"image: {repoURL: quay.io/a/b, imageSelectionStrategy: Newest}", "image.imageSelectionStrategy: Warehouse"},
      {"image: {repoURL: quay.io/a/b, discoveryLimit: 500}", "image.discoveryLimit: out of range (0 to 100)"},
      {"image: {repoURL: quay.io/a/b, allowTags: x}", "image.allowTags: Warehouse"},
      {"image: {repoURL: quay.io/a/b, constraint: 1.2}", "image.constraint: expected text, found a number"},
      {"chart: {repoURL: quay.io/a/b}", "chart.repoURL: no repository that Kargo takes"},
      {"chart: {repoURL: oci://quay.io/a/b, name: c}", "chart.name: not allowed with oci://"},
      {"chart: {repoURL: https://charts.example}", "chart.name: missing"},
      {"git: {repoURL: nowhere}", "git.repoURL: no repository that Kargo takes"},
      {"git: {repoURL: https://h/x, branch: -}", "git.branch: no name of a branch"},
      {"git: {repoURL: https://h/x, semverConstraint: '>>'}", "git.semverConstraint: no constraint on versions"},
      {"{image: {repoURL: quay.io/a/b}, git: {repoURL: https://h/x}}", "git: more than one type in one subscription"},
      {"name: x", ": subscribes to nothing"},
      {"image: quay.io/a/b", "image: expected a mapping, found text"},
      {"quay.io/a/b", ": expected a mapping, found text"}};
  for (const auto& [subscription, expected] : cases) {
    const auto problems = problemsOf(warehouse(subscription));
    ASSERT_EQ(problems.size(), 1u) << subscription;
    EXPECT_EQ(problems[0].find("resources/w.yaml:6: spec.subscriptions[0]"), 0u) << problems[0];
    EXPECT_NE(problems[0].find(expected), std::string::npos) << problems[0];
  }
}

TEST(Warehouses, TheOldImageFieldSemverConstraintIsIgnoredAsKargoDoesWithAWarning) {
  EXPECT_EQ(
      problemsOf(warehouse("image: {repoURL: quay.io/a/b, semverConstraint: ^2.0.0}"))
          .at(0)
          .find("warning: resources/w.yaml:6: spec.subscriptions[0].image.semverConstraint: unknown key, ignored"),
      0u);
}

TEST(Warehouses, TypesOfANewerKargoAreSkippedWithAWarning) {
  EXPECT_EQ(problemsOf(warehouse("ami: {region: north}\n  - image: {repoURL: quay.io/a/b}"))
                .at(0)
                .find("warning: resources/w.yaml:6: spec.subscriptions[0].ami: unknown key, ignored"),
            0u);
}

TEST(Warehouses, NothingSubscribedToIsAWarning) {
  EXPECT_EQ(problemsOf("apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: api, namespace: shop}\n"
                       "spec:\n  freightCreationPolicy: Manual\n" +
                       std::string(kRefresh)),
            Lines{"warning: resources/w.yaml:4: spec.subscriptions: Warehouse shop/api subscribes to nothing: no event "
                  "refreshes it (- image: {repoURL: quay.io/shop/api})"});
}

TEST(Warehouses, TwoOfOneNameAreAnErrorThatNamesBothPlaces) {
  Workspace workspace;
  workspace.resource("k.yaml", kHookKey);
  workspace.resource("a.yaml", warehouse("image: {repoURL: quay.io/a/b}"));
  workspace.resource("b.yaml", warehouse("image: {repoURL: quay.io/a/c}"));

  EXPECT_EQ(
      workspace.problems(),
      Lines{"resources/b.yaml:1: metadata.name: Warehouse shop/api is also in resources/a.yaml:1 (one of the two)"});
}

TEST(Refresh, IsNeeded) {
  EXPECT_EQ(refreshProblems(""),
            Lines{"resources/w.yaml:4: spec.refresh: Warehouse shop/api does not say how it is refreshed (http: {url: "
                  "https://ci.example/refresh, secretRefs: [{name: hook-key}]})"});
}

TEST(Refresh, ReadsTheHttpCall) {
  Workspace workspace;
  workspace.resource("k.yaml", kHookKey);
  workspace.resource("w.yaml",
                     warehouse("image: {repoURL: quay.io/a/b}",
                               "  refresh:\n    http:\n      url: https://ci.example/r?x=1\n      method: PUT\n"
                               "      headers: {X-Env: test, Authorization: Bearer x}\n"
                               "      secretRefs: [{name: hook-key}, {name: hook-key}]\n"));

  const auto loaded = workspace.load();

  ASSERT_NE(loaded.configuration, nullptr);
  const auto& target = std::get<model::HttpTarget>(loaded.configuration->warehouse({"shop", "api"})->refresh);
  EXPECT_EQ(target.url, "https://ci.example/r?x=1");
  EXPECT_EQ(target.method, "PUT");
  EXPECT_EQ(target.headers, (std::vector<model::Header>{{"X-Env", "test"}, {"Authorization", "Bearer x"}}));
  EXPECT_EQ(target.signing_keys, (Lines{"0123456789abcdef01234567", "0123456789abcdef01234567"}));
}

TEST(Refresh, WithoutKeysIsAWarning) {
  EXPECT_EQ(
      refreshProblems("  refresh: {http: {url: 'http://h/'}}\n"),
      Lines{"warning: resources/w.yaml:7: spec.refresh.http: the call is not signed: its target cannot tell who makes "
            "it (secretRefs: [{name: …}], a Secret whose key is a whsec_…)"});
}

TEST(Refresh, IsExactlyOneOfThoseThatAreKnown) {
  EXPECT_EQ(
      refreshProblems("  refresh: {}\n").at(0).find("resources/w.yaml:7: spec.refresh: says no way to be refreshed"),
      0u);
  EXPECT_EQ(refreshProblems("  refresh: {htttp: {url: 'http://h/'}}\n"),
            Lines{"resources/w.yaml:7: spec.refresh.htttp: unknown key (did you mean http?)"});
  const auto both = refreshProblems("  refresh: {http: {url: 'http://h/'}, command: {program: x}}\n");
  ASSERT_EQ(both.size(), 1u);
  EXPECT_EQ(both[0],
            "resources/w.yaml:7: spec.refresh: more than one way to be refreshed: http, command (exactly one)");
  EXPECT_EQ(refreshProblems("  refresh: http\n"),
            Lines{"resources/w.yaml:7: spec.refresh: expected a mapping, found text"});
}

TEST(Refresh, UnknownKeysAreErrors) {
  EXPECT_EQ(
      refreshProblems("  refresh: {http: {url: 'http://h/', secretRef: {name: a}, secretRefs: [{name: hook-key}]}}\n"),
      Lines{"resources/w.yaml:7: spec.refresh.http.secretRef: unknown key (did you mean secretRefs?)"});
}

TEST(Refresh, UrlMethodAndHeadersAreChecked) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"url: ftp://h/", "url: no usable URL (an http:// or https:// URL)"},
      {"url: 'http://u:p@h/'", "url: no usable URL (a URL without user and password)"},
      {"url: 'http:///x'", "url: no usable URL (a URL with a host, and a port up to 65535 if any)"},
      {"method: POST", "url: missing (an http:// or https:// URL)"},
      {"url: 'http://h/', method: 'PO ST'", "method: no HTTP method (POST, PUT, …)"},
      {"url: 'http://h/', headers: {Host: x}", "headers.Host: Landfall sets this header itself (leave it away)"},
      {"url: 'http://h/', headers: {content-length: '1'}", "headers.content-length: Landfall sets this header itself"},
      {"url: 'http://h/', headers: {Transfer-Encoding: x}", "headers.Transfer-Encoding: Landfall sets this"},
      {"url: 'http://h/', headers: {Connection: x}", "headers.Connection: Landfall sets this header itself"},
      {"url: 'http://h/', headers: {Webhook-Id: x}", "headers.Webhook-Id: Landfall sets this header itself"},
      {"url: 'http://h/', headers: {'X Y': x}", "headers.X Y: no name of a header"},
      {"url: 'http://h/', headers: {X: \"a\\r\\nB: c\"}", "headers.X: control characters in a header"},
      {"url: 'http://h/', headers: {X: a, x: b}", "headers.x: a header that stands there twice"},
      {"url: 'http://h/', headers: [X]", "headers: expected a mapping, found a list"}};
  for (const auto& [http, expected] : cases) {
    const auto problems = refreshProblems("  refresh: {http: {" + http + ", secretRefs: [{name: hook-key}]}}\n");
    ASSERT_EQ(problems.size(), 1u) << http;
    EXPECT_EQ(problems[0].find("resources/w.yaml:7: spec.refresh.http." + expected), 0u) << problems[0];
  }
}

TEST(Refresh, KeysAreSecretsOfTheProjectAndNeverShown) {
  Workspace workspace;
  workspace.resource("w.yaml", warehouse("image: {repoURL: quay.io/a/b}"));
  EXPECT_EQ(
      workspace.problems(),
      Lines{
          "resources/w.yaml:8: spec.refresh.http.secretRefs[0].name: there is no Secret shop/hook-key (a Secret named "
          "hook-key in namespace shop)"});

  const std::string head = "apiVersion: v1\nkind: Secret\nmetadata: {name: hook-key, namespace: shop}\n";
  workspace.resource("k.yaml", head + "stringData: {key: whsec_not-base64}\n");
  EXPECT_EQ(workspace.problems(),
            Lines{"resources/k.yaml:4: stringData.key: no signing key (whsec_ and Base64 of 24 to 64 random bytes)"});

  workspace.resource("k.yaml", head + "stringData: {key: whsec_c2hvcnQ=}\n");
  EXPECT_EQ(
      workspace.problems(),
      Lines{"warning: resources/k.yaml:4: stringData.key: a signing key of less than 24 bytes (whsec_ and Base64 of 24 "
            "to 64 random bytes)"});
}

std::string secret(const std::string& name, const std::string& data) {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: shop}\nstringData: " + data + "\n";
}

TEST(Refresh, HeadersMayComeFromSecrets) {
  Workspace workspace;
  workspace.resource("k.yaml", kHookKey);
  workspace.resource("t.yaml", secret("token", "{header: Bearer 0123456789}"));
  workspace.resource("w.yaml",
                     warehouse("image: {repoURL: quay.io/a/b}",
                               "  refresh: {http: {url: 'http://h/', secretRefs: [{name: hook-key}], headers: {X-Env: "
                               "test, Authorization: {secretRef: {name: token, key: header}}}}}\n"));

  const auto loaded = workspace.load();

  ASSERT_NE(loaded.configuration, nullptr) << workspace.shown(loaded.problems).front();
  const auto& target = std::get<model::HttpTarget>(loaded.configuration->warehouse({"shop", "api"})->refresh);
  EXPECT_EQ(target.headers, (std::vector<model::Header>{{"X-Env", "test"}, {"Authorization", "Bearer 0123456789"}}));
  EXPECT_EQ(*loaded.configuration->secrets,
            (Lines{"Bearer 0123456789", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"}));
}

TEST(Refresh, HeadersFromSecretsAreCheckedAndNeverShown) {
  const auto problems = [](const std::string& header, const std::string& value = "x") {
    Workspace workspace;
    workspace.resource("k.yaml", kHookKey);
    workspace.resource("t.yaml", secret("token", "{header: \"" + value + "\"}"));
    workspace.resource("w.yaml", warehouse("image: {repoURL: quay.io/a/b}",
                                           "  refresh: {http: {url: 'http://h/', secretRefs: [{name: hook-key}], "
                                           "headers: {X: " +
                                               header + "}}}\n"));
    return workspace.problems();
  };
  const std::string place = "resources/w.yaml:7: spec.refresh.http.headers.X";
  EXPECT_EQ(problems("{}"), Lines{place + ".secretRef: missing (text, or {secretRef: {name: …, key: …}})"});
  EXPECT_EQ(problems("{secretRef: {name: token}}"), Lines{place + ".secretRef.key: missing (a key of the Secret)"});
  EXPECT_EQ(problems("{secretRef: {name: token, key: header, value: x}}"),
            Lines{place + ".secretRef.value: unknown key (known: name, key)"});
  EXPECT_EQ(problems("{secretRef: {name: tocken, key: header}}"),
            Lines{place + ".secretRef.name: there is no Secret shop/tocken (a Secret named tocken in namespace shop)"});
  EXPECT_EQ(problems("{secretRef: {name: token, key: other}}"),
            Lines{place + ".secretRef.name: Secret shop/token (resources/t.yaml:1) has no key other (stringData: "
                          "{other: …})"});
  EXPECT_EQ(problems("{secretRef: {name: token, key: header}}", "hush-hush\\n"),
            Lines{"resources/t.yaml:4: stringData.header: a control character (a line feed at its end?), and Warehouse "
                  "shop/api sends it as header X (one line of text without an end of line)"});
}

class RefreshTls : public ::testing::Test {
 protected:
  RefreshTls() { workspace_.resource("k.yaml", kHookKey); }

  void tls(const std::string& keys, const std::string& scheme = "https") const {
    workspace_.resource("w.yaml", warehouse("image: {repoURL: quay.io/a/b}",
                                            "  refresh: {http: {url: '" + scheme +
                                                "://h/', secretRefs: [{name: hook-key}], tls: " + keys + "}}\n"));
  }

  /// A Secret whose values are given in Base64, as Kubernetes has them.
  void pemSecret(const std::string& name, const std::vector<std::pair<std::string, std::string>>& values) const {
    std::string text = "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: shop}\ndata:\n";
    for (const auto& [key, value] : values) text += "  " + key + ": " + base::toBase64(value) + "\n";
    workspace_.resource(name + ".yaml", text);
  }

  const testing::Credential authority_ = testing::makeAuthority();
  const testing::Credential client_ = testing::makeClientCredential("landfall", authority_);
  Workspace workspace_;
};

TEST_F(RefreshTls, TrustAndIdentityComeFromSecrets) {
  pemSecret("trust", {{"ca.crt", authority_.certificate_pem}});
  pemSecret("identity", {{"tls.crt", client_.certificate_pem}, {"tls.key", client_.key_pem}});
  tls("{caSecretRef: {name: trust}, clientCertificateSecretRef: {name: identity}}");

  const auto loaded = workspace_.load();

  ASSERT_NE(loaded.configuration, nullptr) << workspace_.shown(loaded.problems).front();
  const auto& target = std::get<model::HttpTarget>(loaded.configuration->warehouse({"shop", "api"})->refresh);
  EXPECT_EQ(target.ca_pem, authority_.certificate_pem);
  EXPECT_EQ(target.client_certificate_pem, client_.certificate_pem);
  EXPECT_EQ(target.client_key_pem, client_.key_pem);
}

TEST_F(RefreshTls, IsForHttpsOnly) {
  pemSecret("trust", {{"ca.crt", authority_.certificate_pem}});
  tls("{caSecretRef: {name: trust}}", "http");

  EXPECT_EQ(
      workspace_.problems(),
      Lines{"resources/w.yaml:7: spec.refresh.http.tls: the URL is no https:// one (an https:// URL, or no tls)"});
}

TEST_F(RefreshTls, WhatIsNoCertificateOrNoPairIsAnError) {
  pemSecret("trust", {{"ca.crt", "hello"}});
  tls("{caSecretRef: {name: trust}}");
  EXPECT_EQ(workspace_.problems(), Lines{"resources/trust.yaml:5: data.ca.crt: no certificate in PEM form (-----BEGIN "
                                         "CERTIFICATE-----)"});

  const auto other = testing::makeClientCredential("other", authority_);
  pemSecret("identity", {{"tls.crt", client_.certificate_pem}, {"tls.key", other.key_pem}});
  tls("{clientCertificateSecretRef: {name: identity}}");
  EXPECT_EQ(workspace_.problems(),
            Lines{"resources/identity.yaml:6: data.tls.key: the key: it does not belong to the certificate"});

  pemSecret("identity", {{"tls.crt", client_.certificate_pem}});
  EXPECT_EQ(workspace_.problems(),
            Lines{"resources/w.yaml:7: spec.refresh.http.tls.clientCertificateSecretRef.name: Secret shop/identity "
                  "(resources/identity.yaml:1) has no key tls.key (stringData: {tls.key: …})"});

  tls("{caFile: x}");
  EXPECT_EQ(workspace_.problems(),
            Lines{"resources/w.yaml:7: spec.refresh.http.tls.caFile: unknown key (known: caSecretRef, "
                  "clientCertificateSecretRef)"});
}

TEST(Refresh, SigningKeysAreReadWithAndWithoutTheirPrefix) {
  EXPECT_EQ(readSigningKey("whsec_a2V5"), "key");
  EXPECT_EQ(readSigningKey("a2V5\n"), "key");
  for (const auto* text : {"", "whsec_", "whsec_a2V", "WHSEC_a2V5", " a2V5"})
    EXPECT_FALSE(readSigningKey(text)) << text;
}

}  // namespace
}  // namespace landfall::config
