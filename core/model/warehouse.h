// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/model/event.h"
#include "core/model/ids.h"

namespace landfall::model {

/// Kargo's image subscription, with the defaults of Kargo's admission webhook already applied by whoever read it.
struct ImageSubscription {
  std::string repo_url;
  std::string selection_strategy = "SemVer";  ///< SemVer, Lexical, NewestBuild, Digest; "" is SemVer
  std::string constraint;
  bool strict_semvers = true;
  std::vector<std::string> allow_tags_regexes;
  std::vector<std::string> ignore_tags_regexes;
  std::string allow_tags;                ///< retired in Kargo 1.11: makes the selector invalid
  std::vector<std::string> ignore_tags;  ///< retired in Kargo 1.11: makes the selector invalid
  std::string platform;
};

struct ChartSubscription {
  std::string repo_url;
  std::string name;
  std::string semver_constraint;
};

struct GitSubscription {
  std::string repo_url;
  std::string selection_strategy = "NewestFromBranch";
  std::string branch;
  std::string semver_constraint;
  bool strict_semvers = true;
  std::vector<std::string> allow_tags_regexes;
  std::vector<std::string> ignore_tags_regexes;
  std::string allow_tags;
  std::vector<std::string> ignore_tags;
  std::vector<std::string> include_paths;
  std::vector<std::string> exclude_paths;
  std::string expression_filter;
};

using Subscription = std::variant<ImageSubscription, ChartSubscription, GitSubscription>;

/// One HTTP call, signed as Standard Webhooks says when there are keys.
struct HttpTarget {
  std::string url;
  std::string method = "POST";
  std::vector<Header> headers;            ///< values may be secret
  std::vector<std::string> signing_keys;  ///< raw key bytes, newest first; secret
  std::string ca_pem;                     ///< certificates to trust for https instead of the usual ones; empty: those
  std::string client_certificate_pem;     ///< shown to an https target, with its chain; empty: none
  std::string client_key_pem;             ///< of that certificate; secret

  bool operator==(const HttpTarget&) const = default;
};

/// A program of this machine, as landfall.yaml names it.
struct CommandTarget {
  std::string program;            ///< its name there
  std::vector<std::string> argv;  ///< the absolute path and all arguments
  std::chrono::milliseconds timeout{std::chrono::minutes(5)};

  bool operator==(const CommandTarget&) const = default;
};

/// An annotation on an object of the cluster, as controllers take it for "look now".
struct KubernetesTarget {
  /// How the object shows that its controller has seen the annotation.
  enum class Acknowledgement {
    None,               ///< it does not, or not in a way known here
    KargoStatus,        ///< status.lastHandledRefresh has our value
    FluxStatus,         ///< status.lastHandledReconcileAt has our value
    AnnotationRemoved,  ///< the annotation is gone again (Argo CD)
  };

  std::string api_version;  ///< "kargo.akuity.io/v1alpha1"; "group/": whatever version of it the server prefers
  std::string kind;
  std::string space;  ///< its namespace; empty: the object belongs to the cluster
  std::string name;
  std::string annotation;
  std::string value;  ///< empty: the time of the attempt, RFC 3339 with nanoseconds
  Acknowledgement acknowledgement = Acknowledgement::None;

  bool operator==(const KubernetesTarget&) const = default;
};

/// How a Warehouse is refreshed.
using RefreshTarget = std::variant<HttpTarget, CommandTarget, KubernetesTarget>;

/// "http", "kubernetes", "command".
std::string refresherName(const RefreshTarget& target);

/// A named target with subscriptions and a way to be refreshed.
struct Warehouse {
  WarehouseKey key;
  std::vector<Subscription> subscriptions;
  RefreshTarget refresh;
};

}  // namespace landfall::model
