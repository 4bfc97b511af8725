// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/kubernetes/access.h"

namespace landfall::testing {

/// A real kube-apiserver with an etcd of its own on ports of 127.0.0.1, with the CRDs of customResources(). Throws with
/// the programs' logs when they do not start. Calls are made with all rights; any thread.
class RealCluster {
 public:
  /// Why there can be none here; nothing: there can.
  static std::optional<std::string> whyNot();

  struct Options {
    bool watch_cache = true;  ///< false: watches go to etcd itself, which forgets what is compacted
  };
  explicit RealCluster(Options options);
  /// Kills both.
  ~RealCluster();
  RealCluster(const RealCluster&) = delete;
  RealCluster& operator=(const RealCluster&) = delete;

  /// SIGKILL to the API server; and a new one on the same port and data, ready or (see `ready`) just begun.
  void kill();
  enum class Wait { UntilReady, Not };
  void restart(Wait wait = Wait::UntilReady);
  bool ready() const;
  /// Makes etcd forget everything before now.
  void compact() const;

  std::string url() const;
  const std::string& caPem() const;
  /// Reaches it with this token, or with all rights.
  kubernetes::Access access(const std::string& token = {}) const;
  std::string kubeconfig(const std::string& token = {}) const;

  struct Answer {
    int status = 0;  ///< 0: none
    nlohmann::json body;
  };
  /// `body` null: none. PATCH is a merge patch.
  Answer call(const std::string& method, const std::string& path, const nlohmann::json& body = nullptr) const;
  /// The same, which must answer 2xx; gives the body.
  nlohmann::json must(const std::string& method, const std::string& path, const nlohmann::json& body = nullptr) const;

  // Objects by apiVersion, kind and metadata, as in a manifest.
  nlohmann::json create(const nlohmann::json& object) const;
  /// A namespace, and nothing when it is there.
  void makeNamespace(const std::string& name) const;
  /// One that nobody else has, named after the test that is running.
  std::string makeNamespaceOfTest() const;

  /// A service account in `space` and a token of it.
  std::string makeAccount(const std::string& space, const std::string& name) const;
  /// Lets the account do what `rules` (of a Role) say, in one namespace or, when `within` is empty, in all.
  void grant(const std::string& space, const std::string& account, const nlohmann::json& rules,
             const std::string& within = {}) const;
  /// Takes that back.
  void revoke(const std::string& account, const std::string& within = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Where the API has objects of a kind that the tests use; with `name`: one of them.
std::string pathOf(const std::string& api_version, const std::string& kind, const std::string& space,
                   const std::string& name = {});

/// The one of this test program: started when it is first asked for, and again when a test left it dead.
RealCluster& theCluster();

/// At the beginning of each test.
#define LANDFALL_SKIP_WITHOUT_CLUSTER()                              \
  if (const auto why = ::landfall::testing::RealCluster::whyNot()) { \
    GTEST_SKIP() << *why;                                            \
  }

}  // namespace landfall::testing
