// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <utility>

#include "core/http/admin/filters.h"
#include "core/http/admin/json_views.h"
#include "core/http/admin/query.h"
#include "core/http/admin/routes.h"
#include "core/http/problem.h"
#include "core/http/webhook_endpoint.h"
#include "core/intake/intake.h"
#include "core/operations/operations.h"

namespace landfall::http {
namespace {

/// What `begin(done)` gives to its `done`, which is called once, also when the store closes meanwhile.
template <class Answer, class Begin>
base::Result<Answer> waitFor(Begin begin) {
  auto promise = std::make_shared<std::promise<base::Result<Answer>>>();
  auto answer = promise->get_future();
  begin([promise](base::Result<Answer> result) { promise->set_value(std::move(result)); });
  return answer.get();
}

/// 422 where the request is well-formed and the state of things does not allow it.
Response impossible(const base::Status& failure) {
  return failure.code() == base::StatusCode::FailedPrecondition ? problem(422, failure.message())
                                                                : failureResponse(failure);
}

Response deliveryAnswer(const base::Result<model::Delivery>& delivery) {
  return delivery.ok() ? jsonResponse(deliveryJson(*delivery, false)) : failureResponse(delivery.status());
}

using ByHand = base::Result<model::Delivery> (storage::Store::*)(model::DeliveryId, base::UtcTime);

Response decide(const ApiCall& call, ByHand decision) {
  const auto id = model::DeliveryId::parse(call.path.front());
  if (!id) return problem(404, "no such delivery");
  return deliveryAnswer((call.parts.store.*decision)(*id, call.parts.clock.now()));
}

}  // namespace

Response replayEvent(const ApiCall& call) {
  const auto id = model::EventId::parse(call.path.front());
  if (!id) return problem(404, "no such event");
  const auto recorded = waitFor<storage::Recorded>([&](auto done) { call.parts.intake.replay(*id, std::move(done)); });
  if (!recorded.ok()) return impossible(recorded.status());
  return jsonResponse({{"event", recorded->id.text()},
                       {"outcome", model::name(recorded->outcome)},
                       {"warehouses", recorded->warehouses},
                       {"replayOf", id->text()}});
}

Response sendSample(const ApiCall& call) {
  const auto body = readObject(call.request, {"sample"});
  if (body.bad) return badInputResponse(*body.bad);
  const auto sample = body.object.find("sample");
  if (sample == body.object.end() || !sample->is_string()) {
    return problem(400, "sample names one of the samples of the receiver's adapter", "sample");
  }
  const auto answer = waitFor<intake::Answer>([&](auto done) {
    call.parts.intake.send(receiverKeyOf(call), sample->get<std::string>(), call.request.peer, std::move(done));
  });
  if (!answer.ok()) {
    const bool unknown_sample = answer.status().code() == base::StatusCode::InvalidArgument;
    return unknown_sample ? problem(422, answer.status().message(), "sample") : impossible(answer.status());
  }
  const bool recorded = answer->event.has_value();
  return jsonResponse({{"status", webhookResponse(*answer).status},
                       {"event", recorded ? Json(answer->event->text()) : Json(nullptr)},
                       {"outcome", recorded ? Json(model::name(answer->outcome)) : Json(nullptr)},
                       {"warehouses", answer->warehouses},
                       {"detail", answer->detail.empty() ? Json(nullptr) : Json(answer->detail)}});
}

Response retryDelivery(const ApiCall& call) { return decide(call, &storage::Store::retryDelivery); }

Response cancelDelivery(const ApiCall& call) { return decide(call, &storage::Store::cancelDelivery); }

Response refreshWarehouse(const ApiCall& call) {
  const auto warehouse = call.parts.configuration.get()->warehouse({call.path.at(0), call.path.at(1)});
  if (warehouse == nullptr) return problem(404, "no such Warehouse");
  return deliveryAnswer(
      call.parts.store.oweRefresh(warehouse->key, model::refresherName(warehouse->refresh), call.parts.clock.now()));
}

Response retryDeliveries(const ApiCall& call) {
  auto body = readObject(call.request, {"filter", "dryRun"});
  if (body.bad) return badInputResponse(*body.bad);
  const Json dry_run = body.object.value("dryRun", Json(false));
  if (!dry_run.is_boolean()) return problem(400, "dryRun is not a boolean", "dryRun");
  auto fields = readFields(body.object.value("filter", Json::object()), "filter.",
                           {"project", "warehouse", "state", "reason", "since", "until"});
  const auto filter = deliveryFilterOf(fields);
  if (fields.bad()) return badInputResponse(*fields.bad());

  const auto refused = [](const base::Status& failure) {
    return failure.code() == base::StatusCode::InvalidArgument ? problem(422, failure.message(), "filter.state")
                                                               : failureResponse(failure);
  };
  if (dry_run.get<bool>()) {
    const auto count = call.parts.operations.countRetry(filter);
    return count.ok() ? jsonResponse({{"dryRun", true}, {"count", *count}}) : refused(count.status());
  }
  const auto operation = call.parts.operations.retry(filter);
  if (!operation.ok()) return refused(operation.status());
  Response accepted = jsonResponse(operationJson(*operation), 202);
  accepted.headers.push_back({"Location", "/api/v1/operations/" + operation->id.text()});
  return accepted;
}

}  // namespace landfall::http
