// SPDX-License-Identifier: Apache-2.0
#include "core/base/time_text.h"
#include "core/http/admin/json_views.h"
#include "core/http/admin/routes.h"
#include "core/http/page/page.h"
#include "core/http/problem.h"

namespace landfall::http {

Response getAccess(const ApiCall& call) {
  const bool operate = call.access.scope == config::TokenScope::Operate;
  return jsonResponse({{"name", call.access.name ? Json(*call.access.name) : Json(nullptr)},
                       {"scope", operate ? "operate" : "read"},
                       {"tokenRequired", !call.parts.configuration.get()->settings.admin.tokens.empty()}});
}

Response getConfig(const ApiCall& call) {
  const auto configuration = call.parts.configuration.get();
  return jsonResponse({{"version", LANDFALL_VERSION},
                       {"generation", configuration->generation},
                       {"appliedAt", base::toRfc3339(configuration->applied_at)},
                       {"receivers", configuration->receivers.size()},
                       {"warehouses", configuration->warehouses.size()},
                       {"lastChange", lastChangeJson(*configuration)},
                       {"warnings", problemsJson(configuration->warnings)},
                       {"receiversNotReady", unreadyJson(configuration->unready)},
                       {"kubernetes", clusterJson(call.parts.host.cluster(), configuration->complete)},
                       {"lastReload", reloadJson(call.parts.host.last_reload())},
                       {"settings", settingsJson(configuration->settings)}});
}

Response postReload(const ApiCall& call) {
  const ReloadReport report = call.parts.host.reload();
  if (report.applied) return jsonResponse(reloadJson(report));
  Json body = reloadJson(report);
  body["type"] = "about:blank";
  body["title"] = reasonPhrase(422);
  body["status"] = 422;
  body["detail"] = "the configuration has errors; the running one stays";
  Response refused = jsonResponse(body, 422);
  refused.headers = {{"Content-Type", "application/problem+json"}};
  return refused;
}

Response getPage(const ApiCall& call) { return answerPage(call.request).value_or(problem(404, "no such resource")); }

Response getHealth(const ApiCall&) { return jsonResponse({{"status", "ok"}}); }

Response getReadiness(const ApiCall& call) {
  const std::string reason = call.parts.host.not_ready_because();
  return reason.empty() ? jsonResponse({{"status", "ready"}}) : problem(503, reason);
}

Response getMetrics(const ApiCall& call) {
  return {.status = 200,
          .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
          .body = call.parts.host.metrics()};
}

}  // namespace landfall::http
