// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/result_collector.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <utility>

#include "core/adapters/plugin_text.h"
#include "landfall/json.hpp"

namespace landfall::adapters {
namespace {

constexpr std::size_t kMaxArtifacts = 10'000;
constexpr std::size_t kMaxHeaders = 64;
constexpr std::size_t kMaxRepository = 2048;
constexpr std::size_t kMaxTag = 2048;
constexpr std::size_t kMaxWord = 255;
constexpr std::size_t kMaxReason = 1024;
constexpr std::size_t kMaxHeaderValue = 8192;
constexpr std::size_t kMaxDetails = std::size_t{64} * 1024;
constexpr std::size_t kMaxDetailsDepth = 128;
constexpr std::int64_t kEndOfTimeMs = 253402300800000;  // the year 10000, which RFC 3339 cannot write

model::Action actionOf(landfall_action action) {
  constexpr std::array kActions = {model::Action::Other,  model::Action::Push,        model::Action::Delete,
                                   model::Action::Pull,   model::Action::Scan,        model::Action::Build,
                                   model::Action::Mirror, model::Action::Replication, model::Action::Retention,
                                   model::Action::Expiry, model::Action::Quota,       model::Action::Promote,
                                   model::Action::Ping};
  static_assert(kActions.size() == LANDFALL_ACTION_PING + 1);
  const auto index = static_cast<std::size_t>(action);
  return action >= 0 && index < kActions.size() ? kActions[index] : model::Action::Other;
}

/// Text that means something to programs: whole and clean, or not at all.
std::optional<std::string> exact(landfall_str text, std::size_t max_bytes) {
  const auto view = viewOf(text);
  if (!view || view->empty() || view->size() > max_bytes || !isPlainText(*view)) return std::nullopt;
  return std::string(*view);
}

/// Text that selectors decide about: whole, whatever characters the sender put into it.
std::optional<std::string> asSent(landfall_str text, std::size_t max_bytes) {
  const auto view = viewOf(text);
  if (!view || view->empty() || view->size() > max_bytes || !isUtf8(*view)) return std::nullopt;
  return std::string(*view);
}

/// Text that people read.
std::optional<std::string> readable(landfall_str text, std::size_t max_bytes) {
  const auto view = viewOf(text);
  std::string clean = view ? cleanText(*view, max_bytes) : std::string();
  if (clean.empty()) return std::nullopt;
  return clean;
}

std::optional<std::string> detailsOf(landfall_str text) {
  const auto view = viewOf(text);
  if (!view || view->empty() || view->size() > kMaxDetails || jsonDepth(*view) > kMaxDetailsDepth) return std::nullopt;
  // Looked through and not built: it is kept as text.
  const auto first = view->find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (*view)[first] != '{' || !Json::accept(*view)) return std::nullopt;
  return std::string(*view);
}

bool isDigest(std::string_view text) {
  const auto colon = text.find(':');
  const auto algorithm = text.substr(0, colon);
  const std::size_t digits = algorithm == "sha256" ? 64 : algorithm == "sha512" ? 128 : 0;
  if (digits == 0 || text.size() != colon + 1 + digits) return false;
  return text.find_first_not_of("0123456789abcdef", colon + 1) == std::string_view::npos;
}

std::optional<std::string> digestOf(landfall_str text) {
  const auto view = viewOf(text);
  if (!view || !isDigest(*view)) return std::nullopt;
  return std::string(*view);
}

/// Nothing when there is no telling what it is about. A tag that cannot be read takes the artifact with it: without the
/// tag it would stand for every tag of the repository.
std::optional<model::Artifact> artifactOf(const landfall_artifact& raw) {
  auto repository = asSent(raw.repository, kMaxRepository);
  auto tag = asSent(raw.tag, kMaxTag);
  if (!repository || (raw.tag.len > 0 && !tag)) return std::nullopt;

  model::Artifact artifact;
  artifact.repository = std::move(*repository);
  artifact.digest = digestOf(raw.digest);
  if (tag && isDigest(*tag)) {
    if (!artifact.digest) artifact.digest = std::move(tag);
  } else {
    artifact.tag = std::move(tag);
  }
  artifact.media_type = exact(raw.media_type, kMaxWord);
  artifact.action = actionOf(raw.action);
  if ((raw.flags & LANDFALL_ARTIFACT_CHART_REPOSITORY) != 0) artifact.host = model::RegistryHost::ChartRepository;
  if ((raw.flags & LANDFALL_ARTIFACT_HOST_UNKNOWN) != 0) artifact.host = model::RegistryHost::Unknown;
  return artifact;
}

std::optional<ParseStatus> parseStatusOf(landfall_status status) {
  switch (status) {
    case LANDFALL_PUSHED:
      return ParseStatus::Pushed;
    case LANDFALL_NOTHING:
      return ParseStatus::Nothing;
    case LANDFALL_PING:
      return ParseStatus::Ping;
    case LANDFALL_UNRECOGNISED:
      return ParseStatus::Unrecognised;
    case LANDFALL_MALFORMED:
      return ParseStatus::Malformed;
    case LANDFALL_FAILED:
      return ParseStatus::Failed;
    default:
      return std::nullopt;
  }
}

bool needsReason(ParseStatus status) {
  return status == ParseStatus::Unrecognised || status == ParseStatus::Malformed || status == ParseStatus::Failed;
}

ParsedRequest failed(std::string reason) {
  ParsedRequest result;
  result.status = ParseStatus::Failed;
  result.reason = std::move(reason);
  return result;
}

/// Runs `take` on the collector behind `ctx`. What it throws (no memory) must not reach the plugin, which may be C.
template <class Take>
void guarded(void* ctx, Take take) noexcept {
  auto& collector = *static_cast<ResultCollector*>(ctx);
  try {
    take(collector);
  } catch (const std::exception&) {
    collector.fail({});  // allocates nothing; the reason is filled in where it is read
  }
}

}  // namespace

ResultCollector::ResultCollector(For what) {
  out_.size = sizeof out_;
  out_.ctx = this;
  out_.reason = [](void* ctx, landfall_str text) { guarded(ctx, [&](ResultCollector& to) { to.takeReason(text); }); };
  if (what == For::Parse) {
    out_.event = [](void* ctx, const landfall_event* raw) {
      guarded(ctx, [&](ResultCollector& to) { to.takeEvent(raw); });
    };
    out_.artifact = [](void* ctx, const landfall_artifact* raw) {
      guarded(ctx, [&](ResultCollector& to) { to.takeArtifact(raw); });
    };
  }
  if (what == For::Sign) {
    out_.header = [](void* ctx, landfall_str name, landfall_str value) {
      guarded(ctx, [&](ResultCollector& to) { to.takeHeader(name, value); });
    };
  }
}

void ResultCollector::takeEvent(const landfall_event* raw) {
  if (raw == nullptr || raw->size < sizeof(landfall_event)) return fail("the plugin pushed an event that is too short");
  if (std::exchange(has_event_, true)) return fail("the plugin pushed a second event");
  result_.action = actionOf(raw->action);
  result_.kind = readable(raw->kind, kMaxWord);
  result_.actor = readable(raw->actor, kMaxWord);
  // Cut or mended, the ids of two deliveries could be one, and the second would be taken for a repeat.
  result_.sender_delivery_id = exact(raw->sender_delivery_id, kMaxWord);
  result_.details = detailsOf(raw->details);
  if (raw->has_occurred_at == 1 && raw->occurred_at_ms >= 0 && raw->occurred_at_ms < kEndOfTimeMs) {
    result_.occurred_at = base::UtcTime(std::chrono::milliseconds(raw->occurred_at_ms));
  }
}

void ResultCollector::takeArtifact(const landfall_artifact* raw) {
  if (raw == nullptr || raw->size < sizeof(landfall_artifact)) {
    return fail("the plugin pushed an artifact that is too short");
  }
  auto artifact = artifactOf(*raw);
  if (!artifact || result_.artifacts.size() == kMaxArtifacts) {
    ++artifacts_left_out_;
    return;
  }
  result_.artifacts.push_back(std::move(*artifact));
}

void ResultCollector::takeHeader(landfall_str name, landfall_str value) {
  const auto name_text = viewOf(name);
  const auto value_text = viewOf(value);
  if (!name_text || name_text->size() > kMaxWord || !isToken(*name_text)) {
    return fail("the plugin signed with a header that has no proper name");
  }
  if (!value_text || value_text->size() > kMaxHeaderValue || !isPlainText(*value_text)) {
    return fail("the plugin signed with a header that has no proper value");
  }
  if (headers_.size() == kMaxHeaders) return fail("the plugin signed with too many headers");
  headers_.push_back({std::string(*name_text), std::string(*value_text)});
}

void ResultCollector::takeReason(landfall_str text) { result_.reason = readable(text, kMaxReason); }

std::string ResultCollector::reasonOr(std::string_view otherwise) const {
  if (failure_) return failure_->empty() ? "there is not enough memory" : *failure_;
  return result_.reason.value_or(std::string(otherwise));
}

ParsedRequest ResultCollector::parsed(landfall_status status) {
  if (failure_) return failed(reasonOr({}));
  const auto known = parseStatusOf(status);
  if (!known) return failed("the plugin came to the unknown status " + std::to_string(status));
  if (*known == ParseStatus::Failed) return failed(reasonOr("the plugin failed and gave no reason"));

  ParsedRequest result = std::move(result_);
  result.status = *known;
  if (*known != ParseStatus::Pushed && *known != ParseStatus::Nothing) result.artifacts.clear();
  const bool pushed =
      std::any_of(result.artifacts.begin(), result.artifacts.end(),
                  [](const model::Artifact& artifact) { return artifact.action == model::Action::Push; });
  if (*known == ParseStatus::Pushed && !pushed) {
    result.status = ParseStatus::Unrecognised;
    result.artifacts.clear();
    result.reason = artifacts_left_out_ > 0 ? "a push, but of no artifact whose repository and tag can be read"
                                            : "the plugin said that something was pushed, but not what";
  } else if (artifacts_left_out_ > 0 && !result.reason) {
    result.reason = std::to_string(artifacts_left_out_) + " artifacts were left out: unreadable, or more than " +
                    std::to_string(kMaxArtifacts);
  }
  if (needsReason(result.status) && !result.reason) result.reason = "the plugin gave no reason";
  return result;
}

base::Result<std::vector<model::Header>> ResultCollector::headers(landfall_status status) {
  if (failure_) return base::internalError(reasonOr({}));
  if (status == LANDFALL_OK) return std::move(headers_);
  if (status == LANDFALL_FAILED) return base::internalError(reasonOr("the plugin failed and gave no reason"));
  return base::internalError("the plugin came to the unknown status " + std::to_string(status));
}

}  // namespace landfall::adapters
