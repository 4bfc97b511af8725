// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/kubernetes/custom_resources.h"

namespace landfall::testing {
namespace {

using nlohmann::json;

const json kText = {{"type", "string"}};
const json kNumber = {{"type", "integer"}, {"format", "int64"}};
const json kFlag = {{"type", "boolean"}};
const json kTexts = {{"type", "array"}, {"items", kText}};
const json kAnything = {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};

json object(json properties) { return {{"type", "object"}, {"properties", std::move(properties)}}; }
json listOf(json items) { return {{"type", "array"}, {"items", std::move(items)}}; }

struct Definition {
  std::string group;
  std::string version;
  std::string kind;
  std::string plural;
  std::string scope = "Namespaced";
  json spec;
  json status;
  bool status_apart = true;  ///< it has a subresource of its own
};

json definitionOf(const Definition& definition) {
  std::string singular = definition.kind;
  for (char& c : singular) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  json version = {{"name", definition.version},
                  {"served", true},
                  {"storage", true},
                  {"schema",
                   {{"openAPIV3Schema", object({{"apiVersion", kText},
                                                {"kind", kText},
                                                {"metadata", {{"type", "object"}}},
                                                {"spec", definition.spec},
                                                {"status", definition.status}})}}}};
  if (definition.status_apart) version["subresources"] = {{"status", json::object()}};
  return {{"apiVersion", "apiextensions.k8s.io/v1"},
          {"kind", "CustomResourceDefinition"},
          {"metadata", {{"name", definition.plural + "." + definition.group}}},
          {"spec",
           {{"group", definition.group},
            {"scope", definition.scope},
            {"names",
             {{"kind", definition.kind},
              {"listKind", definition.kind + "List"},
              {"plural", definition.plural},
              {"singular", singular}}},
            {"versions", json::array({std::move(version)})}}}};
}

json warehouseSpec() {
  const json image = object({{"repoURL", kText},
                             {"constraint", kText},
                             {"semverConstraint", kText},
                             {"imageSelectionStrategy", kText},
                             {"strictSemvers", kFlag},
                             {"allowTags", kText},
                             {"allowTagsRegexes", kTexts},
                             {"ignoreTags", kTexts},
                             {"ignoreTagsRegexes", kTexts},
                             {"platform", kText},
                             {"insecureSkipTLSVerify", kFlag},
                             {"discoveryLimit", kNumber}});
  const json chart =
      object({{"repoURL", kText}, {"name", kText}, {"semverConstraint", kText}, {"discoveryLimit", kNumber}});
  const json git = object({{"repoURL", kText},
                           {"branch", kText},
                           {"commitSelectionStrategy", kText},
                           {"semverConstraint", kText},
                           {"strictSemvers", kFlag},
                           {"allowTagsRegexes", kTexts},
                           {"ignoreTagsRegexes", kTexts},
                           {"includePaths", kTexts},
                           {"excludePaths", kTexts},
                           {"discoveryLimit", kNumber}});
  return object({{"shard", kText},
                 {"interval", kText},
                 {"freightCreationPolicy", kText},
                 {"subscriptions", listOf(object({{"image", image}, {"chart", chart}, {"git", git}}))}});
}

json receiversSpec() {
  const json reference = object({{"name", kText}});
  json receiver = {{"name", kText}};
  for (const auto* adapter :
       {"artifactory", "azure", "bitbucket", "dockerhub", "gitea", "github", "gitlab", "harbor", "quay"}) {
    receiver[adapter] = object({{"secretRef", reference}});
  }
  receiver["artifactory"]["properties"]["virtualRepoName"] = kText;
  return object({{"webhookReceivers", listOf(object(std::move(receiver)))}});
}

json receiversStatus() {
  return object({{"observedGeneration", kNumber},
                 {"conditions", listOf(kAnything)},
                 {"webhookReceivers", listOf(object({{"name", kText}, {"path", kText}, {"url", kText}}))}});
}

}  // namespace

std::vector<json> customResources() {
  const std::string kargo = "kargo.akuity.io";
  const json warehouse_status = object({{"lastHandledRefresh", kText},
                                        {"observedGeneration", kNumber},
                                        {"conditions", listOf(kAnything)},
                                        {"discoveredArtifacts", kAnything}});
  const json flux_status =
      object({{"lastHandledReconcileAt", kText}, {"observedGeneration", kNumber}, {"conditions", listOf(kAnything)}});
  return {
      definitionOf({kargo, "v1alpha1", "Warehouse", "warehouses", "Namespaced", warehouseSpec(), warehouse_status}),
      definitionOf(
          {kargo, "v1alpha1", "ProjectConfig", "projectconfigs", "Namespaced", receiversSpec(), receiversStatus()}),
      definitionOf(
          {kargo, "v1alpha1", "ClusterConfig", "clusterconfigs", "Cluster", receiversSpec(), receiversStatus()}),
      definitionOf({"image.toolkit.fluxcd.io", "v1", "ImageRepository", "imagerepositories", "Namespaced",
                    object({{"image", kText}, {"interval", kText}}), flux_status}),
      definitionOf(
          {"argoproj.io", "v1alpha1", "Application", "applications", "Namespaced", kAnything, kAnything, false}),
  };
}

json anyResource(const std::string& group, const std::string& kind, const std::string& plural) {
  return definitionOf({group, "v1", kind, plural, "Namespaced", kAnything, kAnything});
}

}  // namespace landfall::testing
