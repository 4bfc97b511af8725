// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/crypto.h"
#include "core/intake/intake.h"
#include "core/intake/reading.h"

namespace landfall::intake {
namespace {

const adapters::SampleDescription* findSample(const adapters::PluginDescription& plugin, std::string_view name) {
  const auto found = std::find_if(plugin.samples.begin(), plugin.samples.end(),
                                  [&](const auto& sample) { return sample.name == name; });
  return found == plugin.samples.end() ? nullptr : &*found;
}

std::string sampleNames(const adapters::PluginDescription& plugin) {
  std::string names;
  for (const auto& sample : plugin.samples) names += (names.empty() ? "" : ", ") + sample.name;
  return names.empty() ? "none" : names;
}

/// The call as the registry would make it.
base::Result<WebhookCall> sampleCall(const config::Receiver& receiver, const adapters::SampleDescription& sample) {
  WebhookCall call;
  call.method = "POST";
  call.path = receiver.paths.front();
  call.headers = sample.headers;
  call.body = sample.body;
  auto signature = receiver.instance->sign({call.method, call.query, call.headers, call.body});
  if (!signature.ok()) {
    return base::failedPrecondition(fmt::format("sample {} cannot be signed for {}: {}", sample.name,
                                                receiver.key.text(), signature.status().message()));
  }
  call.headers.insert(call.headers.end(), signature->begin(), signature->end());
  if (!receiver.basic_auth.empty()) {
    const auto& credential = receiver.basic_auth.front();
    call.headers.push_back(
        {"Authorization", "Basic " + base::toBase64(credential.username + ":" + credential.password)});
  }
  call.client_certificate_subject = receiver.client_certificate_subject;
  return call;
}

}  // namespace

void Intake::replay(model::EventId id, std::function<void(base::Result<storage::Recorded>)> done) {
  const auto original = store_.event(id);
  if (!original.ok()) return done(original.status());
  auto body = store_.eventBody(id);
  if (!body.ok()) {
    const bool not_kept = body.status().code() == base::StatusCode::NotFound;
    return done(not_kept ? base::failedPrecondition(body.status().message()) : body.status());
  }
  const auto configuration = configuration_.get();
  const auto receiver = configuration->receiver(original->receiver);
  if (receiver == nullptr || receiver->adapter != original->adapter) {
    return done(base::failedPrecondition(fmt::format("receiver {} with adapter {} is not configured any more",
                                                     original->receiver.text(), original->adapter)));
  }

  model::Event event;
  event.received_at = clock_.now();
  event.id = {base::newUuidV7(event.received_at)};
  event.receiver = receiver->key;
  event.adapter = receiver->adapter;
  event.replay_of = id;
  event.peer = original->peer;
  event.body_bytes = body->size();
  auto record = readRequest(*configuration, *receiver, {"POST", "", original->headers, *body}, std::move(event)).record;
  record.body = std::move(body).value();
  store_.record(std::move(record), [this, id, done = std::move(done)](base::Result<storage::Recorded> recorded) {
    if (recorded.ok()) {
      log_.info("intake", "event replayed",
                {{"event", recorded->id.text()},
                 {"replayOf", id.text()},
                 {"outcome", model::name(recorded->outcome)},
                 {"warehouses", static_cast<std::int64_t>(recorded->warehouses)}});
    }
    done(std::move(recorded));
  });
}

void Intake::send(const model::ReceiverKey& key, std::string_view name, std::string peer,
                  std::function<void(base::Result<Answer>)> done) {
  const auto receiver = configuration_.get()->receiver(key);
  if (receiver == nullptr) return done(base::notFound("there is no receiver " + key.text()));
  const auto& plugin = receiver->instance->plugin().description();
  const auto* const sample = findSample(plugin, name);
  if (sample == nullptr) {
    return done(base::invalidArgument(
        fmt::format("adapter {} has no sample {}; it has: {}", plugin.id, name, sampleNames(plugin))));
  }
  auto call = sampleCall(*receiver, *sample);
  if (!call.ok()) return done(call.status());
  call->peer = std::move(peer);
  receive(std::move(call).value(), [done = std::move(done)](Answer answer) { done(std::move(answer)); });
}

}  // namespace landfall::intake
