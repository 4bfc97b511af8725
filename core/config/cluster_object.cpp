// SPDX-License-Identifier: Apache-2.0
#include "core/config/cluster_object.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/crypto.h"
#include "core/config/fields.h"
#include "core/config/json_document.h"
#include "core/config/manifest_kinds.h"
#include "core/config/report.h"
#include "core/config/yaml_document.h"

namespace landfall::config {
namespace {

constexpr std::string_view kReceivers = "landfall/receivers";
constexpr std::string_view kRefresh = "landfall/refresh";
constexpr std::string_view kClusterConfigName = "cluster";  // as Kargo has it

/// The status, and what Kubernetes keeps beside the object, are most of it, change all the time and say nothing here.
bool counts(const std::vector<std::string>& way) {
  const std::string& key = way.back();
  if (way.size() == 1) {
    return key == "metadata" || key == "spec" || key == "data" || key == "stringData" || key == "stringDataFrom";
  }
  if (way[0] != "metadata") return true;
  if (way.size() == 2) return key == "annotations";
  return way.size() > 3 || way[1] != "annotations" || key == kReceivers || key == kRefresh;
}

void append(const YamlNode& node, std::string& text) {
  text += std::to_string(static_cast<int>(node.kind)) + (node.plain ? 'p' : 'q');
  text += std::to_string(node.text.size()) + ':' + node.text;
  text += std::to_string(node.items.size()) + ',' + std::to_string(node.entries.size()) + ';';
  for (const auto& item : node.items) append(*item, text);
  for (const auto& entry : node.entries) {
    text += std::to_string(entry.key.size()) + ':' + entry.key;
    append(*entry.value, text);
  }
}

/// YAML in a text, as it stands in an annotation. Owns what it reads.
class AnnotationText {
 public:
  /// False when it is there and cannot be read, which was reported.
  bool read(Fields& annotations, std::string_view name) {
    std::string text;
    const auto value = annotations.value(name);
    if (!value) return true;
    if (!annotations.text(name, text)) return false;
    Report& report = annotations.report();
    Place place = value->place;
    place.key = name;
    const std::size_t before = report.size();
    yaml_ = readYaml(text, YamlSyntax::Yaml);
    if (yaml_.failure)
      report.error(place.at(yaml_.failure->line, place.key), yaml_.failure->message, yaml_.failure->suggestion);
    if (yaml_.documents.size() > 1) {
      report.error(place.at(yaml_.documents[1].root->line, place.key), "a second document", "one");
    }
    for (const auto& document : yaml_.documents) {
      for (const auto& duplicate : document.duplicates) {
        report.error(place.at(duplicate.line, fmt::format("{}: {}", name, duplicate.key)),
                     fmt::format("also in line {}", duplicate.first_line), "a key may stand there once");
      }
    }
    if (report.size() > before) return false;
    if (yaml_.documents.empty()) return true;
    const YamlNode& root = *yaml_.documents.front().root;
    located_ = Located{&root, place.at(root.line, place.key)};
    return true;
  }

  const std::optional<Located>& located() const { return located_; }

 private:
  YamlFile yaml_;
  std::optional<Located> located_;
};

class ObjectReader {
 public:
  ObjectReader(const ClusterObject& object, const Located& document, Manifests& manifests, Report& report)
      : object_(object), fields_(document, report), manifests_(manifests) {}

  void read(ClusterKind kind) {
    if (!fields_.valid()) return;
    switch (kind) {
      case ClusterKind::Secret:
        return readSecret(fields_, {object_.name, object_.space, nullptr}, manifests_);
      case ClusterKind::Warehouse:
        return readOneWarehouse();
      case ClusterKind::ProjectConfig:
        return readConfig(object_.space, "Kargo takes a ProjectConfig only when its name is that of its namespace");
      case ClusterKind::ClusterConfig:
        return readConfig(std::string(kClusterConfigName), "Kargo takes one ClusterConfig only");
    }
  }

 private:
  bool readAnnotation(AnnotationText& text, std::string_view name) {
    auto metadata = fields_.mapping("metadata");
    auto annotations = metadata ? metadata->mapping("annotations") : std::nullopt;
    return !annotations || text.read(*annotations, name);
  }

  ManifestHead head() {
    annotations_ = {receivers_.located(), refresh_.located()};
    return {object_.name, object_.space, &annotations_};
  }

  void readOneWarehouse() {
    const bool readable = readAnnotation(refresh_, kRefresh);
    readWarehouse(fields_, head(), manifests_);
    if (readable) return;
    // Somebody wants it refreshed in another way than Kargo's, and that way is not known.
    for (auto& warehouse : manifests_.warehouses) warehouse.refresh.reset();
  }

  void readConfig(const std::string& name, std::string_view rule) {
    if (object_.name != name) {
      fields_.report().warning(fields_.place().at(0, "metadata.name"), std::string(rule) + ": ignored",
                               "name it " + name);
      return;
    }
    const auto project = object_.space.empty() ? std::nullopt : std::optional(object_.space);
    const std::size_t before = fields_.report().size();
    const bool readable = readAnnotation(receivers_, kReceivers);
    const std::string unreadable = fields_.report().errorsSince(before);
    readReceivers(fields_, project, head().annotations, manifests_);
    if (readable) return;
    // It may have been to ask for a proof of any of them.
    for (auto& receiver : manifests_.receivers) receiver.unusable = unreadable;
  }

  const ClusterObject& object_;
  Fields fields_;
  Manifests& manifests_;
  AnnotationText receivers_;
  AnnotationText refresh_;
  OwnAnnotations annotations_;
};

class NamedSecrets {
 public:
  NamedSecrets(std::string space, std::vector<ObjectName>& names) : space_(std::move(space)), names_(names) {}

  void add(const SecretReference& reference) { names_.push_back({space_, reference.name}); }
  void add(const std::optional<SecretReference>& reference) {
    if (reference) add(*reference);
  }
  void add(const std::vector<SecretReference>& references) {
    for (const auto& reference : references) add(reference);
  }

 private:
  const std::string space_;
  std::vector<ObjectName>& names_;
};

}  // namespace

kubernetes::ResourceType resourceType(ClusterKind kind) {
  switch (kind) {
    case ClusterKind::ProjectConfig:
      return {"kargo.akuity.io", "v1alpha1", "projectconfigs", "ProjectConfig", true};
    case ClusterKind::ClusterConfig:
      return {"kargo.akuity.io", "v1alpha1", "clusterconfigs", "ClusterConfig", false};
    case ClusterKind::Warehouse:
      return {"kargo.akuity.io", "v1alpha1", "warehouses", "Warehouse", true};
    case ClusterKind::Secret:
      break;
  }
  return {"", "v1", "secrets", "Secret", true};
}

std::shared_ptr<const ClusterManifests> readClusterObject(ClusterKind kind, const kubernetes::Object& object) {
  auto read = std::make_shared<ClusterManifests>();
  Report report(read->problems);
  const auto about =
      std::make_shared<const ClusterObject>(ClusterObject{resourceType(kind).kind, object.space, object.name});
  const Place place{about->text(), 0, "", about};
  const auto document = readJson(object.json, counts);
  if (!document.ok()) {
    report.error(place, "what the API server sent " + document.status().message());
    read->fingerprint = base::sha256(object.json);
    return read;
  }
  std::string all;
  append(**document, all);
  read->fingerprint = base::sha256(all);
  ObjectReader(*about, {document->get(), place}, read->manifests, report).read(kind);
  return read;
}

std::vector<ObjectName> secretsNamedBy(const Manifests& manifests, const std::string& system_namespace) {
  std::vector<ObjectName> names;
  for (const auto& receiver : manifests.receivers) {
    NamedSecrets named(receiver.key.project.value_or(system_namespace), names);
    named.add(receiver.adapter.secret);
    named.add(receiver.previous_secrets);
    if (receiver.basic_auth) named.add(receiver.basic_auth->secrets);
  }
  for (const auto& warehouse : manifests.warehouses) {
    const auto* http = warehouse.refresh ? std::get_if<HttpRefresh>(&*warehouse.refresh) : nullptr;
    if (http == nullptr) continue;
    NamedSecrets named(warehouse.key.project, names);
    named.add(http->signing_secrets);
    named.add(http->ca_secret);
    named.add(http->client_certificate_secret);
    for (const auto& header : http->secret_headers) named.add(header.secret);
  }
  return names;
}

}  // namespace landfall::config
