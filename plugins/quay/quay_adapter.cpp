// SPDX-License-Identifier: Apache-2.0
//
// Quay (quay.io and Red Hat Quay). Its webhooks carry neither a signature nor the event's name: the secret is in the
// URL, and the event is told by the fields of the body.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "landfall/adapter.hpp"
#include "landfall/json.hpp"
#include "landfall/reference.hpp"
#include "quay_samples.h"

namespace landfall::quay {
namespace {

struct EventName {
  std::string_view name;
  Action action;
};

constexpr std::array<EventName, 13> kEventNames = {{
    {"repo_push", Action::Push},
    {"build_queued", Action::Build},
    {"build_start", Action::Build},
    {"build_success", Action::Build},
    {"build_failure", Action::Build},
    {"build_cancelled", Action::Build},
    {"vulnerability_found", Action::Scan},
    {"repo_mirror_sync_started", Action::Mirror},
    {"repo_mirror_sync_success", Action::Mirror},
    {"repo_mirror_sync_failed", Action::Mirror},
    {"repo_image_expiry", Action::Expiry},
    {"quota_warning", Action::Quota},
    {"quota_error", Action::Quota},
}};

std::optional<EventName> findEvent(std::string_view name) {
  for (const auto& event : kEventNames) {
    if (event.name == name) return event;
  }
  return std::nullopt;
}

/// The option `event`, if the receiver has one. Throws when Quay knows no such event.
std::optional<EventName> configuredEvent(const std::string& options) {
  const std::string name = textAt(parseJson(options), "event");
  const auto event = findEvent(name);
  if (event || name.empty()) return event;
  std::string known;
  for (const auto& each : kEventNames) known += (known.empty() ? "" : ", ") + std::string(each.name);
  throw std::runtime_error("event: \"" + name + "\" is no event of Quay; it has " + known);
}

bool has(const Json& body, std::string_view key) { return !at(body, key).is_null(); }

/// What the event is about, as far as its fields say. A null is no field: a notification's template writes it for what
/// the event does not have.
std::optional<Action> actionByFields(const Json& body) {
  if (has(body, "updated_tags")) return Action::Push;
  if (has(body, "vulnerability") || has(body, "vulnerabilities")) return Action::Scan;
  if (has(body, "expiring_in")) return Action::Expiry;
  if (has(body, "threshold_percent")) return Action::Quota;
  if (has(body, "build_id")) return Action::Build;
  if (has(body, "message")) return Action::Mirror;
  return std::nullopt;
}

std::string buildKind(const Json& body) {
  if (has(body, "is_manual")) return "build_queued";
  if (!textAt(body, "error_message").empty()) return "build_failure";
  return {};
}

std::string mirrorKind(const Json& body) {
  const std::string message = textAt(body, "message");
  const bool failed = message.ends_with(": INTERNAL ERROR") || message.ends_with(": PARTIAL SYNC");
  return failed ? "repo_mirror_sync_failed" : "";
}

/// A guess by the numbers. Quay sends both kinds for any threshold that somebody configured; but at the limit it is the
/// error that is the rule, since from there on pushes may be refused.
std::string quotaKind(const Json& body) {
  const auto number = [&](std::string_view key) {
    const Json& value = at(body, key);
    return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
  };
  const auto threshold = number("threshold_percent");
  const auto usage = number("usage_bytes");
  const auto limit = number("limit_bytes");
  const bool over = usage && limit && *usage > *limit;
  return over || (threshold && *threshold >= 100) ? "quota_error" : "quota_warning";
}

/// Which event it is, among those of `action`: the body's own word, then what its fields say, then what the receiver's
/// URL is registered for. Where nobody says, a word that claims no more than is known.
std::string kindOf(Action action, const Json& body, const std::optional<EventName>& configured) {
  const auto in_body = findEvent(textAt(body, "event"));
  if (in_body && in_body->action == action) return std::string(in_body->name);
  const bool configured_fits = configured && configured->action == action;
  const auto orElse = [&](std::string told, std::string_view generic) {
    if (!told.empty()) return told;
    return std::string(configured_fits ? configured->name : generic);
  };
  switch (action) {
    case Action::Push:
      return "repo_push";
    case Action::Scan:
      return "vulnerability_found";
    case Action::Expiry:
      return "repo_image_expiry";
    case Action::Build:
      return orElse(buildKind(body), "build");
    case Action::Mirror:
      return orElse(mirrorKind(body), "repo_mirror_sync");
    default:
      return orElse("", quotaKind(body));
  }
}

struct Reading {
  Action action = Action::Other;
  std::string kind;
};

/// Tells the event, or nothing. A notification's template may make the body anything, so several may speak, and the
/// first wins:
///  1. the fields that only one event has: real data, which no other event could have filled in. A list of tags is a
///     push whatever words stand around it, and a build is none, even if the body or the option says repo_push;
///  2. `event` in the body: written by hand into the template of one notification. A word that Quay does not have is
///     an event of somebody's own, and refreshes nothing;
///  3. `updated_tags` without a value: a push without tags (the old v1 protocol, and how Kargo reads it);
///  4. the receiver's option `event`;
///  5. a `docker_url` with nothing else: a push without a tag, as Kargo reads it.
std::optional<Reading> tellEvent(const Json& body, const std::optional<EventName>& configured) {
  if (const auto action = actionByFields(body)) return Reading{*action, kindOf(*action, body, configured)};
  if (const std::string word = textAt(body, "event"); !word.empty()) {
    const auto event = findEvent(word);
    return Reading{event ? event->action : Action::Other, word};
  }
  if (body.contains("updated_tags")) return Reading{Action::Push, "repo_push"};
  if (configured) return Reading{configured->action, std::string(configured->name)};
  if (!textAt(body, "docker_url").empty()) return Reading{Action::Push, "repo_push"};
  return std::nullopt;
}

/// Why the body is of no shape that Quay sends, or empty.
std::string wrongShape(const Json& body) {
  if (!body.is_object()) return "the body is JSON, but no object";
  const Json& url = at(body, "docker_url");
  if (!url.is_null() && !url.is_string()) return "docker_url is no string";
  const Json& tags = at(body, "updated_tags");
  if (!tags.is_null() && !tags.is_structured()) return "updated_tags is neither a list nor a map";
  if (tags.is_array()) {
    for (const Json& tag : tags) {
      if (!tag.is_null() && !tag.is_string()) return "updated_tags has an element that is no string";
    }
  }
  return {};
}

/// The tags under `key`, each once, in their order: the strings of a list, or the keys of a map. The values of the map
/// (2017 and before) are ids of v1 images, and no digests.
std::vector<std::string> tagsAt(const Json& body, std::string_view key) {
  std::vector<std::string> tags;
  std::unordered_set<std::string> seen;
  const auto add = [&](const std::string& tag) {
    if (!tag.empty() && seen.insert(tag).second) tags.push_back(tag);
  };
  const Json& value = at(body, key);
  if (value.is_object()) {
    for (const auto& entry : value.items()) add(entry.key());
  } else if (value.is_array()) {
    for (const Json& tag : value) {
      if (tag.is_string()) add(tag.get<std::string>());
    }
  }
  return tags;
}

std::vector<std::string> tagsOf(Action action, const Json& body) {
  switch (action) {
    case Action::Push:
      return tagsAt(body, "updated_tags");
    case Action::Build:
      return tagsAt(body, "docker_tags");
    case Action::Scan:
    case Action::Expiry:
      return tagsAt(body, "tags");
    default:
      return {};
  }
}

std::string detailsOf(Action action, const Json& body) {
  Json details = Json::object();
  keepDetails(details, body, {"homepage"});
  switch (action) {
    case Action::Push:
      keepDetails(details, body, {"pruned_image_count", "pushed_image_count", "visibility"});
      if (at(body, "updated_tags").is_object()) keepDetails(details, body, {"updated_tags"});
      break;
    case Action::Build:
      keepDetails(details, body,
                  {"build_id", "build_name", "docker_tags", "is_manual", "manual_user", "trigger_id", "trigger_kind",
                   "trigger_manual", "trigger_metadata", "error_message", "image_id", "manifest_digests"});
      break;
    case Action::Scan:
      keepDetails(details, body,
                  {"tags", "vulnerability", "vulnerabilities", "vulnerable_index_report_created", "image"});
      break;
    case Action::Mirror:
      keepDetails(details, body, {"message"});
      break;
    case Action::Expiry:
      keepDetails(details, body, {"tags", "expiring_in", "notification_uuid"});
      break;
    case Action::Quota:
      keepDetails(details, body,
                  {"namespace", "threshold_percent", "usage_bytes", "limit_bytes", "usage_percent",
                   "usage_bytes_formatted", "limit_bytes_formatted"});
      break;
    default:
      break;
  }
  return details.empty() ? std::string() : details.dump();
}

std::string_view whyNothing(Action action) {
  switch (action) {
    case Action::Build:
      return "a build refreshes nothing: the tags that it makes come as pushes of their own";
    case Action::Scan:
      return "a scan changes no tag";
    case Action::Mirror:
      return "a mirror run refreshes nothing: the tags that it brings come as pushes of their own";
    case Action::Expiry:
      return "an expiry to come refreshes nothing";
    case Action::Quota:
      return "a quota is about no repository";
    default:
      return "the body names an event that Quay does not have";
  }
}

class QuayAdapter final : public Adapter {
 public:
  explicit QuayAdapter(const Receiver& receiver)
      : configured_(configuredEvent(receiver.options)), registry_host_(receiver.registry_host) {}

  static Description describe() {
    Description description;
    description.id = "quay";
    description.version = "1.0.0";
    description.url_is_credential = true;
    description.sender_punishes_refusals = true;  // the third refusal in a row switches the notification off
    description.options = {{"event", LANDFALL_OPTION_STRING, false,
                            "The event of Quay that this receiver's URL is registered for; tells apart events whose "
                            "bodies look the same."}};
    description.samples = samples();
    return description;
  }

  Verdict authenticate(const Request&) const override { return Verdict::Authentic; }
  void sign(const Request&, const Signature&) const override {}

  Outcome parse(const Request& request, const Out& out) const override {
    const Json body = parseJson(request.body());
    if (const std::string wrong = wrongShape(body); !wrong.empty()) return unrecognised(out, wrong);
    const auto reading = tellEvent(body, configured_);
    if (!reading) return unrecognised(out, "no field says which event of Quay it is");

    const std::string repository = repositoryOf(body);
    if (reading->action == Action::Push && repository.empty()) {
      return unrecognised(out, "a push that names no repository: docker_url is missing or empty");
    }
    Event event;
    event.action = reading->action;
    event.kind = reading->kind;
    event.details = detailsOf(reading->action, body);
    out.event(event);
    if (reading->action != Action::Quota && !repository.empty()) {
      reportArtifacts(out, repository, reading->action, tagsOf(reading->action, body));
    }
    if (reading->action == Action::Push) return Outcome::Pushed;
    out.reason(whyNothing(reading->action));
    return Outcome::Nothing;
  }

 private:
  static Outcome unrecognised(const Out& out, std::string_view reason) {
    out.reason(reason);
    return Outcome::Unrecognised;
  }

  static void reportArtifacts(const Out& out, const std::string& repository, Action action,
                              const std::vector<std::string>& tags) {
    Artifact artifact;
    artifact.repository = repository;
    artifact.action = action;
    if (tags.empty()) out.artifact(artifact);
    for (const auto& tag : tags) {
      Artifact tagged = artifact;
      setTagOrDigest(tagged, tag);  // a scan gives the digest of a manifest without tag
      out.artifact(tagged);
    }
  }

  /// `docker_url` as it came: host, port and path, never a tag. A template may have left it out; then the path behind
  /// the receiver's own `host`.
  std::string repositoryOf(const Json& body) const {
    if (at(body, "docker_url").is_string()) return textAt(body, "docker_url");
    const std::string path = textAt(body, "repository");
    return path.empty() || registry_host_.empty() ? std::string() : registry_host_ + "/" + path;
  }

  std::optional<EventName> configured_;
  std::string registry_host_;
};

}  // namespace
}  // namespace landfall::quay

LANDFALL_EXPORT_ADAPTER(landfall::quay::QuayAdapter)
