// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "core/config/configuration.h"
#include "core/http/admin/access.h"
#include "core/http/admin/admin_api.h"
#include "core/model/delivery.h"
#include "core/model/event.h"

namespace landfall::http {

// What the API shows: names in camelCase, times RFC 3339 with milliseconds, absent values null. Included by .cpp files
// only.

using Json = nlohmann::ordered_json;

Json eventJson(const model::Event& event);
/// `with_attempts` adds attemptLog.
Json deliveryJson(const model::Delivery& delivery, bool with_attempts);
/// URLs that are the receiver's credential are masked for the scope `read`.
Json receiverJson(const config::Receiver& receiver, const std::string& base_url, const Access& access);
Json warehouseJson(const model::Warehouse& warehouse);
Json pluginJson(const adapters::Plugin& plugin);
/// Without secrets.
Json settingsJson(const config::Settings& settings);
Json diffJson(const config::Diff& diff);
Json problemsJson(const config::Problems& problems);
Json reloadJson(const ReloadReport& report);

/// 200 with JSON. Bytes that are no UTF-8 are shown as U+FFFD.
Response jsonResponse(const Json& json, int status = 200);
/// {"items": …, "next": …}, with a Link header when there is a next page.
Response listResponse(const Request& request, Json items, const std::optional<std::string>& next);
/// The problem that a failed call of the store or a bad parameter becomes.
Response failureResponse(const base::Status& failure);

}  // namespace landfall::http
