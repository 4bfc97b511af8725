// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/json_views.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <type_traits>
#include <utility>

#include "core/base/time_text.h"
#include "core/http/problem.h"

namespace landfall::http {
namespace {

constexpr std::string_view kMask = "********";

template <class Value>
Json orNull(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json timeOrNull(const std::optional<base::UtcTime>& time) {
  return time ? Json(base::toRfc3339(*time)) : Json(nullptr);
}

template <class Value>
Json nameOrNull(const std::optional<Value>& value) {
  return value ? Json(model::name(*value)) : Json(nullptr);
}

Json detailsJson(const std::optional<std::string>& details) {
  if (!details) return nullptr;
  Json parsed = Json::parse(*details, nullptr, false);
  return parsed.is_object() ? parsed : Json(nullptr);
}

Json attemptJson(const model::Attempt& attempt) {
  return {{"number", attempt.number},
          {"startedAt", base::toRfc3339(attempt.started_at)},
          {"durationMs", attempt.duration.count()},
          {"outcome", model::name(attempt.outcome)},
          {"status", orNull(attempt.status)},
          {"detail", attempt.detail},
          {"node", attempt.node}};
}

Json subscriptionJson(const model::Subscription& subscription) {
  return std::visit(
      [](const auto& one) -> Json {
        using Kind = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Kind, model::ImageSubscription>) {
          return {{"kind", "image"},
                  {"repoURL", one.repo_url},
                  {"imageSelectionStrategy", one.selection_strategy},
                  {"constraint", one.constraint},
                  {"strictSemvers", one.strict_semvers},
                  {"allowTagsRegexes", one.allow_tags_regexes},
                  {"ignoreTagsRegexes", one.ignore_tags_regexes}};
        } else if constexpr (std::is_same_v<Kind, model::ChartSubscription>) {
          return {{"kind", "chart"},
                  {"repoURL", one.repo_url},
                  {"name", one.name},
                  {"semverConstraint", one.semver_constraint}};
        } else {
          return {{"kind", "git"},
                  {"repoURL", one.repo_url},
                  {"commitSelectionStrategy", one.selection_strategy},
                  {"branch", one.branch},
                  {"semverConstraint", one.semver_constraint}};
        }
      },
      subscription);
}

/// A target's URL without what may be a credential: user info and query, and for who may only read its path, since many
/// services (chats' hooks) know their callers by it.
std::string targetText(const std::string& url, const Access& access) {
  try {
    Poco::URI uri(url);
    uri.setUserInfo("");
    if (access.scope != config::TokenScope::Operate && uri.getPath().size() > 1) {
      return config::originOf(uri.toString()) + "/" + std::string(kMask);
    }
    if (!uri.getRawQuery().empty()) uri.setRawQuery(std::string(kMask));
    uri.setFragment("");
    return uri.toString();
  } catch (const Poco::Exception&) {
    return std::string(kMask);
  }
}

Json namesJson(const config::Diff::Names& names) {
  return {{"added", names.added}, {"changed", names.changed}, {"removed", names.removed}};
}

/// "/quay/<hash>" without the hash.
std::string maskedPath(const std::string& path) { return path.substr(0, path.rfind('/') + 1) + std::string(kMask); }

}  // namespace

Json artifactJson(const model::Artifact& artifact) {
  return {{"repository", artifact.repository},
          {"tag", orNull(artifact.tag)},
          {"digest", orNull(artifact.digest)},
          {"mediaType", orNull(artifact.media_type)},
          {"action", model::name(artifact.action)}};
}

Json eventJson(const model::Event& event) {
  Json json{{"id", event.id.text()},
            {"receivedAt", base::toRfc3339(event.received_at)},
            {"project", orNull(event.receiver.project)},
            {"receiver", event.receiver.name},
            {"adapter", event.adapter},
            {"outcome", model::name(event.outcome)},
            {"reason", orNull(event.reason)},
            {"kind", orNull(event.kind)},
            {"action", nameOrNull(event.action)},
            {"actor", orNull(event.actor)},
            {"occurredAt", timeOrNull(event.occurred_at)},
            {"details", detailsJson(event.details)},
            {"senderDeliveryId", orNull(event.sender_delivery_id)},
            {"replayOf", event.replay_of ? Json(event.replay_of->text()) : Json(nullptr)},
            {"peer", event.peer},
            {"bodyBytes", event.body_bytes},
            {"headers", Json::array()},
            {"artifacts", Json::array()},
            {"deliveries", Json::array()}};
  for (const auto& header : event.headers) {
    json["headers"].push_back({{"name", header.name}, {"value", header.value}});
  }
  for (const auto& artifact : event.artifacts) json["artifacts"].push_back(artifactJson(artifact));
  for (const auto& delivery : event.deliveries) {
    json["deliveries"].push_back({{"id", delivery.id.text()},
                                  {"project", delivery.warehouse.project},
                                  {"warehouse", delivery.warehouse.name},
                                  {"state", model::name(delivery.state)}});
  }
  return json;
}

namespace {

/// From its newest event: what a push took until the target's controller had seen it.
Json handledAfterMs(const model::Delivery& delivery) {
  if (!delivery.handled_at) return nullptr;
  return std::max((*delivery.handled_at - delivery.newest_event_at).count(), std::chrono::milliseconds::rep{0});
}

}  // namespace

Json deliveryJson(const model::Delivery& delivery, bool with_attempts) {
  Json json{{"id", delivery.id.text()},
            {"project", delivery.warehouse.project},
            {"warehouse", delivery.warehouse.name},
            {"refresher", delivery.refresher},
            {"state", model::name(delivery.state)},
            {"reason", nameOrNull(delivery.reason)},
            {"dueAt", base::toRfc3339(delivery.due_at)},
            {"createdAt", base::toRfc3339(delivery.created_at)},
            {"startedAt", timeOrNull(delivery.started_at)},
            {"endedAt", timeOrNull(delivery.ended_at)},
            {"attempts", delivery.attempts},
            {"lastError", orNull(delivery.last_error)},
            {"events", Json::array()},
            {"eventCount", delivery.event_count},
            {"confirmation", nameOrNull(delivery.confirmation)},
            {"handledAt", timeOrNull(delivery.handled_at)},
            {"handledAfterMs", handledAfterMs(delivery)}};
  for (const auto& event : delivery.events) json["events"].push_back(event.text());
  if (with_attempts) {
    json["attemptLog"] = Json::array();
    for (const auto& attempt : delivery.attempt_log) json["attemptLog"].push_back(attemptJson(attempt));
  }
  return json;
}

Json receiverJson(const config::Receiver& receiver, const std::string& base_url, const Access& access) {
  const bool masked = receiver.url_is_credential && access.scope != config::TokenScope::Operate;
  const auto shown = [&](const std::string& path) { return masked ? maskedPath(path) : path; };
  Json json{{"project", orNull(receiver.key.project)},
            {"name", receiver.key.name},
            {"adapter", receiver.adapter},
            {"url", config::originOf(base_url) + shown(receiver.paths.front())},
            {"path", shown(receiver.paths.front())},
            {"previousPaths", Json::array()},
            {"urlIsCredential", receiver.url_is_credential},
            {"hostAliases", receiver.scope.host_aliases}};
  for (std::size_t i = 1; i < receiver.paths.size(); ++i) json["previousPaths"].push_back(shown(receiver.paths[i]));
  return json;
}

namespace {

struct TargetJson {
  const Access& access;

  Json operator()(const model::HttpTarget& target) const {
    return {
        {"method", target.method}, {"url", targetText(target.url, access)}, {"signed", !target.signing_keys.empty()}};
  }
  Json operator()(const model::CommandTarget& target) const { return {{"program", target.program}}; }
  Json operator()(const model::KubernetesTarget& target) const {
    return {{"apiVersion", target.api_version},
            {"kind", target.kind},
            {"namespace", target.space},
            {"name", target.name},
            {"annotation", target.annotation}};
  }
};

}  // namespace

Json warehouseJson(const model::Warehouse& warehouse, const Access& access) {
  Json json{{"project", warehouse.key.project},
            {"name", warehouse.key.name},
            {"refresher", model::refresherName(warehouse.refresh)},
            {"subscriptions", Json::array()}};
  for (const auto& subscription : warehouse.subscriptions) {
    json["subscriptions"].push_back(subscriptionJson(subscription));
  }
  json["refresh"] = std::visit(TargetJson{access}, warehouse.refresh);
  return json;
}

Json targetJson(const TargetView& target) {
  return {{"host", target.host},
          {"breaker", target.breaker},
          {"failures", target.failures},
          {"retryAt", timeOrNull(target.retry_at)},
          {"running", target.running}};
}

Json pluginJson(const adapters::Plugin& plugin) {
  const adapters::PluginDescription& description = plugin.description();
  Json json{{"id", description.id},
            {"version", description.version},
            {"abi", description.abi},
            {"file", plugin.source().file.string()},
            {"sha256", plugin.source().sha256},
            {"urlIsCredential", description.url_is_credential},
            {"senderPunishesRefusals", description.sender_punishes_refusals},
            {"secretKeys", description.secret_keys},
            {"options", Json::array()},
            {"headers", Json::array()},
            {"samples", Json::array()}};
  for (const auto& option : description.options) {
    json["options"].push_back({{"name", option.name},
                               {"type", adapters::name(option.type)},
                               {"required", option.required},
                               {"meaning", option.meaning}});
  }
  for (const auto& header : description.headers) {
    json["headers"].push_back({{"name", header.name}, {"credential", header.credential}});
  }
  for (const auto& sample : description.samples) {
    json["samples"].push_back(
        {{"name", sample.name}, {"meaning", sample.meaning}, {"parsesAs", adapters::name(sample.parses_as)}});
  }
  return json;
}

namespace {

Json tlsJson(const config::Settings::Tls& tls) {
  return {{"certificateFile", tls.certificate_file.string()},
          {"keyFile", tls.key_file.string()},
          {"clientCaFile", tls.client_ca_file.string()}};
}

template <class Networks>
Json networksJson(const Networks& networks) {
  Json list = Json::array();
  for (const auto& network : networks) list.push_back(network.text());
  return list;
}

Json refreshersJson(const config::Settings::Refreshers& refreshers) {
  Json programs = Json::object();
  // Their arguments may hold what is nobody's business.
  for (const auto& [name, program] : refreshers.programs) {
    programs[name] = {{"path", program.argv.front()}, {"timeoutMs", program.timeout.count()}};
  }
  return {{"http",
           {{"allowedNetworks", networksJson(refreshers.http_allowed_networks)},
            {"caFile", refreshers.http_ca_file.string()}}},
          {"command", {{"programs", programs}}}};
}

}  // namespace

Json settingsJson(const config::Settings& settings) {
  Json tokens = Json::array();
  for (const auto& token : settings.admin.tokens) {
    tokens.push_back(
        {{"name", token.name}, {"scope", token.scope == config::TokenScope::Operate ? "operate" : "read"}});
  }
  Json plugin_folders = Json::array();
  for (const auto& folder : settings.plugins.folders) plugin_folders.push_back(folder.string());
  Json resource_folders = Json::array();
  for (const auto& folder : settings.resources.folders) resource_folders.push_back(folder.string());
  Json loggers = Json::object();
  for (const auto& [logger, level] : settings.log.loggers) loggers[logger] = base::name(level);
  const auto& delivery = settings.delivery;
  return {
      {"baseUrl", settings.base_url},
      {"webhooks",
       {{"listen", settings.webhooks.listen.text()},
        {"maxBodyBytes", settings.webhooks.max_body_bytes},
        {"maxConnections", settings.webhooks.max_connections},
        {"trustedProxies", networksJson(settings.webhooks.trusted_proxies)},
        {"tls", tlsJson(settings.webhooks.tls)}}},
      {"admin", {{"listen", settings.admin.listen.text()}, {"tokens", tokens}, {"tls", tlsJson(settings.admin.tls)}}},
      {"storage",
       {{"url", settings.storage.url},
        {"retention",
         {{"ageMs", settings.storage.retention.age.count()}, {"bytes", settings.storage.retention.bytes}}}}},
      {"plugins",
       {{"folders", plugin_folders}, {"watch", settings.plugins.watch}, {"sha256", settings.plugins.sha256}}},
      {"resources",
       {{"folders", resource_folders},
        {"watch", settings.resources.watch},
        {"systemNamespace", settings.resources.system_namespace}}},
      {"kubernetes",
       {{"enabled", settings.kubernetes.enabled},
        {"kubeconfig", settings.kubernetes.kubeconfig.string()},
        {"namespaces", settings.kubernetes.namespaces},
        {"publishStatus", settings.kubernetes.publish_status},
        {"allowOtherNamespaces", settings.kubernetes.allow_other_namespaces}}},
      {"delivery",
       {{"workers", delivery.workers},
        {"minIntervalMs", delivery.min_interval.count()},
        {"timeoutMs", delivery.timeout.count()},
        {"maxAgeMs", delivery.max_age.count()},
        {"maxAttempts", delivery.max_attempts},
        {"backoff", {{"baseMs", delivery.backoff_base.count()}, {"capMs", delivery.backoff_cap.count()}}},
        {"breaker", {{"failures", delivery.breaker_failures}, {"cooldownMs", delivery.breaker_cooldown.count()}}}}},
      {"refreshers", refreshersJson(settings.refreshers)},
      {"log",
       {{"level", base::name(settings.log.level)},
        {"format", settings.log.format == base::LogFormat::Json ? "json" : "text"},
        {"loggers", loggers}}}};
}

Json lastChangeJson(const config::Configuration& configuration) {
  const auto json = [](std::uint64_t generation, base::UtcTime applied_at, const config::Diff& diff) {
    return Json{{"generation", generation}, {"appliedAt", base::toRfc3339(applied_at)}, {"diff", diffJson(diff)}};
  };
  if (const auto& before = configuration.change_before) {
    return json(before->generation, before->applied_at, before->diff);
  }
  return json(configuration.generation, configuration.applied_at, configuration.diff);
}

Json diffJson(const config::Diff& diff) {
  return {{"receivers", namesJson(diff.receivers)},
          {"warehouses", namesJson(diff.warehouses)},
          {"plugins", namesJson(diff.plugins)}};
}

Json unreadyJson(const std::vector<config::UnreadyReceiver>& receivers) {
  Json items = Json::array();
  for (const auto& receiver : receivers) {
    items.push_back({{"project", receiver.key.project ? Json(*receiver.key.project) : Json(nullptr)},
                     {"name", receiver.key.name},
                     {"adapter", receiver.adapter.empty() ? Json(nullptr) : Json(receiver.adapter)},
                     {"reason", receiver.reason}});
  }
  return items;
}

Json clusterJson(const std::optional<config::ClusterHealth>& health, bool complete) {
  return {{"enabled", health.has_value()},
          {"complete", complete},
          {"connected", health ? Json(health->connected) : Json(nullptr)},
          {"since", health ? Json(base::toRfc3339(health->since)) : Json(nullptr)},
          {"reason", health && !health->reason.empty() ? Json(health->reason) : Json(nullptr)},
          {"waitingFor", health ? Json(health->waiting_for) : Json::array()}};
}

Json problemsJson(const config::Problems& problems) {
  Json items = Json::array();
  for (const auto& problem : problems) {
    const auto& object = problem.object;
    items.push_back(
        {{"severity", problem.severity == config::Severity::Error ? "error" : "warning"},
         {"object", object ? Json{{"kind", object->kind},
                                  {"namespace", object->space.empty() ? Json(nullptr) : Json(object->space)},
                                  {"name", object->name}}
                           : Json(nullptr)},
         {"file", problem.file},
         {"line", problem.line > 0 ? Json(problem.line) : Json(nullptr)},
         {"key", problem.key.empty() ? Json(nullptr) : Json(problem.key)},
         {"message", problem.message},
         {"suggestion", problem.suggestion.empty() ? Json(nullptr) : Json(problem.suggestion)}});
  }
  return items;
}

Json reloadJson(const ReloadReport& report) {
  return {{"applied", report.applied},
          {"at", base::toRfc3339(report.at)},
          {"generation", report.generation},
          {"diff", report.applied ? diffJson(report.diff) : Json(nullptr)},
          {"problems", problemsJson(report.problems)}};
}

Response jsonResponse(const Json& json, int status) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"};
}

Response listResponse(const Request& request, Json items, const std::optional<std::string>& next) {
  Response response = jsonResponse({{"items", std::move(items)}, {"next", orNull(next)}});
  if (next) {
    std::string query;
    for (std::string_view rest = request.query; !rest.empty();) {
      const std::string_view part = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      if (!part.empty() && !part.starts_with("cursor=")) query += std::string(part) + "&";
    }
    std::string encoded;
    Poco::URI::encode(*next, "+=&/?#", encoded);
    response.headers.push_back({"Link", "<" + request.path + "?" + query + "cursor=" + encoded + ">; rel=\"next\""});
  }
  return response;
}

Response failureResponse(const base::Status& failure) {
  switch (failure.code()) {
    case base::StatusCode::InvalidArgument:
      return problem(400, failure.message());
    case base::StatusCode::NotFound:
      return problem(404, failure.message());
    case base::StatusCode::AlreadyExists:
    case base::StatusCode::FailedPrecondition:
      return problem(409, failure.message());
    case base::StatusCode::PermissionDenied:
      return problem(403, failure.message());
    case base::StatusCode::Unavailable:
    case base::StatusCode::ResourceExhausted: {
      Response response = problem(503, failure.message());
      response.headers.push_back({"Retry-After", "1"});
      return response;
    }
    default:
      return problem(500, failure.message());
  }
}

}  // namespace landfall::http
