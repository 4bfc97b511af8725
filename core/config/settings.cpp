// SPDX-License-Identifier: Apache-2.0
#include "core/config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "core/base/bounded_file.h"
#include "core/config/addresses.h"
#include "core/config/fields.h"
#include "core/config/names.h"
#include "core/config/program_settings.h"

namespace landfall::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::uint64_t kMostFileBytes = 1 << 20;
constexpr milliseconds kLongest = hours(24 * 365);
constexpr milliseconds kLongestHistory = hours(24 * 365 * 100);
constexpr milliseconds kShortest{1};
constexpr std::size_t kMostNamespaces = 50;  // each is watched by threads of its own
constexpr std::string_view kSqlite = "sqlite:";

bool isSha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

std::string lowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

class SettingsReader {
 public:
  SettingsReader(const std::filesystem::path& file, SettingsRead& read)
      : folder_(std::filesystem::absolute(file).parent_path()),
        settings_(read.settings),
        lines_(read.lines),
        report_(read.problems) {}

  void read(const Located& root) {
    Fields fields(root, report_);
    baseUrl(fields);
    if (auto section = fields.mapping("webhooks")) webhooks(*section);
    if (auto section = fields.mapping("admin")) admin(*section);
    if (auto section = fields.mapping("storage")) storage(*section);
    if (auto section = fields.mapping("plugins")) plugins(*section);
    if (auto section = fields.mapping("resources")) resources(*section);
    if (auto section = fields.mapping("kubernetes")) kubernetes(*section);
    if (auto section = fields.mapping("delivery")) delivery(*section);
    if (auto section = fields.mapping("refreshers")) refreshers(*section);
    if (auto section = fields.mapping("log")) log(*section);
    fields.reportUnread(Severity::Error);
    listenersDiffer(root.place);
  }

  void applyDefaults() {
    settings_.storage.url = std::string(kSqlite) + absolute("landfall.db").string();
    settings_.plugins.folders = {absolute("plugins")};
    settings_.resources.folders = {absolute("resources")};
  }

 private:
  std::filesystem::path absolute(const std::string& path) const { return (folder_ / path).lexically_normal(); }

  void remember(const Fields& fields, std::string_view name) {
    const Place place = fields.placeOf(name);
    lines_[place.key] = place.line;
  }

  void baseUrl(Fields& fields) {
    std::string text;
    if (!fields.text("baseUrl", text)) return;
    if (auto cleaned = cleanBaseUrl(text); cleaned.ok()) {
      settings_.base_url = *std::move(cleaned);
    } else {
      report_.error(fields.placeOf("baseUrl"), "no usable URL", cleaned.status().message());
    }
  }

  void listen(Fields& fields, ListenAddress& target) {
    remember(fields, "listen");
    std::string text;
    if (!fields.text("listen", text)) return;
    if (auto address = parseListenAddress(text); address.ok()) {
      target = *std::move(address);
    } else {
      report_.error(fields.placeOf("listen"), "no address to listen on", address.status().message());
    }
  }

  void webhooks(Fields& fields) {
    listen(fields, settings_.webhooks.listen);
    fields.bytes("maxBodyBytes", settings_.webhooks.max_body_bytes, 1, std::uint64_t{1} << 30);
    std::uint64_t connections = settings_.webhooks.max_connections;
    fields.integer("maxConnections", connections, 1, 1'000'000);
    settings_.webhooks.max_connections = static_cast<std::size_t>(connections);
    networks(fields, "trustedProxies", settings_.webhooks.trusted_proxies);
    tls(fields, settings_.webhooks.tls);
    fields.reportUnread(Severity::Error);
    if (settings_.webhooks.tls != Settings::Tls{} && settings_.base_url.starts_with("http:")) {
      report_.warning(fields.placeOf("tls"), "baseUrl begins with http://, and this listener speaks https only",
                      "a baseUrl that begins with https://");
    }
  }

  /// The certificate and its key together or neither; clients' certificates need both.
  void tls(Fields& section, Settings::Tls& target) {
    remember(section, "tls");
    auto fields = section.mapping("tls");
    if (!fields) return;
    file(*fields, "certificateFile", target.certificate_file);
    file(*fields, "keyFile", target.key_file);
    file(*fields, "clientCaFile", target.client_ca_file);
    const bool certificate = fields->value("certificateFile").has_value();
    const bool key = fields->value("keyFile").has_value();
    const bool clients = fields->value("clientCaFile").has_value();
    if (certificate != key || (clients && !key)) {
      report_.error(fields->placeOf(certificate ? "keyFile" : "certificateFile"), "missing",
                    fmt::format("certificateFile and keyFile stand together{}",
                                clients && !certificate && !key ? ", and clientCaFile needs both" : ""));
    }
    fields->reportUnread(Severity::Error);
  }

  /// A path that is given is none that is empty: it is no way to say "none".
  void file(Fields& fields, std::string_view name, std::filesystem::path& target) {
    std::string path;
    if (!fields.nonEmptyText(name, path, "the path of a file, from the folder of this one")) return;
    remember(fields, name);
    target = absolute(path);
  }

  void networks(Fields& fields, std::string_view name, std::vector<base::Network>& target) {
    for (const auto& element : fields.list(name)) {
      const auto text = readText(element, report_);
      if (!text) continue;
      if (auto network = base::Network::parse(*text); network.ok()) {
        target.push_back(std::move(network).value());
      } else {
        report_.error(element.place, "no range of addresses", "10.0.0.0/8, fd00::/8 or a single address");
      }
    }
  }

  void admin(Fields& fields) {
    listen(fields, settings_.admin.listen);
    tls(fields, settings_.admin.tls);
    const auto tokens = fields.list("tokens");
    for (const auto& element : tokens) token(element);
    fields.reportUnread(Severity::Error);
    if (tokens.empty() && !isLoopback(settings_.admin.listen.host)) {
      report_.error(fields.placeOf("listen"), "without admin.tokens the admin API may listen on loopback only",
                    "127.0.0.1:8081, or name tokens");
    }
  }

  void token(const Located& element) {
    Fields fields(element, report_);
    ApiToken token;
    std::string scope;
    bool good = fields.requiredText("name", token.name, "a name for the token, such as ci");
    if (fields.requiredText("scope", scope, "read or operate")) {
      if (scope == "read" || scope == "operate") {
        token.scope = scope == "read" ? TokenScope::Read : TokenScope::Operate;
      } else {
        report_.error(fields.placeOf("scope"), "unknown scope", "read or operate");
        good = false;
      }
    } else {
      good = false;
    }
    if (fields.requiredText("sha256", token.sha256, "the SHA-256 of the token, 64 hex digits")) {
      if (!isSha256(token.sha256)) {
        report_.error(fields.placeOf("sha256"), "no SHA-256", "the SHA-256 of the token, 64 hex digits");
        good = false;
      }
    } else {
      good = false;
    }
    fields.reportUnread(Severity::Error);
    const auto same_name = [&](const ApiToken& other) { return other.name == token.name; };
    if (good && std::any_of(settings_.admin.tokens.begin(), settings_.admin.tokens.end(), same_name)) {
      report_.error(fields.placeOf("name"), "two tokens are named " + token.name, "a name of its own for each");
      good = false;
    }
    token.sha256 = lowerCase(std::move(token.sha256));
    if (good) settings_.admin.tokens.push_back(std::move(token));
  }

  void storage(Fields& fields) {
    remember(fields, "url");
    std::string url;
    if (fields.text("url", url)) {
      if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
        settings_.storage.url = std::string(kSqlite) + absolute(url.substr(kSqlite.size())).string();
      } else if (url.starts_with("postgres:") || url.starts_with("postgresql:")) {
        report_.error(fields.placeOf("url"), "not built yet in this version", "sqlite: and the path of a file");
      } else {
        report_.error(fields.placeOf("url"), "unknown storage", "sqlite: and the path of a file");
      }
    }
    if (auto retention = fields.mapping("retention")) {
      retention->duration("age", settings_.storage.retention.age, milliseconds(0), kLongestHistory);
      retention->bytes("bytes", settings_.storage.retention.bytes, 0, std::uint64_t{1} << 50);
      retention->reportUnread(Severity::Error);
    }
    fields.reportUnread(Severity::Error);
  }

  void folders(Fields& fields, std::vector<std::filesystem::path>& target) {
    std::vector<std::string> texts;
    if (!fields.texts("folders", texts)) return;
    target.clear();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (texts[i].empty()) {
        Place place = fields.placeOf("folders");
        place.key += fmt::format("[{}]", i);
        report_.error(place, "empty", "the path of a folder; . is the one of this file");
      } else {
        target.push_back(absolute(texts[i]));
      }
    }
  }

  void plugins(Fields& fields) {
    folders(fields, settings_.plugins.folders);
    fields.boolean("watch", settings_.plugins.watch);
    if (const auto listed = fields.value("sha256")) {
      if (listed->node->kind != YamlNode::Kind::Mapping) reportWrongType(report_, *listed, "a mapping");
      for (const auto& entry : listed->node->entries) pluginHash(*listed, entry);
    }
    fields.reportUnread(Severity::Error);
  }

  void pluginHash(const Located& listed, const YamlEntry& entry) {
    const Place place{listed.place.file, entry.line, listed.place.key + "." + entry.key};
    const auto hash = readText({entry.value.get(), place}, report_);
    if (!hash) return;
    if (entry.key.empty() || entry.key.find('/') != std::string::npos) {
      report_.error(place, "no file name", "the name of a plugin's file, such as quay.so");
    } else if (!isSha256(*hash)) {
      report_.error(place, "no SHA-256", "64 hex digits, as sha256sum prints them");
    } else {
      settings_.plugins.sha256[entry.key] = lowerCase(*hash);
    }
  }

  void resources(Fields& fields) {
    folders(fields, settings_.resources.folders);
    fields.boolean("watch", settings_.resources.watch);
    std::string name;
    if (fields.text("systemNamespace", name)) {
      if (name.empty() || isObjectName(name)) {
        settings_.resources.system_namespace = std::move(name);
      } else {
        report_.error(fields.placeOf("systemNamespace"), "no name of a namespace", std::string(kObjectNameRule));
      }
    }
    fields.reportUnread(Severity::Error);
  }

  void kubernetes(Fields& fields) {
    Settings::Kubernetes& kubernetes = settings_.kubernetes;
    remember(fields, "enabled");
    remember(fields, "kubeconfig");
    fields.boolean("enabled", kubernetes.enabled);
    std::string kubeconfig;
    fields.text("kubeconfig", kubeconfig);
    if (!kubeconfig.empty()) kubernetes.kubeconfig = absolute(kubeconfig);
    const auto named = fields.list("namespaces");
    if (named.size() > kMostNamespaces) {
      report_.error(fields.placeOf("namespaces"), fmt::format("more than {}", kMostNamespaces), "none: all count");
    }
    for (const auto& element : named) space(element, kubernetes.namespaces);
    fields.boolean("publishStatus", kubernetes.publish_status);
    fields.boolean("allowOtherNamespaces", kubernetes.allow_other_namespaces);
    fields.reportUnread(Severity::Error);
  }

  void space(const Located& element, std::vector<std::string>& target) {
    auto name = readText(element, report_);
    if (!name) return;
    if (!isObjectName(*name)) {
      report_.error(element.place, "no name of a namespace", std::string(kObjectNameRule));
    } else if (std::find(target.begin(), target.end(), *name) != target.end()) {
      report_.error(element.place, fmt::format("{} stands there twice", *name), "each namespace once");
    } else {
      target.push_back(*std::move(name));
    }
  }

  void delivery(Fields& fields) {
    Settings::Delivery& delivery = settings_.delivery;
    std::uint64_t workers = delivery.workers;
    std::uint64_t attempts = delivery.max_attempts;
    fields.integer("workers", workers, 1, 1024);
    fields.duration("minInterval", delivery.min_interval, milliseconds(0), hours(24));
    fields.duration("timeout", delivery.timeout, kShortest, hours(1));
    fields.duration("maxAge", delivery.max_age, kShortest, kLongest);
    fields.integer("maxAttempts", attempts, 0, std::numeric_limits<std::uint32_t>::max());
    delivery.workers = static_cast<std::size_t>(workers);
    delivery.max_attempts = static_cast<std::uint32_t>(attempts);
    if (auto backoff = fields.mapping("backoff")) {
      backoff->duration("base", delivery.backoff_base, kShortest, hours(24));
      backoff->duration("cap", delivery.backoff_cap, kShortest, hours(24));
      backoff->reportUnread(Severity::Error);
      if (delivery.backoff_cap < delivery.backoff_base) {
        report_.error(backoff->placeOf("cap"), "smaller than delivery.backoff.base", "at least as long as the base");
      }
    }
    if (auto breaker = fields.mapping("breaker")) {
      std::uint64_t failures = delivery.breaker_failures;
      breaker->integer("failures", failures, 1, 1'000'000);
      delivery.breaker_failures = static_cast<std::uint32_t>(failures);
      breaker->duration("cooldown", delivery.breaker_cooldown, kShortest, hours(24));
      breaker->reportUnread(Severity::Error);
    }
    fields.reportUnread(Severity::Error);
  }

  void refreshers(Fields& fields) {
    if (auto http = fields.mapping("http")) {
      networks(*http, "allowedNetworks", settings_.refreshers.http_allowed_networks);
      file(*http, "caFile", settings_.refreshers.http_ca_file);
      http->reportUnread(Severity::Error);
    }
    if (auto command = fields.mapping("command")) {
      if (const auto listed = command->value("programs")) {
        settings_.refreshers.programs = readPrograms(*listed, lines_, report_);
      }
      command->reportUnread(Severity::Error);
    }
    fields.reportUnread(Severity::Error);
  }

  bool logLevel(Fields& fields, std::string_view key, base::LogLevel& target) {
    std::string text;
    if (!fields.text(key, text)) return false;
    const auto level = base::parseLogLevel(text);
    if (!level) report_.error(fields.placeOf(key), "unknown level", "debug, info, warning or error");
    target = level.value_or(target);
    return level.has_value();
  }

  void log(Fields& fields) {
    logLevel(fields, "level", settings_.log.level);
    if (auto loggers = fields.mapping("loggers")) {
      for (const auto logger : base::kLoggers) {
        base::LogLevel level{};
        if (logLevel(*loggers, logger, level)) settings_.log.loggers.emplace(logger, level);
      }
      loggers->reportUnread(Severity::Error);
    }
    std::string text;
    if (fields.text("format", text)) {
      if (text == "text" || text == "json") {
        settings_.log.format = text == "json" ? base::LogFormat::Json : base::LogFormat::Text;
      } else {
        report_.error(fields.placeOf("format"), "unknown format", "text or json");
      }
    }
    fields.reportUnread(Severity::Error);
  }

  void listenersDiffer(const Place& root) {
    if (settings_.webhooks.listen.port == 0 || settings_.webhooks.listen != settings_.admin.listen) return;
    report_.error({root.file, lines_["admin.listen"], "admin.listen"}, "webhooks.listen is the same address",
                  "another port");
  }

  const std::filesystem::path folder_;
  Settings& settings_;
  std::map<std::string, std::size_t>& lines_;
  Report report_;
};

}  // namespace

SettingsRead parseSettings(const std::string& text, const std::filesystem::path& file) {
  SettingsRead read;
  SettingsReader reader(file, read);
  reader.applyDefaults();
  Report report(read.problems);
  const std::string name = file.string();
  const YamlFile yaml = readYaml(text, YamlSyntax::Yaml);
  for (const auto& document : yaml.documents) {
    for (const auto& duplicate : document.duplicates) {
      report.error({name, duplicate.line, duplicate.key}, fmt::format("also in line {}", duplicate.first_line),
                   "a key may stand there once");
    }
  }
  if (yaml.failure) report.error({name, yaml.failure->line, ""}, yaml.failure->message, yaml.failure->suggestion);
  if (yaml.documents.size() > 1) {
    report.error({name, yaml.documents[1].root->line, ""}, "a second document", "settings are one document");
  }
  if (!yaml.documents.empty()) {
    const YamlNode& root = *yaml.documents.front().root;
    reader.read({&root, {name, root.line, ""}});
  }
  return read;
}

SettingsRead readSettings(const std::filesystem::path& file) {
  const auto text = base::readBoundedFile(file, kMostFileBytes);
  if (text.ok()) return parseSettings(*text, file);
  SettingsRead read;
  Report(read.problems).error({file.string(), 0, ""}, text.status().message(), "name a landfall.yaml with --config");
  return read;
}

}  // namespace landfall::config
