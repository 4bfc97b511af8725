// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/http/admin/json_views.h"
#include "core/http/admin/query.h"
#include "core/http/admin/routes.h"
#include "core/http/problem.h"
#include "core/intake/proofs.h"
#include "core/intake/reading.h"

namespace landfall::http {
namespace {

constexpr std::size_t kMostWarehouses = 100;

std::string repositoryOf(const model::Subscription& subscription) {
  return std::visit([](const auto& one) { return one.repo_url; }, subscription);
}

Json reasonJson(const model::MatchReason& reason, const model::Warehouse& warehouse) {
  return {{"artifact", reason.artifact},
          {"subscription", reason.subscription},
          {"repository", repositoryOf(warehouse.subscriptions.at(reason.subscription))},
          {"code", model::name(reason.rule)},
          {"takes", model::takes(reason.rule)},
          {"detail", reason.detail}};
}

Json warehouseMatchJson(const matching::WarehouseMatch& match, const config::Configuration& configuration) {
  const auto warehouse = configuration.warehouse(match.warehouse->key);
  Json json{{"project", match.warehouse->key.project},
            {"name", match.warehouse->key.name},
            {"matched", match.matched},
            {"reasons", Json::array()}};
  for (const auto& reason : match.reasons) json["reasons"].push_back(reasonJson(reason, *warehouse));
  return json;
}

/// Why an outcome refreshes nothing whoever is subscribed; nothing where the subscriptions decide.
std::optional<std::string> noteOf(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::Matched:
    case model::Outcome::Unmatched:
      return std::nullopt;
    case model::Outcome::Ignored:
      return "what it tells of refreshes nothing, whoever is subscribed";
    case model::Outcome::Ping:
      return "it is the sender's test and never refreshes anything";
    case model::Outcome::Duplicate:
      return "its sender had sent it before: the first of the two was matched";
    case model::Outcome::Unrecognised:
      return "the adapter does not know its shape, so it says nothing that could match";
    case model::Outcome::Malformed:
      return "its body is not of the format that it claims, so it says nothing that could match";
    case model::Outcome::Unauthenticated:
      return "it could not prove who sent it, so nothing of it was read";
  }
  return std::nullopt;
}

std::string nobodyIsSubscribed(const std::optional<std::string>& project) {
  return "no Warehouse" + (project ? " of project " + *project : std::string()) +
         " is subscribed to a repository of that or a similar name";
}

std::string receiverIsGone(const model::Event& event) {
  return "receiver " + event.receiver.text() +
         " is not configured any more: explained is what its artifacts would match today, without its host aliases";
}

void addNote(Json& json, const std::optional<std::string>& sentence) {
  if (!sentence) return;
  json["note"] = json["note"].is_null() ? *sentence : json["note"].get<std::string>() + "; " + *sentence;
}

Json explanationJson(const config::Configuration& configuration, const model::Event& event,
                     const matching::MatchScope& scope) {
  const auto explained = configuration.index.explain(scope, event.artifacts, kMostWarehouses);
  Json json{{"receiver",
             {{"project", event.receiver.project ? Json(*event.receiver.project) : Json(nullptr)},
              {"name", event.receiver.name}}},
            {"adapter", event.adapter},
            {"generation", configuration.generation},
            {"outcome", model::name(event.outcome)},
            {"reason", event.reason ? Json(*event.reason) : Json(nullptr)},
            {"kind", event.kind ? Json(*event.kind) : Json(nullptr)},
            {"action", event.action ? Json(model::name(*event.action)) : Json(nullptr)},
            {"artifacts", Json::array()},
            {"warehouses", Json::array()},
            {"truncated", explained.total > explained.warehouses.size()},
            {"warehousesTotal", explained.total},
            {"note", nullptr}};
  for (const auto& artifact : event.artifacts) json["artifacts"].push_back(artifactJson(artifact));
  for (const auto& match : explained.warehouses) {
    json["warehouses"].push_back(warehouseMatchJson(match, configuration));
  }
  addNote(json, noteOf(event.outcome));
  if (!event.artifacts.empty() && explained.total == 0) addNote(json, nobodyIsSubscribed(scope.project));
  return json;
}

}  // namespace

Response explainEvent(const ApiCall& call) {
  const auto id = model::EventId::parse(call.path.front());
  if (!id) return problem(404, "no such event");
  const auto event = call.parts.store.event(*id);
  if (!event.ok()) return failureResponse(event.status());
  const auto configuration = call.parts.configuration.get();
  const auto receiver = configuration->receiver(event->receiver);
  if (receiver != nullptr) return jsonResponse(explanationJson(*configuration, *event, receiver->scope));
  Json json = explanationJson(*configuration, *event, {event->receiver.project, {}});
  addNote(json, receiverIsGone(*event));
  return jsonResponse(json);
}

Response explainPayload(const ApiCall& call) {
  const auto configuration = call.parts.configuration.get();
  const auto receiver = configuration->receiver(receiverKeyOf(call));
  if (receiver == nullptr) return problem(404, "no such receiver");
  // The token is for us, and no business of the adapter's.
  auto headers = call.request.headers;
  std::erase_if(headers, intake::isAuthorization);
  model::Event event;
  event.receiver = receiver->key;
  event.adapter = receiver->adapter;
  event.body_bytes = call.request.body.size();
  const auto reading = intake::readRequest(
      *configuration, *receiver, {call.request.method, call.request.query, headers, call.request.body}, event);
  return jsonResponse(explanationJson(*configuration, reading.record.event, receiver->scope));
}

}  // namespace landfall::http
