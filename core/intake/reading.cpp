// SPDX-License-Identifier: Apache-2.0
#include "core/intake/reading.h"

#include <utility>

#include "core/intake/proofs.h"
#include "core/matching/repository_name.h"

namespace landfall::intake {
namespace {

using adapters::ParseStatus;
using model::Outcome;

Outcome outcomeOf(ParseStatus status) {
  switch (status) {
    case ParseStatus::Pushed:
      return Outcome::Unmatched;  // until a Warehouse matches
    case ParseStatus::Nothing:
      return Outcome::Ignored;
    case ParseStatus::Ping:
      return Outcome::Ping;
    case ParseStatus::Malformed:
      return Outcome::Malformed;
    case ParseStatus::Unrecognised:
    case ParseStatus::Failed:
      return Outcome::Unrecognised;
  }
  return Outcome::Unrecognised;
}

void takeOver(adapters::ParsedRequest&& parsed, model::Event& event) {
  event.outcome = outcomeOf(parsed.status);
  event.reason = std::move(parsed.reason);
  event.kind = std::move(parsed.kind);
  event.action = parsed.action;
  event.actor = std::move(parsed.actor);
  event.sender_delivery_id = std::move(parsed.sender_delivery_id);
  event.details = std::move(parsed.details);
  event.occurred_at = parsed.occurred_at;
  event.artifacts = std::move(parsed.artifacts);
}

/// What the adapter reads, but never the credential that the receiver itself asks for, whatever a plugin declares.
std::vector<model::Header> keptHeaders(const config::Receiver& receiver, const std::vector<model::Header>& headers) {
  auto kept = receiver.instance->keptHeaders(headers);
  if (!receiver.basic_auth.empty()) std::erase_if(kept, isAuthorization);
  return kept;
}

/// The refreshes that the event's artifacts owe, under the snapshot's Warehouses.
std::vector<storage::OwedRefresh> owedRefreshes(const config::Configuration& configuration,
                                                const config::Receiver& receiver, const model::Event& event) {
  std::vector<storage::OwedRefresh> owes;
  for (auto& match : configuration.index.match(receiver.scope, event.artifacts)) {
    const auto warehouse = configuration.warehouse(match.warehouse->key);
    owes.push_back({match.warehouse->key, model::refresherName(warehouse->refresh), std::move(match.reasons)});
  }
  return owes;
}

}  // namespace

Reading readRequest(const config::Configuration& configuration, const config::Receiver& receiver,
                    const adapters::WebhookRequest& request, model::Event event) {
  Reading reading;
  adapters::ParsedRequest parsed = receiver.instance->parse(request);
  reading.adapter_failed = parsed.status == ParseStatus::Failed;
  takeOver(std::move(parsed), event);
  event.headers = keptHeaders(receiver, request.headers);
  reading.record.owes = owedRefreshes(configuration, receiver, event);
  if (!reading.record.owes.empty()) event.outcome = Outcome::Matched;
  for (const auto& artifact : event.artifacts) {
    reading.record.repository_keys.push_back(matching::normalizeImage(artifact.repository));
  }
  reading.record.event = std::move(event);
  reading.record.min_interval = configuration.settings.delivery.min_interval;
  return reading;
}

}  // namespace landfall::intake
