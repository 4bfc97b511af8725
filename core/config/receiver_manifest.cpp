// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/distinguished_name.h"
#include "core/config/addresses.h"
#include "core/config/manifest_kinds.h"
#include "core/config/names.h"
#include "core/config/nearest_name.h"

namespace landfall::config {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestPath = 1024;
constexpr std::string_view kSubjectForm = "the whole subject as RFC 4514 writes it: CN=quay.io,O=Example";
constexpr std::string_view kAdapterForm = "quay: {secretRef: {name: quay-secret}}";

Json scalarJson(const YamlNode& node) {
  switch (scalarType(node)) {
    case ScalarType::Boolean:
      return booleanValue(node).value_or(false);
    case ScalarType::Integer:
      if (const auto integer = integerValue(node)) return *integer;
      break;
    case ScalarType::Float: {
      // JSON's own grammar decides: 1.5e3 is a number there, .inf is not, and stays text for the adapter to refuse.
      Json number = Json::parse(node.text, nullptr, false);
      if (number.is_number()) return number;
      break;
    }
    case ScalarType::Text:
      break;
  }
  return node.text;
}

/// As deep as the YAML reader lets a document be.
Json toJson(const YamlNode& node) {
  Json json;
  switch (node.kind) {
    case YamlNode::Kind::Null:
      break;
    case YamlNode::Kind::Scalar:
      json = scalarJson(node);
      break;
    case YamlNode::Kind::Sequence:
      json = Json::array();
      for (const auto& item : node.items) json.push_back(toJson(*item));
      break;
    case YamlNode::Kind::Mapping:
      json = Json::object();
      for (const auto& entry : node.entries) json[entry.key] = toJson(*entry.value);
      break;
  }
  return json;
}

std::optional<AdapterEntry> readAdapter(const std::string& id, const Located& value, Report& report) {
  AdapterEntry adapter;
  adapter.id = id;
  adapter.place = value.place;
  Fields fields(value, report);
  if (const auto reference = fields.value("secretRef")) {
    adapter.secret = readSecretReference(*reference, report);
    if (!adapter.secret) return std::nullopt;
  }
  Json options = Json::object();
  for (const auto& entry : value.node->entries) {
    if (entry.key != "secretRef") options[entry.key] = toJson(*entry.value);
  }
  adapter.options = options.dump();
  return adapter;
}

class ReceiverReader {
 public:
  ReceiverReader(const Located& element, const std::optional<std::string>& project, Report& report)
      : fields_(element, report), report_(report) {
    receiver_.key.project = project;
  }

  std::optional<ReceiverManifest> read() {
    readName();
    readPath();
    readHosts();
    fields_.boolean("allowWeakSecret", receiver_.allow_weak_secret);
    receiver_.previous_secrets = readSecretReferences(fields_, "previousSecretRefs");
    readBasicAuth();
    readClientCertificate();
    readAdapterKey();
    if (!good_) return std::nullopt;
    return std::move(receiver_);
  }

 private:
  void error(const Place& place, std::string message, std::string suggestion) {
    report_.error(place, std::move(message), std::move(suggestion));
    good_ = false;
  }

  void readName() {
    if (!fields_.requiredText("name", receiver_.key.name, kObjectNameRule)) {
      good_ = false;
      return;
    }
    receiver_.place = fields_.placeOf("name");
    if (!isObjectName(receiver_.key.name)) {
      error(receiver_.place, "no name that Kargo takes", std::string(kObjectNameRule));
    }
  }

  void readPath() {
    std::string path;
    if (!fields_.text("path", path)) return;
    receiver_.path_place = fields_.placeOf("path");
    const bool cleaned = path.find("//") == std::string::npos && (path + "/").find("/./") == std::string::npos &&
                         (path + "/").find("/../") == std::string::npos;
    if (!path.starts_with('/') || path.size() < 2 || path.size() > kLongestPath || !cleaned || !isUrlPath(path)) {
      error(receiver_.path_place, "no usable path",
            "/ and what may stand in a URL's path, such as /hooks/quay; no empty, . or .. parts");
      return;
    }
    receiver_.path = std::move(path);
  }

  void readHosts() {
    if (fields_.text("host", receiver_.host) && !isHost(receiver_.host)) {
      error(fields_.placeOf("host"), "no host", "a registry's host and, if it needs one, port: registry.example:5000");
    }
    fields_.texts("hostAliases", receiver_.host_aliases);
    for (std::size_t i = 0; i < receiver_.host_aliases.size(); ++i) {
      if (isHost(receiver_.host_aliases[i])) continue;
      Place place = fields_.placeOf("hostAliases");
      place.key += fmt::format("[{}]", i);
      error(place, "no host", "a registry's host and, if it needs one, port: registry.example:5000");
    }
  }

  void readBasicAuth() {
    auto fields = fields_.mapping("basicAuth");
    if (!fields) return;
    BasicAuthEntry entry;
    bool good = fields->valid();
    if (const auto reference = fields->value("secretRef")) {
      auto secret = readSecretReference(*reference, report_);
      good = good && secret.has_value();
      if (secret) entry.secrets.push_back(*std::move(secret));
    } else if (good) {
      error(fields->placeOf("secretRef"), "missing", "secretRef: {name: …}, a Secret with username and password");
    }
    const auto previous = fields->list("previousSecretRefs");
    for (const auto& element : previous) {
      auto secret = readSecretReference(element, report_);
      good = good && secret.has_value();
      if (secret) entry.secrets.push_back(*std::move(secret));
    }
    fields->reportUnread(Severity::Error);
    good_ = good_ && good;
    receiver_.basic_auth = std::move(entry);
  }

  void readClientCertificate() {
    auto fields = fields_.mapping("clientCertificate");
    if (!fields) return;
    ClientCertificateEntry entry;
    const bool given = fields->requiredText("subject", entry.subject, kSubjectForm);
    fields->reportUnread(Severity::Error);
    entry.place = fields->placeOf("subject");
    if (!given) {
      good_ = false;
    } else if (const auto name = base::DistinguishedName::parse(entry.subject); !name.ok()) {
      error(entry.place, "no subject of a certificate: " + name.status().message(), std::string(kSubjectForm));
    }
    receiver_.client_certificate = std::move(entry);
  }

  /// The adapter's key is the one that is nobody else's. Its value is a mapping, so anything else is a slip of the pen.
  void readAdapterKey() {
    std::vector<std::pair<std::string, Located>> adapters;
    std::vector<std::pair<std::string, Located>> others;
    for (auto& named : fields_.unread()) {
      (named.second.node->kind == YamlNode::Kind::Mapping ? adapters : others).push_back(std::move(named));
    }
    if (adapters.empty() && others.size() == 1) {
      reportWrongType(report_, others.front().second, "a mapping", std::string(kAdapterForm));
      good_ = false;
      return;
    }
    for (const auto& [key, value] : others) {
      error(value.place, "unknown key",
            suggestName(key, {"name", "path", "host", "hostAliases", "allowWeakSecret", "previousSecretRefs",
                              "basicAuth", "clientCertificate"}));
    }
    if (adapters.empty()) {
      error(receiver_.place.line > 0 ? receiver_.place : fields_.place(), "names no adapter",
            "one key with the adapter's id: " + std::string(kAdapterForm));
    } else if (adapters.size() > 1) {
      std::string ids;
      for (const auto& [id, value] : adapters) ids += (ids.empty() ? "" : ", ") + id;
      error(adapters[1].second.place, "names more than one adapter: " + ids, "one receiver for each");
    } else if (auto adapter = readAdapter(adapters.front().first, adapters.front().second, report_)) {
      receiver_.adapter = *std::move(adapter);
    } else {
      good_ = false;
    }
  }

  Fields fields_;
  Report& report_;
  ReceiverManifest receiver_;
  bool good_ = true;
};

}  // namespace

void readReceivers(Fields& manifest, const std::optional<std::string>& project, Manifests& manifests) {
  auto spec = manifest.mapping("spec");
  if (!spec) return;
  for (const auto& element : spec->list("webhookReceivers")) {
    if (element.node->kind != YamlNode::Kind::Mapping) {
      reportWrongType(spec->report(), element, "a mapping");
    } else if (auto receiver = ReceiverReader(element, project, spec->report()).read()) {
      manifests.receivers.push_back(*std::move(receiver));
    }
  }
  spec->value("promotionPolicies");
  spec->reportUnread(Severity::Warning);
}

}  // namespace landfall::config
