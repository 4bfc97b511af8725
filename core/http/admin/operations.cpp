// SPDX-License-Identifier: Apache-2.0
#include "core/operations/operations.h"

#include "core/base/time_text.h"
#include "core/http/admin/json_views.h"
#include "core/http/admin/query.h"
#include "core/http/admin/routes.h"
#include "core/http/problem.h"

namespace landfall::http {
namespace {

std::optional<operations::OperationId> idOf(const ApiCall& call) {
  return operations::OperationId::parse(call.path.front());
}

Response noSuchOperation() {
  return problem(404, "no such operation: the last 100 are remembered, until the server stops");
}

}  // namespace

Json operationJson(const operations::Operation& operation) {
  return {{"id", operation.id.text()},
          {"kind", operation.kind},
          {"state", operations::name(operation.state)},
          {"count", operation.count},
          {"done", operation.done},
          {"failed", operation.failed},
          {"startedAt", base::toRfc3339(operation.started_at)},
          {"endedAt", operation.ended_at ? Json(base::toRfc3339(*operation.ended_at)) : Json(nullptr)},
          {"error", operation.error ? Json(*operation.error) : Json(nullptr)}};
}

Response listOperations(const ApiCall& call) {
  const auto query = Query::parse(call.request.query, {});
  if (query.bad()) return badInputResponse(*query.bad());
  Json items = Json::array();
  for (const auto& operation : call.parts.operations.list()) items.push_back(operationJson(operation));
  return listResponse(call.request, std::move(items), std::nullopt);
}

Response getOperation(const ApiCall& call) {
  const auto id = idOf(call);
  const auto operation = id ? call.parts.operations.find(*id) : std::nullopt;
  return operation ? jsonResponse(operationJson(*operation)) : noSuchOperation();
}

Response cancelOperation(const ApiCall& call) {
  const auto id = idOf(call);
  if (!id) return noSuchOperation();
  const auto cancelled = call.parts.operations.cancel(*id);
  if (cancelled.ok()) return jsonResponse(operationJson(*cancelled));
  return cancelled.status().code() == base::StatusCode::NotFound ? noSuchOperation()
                                                                 : failureResponse(cancelled.status());
}

}  // namespace landfall::http
