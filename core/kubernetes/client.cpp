// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/client.h"

#include <utility>

#include "core/kubernetes/answers.h"
#include "core/kubernetes/client_state.h"
#include "core/kubernetes/paths.h"

namespace landfall::kubernetes {
namespace {

constexpr std::size_t kMostBytes = std::size_t{8} << 20;
constexpr auto kOddPath = "this cannot be asked for: a part of its path is missing or odd";

}  // namespace

Client::Client(Access access, ClientOptions options)
    : state_(std::make_shared<State>(std::move(access), std::move(options))) {}

Client::~Client() { stop(); }

const Access& Client::access() const { return state_->access; }

void Client::stop() { state_->calls.stop(); }

Answer<Object> Client::get(const ResourceType& type, const std::string& space, const std::string& name) {
  const Asked asked{"get", type, space, name, ""};
  const auto path = pathOf(type, space, name);
  if (!path || name.empty()) return noAnswer(asked, access().server, kOddPath);
  Request request;
  request.path = *path;
  Interruption who;
  const auto body = state_->ask(asked, request, who, {state_->options.timeout, kMostBytes});
  if (!body.ok()) return body.failure();
  auto object = readObject(*body, type);
  if (!object) return noAnswer(asked, access().server, "the answer is no object: check that it is an API server");
  return *std::move(object);
}

Answer<ListPage> Client::list(const Scope& scope, std::size_t limit, const std::string& next) {
  Interruption who;
  return state_->list(scope, limit, next, who);
}

Answer<Object> Client::patch(const ResourceType& type, const std::string& space, const std::string& name,
                             const std::string& merge_patch, std::string_view subresource,
                             std::chrono::milliseconds timeout) {
  const Asked asked{"patch", type, space, name, std::string(subresource)};
  const auto path = pathOf(type, space, name, subresource);
  if (!path || name.empty()) return noAnswer(asked, access().server, kOddPath);
  Request request{"PATCH", *path, "application/merge-patch+json", merge_patch};
  Interruption who;
  const auto allowed = timeout.count() > 0 ? timeout : state_->options.timeout;
  const auto body = state_->ask(asked, request, who, {allowed, kMostBytes});
  if (!body.ok()) return body.failure();
  auto object = readObject(*body, type);
  if (!object) return noAnswer(asked, access().server, "the answer is no object: check that it is an API server");
  return *std::move(object);
}

Answer<ResourceType> Client::resourceType(const std::string& api_version, const std::string& kind) {
  const State::Kind key{api_version, kind};
  {
    const std::lock_guard lock(state_->kinds_mutex);
    if (const auto known = state_->kinds.find(key); known != state_->kinds.end()) return known->second;
  }
  Interruption who;
  const auto slash = api_version.find('/');
  const std::string group = slash == std::string::npos ? "" : api_version.substr(0, slash);
  const std::string version = slash == std::string::npos ? api_version : api_version.substr(slash + 1);
  const auto discover = [&](const std::string& of_version) {
    const Asked asked{"", {group, of_version, "", kind, false}, "", "", ""};
    Request request;
    request.path = group.empty() ? "/api" : "/apis/" + escaped(group);
    if (!of_version.empty()) request.path += "/" + escaped(of_version);
    return state_->ask(asked, request, who, {state_->options.timeout, kMostBytes});
  };

  std::vector<std::string> versions{version};
  if (version.empty()) {
    const auto body = discover("");
    if (!body.ok()) return body.failure();
    versions = readVersions(*body);
  }
  for (const auto& candidate : versions) {
    const auto body = discover(candidate);
    if (!body.ok()) return body.failure();
    if (const auto type = readResourceType(*body, kind)) {
      const std::lock_guard lock(state_->kinds_mutex);
      state_->kinds.insert_or_assign(key, *type);
      return *type;
    }
  }
  return Failure{404, "",
                 "404: look up " + kind + " of " + api_version +
                     ": the server does not serve this kind: check that its CRD is installed and serves this version",
                 std::nullopt};
}

}  // namespace landfall::kubernetes
