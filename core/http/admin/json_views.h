// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/config/configuration.h"
#include "core/http/admin/access.h"
#include "core/http/admin/admin_api.h"
#include "core/http/admin/query.h"
#include "core/model/delivery.h"
#include "core/model/event.h"

namespace landfall::http {

// What the API shows: names in camelCase, times RFC 3339 with milliseconds, absent values null. Included by .cpp files
// only.

using Json = nlohmann::ordered_json;

Json eventJson(const model::Event& event);
/// `with_attempts` adds attemptLog.
Json deliveryJson(const model::Delivery& delivery, bool with_attempts);
Json operationJson(const operations::Operation& operation);
Json artifactJson(const model::Artifact& artifact);
/// URLs that are the receiver's credential are masked for the scope `read`.
Json receiverJson(const config::Receiver& receiver, const std::string& base_url, const Access& access);
/// The path of a target's URL is masked for the scope `read`.
Json warehouseJson(const model::Warehouse& warehouse, const Access& access);
Json targetJson(const TargetView& target);
Json pluginJson(const adapters::Plugin& plugin);
/// Without secrets.
Json settingsJson(const config::Settings& settings);
/// What the latest generation that changed a receiver, a Warehouse or a plugin changed.
Json lastChangeJson(const config::Configuration& configuration);
Json diffJson(const config::Diff& diff);
/// Receivers of the cluster that cannot be used, and why.
Json unreadyJson(const std::vector<config::UnreadyReceiver>& receivers);
/// Without `health`: no cluster is configured. `complete`: what the running configuration knows of it is.
Json clusterJson(const std::optional<config::ClusterHealth>& health, bool complete);
Json problemsJson(const config::Problems& problems);
Json reloadJson(const ReloadReport& report);

/// 200 with JSON. Bytes that are no UTF-8 are shown as U+FFFD.
Response jsonResponse(const Json& json, int status = 200);
/// {"items": …, "next": …}, with a Link header when there is a next page.
Response listResponse(const Request& request, Json items, const std::optional<std::string>& next);
/// The problem that a failed call of the store becomes.
Response failureResponse(const base::Status& failure);
/// The same of a call that took a cursor: what it can find wrong is only that.
Response pageFailureResponse(const base::Status& failure);
/// 400.
Response badInputResponse(const BadInput& bad);

/// A JSON object in a request's body; an empty body is an empty object.
struct RequestObject {
  Json object;
  std::optional<BadInput> bad;  ///< it is none, or has a member that is not among `known`
};
RequestObject readObject(const Request& request, std::initializer_list<std::string_view> known);
/// The members of an object as parameters, named behind `prefix` ("filter."). Bad: a member that is not among `known`,
/// or no string.
Query readFields(const Json& object, const std::string& prefix, std::initializer_list<std::string_view> known);

}  // namespace landfall::http
