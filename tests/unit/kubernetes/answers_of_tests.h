// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>

#include "core/kubernetes/access.h"
#include "core/kubernetes/object.h"
#include "tests/support/scripted_api_server.h"

namespace landfall::kubernetes {

// What tests of the client and the watch have an API server say.

inline const ResourceType kWarehouses{"kargo.akuity.io", "v1alpha1", "warehouses", "Warehouse", true};
inline const std::string kPath = "/apis/kargo.akuity.io/v1alpha1/namespaces/shop/warehouses";
inline const std::string kAllPath = "/apis/kargo.akuity.io/v1alpha1/warehouses";

inline std::string warehouse(const std::string& name, int version, const std::string& more = "") {
  return fmt::format(R"({{"apiVersion":"kargo.akuity.io/v1alpha1","kind":"Warehouse",)"
                     R"("metadata":{{"name":"{}","namespace":"shop","resourceVersion":"{}"}}{}}})",
                     name, version, more);
}

inline std::string list(const std::string& items, int version, const std::string& next = "") {
  return fmt::format(R"({{"kind":"WarehouseList","metadata":{{"resourceVersion":"{}","continue":"{}"}},"items":[{}]}})",
                     version, next, items);
}

inline std::string event(const std::string& type, const std::string& object) {
  return fmt::format("{{\"type\":\"{}\",\"object\":{}}}\n", type, object);
}

inline std::string bookmark(int version) {
  return event("BOOKMARK", fmt::format(R"({{"kind":"Warehouse","metadata":{{"resourceVersion":"{}"}}}})", version));
}

inline std::string statusObject(int code, const std::string& reason, const std::string& message) {
  return fmt::format(
      R"({{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{}","reason":"{}","code":{}}})", message,
      reason, code);
}

inline Access accessTo(const testing::ScriptedApiServer& server) {
  Access access;
  access.server = server.url();
  access.ca_pem = server.certificatePem();
  access.token = "a-secret-token";
  return access;
}

}  // namespace landfall::kubernetes
