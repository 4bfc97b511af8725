// SPDX-License-Identifier: Apache-2.0
#include "core/config/warehouse_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/crypto.h"

namespace landfall::config {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShortestKey = 24;  // standardwebhooks/standard-webhooks: 24 to 64 bytes
constexpr std::string_view kKeyForm = "whsec_ and Base64 of 24 to 64 random bytes";

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

class WarehouseBuilder {
 public:
  WarehouseBuilder(const SecretTable& secrets, Report& report) : secrets_(secrets), report_(report) {}

  /// Reads the Secrets' keys into the target; false when one was reported.
  bool readKeys(const WarehouseManifest& manifest, model::HttpTarget& target) {
    bool good = true;
    for (const auto& reference : manifest.signing_secrets) {
      if (auto key = signingKey(manifest, reference)) {
        target.signing_keys.push_back(*std::move(key));
      } else {
        good = false;
      }
    }
    return good;
  }

  std::optional<matching::IndexedWarehouse> compile(const WarehouseManifest& manifest) {
    matching::IndexedWarehouse indexed{manifest.key, {}};
    for (const auto& subscription : manifest.subscriptions) {
      auto compiled = matching::CompiledSubscription::compile(subscription.subscription);
      if (compiled.ok()) {
        indexed.subscriptions.push_back(*std::move(compiled));
        continue;
      }
      const std::string reason = compiled.status().message();
      report_.error(fieldPlace(subscription, reason), fmt::format("Warehouse {}: {}", manifest.key.text(), reason));
    }
    if (indexed.subscriptions.size() != manifest.subscriptions.size()) return std::nullopt;
    return indexed;
  }

 private:
  std::optional<std::string> signingKey(const WarehouseManifest& manifest, const SecretReference& reference) {
    const SecretManifest* secret = secrets_.find(manifest.key.project, reference, report_);
    if (secret == nullptr) return std::nullopt;
    const SecretValue* value =
        SecretTable::value(*secret, "key", reference, "Warehouse " + manifest.key.text(), report_);
    if (value == nullptr) return std::nullopt;
    auto key = readSigningKey(value->bytes);
    if (!key) {
      report_.error(value->place, "no signing key", std::string(kKeyForm));
    } else if (key->size() < kShortestKey) {
      report_.warning(value->place, fmt::format("a signing key of less than {} bytes", kShortestKey),
                      std::string(kKeyForm));
    }
    return key;
  }

  const SecretTable& secrets_;
  Report& report_;
};

}  // namespace

std::optional<std::string> readSigningKey(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  if (text.starts_with("whsec_")) text.remove_prefix(6);
  auto key = base::fromBase64(text);
  if (!key || key->empty()) return std::nullopt;
  return key;
}

void buildWarehouses(std::vector<WarehouseManifest> manifests, const SecretTable& secrets, Configuration& configuration,
                     Report& report) {
  std::stable_sort(manifests.begin(), manifests.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  WarehouseBuilder builder(secrets, report);
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
    auto warehouse = std::make_shared<model::Warehouse>();
    warehouse->key = manifest.key;
    for (const auto& subscription : manifest.subscriptions) {
      warehouse->subscriptions.push_back(subscription.subscription);
    }
    model::HttpTarget target = manifest.refresh.value_or(model::HttpTarget{});
    const bool keys_good = builder.readKeys(manifest, target);
    auto compiled = builder.compile(manifest);
    if (!manifest.refresh || !keys_good || !compiled) continue;
    warehouse->refresh = std::move(target);
    configuration.warehouse_fingerprints.emplace(manifest.key, fingerprintOf(*warehouse));
    configuration.warehouses.emplace(manifest.key, std::move(warehouse));
    indexed.push_back(*std::move(compiled));
  }
  configuration.index = matching::RepositoryIndex(std::move(indexed));
}

}  // namespace landfall::config
