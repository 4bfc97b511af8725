// SPDX-License-Identifier: Apache-2.0
#include "core/config/settings.h"

#include <gtest/gtest.h>

#include "core/base/crypto.h"
#include "tests/support/temp_dir.h"

namespace landfall::config {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

Lines problemsOf(const std::string& text) {
  Lines lines;
  for (const auto& problem : parseSettings(text, "config/landfall.yaml").problems) lines.push_back(problem.text());
  return lines;
}

Settings settingsOf(const std::string& text) {
  const auto read = parseSettings(text, "/etc/landfall/landfall.yaml");
  EXPECT_TRUE(read.problems.empty()) << read.problems.front().text();
  return read.settings;
}

Lines textsOf(const std::vector<base::Network>& networks) {
  Lines texts;
  for (const auto& network : networks) texts.push_back(network.text());
  return texts;
}

TEST(Settings, EveryKeyHasADefault) {
  const Settings settings = settingsOf("");

  EXPECT_EQ(settings.base_url, "http://127.0.0.1:8080");
  EXPECT_EQ(settings.webhooks.listen.text(), "127.0.0.1:8080");
  EXPECT_EQ(settings.webhooks.max_body_bytes, 2097152u);
  EXPECT_EQ(settings.webhooks.max_connections, 10000u);
  EXPECT_EQ(settings.admin.listen.text(), "127.0.0.1:8081");
  EXPECT_TRUE(settings.admin.tokens.empty());
  EXPECT_EQ(settings.storage.url, "sqlite:/etc/landfall/landfall.db");
  EXPECT_EQ(settings.plugins.folders, std::vector<std::filesystem::path>{"/etc/landfall/plugins"});
  EXPECT_EQ(settings.resources.folders, std::vector<std::filesystem::path>{"/etc/landfall/resources"});
  EXPECT_EQ(settings.resources.system_namespace, "kargo-system-resources");
  EXPECT_EQ(settings.delivery, Settings::Delivery{});
}

TEST(Settings, ReadsEveryKeyOfTheReferenceText) {
  const std::string hash(64, 'A');
  const Settings settings = settingsOf(
      "baseUrl: https://hooks.example/kargo/\n"
      "webhooks: {listen: '0.0.0.0:80', maxBodyBytes: 64KiB, maxConnections: 7, trustedProxies: [], tls: {}}\n"
      "admin: {listen: '[::]:81', tokens: [{name: ci, scope: operate, sha256: " +
      hash +
      "}]}\n"
      "storage: {url: 'sqlite:data/x.db', retention: {}}\n"
      "plugins: {folders: [plugins, /opt/plugins], watch: false, sha256: {quay.so: " +
      hash +
      "}}\n"
      "resources: {folders: [.], watch: false, systemNamespace: vault}\n"
      "kubernetes: {enabled: true, kubeconfig: kube/config, namespaces: [shop, web], publishStatus: true,\n"
      "  allowOtherNamespaces: true}\n"
      "delivery: {workers: 3, minInterval: 500ms, timeout: 5s, maxAge: 30d, maxAttempts: 9,\n"
      "  backoff: {base: 2s, cap: 10m}, breaker: {failures: 2, cooldown: 1m}}\n"
      "refreshers: {http: {allowedNetworks: [10.0.0.0/8, '::1']}, command: {programs: {}}}\n"
      "log: {level: warning, format: json}\n");

  EXPECT_EQ(settings.base_url, "https://hooks.example/kargo");
  EXPECT_EQ(settings.webhooks.listen.text(), "0.0.0.0:80");
  EXPECT_EQ(settings.webhooks.max_body_bytes, 65536u);
  EXPECT_EQ(settings.webhooks.max_connections, 7u);
  EXPECT_EQ(settings.admin.listen.text(), "[::]:81");
  EXPECT_EQ(settings.admin.tokens, (std::vector<ApiToken>{{"ci", TokenScope::Operate, std::string(64, 'a')}}));
  EXPECT_EQ(settings.storage.url, "sqlite:/etc/landfall/data/x.db");
  EXPECT_EQ(settings.plugins.folders, (std::vector<std::filesystem::path>{"/etc/landfall/plugins", "/opt/plugins"}));
  EXPECT_FALSE(settings.plugins.watch);
  EXPECT_EQ(settings.plugins.sha256, (std::map<std::string, std::string>{{"quay.so", std::string(64, 'a')}}));
  EXPECT_EQ(settings.resources.system_namespace, "vault");
  EXPECT_EQ(settings.kubernetes,
            (Settings::Kubernetes{true, "/etc/landfall/kube/config", {"shop", "web"}, true, true}));
  EXPECT_EQ(settings.delivery.workers, 3u);
  EXPECT_EQ(settings.delivery.min_interval, 500ms);
  EXPECT_EQ(settings.delivery.timeout, 5s);
  EXPECT_EQ(settings.delivery.max_age, 24h * 30);
  EXPECT_EQ(settings.delivery.max_attempts, 9u);
  EXPECT_EQ(settings.delivery.backoff_base, 2s);
  EXPECT_EQ(settings.delivery.backoff_cap, 10min);
  EXPECT_EQ(settings.delivery.breaker_failures, 2u);
  EXPECT_EQ(settings.delivery.breaker_cooldown, 1min);
  EXPECT_EQ(textsOf(settings.refreshers.http_allowed_networks), (Lines{"10.0.0.0/8", "::1"}));
  EXPECT_EQ(settings.log.level, base::LogLevel::Warning);
  EXPECT_EQ(settings.log.format, base::LogFormat::Json);
}

TEST(Settings, EverySectionMayStandInOneLineWithItsDefaults) {
  const Settings settings = settingsOf(
      "baseUrl: http://127.0.0.1:8080          # what the URLs of receivers begin with\n"
      "webhooks: {listen: 127.0.0.1:8080, maxBodyBytes: 2097152, maxConnections: 10000, trustedProxies: [], tls: {}}\n"
      "admin: {listen: 127.0.0.1:8081, tokens: []}\n"
      "storage: {url: \"sqlite:landfall.db\", retention: {age: 30d, bytes: 1GiB}}\n"
      "plugins: {folders: [plugins], watch: true, sha256: {}}\n"
      "resources: {folders: [resources], watch: true, systemNamespace: kargo-system-resources}\n"
      "kubernetes: {enabled: false, kubeconfig: \"\", namespaces: []}\n"
      "delivery: {workers: 16, minInterval: 2s, timeout: 15s, maxAge: 24h, maxAttempts: 0, backoff: {base: 1s, cap: "
      "5m}, breaker: {failures: 5, cooldown: 30s}}\n"
      "refreshers: {http: {allowedNetworks: []}, command: {programs: {}}}\n"
      "log: {level: info, format: text}\n");

  EXPECT_EQ(settings, settingsOf(""));
}

TEST(Settings, AnUnknownKeyIsNamedWithItsLineAndTheNearestKnownOne) {
  EXPECT_EQ(problemsOf("webhooks:\n  listen: 127.0.0.1:1\n  maxBodyByte: 1\nplugin: {}\n"),
            (Lines{"config/landfall.yaml:3: webhooks.maxBodyByte: unknown key (did you mean maxBodyBytes?)",
                   "config/landfall.yaml:4: plugin: unknown key (did you mean plugins?)"}));
}

TEST(Settings, WrongTypesSayWhatWouldBeRight) {
  EXPECT_EQ(
      problemsOf("webhooks: {maxBodyBytes: many, maxConnections: '7', listen: 8080}\nlog: loud\n"
                 "plugins: {folders: plugins, watch: 1}\ndelivery: {timeout: 15, workers: true}\n"),
      (Lines{"config/landfall.yaml:1: webhooks.listen: expected text, found a number (put it in quotes)",
             "config/landfall.yaml:1: webhooks.maxBodyBytes: expected a size, found text (a number of bytes, "
             "64KiB, 2MiB or 1GiB)",
             "config/landfall.yaml:1: webhooks.maxConnections: expected a whole number, found text (1 to 1000000)",
             "config/landfall.yaml:3: plugins.folders: expected a list, found text",
             "config/landfall.yaml:3: plugins.watch: expected a boolean, found a number (true or false)",
             "config/landfall.yaml:4: delivery.workers: expected a whole number, found a boolean (1 to 1024)",
             "config/landfall.yaml:4: delivery.timeout: expected a duration, found a number (500ms, 2s, 5m, 24h "
             "or 30d)",
             "config/landfall.yaml:2: log: expected a mapping, found text"}));
}

TEST(Settings, RangesAreChecked) {
  EXPECT_EQ(problemsOf("webhooks: {maxBodyBytes: 0}\ndelivery:\n  workers: 0\n  timeout: 2h\n"
                       "  backoff: {base: 10s, cap: 1s}\n  maxAttempts: -1\n  breaker: {failures: 0}\n"),
            (Lines{"config/landfall.yaml:1: webhooks.maxBodyBytes: out of range (1 to 1073741824 bytes)",
                   "config/landfall.yaml:3: delivery.workers: out of range (1 to 1024)",
                   "config/landfall.yaml:4: delivery.timeout: out of range (1ms to 1h)",
                   "config/landfall.yaml:6: delivery.maxAttempts: out of range (0 to 4294967295)",
                   "config/landfall.yaml:5: delivery.backoff.cap: smaller than delivery.backoff.base (at least as long "
                   "as the base)",
                   "config/landfall.yaml:7: delivery.breaker.failures: out of range (1 to 1000000)"}));
}

TEST(Settings, WhatIsNotBuiltYetIsRefusedAndNeverIgnored) {
  const auto problems = problemsOf("storage: {url: 'postgres://db/landfall'}");

  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("not built yet in this version"), std::string::npos) << problems[0];
}

TEST(Settings, NamespacesAreNamesEachOnceAndAtMostFifty) {
  std::string many;
  for (int i = 0; i < 51; ++i) many += (i == 0 ? "" : ", ") + ("n" + std::to_string(i));

  EXPECT_EQ(
      problemsOf("kubernetes:\n  namespaces: [shop, Shop, shop, 7]\n"),
      (Lines{"config/landfall.yaml:2: kubernetes.namespaces[1]: no name of a namespace (lower-case letters, digits, "
             "hyphens and dots; a letter or digit first and last; at most 253)",
             "config/landfall.yaml:2: kubernetes.namespaces[2]: shop stands there twice (each namespace once)",
             "config/landfall.yaml:2: kubernetes.namespaces[3]: expected text, found a number (put it in quotes)"}));
  EXPECT_EQ(problemsOf("kubernetes: {namespaces: [" + many + "]}\n"),
            (Lines{"config/landfall.yaml:1: kubernetes.namespaces: more than 50 (none: all count)"}));
}

TEST(Settings, TlsReadsFilesFromTheFolderOfTheSettings) {
  const Settings settings = settingsOf(
      "baseUrl: https://h\nwebhooks: {tls: {certificateFile: tls/cert.pem, keyFile: /k/key.pem, clientCaFile: "
      "ca.pem}}\n"
      "admin: {tls: {certificateFile: a.pem, keyFile: a.key}}\n");

  EXPECT_EQ(settings.webhooks.tls, (Settings::Tls{"/etc/landfall/tls/cert.pem", "/k/key.pem", "/etc/landfall/ca.pem"}));
  EXPECT_EQ(settings.admin.tls, (Settings::Tls{"/etc/landfall/a.pem", "/etc/landfall/a.key", ""}));
}

TEST(Settings, ACertificateAndItsKeyStandTogether) {
  const std::string together = "missing (certificateFile and keyFile stand together";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"webhooks: {tls: {certificateFile: a}}", "webhooks.tls.keyFile: " + together + ")"},
      {"admin: {tls: {keyFile: a}}", "admin.tls.certificateFile: " + together + ")"},
      {"webhooks: {tls: {clientCaFile: a}}",
       "webhooks.tls.certificateFile: " + together + ", and clientCaFile needs both)"},
      {"webhooks: {tls: {certificateFile: a, clientCaFile: b}}", "webhooks.tls.keyFile: " + together + ")"},
      {"webhooks: {tls: {certificateFile: '', keyFile: b}}",
       "webhooks.tls.certificateFile: empty (the path of a file, from the folder of this one)"},
      {"webhooks: {tls: []}", "webhooks.tls: expected a mapping, found a list"},
      {"webhooks: {tls: {certFile: a}}", "webhooks.tls.certFile: unknown key (did you mean keyFile?)"}};
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(problemsOf("baseUrl: https://h\n" + text + "\n"), Lines{"config/landfall.yaml:2: " + expected}) << text;
  }
}

TEST(Settings, ABaseUrlOfHttpBeforeAListenerOfHttpsIsAWarning) {
  const auto read = parseSettings("webhooks: {tls: {certificateFile: a, keyFile: b}}\n", "landfall.yaml");

  ASSERT_EQ(read.problems.size(), 1u);
  EXPECT_EQ(read.problems[0].severity, Severity::Warning);
  EXPECT_EQ(
      read.problems[0].text(),
      "landfall.yaml:1: webhooks.tls: baseUrl begins with http://, and this listener speaks https only (a baseUrl "
      "that begins with https://)");
}

TEST(Settings, TrustedProxiesAreRangesOfAddresses) {
  EXPECT_EQ(textsOf(settingsOf("webhooks: {trustedProxies: [10.0.0.0/8, '::1']}\n").webhooks.trusted_proxies),
            (Lines{"10.0.0.0/8", "::1"}));
  EXPECT_EQ(
      problemsOf("webhooks:\n  trustedProxies:\n  - proxy.example\n"),
      Lines{"config/landfall.yaml:3: webhooks.trustedProxies[0]: no range of addresses (10.0.0.0/8, fd00::/8 or a "
            "single address)"});
}

TEST(Settings, RetentionHasTwoLimitsThatZeroTurnsOff) {
  const auto limits = settingsOf("storage: {retention: {age: 90d, bytes: 5GiB}}\n").storage.retention;
  EXPECT_EQ(limits.age, 24h * 90);
  EXPECT_EQ(limits.bytes, std::uint64_t{5} << 30);

  const auto off = settingsOf("storage: {retention: {age: 0s, bytes: 0}}\n").storage.retention;
  EXPECT_EQ(off.age, 0ms);
  EXPECT_EQ(off.bytes, 0u);

  EXPECT_EQ(settingsOf("storage: {retention: {age: 1d}}\n").storage.retention.bytes, std::uint64_t{1} << 30);
  EXPECT_EQ(problemsOf("storage: {retention: {age: -1s, size: 1}}\n"),
            (Lines{"config/landfall.yaml:1: storage.retention.age: expected a duration, found text (500ms, 2s, 5m, 24h "
                   "or 30d)",
                   "config/landfall.yaml:1: storage.retention.size: unknown key (known: age, bytes)"}));
}

TEST(Settings, ProgramsAreWholeListsOfArguments) {
  const auto settings = settingsOf(
      "refreshers: {http: {caFile: ca.pem}, command: {programs: {redeploy: {argv: [/bin/sh, -c, 'echo hi'], timeout: "
      "1m}, all.of_it: {argv: [/bin/true]}}}}\n");

  EXPECT_EQ(settings.refreshers.http_ca_file, "/etc/landfall/ca.pem");
  EXPECT_EQ(settings.refreshers.programs,
            (std::map<std::string, Settings::Refreshers::Program>{{"redeploy", {{"/bin/sh", "-c", "echo hi"}, 1min}},
                                                                  {"all.of_it", {{"/bin/true"}, 5min}}}));
}

TEST(Settings, ProgramsAreChecked) {
  const std::string form = " ([/usr/local/bin/redeploy, --all]: an absolute path and its arguments)";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{a: {}}", ".a.argv: missing" + form},
      {"{a: {argv: []}}", ".a.argv: empty" + form},
      {"{a: {argv: [redeploy]}}", ".a.argv: does not begin with an absolute path" + form},
      {"{a: {argv: [/bin/sleep, 5]}}", ".a.argv[1]: expected text, found a number (put it in quotes)"},
      {"{a: {argv: [/bin/echo, \"a\\0b\"]}}", ".a.argv: an argument with a zero byte (arguments of text)"},
      {"{a: {argv: /bin/true}}", ".a.argv: expected a list, found text"},
      {"{a: {argv: [/bin/true], timeout: 2d}}", ".a.timeout: out of range (1ms to 1d)"},
      {"{a: {argv: [/bin/true], shell: true}}", ".a.shell: unknown key (known: argv, timeout)"},
      {"{a: /bin/true}", ".a: expected a mapping, found text"},
      {"{'a b': {argv: [/bin/true]}}", ".a b: no name for a program (letters, digits, hyphens, underscores and dots)"},
      {"[a]", ": expected a mapping, found a list (redeploy: {argv: [/usr/local/bin/redeploy]})"}};
  for (const auto& [programs, expected] : cases) {
    EXPECT_EQ(problemsOf("refreshers:\n  command:\n    programs: " + programs + "\n"),
              Lines{"config/landfall.yaml:3: refreshers.command.programs" + expected})
        << programs;
  }
}

TEST(Settings, WithoutTokensTheAdminApiListensOnLoopbackOnly) {
  EXPECT_EQ(
      problemsOf("admin: {listen: '0.0.0.0:8081'}"),
      Lines{"config/landfall.yaml:1: admin.listen: without admin.tokens the admin API may listen on loopback only "
            "(127.0.0.1:8081, or name tokens)"});
  EXPECT_TRUE(problemsOf("admin: {listen: '127.0.0.9:8081'}").empty());
  EXPECT_TRUE(problemsOf("admin: {listen: '[::1]:8081'}").empty());
}

TEST(Settings, TokensAreCheckedAndNeverShown) {
  const std::string hash = base::sha256Hex("token");
  const auto problems = problemsOf("admin:\n  tokens:\n  - {name: a, scope: admin, sha256: " + hash +
                                   "}\n  - {name: b, scope: read, sha256: plain-token-by-mistake}\n  - {scope: read}\n"
                                   "  - {name: c, scope: read, sha256: " +
                                   hash +
                                   "}\n"
                                   "  - {name: c, scope: read, sha256: " +
                                   hash + ", token: x}\n");

  EXPECT_EQ(
      problems,
      (Lines{"config/landfall.yaml:3: admin.tokens[0].scope: unknown scope (read or operate)",
             "config/landfall.yaml:4: admin.tokens[1].sha256: no SHA-256 (the SHA-256 of the token, 64 hex digits)",
             "config/landfall.yaml:5: admin.tokens[2].name: missing (a name for the token, such as ci)",
             "config/landfall.yaml:5: admin.tokens[2].sha256: missing (the SHA-256 of the token, 64 hex digits)",
             "config/landfall.yaml:7: admin.tokens[4].token: unknown key (known: name, scope, sha256)",
             "config/landfall.yaml:7: admin.tokens[4].name: two tokens are named c (a name of its own for each)"}));
}

TEST(Settings, BadValuesSayWhatWouldBeRight) {
  EXPECT_EQ(
      problemsOf("baseUrl: hooks.example\nstorage: {url: 'mysql:x'}\nlog: {level: loud, format: xml}\n"
                 "refreshers: {http: {allowedNetworks: [10.0.0.0/99]}}\nresources: {folders: ['']}\n"
                 "webhooks: {listen: ':8080'}\nplugins: {sha256: {quay.so: abc}}\n"),
      (Lines{"config/landfall.yaml:1: baseUrl: no usable URL (an http:// or https:// URL)",
             "config/landfall.yaml:6: webhooks.listen: no address to listen on (host and port: 127.0.0.1:8080, "
             "[::1]:8080, or 0.0.0.0:8080 for every address)",
             "config/landfall.yaml:2: storage.url: unknown storage (sqlite: and the path of a file)",
             "config/landfall.yaml:7: plugins.sha256.quay.so: no SHA-256 (64 hex digits, as sha256sum prints them)",
             "config/landfall.yaml:5: resources.folders[0]: empty (the path of a folder; . is the one of this file)",
             "config/landfall.yaml:4: refreshers.http.allowedNetworks[0]: no range of addresses (10.0.0.0/8, "
             "fd00::/8 or a single address)",
             "config/landfall.yaml:3: log.level: unknown level (debug, info, warning or error)",
             "config/landfall.yaml:3: log.format: unknown format (text or json)"}));
}

TEST(Settings, TwoListenersNeedTwoAddresses) {
  EXPECT_EQ(problemsOf("webhooks: {listen: '127.0.0.1:9'}\nadmin: {listen: '127.0.0.1:9'}\n"),
            Lines{"config/landfall.yaml:2: admin.listen: webhooks.listen is the same address (another port)"});
  EXPECT_TRUE(problemsOf("webhooks: {listen: '127.0.0.1:0'}\nadmin: {listen: '127.0.0.1:0'}\n").empty());
}

TEST(Settings, DoubledKeysAndSecondDocumentsAreErrors) {
  EXPECT_EQ(problemsOf("log: {level: info}\nlog: {level: debug}\n"),
            Lines{"config/landfall.yaml:2: log: also in line 1 (a key may stand there once)"});
  EXPECT_EQ(problemsOf("log: {}\n---\nlog: {}\n"),
            Lines{"config/landfall.yaml:3: a second document (settings are one document)"});
}

TEST(Settings, WhatIsNoMappingOrNoYamlIsAProblemWithALine) {
  EXPECT_EQ(problemsOf("- a\n"), Lines{"config/landfall.yaml:1: expected a mapping, found a list"});
  ASSERT_EQ(problemsOf("log: {level: info\n").size(), 1u);
}

TEST(Settings, AMissingFileIsAProblem) {
  const testing::TempDir dir;

  const auto read = readSettings(dir.path() / "landfall.yaml");

  ASSERT_EQ(read.problems.size(), 1u);
  EXPECT_EQ(read.problems[0].text(),
            (dir.path() / "landfall.yaml").string() + ": does not exist (name a landfall.yaml with --config)");
}

TEST(Settings, AFileOfMoreThanAMebibyteIsAProblem) {
  const testing::TempDir dir;
  const auto file = dir.write("landfall.yaml", "#" + std::string(1 << 20, 'x'));

  const auto read = readSettings(file);

  ASSERT_EQ(read.problems.size(), 1u);
  EXPECT_EQ(read.problems[0].message, "is larger than 1 MiB");
}

TEST(Settings, AFolderIsNoFile) {
  const testing::TempDir dir;

  const auto read = readSettings(dir.path());

  ASSERT_EQ(read.problems.size(), 1u);
  EXPECT_EQ(read.problems[0].message, "is no regular file");
}

TEST(Settings, SayWhereTheKeysStandThatNeedARestart) {
  const auto read = parseSettings("webhooks:\n  listen: 127.0.0.1:1\nstorage:\n\n  url: sqlite:x\n", "landfall.yaml");

  EXPECT_EQ(read.lines.at("webhooks.listen"), 2u);
  EXPECT_EQ(read.lines.at("storage.url"), 5u);
}

TEST(Settings, LoggersMayHaveLevelsOfTheirOwn) {
  const auto read = parseSettings("log: {level: warning, loggers: {delivery: debug, http: error}}\n", "landfall.yaml");

  EXPECT_TRUE(read.problems.empty());
  EXPECT_EQ(read.settings.log.level, base::LogLevel::Warning);
  EXPECT_EQ(read.settings.log.loggers,
            (base::LoggerLevels{{"delivery", base::LogLevel::Debug}, {"http", base::LogLevel::Error}}));
}

TEST(Settings, AnUnknownLoggerIsAnErrorThatNamesTheKnownOnes) {
  const auto problems = parseSettings("log: {loggers: {deliveries: debug, http: loud}}\n", "landfall.yaml").problems;

  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].text(), "landfall.yaml:1: log.loggers.http: unknown level (debug, info, warning or error)");
  EXPECT_NE(problems[1].text().find("log.loggers.deliveries: unknown key"), std::string::npos) << problems[1].text();
  EXPECT_NE(problems[1].text().find("delivery"), std::string::npos) << problems[1].text();
}

}  // namespace
}  // namespace landfall::config
