// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_cluster.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/crypto.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;
using Reply = ScriptedApiServer::Reply;
using Request = ScriptedApiServer::Request;

constexpr const char* kKargo = "kargo.akuity.io/v1alpha1";
const std::vector<std::string> kSpaces{"shop", "web", "kargo-system-resources"};

std::string nameOf(const std::string& space, const std::string& name) {
  return space.empty() ? name : space + "/" + name;
}

}  // namespace

ScriptedCluster::ScriptedCluster()
    : kinds_{{"projectconfigs", {kKargo, "ProjectConfig", {}, {}}},
             {"clusterconfigs", {kKargo, "ClusterConfig", {}, {}}},
             {"warehouses", {kKargo, "Warehouse", {}, {}}},
             {"secrets", {"v1", "Secret", {}, {}}}} {
  for (const auto& [plural, kind] : kinds_) {
    serveLists(plural, "");
    if (plural == "clusterconfigs") continue;
    for (const auto& space : kSpaces) serveLists(plural, space);
  }
  server_.on(std::string("/apis/") + kKargo, [](const Request&, Reply& reply) {
    reply.json(200, R"({"kind":"APIResourceList","groupVersion":"kargo.akuity.io/v1alpha1","resources":[
        {"name":"warehouses","singularName":"warehouse","kind":"Warehouse","namespaced":true,"verbs":["get","patch"]},
        {"name":"projectconfigs","kind":"ProjectConfig","namespaced":true,"verbs":["get","patch"]},
        {"name":"clusterconfigs","kind":"ClusterConfig","namespaced":false,"verbs":["get","patch"]}]})");
  });
}

ScriptedCluster::~ScriptedCluster() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
}

std::string ScriptedCluster::kubeconfig() const {
  return fmt::format(
      "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
      "clusters: [{{name: c, cluster: {{server: '{}', certificate-authority-data: {}}}}}]\n"
      "users: [{{name: u, user: {{token: a-secret-token}}}}]\ncontexts: [{{name: c, context: {{cluster: c, user: "
      "u}}}}]\n",
      server_.url(), base::toBase64(server_.certificatePem()));
}

std::string ScriptedCluster::path(const std::string& plural, const std::string& space) const {
  const std::string root = plural == "secrets" ? "/api/v1" : std::string("/apis/") + kKargo;
  return root + (space.empty() ? "" : "/namespaces/" + space) + "/" + plural;
}

void ScriptedCluster::put(const std::string& plural, const std::string& space, const std::string& name,
                          const std::string& fields, const std::string& annotations) {
  serveObject(plural, space, name);
  const std::lock_guard lock(mutex_);
  Kind& kind = kinds_.at(plural);
  Json object = Json::parse(fields);
  object["apiVersion"] = kind.api_version;
  object["kind"] = kind.kind;
  object["metadata"] = {{"name", name}, {"resourceVersion", std::to_string(++version_)}};
  object["metadata"]["annotations"] = Json::parse(annotations);
  if (!space.empty()) object["metadata"]["namespace"] = space;
  const std::string json = object.dump();
  const bool is_new = kind.objects.insert_or_assign({space, name}, json).second;
  kind.changes[version_] = {is_new ? "ADDED" : "MODIFIED", space, json};
  changed_.notify_all();
}

void ScriptedCluster::putSecret(const std::string& space, const std::string& name, const std::string& key,
                                const std::string& value) {
  put("secrets", space, name, Json{{"type", "Opaque"}, {"data", {{key, base::toBase64(value)}}}}.dump());
}

void ScriptedCluster::remove(const std::string& plural, const std::string& space, const std::string& name) {
  const std::lock_guard lock(mutex_);
  Kind& kind = kinds_.at(plural);
  const auto found = kind.objects.find({space, name});
  if (found == kind.objects.end()) return;
  Json object = Json::parse(found->second);
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  kind.changes[version_] = {"DELETED", space, object.dump()};
  kind.objects.erase(found);
  changed_.notify_all();
}

void ScriptedCluster::answer(const std::string& plural, int status) {
  const std::lock_guard lock(mutex_);
  Kind& kind = kinds_.at(plural);
  kind.status = status;
  ++kind.interruptions;
  changed_.notify_all();
}

void ScriptedCluster::answerAll(int status) {
  for (const auto* plural : {"projectconfigs", "clusterconfigs", "warehouses", "secrets"}) answer(plural, status);
}

std::vector<std::string> ScriptedCluster::patched() const {
  const std::lock_guard lock(mutex_);
  return patched_;
}

std::vector<std::string> ScriptedCluster::got() const {
  const std::lock_guard lock(mutex_);
  return got_;
}

bool ScriptedCluster::refused(const std::string& plural, Reply& reply) const {
  const int status = kinds_.at(plural).status;
  if (status == 200) return false;
  reply.json(
      status,
      Json{{"kind", "Status"}, {"status", "Failure"}, {"message", "as the test wants"}, {"code", status}}.dump());
  return true;
}

void ScriptedCluster::serveLists(const std::string& plural, const std::string& space) {
  server_.on(path(plural, space), [this, plural, space](const Request& request, Reply& reply) {
    {
      const std::lock_guard lock(mutex_);
      if (refused(plural, reply)) return;
    }
    if (!request.asks("watch=true")) return list(plural, space, reply);
    constexpr std::string_view kVersion = "resourceVersion=";
    const auto at = request.query.find(kVersion);
    watch(plural, space, at == std::string::npos ? 0 : std::stoull(request.query.substr(at + kVersion.size())), reply);
  });
}

void ScriptedCluster::serveObject(const std::string& plural, const std::string& space, const std::string& name) {
  server_.on(path(plural, space) + "/" + name, [this, plural, space, name](const Request& request, Reply& reply) {
    const std::lock_guard lock(mutex_);
    if (refused(plural, reply)) return;
    (request.method == "PATCH" ? patched_ : got_).push_back(nameOf(space, name));
    const auto& objects = kinds_.at(plural).objects;
    const auto found = objects.find({space, name});
    if (found == objects.end()) {
      reply.json(404, R"({"kind":"Status","reason":"NotFound","code":404})");
    } else {
      reply.json(200, found->second);
    }
  });
}

void ScriptedCluster::list(const std::string& plural, const std::string& space, Reply& reply) {
  const std::lock_guard lock(mutex_);
  std::string items;
  for (const auto& [name, json] : kinds_.at(plural).objects) {
    if (space.empty() || space == name.first) items += (items.empty() ? "" : ",") + json;
  }
  reply.json(200,
             fmt::format(R"({{"kind":"List","metadata":{{"resourceVersion":"{}"}},"items":[{}]}})", version_, items));
}

void ScriptedCluster::watch(const std::string& plural, const std::string& space, std::uint64_t version, Reply& reply) {
  std::unique_lock lock(mutex_);
  const Kind& kind = kinds_.at(plural);
  const auto interruptions = kind.interruptions;
  reply.begin();
  while (!ending_ && kind.interruptions == interruptions) {
    std::string events;
    for (auto at = kind.changes.upper_bound(version); at != kind.changes.end(); ++at) {
      version = at->first;
      if (!space.empty() && space != at->second.space) continue;
      events += fmt::format("{{\"type\":\"{}\",\"object\":{}}}\n", at->second.type, at->second.json);
    }
    if (!events.empty()) {
      lock.unlock();
      reply.chunk(events);
      lock.lock();
      continue;
    }
    changed_.wait(lock);
  }
  lock.unlock();
  reply.end();
}

}  // namespace landfall::testing
