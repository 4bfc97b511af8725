// SPDX-License-Identifier: Apache-2.0
// config/kubernetes, applied to a real API server: its objects are taken as they are, and their rights are enough and
// no more.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/kubernetes/real_cluster.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"
#include "tests/support/yaml_manifests.h"

namespace landfall::testing {
namespace {

using nlohmann::json;

const std::filesystem::path kSource = LANDFALL_SOURCE_DIR;

/// Where the server has objects of this kind, as it says itself.
std::string collectionOf(const RealCluster& cluster, const json& object) {
  const std::string version = object.at("apiVersion");
  const std::string base = (version.find('/') == std::string::npos ? "/api/" : "/apis/") + version;
  const std::string kind = object.at("kind");
  const json known = cluster.must("GET", base);
  for (const auto& resource : known.at("resources")) {
    const std::string name = resource.at("name");
    if (resource.at("kind") != kind || name.find('/') != std::string::npos) continue;
    const std::string space =
        resource.at("namespaced") ? "/namespaces/" + object.at("metadata").at("namespace").get<std::string>() : "";
    return base + space + "/" + name;
  }
  throw std::runtime_error("the server has no " + kind);
}

/// The manifests, without the files that are `left_out`, namespaces first. Unknown fields are errors.
void apply(const RealCluster& cluster, const std::set<std::string>& left_out = {}) {
  for (const auto* space : {"shop", "kargo-system-resources", "argocd"}) cluster.makeNamespace(space);
  std::vector<json> objects;
  for (const auto& file : kubernetesManifests(kSource)) {
    if (left_out.contains(file.filename().string())) continue;
    for (auto& object : readYamlManifests(file)) {
      const bool first = object.at("kind") == "Namespace";
      objects.insert(first ? objects.begin() : objects.end(), std::move(object));
    }
  }
  for (const auto& object : objects) {
    const std::string collection = collectionOf(cluster, object);
    const std::string name = object.at("metadata").at("name");
    const bool is_right = collection.starts_with("/apis/rbac.authorization.k8s.io/");
    if (is_right) cluster.call("DELETE", collection + "/" + name);  // of another test; the rest is the same in all
    const auto made = cluster.call("POST", collection + "?fieldValidation=Strict", object);
    ASSERT_TRUE(made.status == 201 || (made.status == 409 && !is_right))
        << object.at("kind") << " " << name << ": " << made.body.dump();
  }
}

struct Right {
  std::string verb, group, resource, space;
  std::string subresource = {};
};

/// Whether the service account of the manifests may.
bool may(const RealCluster& cluster, const Right& right) {
  json attributes{{"verb", right.verb}, {"group", right.group}, {"resource", right.resource}, {"name", "cluster"}};
  if (!right.space.empty()) attributes["namespace"] = right.space;
  if (!right.subresource.empty()) attributes["subresource"] = right.subresource;
  const json review{{"apiVersion", "authorization.k8s.io/v1"},
                    {"kind", "SubjectAccessReview"},
                    {"spec",
                     {{"user", "system:serviceaccount:landfall:landfall"},
                      {"groups", {"system:serviceaccounts", "system:serviceaccounts:landfall", "system:authenticated"}},
                      {"resourceAttributes", attributes}}}};
  return cluster.must("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review).at("status").at("allowed");
}

std::string text(const Right& right) {
  return fmt::format("{} {}.{}/{} in '{}'", right.verb, right.resource, right.group, right.subresource, right.space);
}

constexpr auto kKargo = "kargo.akuity.io";

const std::vector<Right> kNeeded{
    {"list", kKargo, "projectconfigs", "shop"},
    {"watch", kKargo, "projectconfigs", "shop"},
    {"list", kKargo, "warehouses", "shop"},
    {"watch", kKargo, "warehouses", "shop"},
    {"get", kKargo, "warehouses", "shop"},
    {"patch", kKargo, "warehouses", "shop"},
    {"get", "", "secrets", "shop"},
    {"list", "", "secrets", "shop"},
    {"watch", "", "secrets", "shop"},
    {"list", kKargo, "clusterconfigs", ""},
    {"watch", kKargo, "clusterconfigs", ""},
    {"list", "", "secrets", "kargo-system-resources"},
    {"watch", "", "secrets", "kargo-system-resources"},
};

const std::vector<Right> kPublishing{
    {"patch", kKargo, "projectconfigs", "shop", "status"},
    {"patch", kKargo, "clusterconfigs", "", "status"},
    {"get", kKargo, "clusterconfigs", ""},
};

const std::vector<Right> kNobodys{
    {"delete", kKargo, "warehouses", "shop"},
    {"create", kKargo, "warehouses", "shop"},
    {"update", kKargo, "warehouses", "shop"},
    {"patch", kKargo, "warehouses", "shop", "status"},
    {"patch", kKargo, "projectconfigs", "shop"},
    {"delete", kKargo, "projectconfigs", "shop"},
    {"patch", kKargo, "clusterconfigs", ""},
    {"create", "", "secrets", "shop"},
    {"patch", "", "secrets", "shop"},
    {"delete", "", "secrets", "shop"},
    {"get", "", "pods", "landfall"},
    {"get", "", "configmaps", "landfall"},
    {"get", "", "secrets", "landfall"},
    {"list", kKargo, "warehouses", "kargo-system-resources"},
    {"patch", kKargo, "warehouses", "kargo-system-resources"},
    {"patch", "", "secrets", "kargo-system-resources"},
    {"create", "", "serviceaccounts", "landfall", "token"},
    {"escalate", "rbac.authorization.k8s.io", "clusterroles", ""},
};

class Manifests : public ::testing::Test {
 protected:
  void SetUp() override { LANDFALL_SKIP_WITHOUT_CLUSTER(); }

  static void expectAll(const std::vector<Right>& rights, bool allowed) {
    // The server learns of roles a moment after they are there.
    for (const auto& right : rights) {
      EXPECT_TRUE(waitUntil([&] { return may(theCluster(), right) == allowed; }, std::chrono::seconds(10)))
          << text(right) << (allowed ? ": forbidden" : ": allowed");
    }
  }
  static void remove(const std::string& collection, const std::string& name) {
    theCluster().call("DELETE", "/apis/rbac.authorization.k8s.io/v1/" + collection + "/" + name);
  }
};

TEST_F(Manifests, AreTakenWithEveryFieldKnown) { apply(theCluster()); }

TEST_F(Manifests, GiveTheRightsThatAreNeededInTheProjectsThatAreNamedAndNoOthers) {
  for (const auto* name : {"landfall-project", "landfall-publish-status"}) remove("clusterrolebindings", name);
  apply(theCluster(), {"cluster-wide.yaml", "publish-status.yaml", "flux.yaml", "argocd.yaml"});

  expectAll(kNeeded, true);
  expectAll(kPublishing, false);
  expectAll(kNobodys, false);
  theCluster().makeNamespace("another-project");
  expectAll({{"list", "", "secrets", "another-project"},
             {"get", "", "secrets", "another-project"},
             {"list", "", "secrets", ""},
             {"patch", kKargo, "warehouses", "another-project"},
             {"list", kKargo, "warehouses", ""}},
            false);
}

TEST_F(Manifests, GiveMoreOnlyWhereMoreIsApplied) {
  apply(theCluster());

  expectAll(kNeeded, true);
  expectAll(kPublishing, true);
  expectAll({{"list", "", "secrets", ""},
             {"watch", kKargo, "warehouses", ""},
             {"patch", "image.toolkit.fluxcd.io", "imagerepositories", "shop"},
             {"watch", "helm.toolkit.fluxcd.io", "helmreleases", "shop"},
             {"patch", "argoproj.io", "applications", "argocd"}},
            true);
  expectAll({{"delete", kKargo, "warehouses", "shop"},
             {"patch", kKargo, "warehouses", "shop", "status"},
             {"patch", "", "secrets", "shop"},
             {"get", "", "pods", "shop"},
             {"patch", "argoproj.io", "applications", "shop"},
             {"delete", "argoproj.io", "applications", "argocd"},
             {"patch", "image.toolkit.fluxcd.io", "imagerepositories", "argocd"}},
            false);
}

TEST_F(Manifests, LetTheBinaryReadRefreshAndPublish) {
  RealCluster& cluster = theCluster();
  remove("clusterrolebindings", "landfall-project");
  apply(cluster, {"cluster-wide.yaml", "flux.yaml", "argocd.yaml"});
  const json account = cluster.must("POST", pathOf("v1", "ServiceAccount", "landfall", "landfall") + "/token",
                                    {{"apiVersion", "authentication.k8s.io/v1"}, {"kind", "TokenRequest"}});
  const std::string kargo = "kargo.akuity.io/v1alpha1";
  cluster.create({{"apiVersion", "v1"},
                  {"kind", "Secret"},
                  {"metadata", {{"name", "quay-secret"}, {"namespace", "shop"}}},
                  {"stringData", {{"secret", "a-long-quay-secret-0123"}}}});
  cluster.create({{"apiVersion", kargo},
                  {"kind", "ProjectConfig"},
                  {"metadata", {{"name", "shop"}, {"namespace", "shop"}}},
                  {"spec",
                   {{"webhookReceivers",
                     json::array({{{"name", "quay"}, {"quay", {{"secretRef", {{"name", "quay-secret"}}}}}}})}}}});
  cluster.create(
      {{"apiVersion", kargo},
       {"kind", "Warehouse"},
       {"metadata", {{"name", "api"}, {"namespace", "shop"}}},
       {"spec",
        {{"subscriptions",
          json::array({{{"image", {{"repoURL", "quay.io/shop/api"}, {"imageSelectionStrategy", "NewestBuild"}}}}})}}}});
  const TempDir folder;
  const auto kubeconfig = folder.write("kubeconfig", cluster.kubeconfig(account.at("status").at("token")));
  ServerUnderTest server(
      {.settings = "kubernetes: {enabled: true, namespaces: [shop], publishStatus: true, kubeconfig: \"" +
                   kubeconfig.string() + "\"}\n"});

  server.start();

  ASSERT_TRUE(waitUntil([&] { return server.all("receivers").size() == 1; })) << server.log();
  const json state = server.api("config").at("kubernetes");
  EXPECT_EQ(state.at("connected"), true) << state;
  const std::string path = server.all("receivers").at(0).at("path");
  EXPECT_EQ(server.post(path, R"({"docker_url": "quay.io/shop/api", "updated_tags": ["1.0.0"]})").status, 200);
  const auto seen = [&](const std::string& kind, const std::string& name, const char* pointer) {
    return waitUntil([&] {
      const json object = cluster.must("GET", pathOf(kargo, kind, "shop", name));
      return object.contains(json::json_pointer(pointer));
    });
  };
  EXPECT_TRUE(seen("Warehouse", "api", "/metadata/annotations/kargo.akuity.io~1refresh")) << server.log();
  EXPECT_TRUE(seen("ProjectConfig", "shop", "/status/webhookReceivers/0/url")) << server.log();
  EXPECT_TRUE(server.waitForDeliveries());
  EXPECT_EQ(server.all("deliveries").at(0).at("confirmation"), "awaited");
  EXPECT_EQ(server.log().find("403"), std::string::npos) << server.log();
}

}  // namespace
}  // namespace landfall::testing
