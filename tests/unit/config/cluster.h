// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/crypto.h"
#include "core/config/cluster_objects.h"
#include "tests/unit/config/workspace.h"

namespace landfall::config {

inline constexpr std::string_view kKubeconfig =
    "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: {server: "
    "'https://127.0.0.1:1'}}]\n"
    "users: [{name: u, user: {token: t}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n";

/// Objects of a cluster in the JSON that an API server sends, all of them listed.
class Cluster {
 public:
  using Json = nlohmann::json;
  static constexpr std::size_t kProjectConfigs = 0, kClusterConfigs = 1, kWarehouses = 2, kSecrets = 3;

  ClusterObjects& objects() { return objects_; }
  std::shared_ptr<const ClusterState> state() const { return objects_.state(); }

  /// Nothing more is waited for.
  Cluster& complete() {
    for (std::size_t list = 0; list < objects_.lists(); ++list) objects_.away(list, {.status = 404});
    return *this;
  }

  bool projectConfig(const std::string& project, const std::string& receivers, const std::string& annotation = "") {
    return put(kProjectConfigs, project, project, {{"spec", {{"webhookReceivers", Json::parse(receivers)}}}},
               "landfall/receivers", annotation);
  }
  bool clusterConfig(const std::string& receivers, const std::string& annotation = "") {
    return put(kClusterConfigs, "", "cluster", {{"spec", {{"webhookReceivers", Json::parse(receivers)}}}},
               "landfall/receivers", annotation);
  }
  bool warehouse(const std::string& project, const std::string& name, const std::string& subscriptions,
                 const std::string& annotation = "") {
    return put(kWarehouses, project, name, {{"spec", {{"subscriptions", Json::parse(subscriptions)}}}},
               "landfall/refresh", annotation);
  }
  bool secret(const std::string& project, const std::string& name, const std::map<std::string, std::string>& values) {
    return objects_.changed(kSecrets, secretObject(project, name, values));
  }
  kubernetes::Object secretObject(const std::string& project, const std::string& name,
                                  const std::map<std::string, std::string>& values) {
    Json data = Json::object();
    for (const auto& [key, value] : values) data[key] = base::toBase64(value);
    return object(project, name, {{"data", data}}, "", "");
  }

  bool put(std::size_t list, const std::string& space, const std::string& name, Json fields,
           const std::string& annotation = "", const std::string& text = "") {
    return objects_.changed(list, object(space, name, std::move(fields), annotation, text));
  }
  kubernetes::Object object(const std::string& space, const std::string& name, Json fields,
                            const std::string& annotation = "", const std::string& text = "") {
    const std::string version = std::to_string(++version_);
    fields["metadata"] = {
        {"name", name}, {"namespace", space},     {"resourceVersion", version},
        {"uid", "0a"},  {"labels", {{"a", "b"}}}, {"managedFields", Json::array({{{"manager", "kubectl"}}})}};
    fields["metadata"]["annotations"] = {{"kargo.akuity.io/refresh", version}};
    if (!text.empty()) fields["metadata"]["annotations"][annotation] = text;
    fields["status"] = {{"observedGeneration", version_}};
    return {space, name, version, fields.dump()};
  }

 private:
  ClusterObjects objects_{{{ClusterKind::ProjectConfig, "", false},
                           {ClusterKind::ClusterConfig, "", false},
                           {ClusterKind::Warehouse, "", false},
                           {ClusterKind::Secret, "", false}},
                          "kargo-system-resources"};
  std::uint64_t version_ = 0;
};

/// A workspace whose settings name a cluster.
class ClusterWorkspace : public Workspace {
 public:
  ClusterWorkspace() { kubernetes("enabled: true"); }
  void kubernetes(const std::string& keys) const {
    write("kubeconfig", kKubeconfig);
    settings("kubernetes: {kubeconfig: kubeconfig, " + keys + "}\n");
  }
};

inline constexpr const char* kQuayProd = R"([{"name":"quay-prod","quay":{"secretRef":{"name":"quay-secret"}}}])";
inline constexpr const char* kApiImage = R"([{"image":{"repoURL":"quay.io/shop/api","constraint":"^1.0.0"}}])";
inline const std::map<std::string, std::string> kLongSecret{{"secret", "a-long-random-value-0123"}};

}  // namespace landfall::config
