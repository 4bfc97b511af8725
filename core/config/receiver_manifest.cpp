// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
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

/// Reads one receiver. In a file all of it stands in one element; in an object of a cluster, whose definition drops
/// keys that it does not know, Landfall's own stand in an element of the annotation.
class ReceiverReader {
 public:
  /// `added`: that element of the annotation, for one of the spec's.
  ReceiverReader(const Located& element, const Located* added, const std::optional<std::string>& project,
                 Report& report)
      : fields_(element, report), report_(report), errors_before_(report.size()) {
    if (added != nullptr) added_.emplace(*added, report);
    own_ = added_ ? &*added_ : element.place.checkedByCluster() ? nullptr : &fields_;
    receiver_.key.project = project;
  }

  /// Nothing when it has not even a name.
  std::optional<ReceiverManifest> read() {
    readName();
    if (own_ != nullptr) readOwn(*own_);
    readAdapterKey();
    if (added_) refuseMore(*added_);
    if (receiver_.key.name.empty()) return std::nullopt;
    if (!good_) receiver_.unusable = report_.errorsSince(errors_before_);
    return std::move(receiver_);
  }

 private:
  void readOwn(Fields& fields) {
    readPath(fields);
    readHosts(fields);
    if (fields.value("allowWeakSecret"))
      good_ = fields.boolean("allowWeakSecret", receiver_.allow_weak_secret) && good_;
    const std::size_t references = fields.list("previousSecretRefs").size();
    receiver_.previous_secrets = readSecretReferences(fields, "previousSecretRefs");
    good_ = good_ && receiver_.previous_secrets.size() == references;
    readBasicAuth(fields);
    readClientCertificate(fields);
  }

  /// What was added to a receiver of the spec is all known: a proof that is misspelt must not be one that is missing.
  void refuseMore(Fields& added) {
    added.value("name");
    if (added.unread().empty()) return;
    added.reportUnread(Severity::Error);
    good_ = false;
  }

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

  void readPath(Fields& own) {
    std::string path;
    if (!own.text("path", path)) return;
    receiver_.path_place = own.placeOf("path");
    const bool cleaned = path.find("//") == std::string::npos && (path + "/").find("/./") == std::string::npos &&
                         (path + "/").find("/../") == std::string::npos;
    if (!path.starts_with('/') || path.size() < 2 || path.size() > kLongestPath || !cleaned || !isUrlPath(path)) {
      error(receiver_.path_place, "no usable path",
            "/ and what may stand in a URL's path, such as /hooks/quay; no empty, . or .. parts");
      return;
    }
    receiver_.path = std::move(path);
  }

  void readHosts(Fields& own) {
    if (own.text("host", receiver_.host) && !isHost(receiver_.host)) {
      error(own.placeOf("host"), "no host", "a registry's host and, if it needs one, port: registry.example:5000");
    }
    own.texts("hostAliases", receiver_.host_aliases);
    for (std::size_t i = 0; i < receiver_.host_aliases.size(); ++i) {
      if (isHost(receiver_.host_aliases[i])) continue;
      Place place = own.placeOf("hostAliases");
      place.key += fmt::format("[{}]", i);
      error(place, "no host", "a registry's host and, if it needs one, port: registry.example:5000");
    }
  }

  void readBasicAuth(Fields& own) {
    auto fields = own.mapping("basicAuth");
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

  void readClientCertificate(Fields& own) {
    auto fields = own.mapping("clientCertificate");
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
    if (fields_.place().checkedByCluster()) leaveOutNewerKeys(adapters, others);
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

  /// A newer Kargo may have given receivers further keys; each of its kinds of receivers has a secretRef.
  static void leaveOutNewerKeys(std::vector<std::pair<std::string, Located>>& adapters,
                                std::vector<std::pair<std::string, Located>>& others) {
    others.clear();
    if (adapters.size() < 2) return;
    std::erase_if(adapters, [](const auto& named) { return named.second.node->find("secretRef") == nullptr; });
  }

  Fields fields_;
  std::optional<Fields> added_;
  Fields* own_ = nullptr;  ///< where Landfall's keys stand; null: nowhere
  Report& report_;
  const std::size_t errors_before_;
  ReceiverManifest receiver_;
  bool good_ = true;
};

/// The elements of the annotation by the receiver they are about; what is no such element was reported.
struct AddedReceivers {
  std::map<std::string, Located> by_name;
  std::vector<std::string> names;  ///< in their order
  std::string unusable;            ///< why they cannot be told apart; then none of the object's receivers counts
};

AddedReceivers readAdded(const Located& annotation, Report& report) {
  AddedReceivers added;
  const std::size_t before = report.size();
  if (annotation.node->kind != YamlNode::Kind::Sequence) {
    reportWrongType(report, annotation, "a list of receivers", "- {name: quay-prod, hostAliases: [quay.example]}");
  }
  for (std::size_t i = 0; i < annotation.node->items.size(); ++i) {
    const YamlNode& item = *annotation.node->items[i];
    const Located element{&item, annotation.place.at(item.line, fmt::format("{}[{}]", annotation.place.key, i))};
    Fields fields(element, report);
    std::string name;
    if (!fields.requiredText("name", name, kObjectNameRule)) continue;
    if (added.by_name.emplace(name, element).second) {
      added.names.push_back(name);
    } else {
      report.error(fields.placeOf("name"), fmt::format("{} stands there twice", name), "one element for each receiver");
    }
  }
  // One that is misread may have been to ask for a proof of one of the others.
  added.unusable = report.errorsSince(before);
  return added;
}

}  // namespace

void readReceivers(Fields& manifest, const std::optional<std::string>& project, const OwnAnnotations* annotations,
                   Manifests& manifests) {
  Report& report = manifest.report();
  AddedReceivers added;
  if (annotations != nullptr && annotations->receivers) added = readAdded(*annotations->receivers, report);
  const auto read = [&](const Located& element, const Located* more) {
    auto receiver = ReceiverReader(element, more, project, report).read();
    if (!receiver) return;
    if (receiver->unusable.empty()) receiver->unusable = added.unusable;
    manifests.receivers.push_back(*std::move(receiver));
  };

  if (auto spec = manifest.mapping("spec")) {
    for (const auto& element : spec->list("webhookReceivers")) {
      if (element.node->kind != YamlNode::Kind::Mapping) {
        reportWrongType(report, element, "a mapping");
        continue;
      }
      const YamlEntry* name = element.node->find("name");
      const auto more = added.by_name.find(name == nullptr ? "" : name->value->text);
      read(element, more == added.by_name.end() ? nullptr : &more->second);
      if (more != added.by_name.end()) std::erase(added.names, more->first);
    }
    spec->value("promotionPolicies");
    spec->reportUnread(Severity::Warning);
  }
  for (const auto& name : added.names) read(added.by_name.at(name), nullptr);
}

}  // namespace landfall::config
