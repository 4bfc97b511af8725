// SPDX-License-Identifier: Apache-2.0
#include "core/config/warehouse_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/crypto.h"
#include "core/config/refresh_builder.h"

namespace landfall::config {
namespace {

using Json = nlohmann::json;

Json canonical(const model::ImageSubscription& image) {
  return {"image",
          image.repo_url,
          image.selection_strategy,
          image.constraint,
          image.strict_semvers,
          image.allow_tags_regexes,
          image.ignore_tags_regexes,
          image.allow_tags,
          image.ignore_tags,
          image.platform};
}

Json canonical(const model::ChartSubscription& chart) {
  return {"chart", chart.repo_url, chart.name, chart.semver_constraint};
}

Json canonical(const model::GitSubscription& git) {
  return {"git",
          git.repo_url,
          git.selection_strategy,
          git.branch,
          git.semver_constraint,
          git.strict_semvers,
          git.allow_tags_regexes,
          git.ignore_tags_regexes,
          git.allow_tags,
          git.ignore_tags,
          git.include_paths,
          git.exclude_paths,
          git.expression_filter};
}

Json canonical(const model::HttpTarget& target) {
  Json headers = Json::array();
  for (const auto& header : target.headers) headers.push_back({header.name, base::sha256Hex(header.value)});
  Json keys = Json::array();
  for (const auto& key : target.signing_keys) keys.push_back(base::sha256Hex(key));
  return {"http",
          target.url,
          target.method,
          std::move(headers),
          std::move(keys),
          base::sha256Hex(target.ca_pem),
          base::sha256Hex(target.client_certificate_pem + target.client_key_pem)};
}

Json canonical(const model::CommandTarget& target) {
  return {"command", target.program, target.argv, target.timeout.count()};
}

Json canonical(const model::KubernetesTarget& target) {
  return {"kubernetes", target.api_version, target.kind,  target.space,
          target.name,  target.annotation,  target.value, static_cast<int>(target.acknowledgement)};
}

std::string fingerprintOf(const model::Warehouse& warehouse) {
  Json subscriptions = Json::array();
  for (const auto& subscription : warehouse.subscriptions) {
    subscriptions.push_back(std::visit([](const auto& each) { return canonical(each); }, subscription));
  }
  const Json refresh = std::visit([](const auto& target) { return canonical(target); }, warehouse.refresh);
  return base::sha256Hex(
      Json::array({warehouse.key.project, warehouse.key.name, std::move(subscriptions), refresh}).dump());
}

/// The line of the field that a reason against a subscription begins with, the longest name winning (allowTagsRegexes
/// is not allowTags); the subscription's own when it begins with none that stands there.
Place fieldPlace(const SubscriptionManifest& manifest, const std::string& reason) {
  Place place = manifest.place;
  std::string named;
  for (const auto& [field, line] : manifest.lines) {
    if (field.size() <= named.size() || !reason.starts_with(field)) continue;
    named = field;
    place.line = line;
  }
  if (!named.empty()) place.key += "." + named;
  return place;
}

/// Takes out of the manifest what cannot be compiled, which is reported.
matching::IndexedWarehouse compile(WarehouseManifest& manifest, Report& report) {
  matching::IndexedWarehouse indexed{manifest.key, {}};
  std::vector<SubscriptionManifest> usable;
  for (auto& subscription : manifest.subscriptions) {
    auto compiled = matching::CompiledSubscription::compile(subscription.subscription);
    if (compiled.ok()) {
      indexed.subscriptions.push_back(*std::move(compiled));
      usable.push_back(std::move(subscription));
      continue;
    }
    const std::string reason = compiled.status().message();
    report.error(fieldPlace(subscription, reason), fmt::format("Warehouse {}: {}", manifest.key.text(), reason));
  }
  manifest.subscriptions = std::move(usable);
  return indexed;
}

}  // namespace

void buildWarehouses(std::vector<WarehouseManifest> manifests, const SecretTable& secrets, Configuration& configuration,
                     UsedSecrets& used, Report& report) {
  std::stable_sort(manifests.begin(), manifests.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  configuration.warehouses.reserve(manifests.size());
  configuration.warehouse_fingerprints.reserve(manifests.size());
  RefreshBuilder refreshes(secrets, configuration.settings, used, report);
  std::vector<matching::IndexedWarehouse> indexed;
  for (std::size_t i = 0; i < manifests.size(); ++i) {
    WarehouseManifest& manifest = manifests[i];
    if (i > 0 && manifests[i - 1].key == manifest.key) {
      Place place = manifest.place;
      place.key = "metadata.name";
      report.error(place, fmt::format("Warehouse {} is also in {}", manifest.key.text(), manifests[i - 1].place.text()),
                   "one of the two");
      continue;
    }
    const std::size_t before = report.size();
    auto target = refreshes.build(manifest);
    auto compiled = compile(manifest, report);
    report.attribute(before, manifest.place.object);
    if (!target) {
      configuration.unusable_warehouses.insert(manifest.key);
      continue;
    }
    auto warehouse = std::make_shared<model::Warehouse>();
    warehouse->key = manifest.key;
    warehouse->refresh = *std::move(target);
    for (auto& subscription : manifest.subscriptions) {
      warehouse->subscriptions.push_back(std::move(subscription.subscription));
    }
    configuration.warehouse_fingerprints.emplace(manifest.key, fingerprintOf(*warehouse));
    configuration.warehouses.emplace(manifest.key, std::move(warehouse));
    indexed.push_back(std::move(compiled));
  }
  configuration.index = matching::RepositoryIndex(std::move(indexed));
}

}  // namespace landfall::config
