// SPDX-License-Identifier: Apache-2.0
#include "core/config/manifests.h"

#include <fmt/format.h>

#include "core/config/manifest_kinds.h"
#include "core/config/names.h"

namespace landfall::config {
namespace {

constexpr std::string_view kKargoGroup = "kargo.akuity.io/";
constexpr std::string_view kKargoVersion = "kargo.akuity.io/v1alpha1";

enum class Kind { Secret, ProjectConfig, ClusterConfig, Warehouse, List, Other };

Kind kindOf(const std::string& api_version, const std::string& kind) {
  if (api_version == "v1") return kind == "Secret" ? Kind::Secret : kind == "List" ? Kind::List : Kind::Other;
  if (!api_version.starts_with(kKargoGroup)) return Kind::Other;
  if (kind == "ProjectConfig") return Kind::ProjectConfig;
  if (kind == "ClusterConfig") return Kind::ClusterConfig;
  return kind == "Warehouse" ? Kind::Warehouse : Kind::Other;
}

/// The text of a key that says what a document is; anything else makes it a document of another kind.
std::string identifier(const YamlNode& document, std::string_view key) {
  const YamlEntry* entry = document.find(key);
  return entry == nullptr ? std::string() : entry->value->text;
}

/// Landfall's own annotations are read from a cluster only, where its keys would be dropped from the spec.
void warnOfAnnotations(Fields& metadata) {
  const auto annotations = metadata.value("annotations");
  if (!annotations) return;
  for (const auto& [name, instead] :
       {std::pair("landfall/receivers", "spec.webhookReceivers"), std::pair("landfall/refresh", "spec.refresh")}) {
    const YamlEntry* entry = annotations->node->find(name);
    if (entry == nullptr) continue;
    metadata.report().warning(annotations->place.at(entry->line, annotations->place.key + "." + name),
                              "ignored: this annotation is read from a cluster, not from files",
                              fmt::format("in a file it belongs to {}", instead));
  }
}

std::optional<std::string> objectName(Fields& metadata, std::string_view key) {
  std::string name;
  if (!metadata.requiredText(key, name, kObjectNameRule)) return std::nullopt;
  if (isObjectName(name)) return name;
  metadata.report().error(metadata.placeOf(key), "no name that Kubernetes takes", std::string(kObjectNameRule));
  return std::nullopt;
}

std::optional<ManifestHead> readHead(Fields& manifest, Kind kind) {
  auto metadata = manifest.mapping("metadata");
  if (!metadata) {
    manifest.report().error(manifest.placeOf("metadata"), "missing", "metadata: {name: …, namespace: …}");
    return std::nullopt;
  }
  warnOfAnnotations(*metadata);
  const auto name = objectName(*metadata, "name");
  const auto project =
      kind == Kind::ClusterConfig ? std::optional<std::string>("") : objectName(*metadata, "namespace");
  if (!name || !project) return std::nullopt;
  return ManifestHead{*name, *project, nullptr};
}

void readDocument(const Located& document, Manifests& manifests, Report& report);

void readItems(Fields& list, Manifests& manifests) {
  for (const auto& item : list.list("items")) readDocument(item, manifests, list.report());
}

void readObject(Fields& manifest, Kind kind, Manifests& manifests) {
  manifest.value("status");
  const auto head = readHead(manifest, kind);
  if (!head) return;
  if (kind == Kind::Secret) {
    readSecret(manifest, *head, manifests);
  } else if (kind == Kind::Warehouse) {
    readWarehouse(manifest, *head, manifests);
  } else {
    if (kind == Kind::ProjectConfig && head->name != head->project) {
      manifest.report().warning(manifest.place().at(manifest.place().line, "metadata.name"),
                                "Kargo takes a ProjectConfig only when its name is that of its namespace",
                                "name it " + head->project);
    }
    readReceivers(manifest, kind == Kind::ProjectConfig ? std::optional(head->project) : std::nullopt, nullptr,
                  manifests);
  }
  manifest.reportUnread(Severity::Warning);
}

void readDocument(const Located& document, Manifests& manifests, Report& report) {
  if (document.node->kind != YamlNode::Kind::Mapping) {
    report.warning(document.place, fmt::format("no manifest but {}, skipped", describe(*document.node)));
    return;
  }
  const std::string api_version = identifier(*document.node, "apiVersion");
  const std::string kind_name = identifier(*document.node, "kind");
  if (api_version.empty() || kind_name.empty()) {
    report.warning(document.place, "no manifest, skipped: it has no apiVersion or no kind");
    return;
  }
  const Kind kind = kindOf(api_version, kind_name);
  if (kind == Kind::Other) return;
  Fields manifest(document, report);
  manifest.value("apiVersion");
  manifest.value("kind");
  if (kind == Kind::List) {
    readItems(manifest, manifests);
    return;
  }
  if (api_version != "v1" && api_version != kKargoVersion) {
    report.warning(manifest.placeOf("apiVersion"), "a version this one does not know, read as v1alpha1");
  }
  readObject(manifest, kind, manifests);
}

/// Doubled keys count only in documents that are read.
void reportDuplicates(const YamlDocument& document, const std::string& file, Report& report) {
  if (document.duplicates.empty() || document.root->kind != YamlNode::Kind::Mapping) return;
  const std::string api_version = identifier(*document.root, "apiVersion");
  if (kindOf(api_version, identifier(*document.root, "kind")) == Kind::Other) return;
  for (const auto& duplicate : document.duplicates) {
    report.error({file, duplicate.line, duplicate.key}, fmt::format("also in line {}", duplicate.first_line),
                 "a key may stand there once");
  }
}

}  // namespace

void readManifests(const std::string& text, const std::filesystem::path& file, Manifests& manifests, Report& report) {
  const std::string name = file.string();
  const auto syntax = file.extension() == ".json" ? YamlSyntax::Json : YamlSyntax::Yaml;
  const auto failure = readYaml(text, syntax, [&](const YamlDocument& document) {
    reportDuplicates(document, name, report);
    readDocument({document.root.get(), {name, document.root->line, ""}}, manifests, report);
  });
  if (failure) report.error({name, failure->line, ""}, failure->message, failure->suggestion);
}

std::optional<SecretReference> readSecretReference(const Located& value, Report& report) {
  Fields fields(value, report);
  SecretReference reference;
  const bool named = fields.requiredText("name", reference.name, "the name of a Secret");
  fields.reportUnread(Severity::Warning);
  if (!named) return std::nullopt;
  reference.place = fields.placeOf("name");
  return reference;
}

std::vector<SecretReference> readSecretReferences(Fields& fields, std::string_view name) {
  std::vector<SecretReference> references;
  for (const auto& element : fields.list(name)) {
    if (auto reference = readSecretReference(element, fields.report())) references.push_back(*std::move(reference));
  }
  return references;
}

}  // namespace landfall::config
