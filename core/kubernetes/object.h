// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace landfall::kubernetes {

/// A kind of object as the API serves it.
struct ResourceType {
  std::string group;  ///< "kargo.akuity.io"; empty: the core group
  std::string version;
  std::string plural;  ///< "warehouses"
  std::string kind;    ///< "Warehouse"
  bool namespaced = true;

  bool operator==(const ResourceType&) const = default;
  std::string apiVersion() const { return group.empty() ? version : group + "/" + version; }
};

/// One object as the server sent it. A Secret's may be secret.
struct Object {
  std::string space;  ///< its namespace; empty: it belongs to the cluster
  std::string name;
  std::string resource_version;
  std::string json;  ///< all of it: a JSON object, apiVersion and kind included; what is nested absurdly deep left out
};

/// The reason of an answer that was not read, since it is larger than what is read of one.
inline constexpr const char* kTooLarge = "TooLarge";

/// Why a request came to nothing.
struct Failure {
  int status = 0;      ///< of the HTTP answer; 0: there was none (refused, timed out, no valid certificate)
  std::string reason;  ///< of a Status object ("Forbidden", "Expired"), or kTooLarge; may be empty
  /// For people: verb, resource, name, what was answered, and what to check ("403: patch warehouses.kargo.akuity.io
  /// shop/api: … : add verbs: [patch], resources: [warehouses], apiGroups: [kargo.akuity.io] to the role of …"). No
  /// secret.
  std::string message;
  std::optional<std::chrono::milliseconds> retry_after;  ///< as the server asked
};

/// A T, or why there is none.
template <class T>
class [[nodiscard]] Answer {
 public:
  Answer(T value) : state_(std::move(value)) {}            // NOLINT(google-explicit-constructor)
  Answer(Failure failure) : state_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return std::holds_alternative<T>(state_); }
  const T& value() const { return std::get<T>(state_); }
  T& value() { return std::get<T>(state_); }
  const T& operator*() const { return value(); }
  T& operator*() { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }
  const Failure& failure() const { return std::get<Failure>(state_); }

 private:
  std::variant<T, Failure> state_;
};

/// Some of the objects of a list.
struct ListPage {
  std::vector<Object> objects;
  std::string resource_version;  ///< of the whole list
  std::string next;              ///< for the next page; empty: this was the last
  std::size_t unreadable = 0;    ///< objects that were left out, having no name
};

/// What a list or watch is about.
struct Scope {
  ResourceType type;
  std::string space;  ///< one namespace; empty: all of them, or objects of the cluster
  std::string label_selector;
  std::string field_selector;
};

}  // namespace landfall::kubernetes
