// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/refresher.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/time_text.h"

namespace landfall::refresh {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxEvents = 1000;

template <class Text>
Json orNull(const std::optional<Text>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json eventJson(const storage::RefreshEvent& event) {
  return {{"id", event.id.text()},
          {"receiver", event.receiver.name},
          {"adapter", event.adapter},
          {"receivedAt", base::toRfc3339(event.received_at)}};
}

Json artifactJson(const model::Artifact& artifact) {
  return {{"repository", artifact.repository},
          {"tag", orNull(artifact.tag)},
          {"digest", orNull(artifact.digest)},
          {"mediaType", orNull(artifact.media_type)},
          {"action", model::name(artifact.action)}};
}

std::string hostAndPort(const std::string& url) {
  try {
    const Poco::URI uri(url);
    std::string host = uri.getHost();
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return host + ":" + std::to_string(uri.getPort());
  } catch (const Poco::Exception&) {
    return {};
  }
}

}  // namespace

std::string refreshBody(const RefreshRun& run) {
  const auto& claim = run.claim;
  Json events = Json::array();
  for (std::size_t i = 0; i < std::min(claim.events.size(), kMaxEvents); ++i)
    events.push_back(eventJson(claim.events[i]));
  Json artifacts = Json::array();
  for (const auto& artifact : claim.artifacts) artifacts.push_back(artifactJson(artifact));

  Json data = Json::object();
  data["delivery"] = claim.delivery.id.text();
  data["attempt"] = claim.delivery.attempts + 1;
  data["project"] = run.warehouse.key.project;
  data["warehouse"] = run.warehouse.key.name;
  data["events"] = std::move(events);
  data["artifacts"] = std::move(artifacts);
  data["eventCount"] = claim.delivery.event_count;

  Json body = Json::object();
  body["type"] = "warehouse.refresh";
  body["timestamp"] = base::toRfc3339(run.now);
  body["data"] = std::move(data);
  // What adapters read was checked to be UTF-8, but a refresh must not hang on that: bad bytes become U+FFFD.
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string targetHost(const model::RefreshTarget& target) {
  struct Host {
    std::string operator()(const model::HttpTarget& http) const { return hostAndPort(http.url); }
    std::string operator()(const model::CommandTarget& command) const { return "command " + command.program; }
    std::string operator()(const model::KubernetesTarget&) const { return "kubernetes"; }  // one API server
  };
  return std::visit(Host{}, target);
}

}  // namespace landfall::refresh
