// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/kubernetes/real_cluster.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace landfall::testing {

inline const std::string kKargo = "kargo.akuity.io/v1alpha1";

inline nlohmann::json metadata(const std::string& space, const std::string& name) {
  return {{"name", name}, {"namespace", space}};
}

inline nlohmann::json secretObject(const std::string& space, const std::string& name, const std::string& value,
                                   const std::string& key = "secret") {
  return {
      {"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", metadata(space, name)}, {"stringData", {{key, value}}}};
}

/// Whose receiver `quay` takes pushes with this Secret.
inline nlohmann::json projectConfig(const std::string& space, const std::string& secret = "quay-secret") {
  return {{"apiVersion", kKargo},
          {"kind", "ProjectConfig"},
          {"metadata", metadata(space, space)},
          {"spec", {{"webhookReceivers", {{{"name", "quay"}, {"quay", {{"secretRef", {{"name", secret}}}}}}}}}}};
}

/// That is subscribed to quay.io/shop/<name>.
inline nlohmann::json warehouseObject(const std::string& space, const std::string& name) {
  const nlohmann::json image = {{"repoURL", "quay.io/shop/" + name}, {"imageSelectionStrategy", "NewestBuild"}};
  return {{"apiVersion", kKargo},
          {"kind", "Warehouse"},
          {"metadata", metadata(space, name)},
          {"spec", {{"subscriptions", nlohmann::json::array({{{"image", image}}})}}}};
}

/// The real binary with a kubeconfig of a service account that may do what it needs and nothing else.
class ClusterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    LANDFALL_SKIP_WITHOUT_CLUSTER();
    cluster_ = &theCluster();
    space_ = cluster_->makeNamespaceOfTest();
    cluster_->makeNamespace(kSystem);
  }
  void TearDown() override {
    server_.reset();
    if (cluster_ == nullptr || !cluster_->ready()) return;
    // The next test's server reads the whole cluster, too.
    for (const auto* kind : {"Warehouse", "ProjectConfig"}) cluster_->must("DELETE", pathOf(kKargo, kind, space_));
    cluster_->must("DELETE", pathOf(kKargo, "ClusterConfig", ""));
  }

  struct Setup {
    std::string kubernetes;  ///< further keys of `kubernetes`
    std::string files;       ///< manifests
    std::string more = {};   ///< further lines of landfall.yaml
  };
  void start(const Setup& setup) {
    token_ = cluster_->makeAccount(space_, space_);
    cluster_->grant(space_, space_, readingRules());
    allowPatches();
    folder_.write("kubeconfig", cluster_->kubeconfig(token_));
    ServerUnderTest::Setup server;
    server.resources = setup.files;
    server.settings = "kubernetes: {enabled: true, kubeconfig: \"" + (folder_.path() / "kubeconfig").string() + "\"" +
                      setup.kubernetes +
                      "}\n"
                      "delivery: {minInterval: 10ms, backoff: {base: 50ms, cap: 500ms}, breaker: {failures: 1000}}\n" +
                      setup.more;
    server_ = std::make_unique<ServerUnderTest>(server);
    server_->start();
  }

  static nlohmann::json readingRules() {
    return {{{"apiGroups", {""}}, {"resources", {"secrets"}}, {"verbs", {"get", "list", "watch"}}},
            {{"apiGroups", {"kargo.akuity.io"}},
             {"resources", {"warehouses", "projectconfigs", "clusterconfigs"}},
             {"verbs", {"get", "list", "watch"}}},
            {{"apiGroups", {"image.toolkit.fluxcd.io"}},
             {"resources", {"imagerepositories"}},
             {"verbs", {"get", "list", "watch"}}},
            {{"apiGroups", {"argoproj.io"}}, {"resources", {"applications"}}, {"verbs", {"get", "list", "watch"}}}};
  }
  void allowPatches() const {
    cluster_->grant(
        space_, space_,
        {{{"apiGroups", {"kargo.akuity.io", "image.toolkit.fluxcd.io", "argoproj.io"}},
          {"resources",
           {"warehouses", "imagerepositories", "applications", "projectconfigs/status", "clusterconfigs/status"}},
          {"verbs", {"patch"}}}},
        space_);
  }
  void forbidPatches() const { cluster_->revoke(space_, space_); }

  /// A Secret, the ProjectConfig that uses it, and these Warehouses.
  void makeProject(const std::vector<std::string>& warehouses) const {
    cluster_->create(secretObject(space_, "quay-secret", "a-long-random-value-0123"));
    cluster_->create(projectConfig(space_));
    for (const auto& name : warehouses) cluster_->create(warehouseObject(space_, name));
  }

  nlohmann::json get(const std::string& kind, const std::string& name, const std::string& api = kKargo) const {
    return cluster_->must("GET", pathOf(api, kind, space_, name));
  }
  /// Empty when it has none of this key.
  std::string annotation(const std::string& kind, const std::string& name, const std::string& key,
                         const std::string& api = kKargo) const {
    const auto object = get(kind, name, api);
    const auto pointer = nlohmann::json::json_pointer("/metadata/annotations");
    return object.contains(pointer) ? object.at(pointer).value(key, "") : "";
  }

  /// The path of a receiver of this project (or of the cluster, with an empty project); empty when there is none.
  std::string receiverPath(const std::string& name, const std::string& project) const {
    for (const auto& receiver : server_->all("receivers")) {
      const std::string of = receiver.at("project").is_null() ? "" : receiver.at("project").get<std::string>();
      if (receiver.at("name") == name && of == project) return receiver.at("path");
    }
    return "";
  }
  /// Waits for it.
  std::string servedPath(const std::string& name = "quay") const {
    std::string path;
    EXPECT_TRUE(waitUntil([&] { return !(path = receiverPath(name, space_)).empty(); })) << server_->log();
    return path;
  }
  bool warehousesKnown(std::size_t count) const {
    return waitUntil([&] {
      std::size_t ours = 0;
      for (const auto& warehouse : server_->all("warehouses")) ours += warehouse.at("project") == space_ ? 1 : 0;
      return ours == count;
    });
  }

  HttpAnswer push(const std::string& path, const std::string& image, const std::string& tag = "1.0.0") const {
    return server_->post(path, fmt::format(R"({{"docker_url":"quay.io/shop/{}","updated_tags":["{}"]}})", image, tag));
  }
  std::string outcomeOf(const HttpAnswer& answer) const {
    if (answer.status != 200) return std::to_string(answer.status);
    return nlohmann::json::parse(answer.body).at("outcome").get<std::string>();
  }
  /// The newest delivery of the Warehouse; null when there is none.
  nlohmann::json delivery(const std::string& warehouse) const {
    const auto page = server_->api("deliveries?project=" + space_ + "&warehouse=" + warehouse).at("items");
    return page.empty() ? nlohmann::json() : page.at(0);
  }
  bool reaches(const std::string& warehouse, const std::string& state) const {
    return waitUntil([&] {
      const auto now = delivery(warehouse);
      return !now.is_null() && now.at("state") == state;
    });
  }
  /// What GET /api/v1/config says of an object; empty while it says nothing.
  std::string problemOf(const std::string& kind, const std::string& name) const {
    const auto config = server_->api("config");
    for (const auto& warning : config.at("warnings")) {
      const auto& object = warning.at("object");
      if (!object.is_null() && object.at("kind") == kind && object.at("name") == name)
        return warning.at("message").get<std::string>();
    }
    return "";
  }

  static inline const std::string kSystem = "kargo-system-resources";

  TempDir folder_;
  std::string space_;  ///< the project of the test
  std::string token_;
  RealCluster* cluster_ = nullptr;
  std::unique_ptr<ServerUnderTest> server_;
};

}  // namespace landfall::testing
