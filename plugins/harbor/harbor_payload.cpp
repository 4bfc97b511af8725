// SPDX-License-Identifier: Apache-2.0
#include "harbor_payload.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "landfall/reference.hpp"

namespace landfall::harbor {
namespace {

constexpr std::string_view kNoResources = "a push that names no resource";
constexpr std::string_view kPull = "a pull changes nothing in the registry";
constexpr std::string_view kDelete = "a deletion refreshes nothing";
constexpr std::string_view kScan = "a scan changes no artifact";
constexpr std::string_view kQuota = "a quota warning changes no artifact";
constexpr std::string_view kReplication = "what replication brings into this Harbor reports its own push";
constexpr std::string_view kRetention = "tag retention only deletes";

constexpr std::array kEventTypes = {
    // Since 2.0, format Default.
    EventType{"PUSH_ARTIFACT", Action::Push, kNoResources},
    EventType{"PULL_ARTIFACT", Action::Pull, kPull},
    EventType{"DELETE_ARTIFACT", Action::Delete, kDelete},
    EventType{"SCANNING_COMPLETED", Action::Scan, kScan},
    EventType{"SCANNING_FAILED", Action::Scan, kScan},
    EventType{"SCANNING_STOPPED", Action::Scan, kScan},
    EventType{"QUOTA_EXCEED", Action::Quota, "the push was refused: it would exceed the project's quota"},
    EventType{"QUOTA_WARNING", Action::Quota, kQuota},
    EventType{"REPLICATION", Action::Replication, kReplication},
    EventType{"TAG_RETENTION", Action::Retention, kRetention},
    EventType{"UPLOAD_CHART", Action::Push, kNoResources, true},
    EventType{"DELETE_CHART", Action::Delete, kDelete, true},
    EventType{"DOWNLOAD_CHART", Action::Pull, kPull, true},
    // Since 2.8, format CloudEvents.
    EventType{"harbor.artifact.pushed", Action::Push, kNoResources},
    EventType{"harbor.artifact.pulled", Action::Pull, kPull},
    EventType{"harbor.artifact.deleted", Action::Delete, kDelete},
    EventType{"harbor.scan.completed", Action::Scan, kScan},
    EventType{"harbor.scan.failed", Action::Scan, kScan},
    EventType{"harbor.scan.stopped", Action::Scan, kScan},
    EventType{"harbor.quota.exceeded", Action::Quota, "the push was refused: it would exceed the project's quota"},
    EventType{"harbor.quota.warned", Action::Quota, kQuota},
    EventType{"harbor.replication.status.changed", Action::Replication, kReplication},
    EventType{"harbor.tag_retention.finished", Action::Retention, kRetention},
    // 1.9 and 1.10.
    EventType{"pushImage", Action::Push, kNoResources},
    EventType{"pullImage", Action::Pull, kPull},
    EventType{"deleteImage", Action::Delete, kDelete},
    EventType{"uploadChart", Action::Push, kNoResources, true},
    EventType{"deleteChart", Action::Delete, kDelete, true},
    EventType{"downloadChart", Action::Pull, kPull, true},
    EventType{"scanningCompleted", Action::Scan, kScan},
    EventType{"scanningFailed", Action::Scan, kScan},
    EventType{"projectQuota", Action::Quota, kQuota},
    EventType{"testEndpoint", Action::Ping, "Harbor's test of the endpoint"},
};

enum class Type { Text, Number, Object, List };

struct Field {
  std::string_view name;
  Type type;
};

bool isA(const Json& value, Type type) {
  switch (type) {
    case Type::Text:
      return value.is_string();
    case Type::Number:
      return value.is_number();
    case Type::Object:
      return value.is_object();
    case Type::List:
      return value.is_array();
  }
  return false;
}

std::string_view nameOf(Type type) {
  switch (type) {
    case Type::Text:
      return "a string";
    case Type::Number:
      return "a number";
    case Type::Object:
      return "an object";
    case Type::List:
      return "a list";
  }
  return "something else";
}

std::optional<std::string> findWrongField(const Json& object, const std::string& where,
                                          std::initializer_list<Field> fields) {
  for (const auto& field : fields) {
    const Json& value = at(object, field.name);
    if (value.is_null() || isA(value, field.type)) continue;
    return "`" + where + std::string(field.name) + "` is of JSON type " + value.type_name() + " and not " +
           std::string(nameOf(field.type));
  }
  return std::nullopt;
}

std::optional<std::string> findWrongResource(const Json& resources) {
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const Json& resource = resources[i];
    const std::string where = "resources[" + std::to_string(i) + "]";
    if (resource.is_null()) continue;
    if (!resource.is_object()) return "`" + where + "` is no object";
    auto wrong = findWrongField(resource, where + ".",
                                {{"digest", Type::Text},
                                 {"tag", Type::Text},
                                 {"resource_url", Type::Text},
                                 {"scan_overview", Type::Object},
                                 {"sbom_overview", Type::Object}});
    if (wrong) return wrong;
  }
  return std::nullopt;
}

/// What Kargo's reader takes for a tag. A stricter rule would hide pushes from Warehouses that Kargo refreshes.
bool isTag(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

/// `resource_url` taken apart; one whose end is neither a tag nor a digest stays whole, as in Kargo: cut short it would
/// name a repository that Harbor did not name.
Reference takeApart(std::string_view resource_url) {
  Reference reference = splitReference(resource_url);
  const std::string_view cut_off = resource_url.substr(reference.repository.size());
  const bool is_bad_tag = cut_off.starts_with(':') && !isTag(reference.tag);
  const bool is_bad_digest = cut_off.find('@') != std::string_view::npos && reference.digest.empty();
  if (reference.repository.empty() || is_bad_tag || is_bad_digest) return {std::string(resource_url), "", ""};
  return reference;
}

void setTag(Artifact& artifact, const std::string& tag, const std::string& digest, const Reference& reference) {
  artifact.digest = digestOrNothing(digest);
  if (artifact.digest.empty()) artifact.digest = reference.digest;
  const bool is_digest_again = isDigestLike(tag) || (!tag.empty() && tag == digest);
  if (is_digest_again && artifact.digest.empty()) {
    setTagOrDigest(artifact, tag);
  } else if (!is_digest_again) {
    artifact.tag = tag;
  }
  // Kargo reads tags from `tag` alone and refreshes every subscriber of a push without one. Where a digest would take
  // the tag's place and hide the push from version constraints, the tag that the reference names is nearer to that.
  if (artifact.tag.empty() && !is_digest_again && !artifact.digest.empty()) artifact.tag = reference.tag;
}

std::string fullName(const Json& repository) {
  if (std::string name = textAt(repository, "repo_full_name"); !name.empty()) return name;
  const std::string project = textAt(repository, "namespace");
  const std::string name = textAt(repository, "name");
  return project.empty() || name.empty() ? std::string() : project + "/" + name;
}

/// ChartMuseum's `https://<host>/chartrepo/<project>/charts/<name>-<version>.tgz` → `<host>/chartrepo/<project>`; empty
/// for any other form.
std::string chartRepository(std::string_view resource_url) {
  const auto scheme = resource_url.find("://");
  if (scheme != std::string_view::npos) resource_url.remove_prefix(scheme + 3);
  const auto charts = resource_url.rfind("/charts/");
  const auto folder = resource_url.find("/chartrepo/");
  if (charts == std::string_view::npos || folder == std::string_view::npos || folder == 0) return {};
  return folder + std::string_view("/chartrepo/").size() < charts ? std::string(resource_url.substr(0, charts))
                                                                  : std::string();
}

/// Where an artifact belongs whose resource does not say it.
void fallBack(Artifact& artifact, const std::string& path, std::string_view registry_host) {
  if (path.empty()) return;
  artifact.host_unknown = registry_host.empty();
  artifact.repository = artifact.host_unknown ? path : std::string(registry_host) + "/" + path;
}

Artifact readChart(const Json& resource, const Json& repository, std::string_view registry_host) {
  Artifact artifact;
  artifact.chart_repository = true;
  artifact.repository = chartRepository(textAt(resource, "resource_url"));
  artifact.tag = textAt(resource, "tag");
  const std::string project = textAt(repository, "namespace");
  if (artifact.repository.empty() && !project.empty()) fallBack(artifact, "chartrepo/" + project, registry_host);
  return artifact;
}

Artifact readImage(const Json& resource, const Json& repository, std::string_view registry_host) {
  Artifact artifact;
  const std::string resource_url = textAt(resource, "resource_url");
  const Reference reference = takeApart(resource_url);
  artifact.repository = reference.repository;
  setTag(artifact, textAt(resource, "tag"), textAt(resource, "digest"), reference);
  if (resource_url.empty()) fallBack(artifact, fullName(repository), registry_host);
  return artifact;
}

}  // namespace

const EventType* findEventType(std::string_view name) {
  const auto* found =
      std::find_if(kEventTypes.begin(), kEventTypes.end(), [name](const EventType& type) { return type.name == name; });
  return found == kEventTypes.end() ? nullptr : found;
}

Envelope readEnvelope(const Json& document) {
  Envelope envelope;
  envelope.type = textAt(document, "type");
  envelope.actor = textAt(document, "operator");
  envelope.is_cloud_event = !at(document, "specversion").is_null() && envelope.type.starts_with("harbor.");
  if (envelope.is_cloud_event) {
    envelope.id = textAt(document, "id");
    envelope.occurred_at = readRfc3339(textAt(document, "time"));
  } else {
    envelope.occurred_at = unixTimeAt(document, "occur_at");
  }
  return envelope;
}

const Json& eventData(const Json& document, const Envelope& envelope) {
  return at(document, envelope.is_cloud_event ? "data" : "event_data");
}

std::optional<std::string> findWrongShape(const Json& document, const Envelope& envelope) {
  auto wrong =
      envelope.is_cloud_event
          ? findWrongField(document, "",
                           {{"specversion", Type::Text},
                            {"id", Type::Text},
                            {"source", Type::Text},
                            {"time", Type::Text},
                            {"operator", Type::Text},
                            {"requestid", Type::Text},
                            {"data", Type::Object}})
          : findWrongField(document, "",
                           {{"occur_at", Type::Number}, {"operator", Type::Text}, {"event_data", Type::Object}});
  if (wrong) return wrong;

  const Json& data = eventData(document, envelope);
  wrong = findWrongField(data, "",
                         {{"resources", Type::List},
                          {"repository", Type::Object},
                          {"replication", Type::Object},
                          {"retention", Type::Object},
                          {"scan", Type::Object},
                          {"custom_attributes", Type::Object}});
  if (wrong) return wrong;
  wrong = findWrongField(at(data, "repository"), "repository.",
                         {{"date_created", Type::Number},
                          {"name", Type::Text},
                          {"namespace", Type::Text},
                          {"repo_full_name", Type::Text},
                          {"repo_type", Type::Text}});
  return wrong ? wrong : findWrongResource(at(data, "resources"));
}

std::vector<Artifact> readArtifacts(const Json& data, const EventType& type, std::string_view registry_host) {
  std::vector<Artifact> artifacts;
  for (const Json& resource : at(data, "resources")) {
    if (!resource.is_object()) continue;
    const Json& repository = at(data, "repository");
    Artifact artifact =
        type.is_chart ? readChart(resource, repository, registry_host) : readImage(resource, repository, registry_host);
    artifact.action = type.action;
    // A push compared by its path alone would refresh the subscribers of namesakes in other registries.
    const bool is_homeless_push = artifact.host_unknown && type.action == Action::Push;
    if (!artifact.repository.empty() && !is_homeless_push) artifacts.push_back(std::move(artifact));
  }
  return artifacts;
}

std::string describeDetails(const Json& document, const Envelope& envelope, const EventType& type) {
  Json details = Json::object();
  const Json& data = eventData(document, envelope);
  const Json& repository = at(data, "repository");
  if (envelope.is_cloud_event) keepDetails(details, document, {"source", "requestid"});
  keepDetails(details, repository, {"repo_type"});
  if (type.is_chart && at(repository, "name").is_string()) details["chart"] = at(repository, "name");
  keepDetails(details, at(data, "scan"), {"scan_type"});
  for (const Json& resource : at(data, "resources")) {
    if (at(resource, "scan_overview").empty() && at(resource, "sbom_overview").empty()) continue;
    Json& scan = details["scans"].emplace_back(Json::object());
    keepDetails(scan, resource, {"tag", "digest", "scan_overview", "sbom_overview"});
  }
  keepDetails(details, data, {"custom_attributes", "replication", "retention"});
  return details.empty() ? std::string() : details.dump();
}

}  // namespace landfall::harbor
