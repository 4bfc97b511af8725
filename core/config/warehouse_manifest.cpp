// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "core/config/addresses.h"
#include "core/config/manifest_kinds.h"
#include "core/config/names.h"
#include "core/config/subscription_manifest.h"

namespace landfall::config {
namespace {

constexpr std::string_view kRefreshForm = "http: {url: https://ci.example/refresh, secretRefs: [{name: hook-key}]}";

std::string lowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

/// Headers that the call sets itself: framing, the connection, and the signature's.
bool isReservedHeader(const std::string& lower_name) {
  static const std::set<std::string_view> kReserved{
      "connection", "content-length", "expect", "host", "keep-alive", "te", "transfer-encoding", "trailer", "upgrade"};
  return kReserved.contains(lower_name) || lower_name.starts_with("webhook-") || lower_name.starts_with("proxy-");
}

bool isHeaderValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

class RefreshReader {
 public:
  RefreshReader(Fields http, Report& report) : http_(std::move(http)), report_(report) {}

  void read(WarehouseManifest& warehouse) {
    readUrl();
    readMethod();
    readHeaders();
    const auto references = http_.value("secretRefs");
    warehouse.signing_secrets = readSecretReferences(http_, "secretRefs");
    http_.reportUnread(Severity::Error);
    if (!references || (references->node->kind == YamlNode::Kind::Sequence && references->node->items.empty())) {
      report_.warning(http_.place(), "the call is not signed: its target cannot tell who makes it",
                      "secretRefs: [{name: …}], a Secret whose key is a whsec_…");
    }
    if (good_) warehouse.refresh = std::move(target_);
  }

 private:
  void refuse(const Place& place, std::string message, std::string suggestion) {
    report_.error(place, std::move(message), std::move(suggestion));
    good_ = false;
  }

  void readUrl() {
    if (!http_.requiredText("url", target_.url, "an http:// or https:// URL")) {
      good_ = false;
      return;
    }
    const auto url = parseHttpUrl(target_.url);
    if (!url.ok()) refuse(http_.placeOf("url"), "no usable URL", url.status().message());
  }

  void readMethod() {
    http_.text("method", target_.method);
    if (!isHttpToken(target_.method) || target_.method.size() > 32) {
      refuse(http_.placeOf("method"), "no HTTP method", "POST, PUT, …");
    }
  }

  void readHeaders() {
    const auto headers = http_.value("headers");
    if (!headers) return;
    if (headers->node->kind != YamlNode::Kind::Mapping) {
      reportWrongType(report_, *headers, "a mapping", "X-Environment: test");
      good_ = false;
      return;
    }
    std::set<std::string> names;
    for (const auto& entry : headers->node->entries) {
      const Place place{headers->place.file, entry.line, headers->place.key + "." + entry.key};
      const auto value = readText({entry.value.get(), place}, report_);
      if (!value) {
        good_ = false;
      } else if (!isHttpToken(entry.key)) {
        refuse(place, "no name of a header", "letters, digits and hyphens");
      } else if (isReservedHeader(lowerCase(entry.key))) {
        refuse(place, "Landfall sets this header itself", "leave it away");
      } else if (!isHeaderValue(*value)) {
        refuse(place, "control characters in a header", "one line of text");
      } else if (!names.insert(lowerCase(entry.key)).second) {
        refuse(place, "a header that stands there twice", "once: upper and lower case are the same");
      } else {
        target_.headers.push_back({entry.key, *value});
      }
    }
  }

  Fields http_;
  Report& report_;
  model::HttpTarget target_;
  bool good_ = true;
};

void readRefresh(Fields& spec, WarehouseManifest& warehouse) {
  Report& report = spec.report();
  auto refresh = spec.mapping("refresh");
  warehouse.refresh_place = spec.placeOf("refresh");
  if (!refresh) {
    report.error(warehouse.refresh_place,
                 fmt::format("Warehouse {} does not say how it is refreshed", warehouse.key.text()),
                 std::string(kRefreshForm));
    return;
  }
  if (!refresh->valid()) return;
  std::vector<std::string> named;
  for (const auto* refresher : {"http", "kubernetes", "command"}) {
    if (refresh->value(refresher)) named.emplace_back(refresher);
  }
  for (const auto& refresher : named) {
    if (refresher == "http") continue;
    report.error(refresh->placeOf(refresher), "not built yet in this version", std::string(kRefreshForm));
  }
  if (named.size() > 1) {
    std::string names = named[0];
    for (std::size_t i = 1; i < named.size(); ++i) names += ", " + named[i];
    report.error(refresh->place(), "more than one way to be refreshed: " + names, "exactly one");
  }
  const bool has_unknown = !refresh->unread().empty();
  refresh->reportUnread(Severity::Error);
  if (named.empty() && !has_unknown)
    report.error(refresh->place(), "says no way to be refreshed", std::string(kRefreshForm));
  if (named != std::vector<std::string>{"http"}) return;
  if (auto http = refresh->mapping("http"); http->valid()) RefreshReader(*std::move(http), report).read(warehouse);
}

}  // namespace

void readWarehouse(Fields& manifest, const ManifestHead& head, Manifests& manifests) {
  WarehouseManifest warehouse;
  warehouse.key = {head.project, head.name};
  warehouse.place = manifest.place();
  Report& report = manifest.report();
  auto spec = manifest.mapping("spec");
  if (!spec) {
    report.error(manifest.placeOf("spec"), fmt::format("Warehouse {} has no spec", warehouse.key.text()),
                 "spec: {subscriptions: […], refresh: {…}}");
    return;
  }
  const auto subscriptions = spec->list("subscriptions");
  for (const auto& element : subscriptions) {
    if (auto subscription = readSubscription(element, report)) {
      warehouse.subscriptions.push_back(*std::move(subscription));
    }
  }
  if (subscriptions.empty()) {
    report.warning(spec->placeOf("subscriptions"),
                   fmt::format("Warehouse {} subscribes to nothing: no event refreshes it", warehouse.key.text()),
                   "- image: {repoURL: quay.io/shop/api}");
  }
  for (const auto* kargos : {"shard", "interval", "freightCreationPolicy", "freightCreationCriteria"}) {
    spec->value(kargos);
  }
  readRefresh(*spec, warehouse);
  spec->reportUnread(Severity::Warning);
  manifests.warehouses.push_back(std::move(warehouse));
}

}  // namespace landfall::config
