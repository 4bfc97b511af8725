// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/scripted_api_server.h"

namespace landfall::testing {

/// An API server with Kargo's kinds and Secrets that lists, watches, gets and takes patches: enough of a cluster for
/// whoever follows one. Thread-safe.
class ScriptedCluster {
 public:
  ScriptedCluster();
  ~ScriptedCluster();
  ScriptedCluster(const ScriptedCluster&) = delete;
  ScriptedCluster& operator=(const ScriptedCluster&) = delete;

  /// What a client needs; its certificate stands in it.
  std::string kubeconfig() const;
  const ScriptedApiServer& server() const { return server_; }

  /// Creates or changes an object; `fields` is a JSON object without apiVersion and kind; `annotations` likewise.
  /// `plural`: projectconfigs, clusterconfigs (in no namespace), warehouses or secrets.
  void put(const std::string& plural, const std::string& space, const std::string& name, const std::string& fields,
           const std::string& annotations = "{}");
  /// A Secret with one value.
  void putSecret(const std::string& space, const std::string& name, const std::string& key, const std::string& value);
  void remove(const std::string& plural, const std::string& space, const std::string& name);

  /// Requests for these objects are answered so from now on; 200: as they should be. Watches that are open end.
  void answer(const std::string& plural, int status);
  /// All of them.
  void answerAll(int status);

  /// Annotations that were patched, as "shop/api".
  std::vector<std::string> patched() const;
  /// Objects that were asked for by name, as "shop/api".
  std::vector<std::string> got() const;

 private:
  struct Change {
    std::string type;  ///< ADDED, MODIFIED, DELETED
    std::string space;
    std::string json;
  };
  using Name = std::pair<std::string, std::string>;  ///< namespace, name
  struct Kind {
    std::string api_version;
    std::string kind;
    std::map<Name, std::string> objects;
    std::map<std::uint64_t, Change> changes;  ///< by version
    int status = 200;
    std::uint64_t interruptions = 0;
  };

  void serveLists(const std::string& plural, const std::string& space);
  void serveObject(const std::string& plural, const std::string& space, const std::string& name);
  void list(const std::string& plural, const std::string& space, ScriptedApiServer::Reply& reply);
  void watch(const std::string& plural, const std::string& space, std::uint64_t version,
             ScriptedApiServer::Reply& reply);
  /// With the lock held.
  bool refused(const std::string& plural, ScriptedApiServer::Reply& reply) const;
  std::string path(const std::string& plural, const std::string& space) const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Kind> kinds_;
  std::uint64_t version_ = 100;
  bool ending_ = false;
  std::vector<std::string> patched_;
  std::vector<std::string> got_;
  ScriptedApiServer server_;  ///< last: its threads go first
};

}  // namespace landfall::testing
