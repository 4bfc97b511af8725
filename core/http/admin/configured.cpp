// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/http/admin/json_views.h"
#include "core/http/admin/query.h"
#include "core/http/admin/routes.h"

namespace landfall::http {
namespace {

/// One page of `rows` (sorted by name): those behind the cursor, which is the name of the last one shown.
template <class Row, class Show>
Response pageOf(const ApiCall& call, const std::vector<std::pair<std::string, Row>>& rows, Show show) {
  auto query = Query::parse(call.request.query, {"limit", "cursor"});
  const auto page = query.page();
  if (query.bad()) return badInputResponse(*query.bad());
  auto from = rows.begin();
  if (page.cursor) {
    const auto last = base::fromBase64(*page.cursor);
    if (!last)
      return pageFailureResponse(base::invalidArgument("cursor is not one that a page of this list ended with"));
    from = std::upper_bound(rows.begin(), rows.end(), *last,
                            [](const std::string& name, const auto& row) { return name < row.first; });
  }
  Json items = Json::array();
  while (from != rows.end() && items.size() < page.limit) items.push_back(show((from++)->second));
  const bool more = from != rows.end();
  return listResponse(call.request, std::move(items),
                      more ? std::optional(base::toBase64(std::prev(from)->first)) : std::nullopt);
}

}  // namespace

Response listReceivers(const ApiCall& call) {
  const auto configuration = call.parts.configuration.get();
  std::vector<std::pair<std::string, std::shared_ptr<const config::Receiver>>> rows;
  for (const auto& receiver : configuration->receivers) rows.emplace_back(receiver->key.text(), receiver);
  std::sort(rows.begin(), rows.end());
  return pageOf(call, rows, [&](const auto& receiver) {
    return receiverJson(*receiver, configuration->settings.base_url, call.access);
  });
}

Response listWarehouses(const ApiCall& call) {
  const auto configuration = call.parts.configuration.get();
  std::vector<std::pair<std::string, std::shared_ptr<const model::Warehouse>>> rows;
  for (const auto& [key, warehouse] : configuration->warehouses) rows.emplace_back(key.text(), warehouse);
  std::sort(rows.begin(), rows.end());
  return pageOf(call, rows, [&](const auto& warehouse) { return warehouseJson(*warehouse, call.access); });
}

Response listTargets(const ApiCall& call) {
  std::vector<std::pair<std::string, TargetView>> rows;
  for (auto& target : call.parts.host.targets()) rows.emplace_back(target.host, std::move(target));
  return pageOf(call, rows, [](const TargetView& target) { return targetJson(target); });
}

Response listPlugins(const ApiCall& call) {
  const auto query = Query::parse(call.request.query, {});
  if (query.bad()) return badInputResponse(*query.bad());
  const auto configuration = call.parts.configuration.get();
  Json items = Json::array();
  for (const auto& [id, plugin] : configuration->adapters->plugins()) items.push_back(pluginJson(*plugin));
  Json refused = Json::array();
  for (const auto& plugin : configuration->adapters->refused()) {
    refused.push_back({{"file", plugin.file.string()}, {"reason", plugin.reason}});
  }
  return jsonResponse({{"items", std::move(items)}, {"next", nullptr}, {"refused", std::move(refused)}});
}

}  // namespace landfall::http
