// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>

#include "core/base/time_text.h"
#include "core/http/admin/json_views.h"
#include "core/http/admin/query.h"
#include "core/http/admin/routes.h"
#include "core/http/problem.h"

namespace landfall::http {
namespace {

constexpr std::array<std::uint64_t, 5> kBuckets{60, 300, 900, 3600, 86400};
constexpr std::int64_t kBucketsByDefault = 200;
constexpr std::int64_t kMostBuckets = 2000;

constexpr std::array kOutcomes{model::Outcome::Matched,   model::Outcome::Unmatched,      model::Outcome::Ignored,
                               model::Outcome::Ping,      model::Outcome::Duplicate,      model::Outcome::Unrecognised,
                               model::Outcome::Malformed, model::Outcome::Unauthenticated};

std::uint64_t total(const storage::OutcomeCounts& counts) {
  std::uint64_t sum = 0;
  for (const auto& [outcome, count] : counts) sum += count;
  return sum;
}

void add(storage::OutcomeCounts& to, const storage::OutcomeCounts& counts) {
  for (const auto& [outcome, count] : counts) to[outcome] += count;
}

/// Only those that occurred.
Json outcomesJson(const storage::OutcomeCounts& counts) {
  Json json = Json::object();
  for (const auto& [outcome, count] : counts) json[std::string(model::name(outcome))] = count;
  return json;
}

Json allOutcomesJson(const storage::OutcomeCounts& counts) {
  Json json = Json::object();
  for (const auto outcome : kOutcomes) {
    const auto found = counts.find(outcome);
    json[std::string(model::name(outcome))] = found == counts.end() ? 0 : found->second;
  }
  return json;
}

base::UtcTime bucketOf(base::UtcTime at, std::chrono::seconds bucket) {
  const std::chrono::milliseconds width = bucket;
  const auto rest = (at.time_since_epoch() % width + width) % width;
  return at - rest;
}

/// Every bucket, also those in which nothing came.
Json bucketsJson(const storage::Stats& stats, const storage::StatsQuery& query) {
  Json json = Json::array();
  auto next = stats.buckets.begin();
  for (auto at = bucketOf(query.since, query.bucket); at < query.until; at += query.bucket) {
    const bool some = next != stats.buckets.end() && next->at == at;
    json.push_back({{"at", base::toRfc3339(at)}, {"outcomes", some ? outcomesJson(next->outcomes) : Json::object()}});
    if (some) ++next;
  }
  return json;
}

Json statsJson(const storage::Stats& stats, const storage::StatsQuery& query) {
  storage::OutcomeCounts outcomes;
  std::map<std::string, std::uint64_t> adapters;
  Json receivers = Json::array();
  for (const auto& one : stats.receivers) {
    add(outcomes, one.outcomes);
    adapters[one.adapter] += total(one.outcomes);
    receivers.push_back({{"project", one.receiver.project ? Json(*one.receiver.project) : Json(nullptr)},
                         {"name", one.receiver.name},
                         {"adapter", one.adapter},
                         {"events", total(one.outcomes)},
                         {"outcomes", outcomesJson(one.outcomes)}});
  }
  Json by_adapter = Json::array();
  for (const auto& [adapter, events] : adapters) by_adapter.push_back({{"adapter", adapter}, {"events", events}});
  Json deliveries = Json::object();
  for (const auto& [state, count] : stats.deliveries) deliveries[std::string(model::name(state))] = count;
  Json oldest = nullptr;
  if (const auto& owed = stats.oldest_owed) {
    oldest = {{"delivery", owed->delivery.text()},
              {"project", owed->warehouse.project},
              {"warehouse", owed->warehouse.name},
              {"createdAt", base::toRfc3339(owed->created_at)}};
  }
  return {{"since", base::toRfc3339(query.since)}, {"until", base::toRfc3339(query.until)},
          {"bucketSeconds", query.bucket.count()}, {"outcomes", allOutcomesJson(outcomes)},
          {"buckets", bucketsJson(stats, query)},  {"receivers", std::move(receivers)},
          {"adapters", std::move(by_adapter)},     {"deliveries", std::move(deliveries)},
          {"oldestOwed", std::move(oldest)}};
}

std::chrono::seconds smallestBucket(std::chrono::milliseconds span, std::int64_t most) {
  for (const auto bucket : kBuckets) {
    if (span / std::chrono::seconds(bucket) <= most) return std::chrono::seconds(bucket);
  }
  return std::chrono::seconds(kBuckets.back());
}

}  // namespace

Response getStats(const ApiCall& call) {
  auto query = Query::parse(call.request.query, {"since", "until", "bucket"});
  const auto until = query.time("until").value_or(call.parts.clock.now());
  const auto since = query.time("since").value_or(until - std::chrono::hours(24));
  const auto bucket = query.number("bucket", kBuckets.front(), kBuckets.back());
  if (query.bad()) return badInputResponse(*query.bad());
  if (bucket && std::find(kBuckets.begin(), kBuckets.end(), *bucket) == kBuckets.end()) {
    return problem(400, "bucket is none of 60, 300, 900, 3600, 86400", "bucket");
  }
  if (since >= until) return problem(422, "since is not before until", "since");

  // Counted are whole minutes, and that is what the answer says.
  storage::StatsQuery asked{
      std::chrono::floor<std::chrono::minutes>(since), std::chrono::ceil<std::chrono::minutes>(until), {}};
  const auto span = asked.until - asked.since;
  asked.bucket = bucket ? std::chrono::seconds(*bucket) : smallestBucket(span, kBucketsByDefault);
  if (span / asked.bucket > kMostBuckets) {
    return problem(422, "that would be more than 2000 buckets: ask for longer ones, or for less time",
                   bucket ? "bucket" : "since");
  }
  const auto stats = call.parts.store.stats(asked);
  return stats.ok() ? jsonResponse(statsJson(*stats, asked)) : failureResponse(stats.status());
}

}  // namespace landfall::http
