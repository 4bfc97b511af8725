// SPDX-License-Identifier: Apache-2.0
#include "core/config/refresh_builder.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/tls_material.h"
#include "core/config/kubernetes_refresh.h"
#include "core/config/names.h"
#include "core/config/nearest_name.h"
#include "core/config/refresh_manifest.h"

namespace landfall::config {
namespace {

constexpr std::size_t kShortestKey = 24;  // standardwebhooks/standard-webhooks: 24 to 64 bytes
constexpr std::string_view kKeyForm = "whsec_ and Base64 of 24 to 64 random bytes";
constexpr std::string_view kKeyPrefix = "whsec_";

std::string_view withoutSpaceBehind(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

std::string_view withoutPrefix(std::string_view key) {
  return key.starts_with(kKeyPrefix) ? key.substr(kKeyPrefix.size()) : key;
}

}  // namespace

std::optional<std::string> readSigningKey(std::string_view text) {
  auto key = base::fromBase64(withoutPrefix(withoutSpaceBehind(text)));
  if (!key || key->empty()) return std::nullopt;
  return key;
}

std::optional<model::RefreshTarget> RefreshBuilder::build(const WarehouseManifest& manifest) {
  if (!manifest.refresh) return std::nullopt;
  if (const auto* refresh = std::get_if<HttpRefresh>(&*manifest.refresh)) return http(manifest.key, *refresh);
  if (const auto* refresh = std::get_if<CommandRefresh>(&*manifest.refresh)) return command(*refresh);
  if (const auto* refresh = std::get_if<KubernetesRefresh>(&*manifest.refresh)) {
    return kubernetes(manifest.key, *refresh);
  }
  return unsaid(manifest.key, std::get<UnsaidRefresh>(*manifest.refresh));
}

std::optional<model::RefreshTarget> RefreshBuilder::unsaid(const model::WarehouseKey& key,
                                                           const UnsaidRefresh& refresh) {
  if (settings_.kubernetes.enabled) return refreshOfItself(key, refresh.place).target;
  report_.error(refresh.place, fmt::format("Warehouse {} does not say how it is refreshed", key.text()),
                std::string(kRefreshForm));
  return std::nullopt;
}

std::optional<model::RefreshTarget> RefreshBuilder::http(const model::WarehouseKey& key, const HttpRefresh& refresh) {
  model::HttpTarget target = refresh.target;
  bool good = refresh.complete;
  for (const auto& reference : refresh.signing_secrets) {
    if (auto signing_key = signingKey(key, reference)) {
      target.signing_keys.push_back(*std::move(signing_key));
    } else {
      good = false;
    }
  }
  good = readSecretHeaders(key, refresh, target) && good;
  good = readTls(key, refresh, target) && good;
  if (!good) return std::nullopt;
  return target;
}

std::optional<model::RefreshTarget> RefreshBuilder::command(const CommandRefresh& refresh) {
  const auto found = settings_.refreshers.programs.find(refresh.program);
  if (found != settings_.refreshers.programs.end()) {
    return model::CommandTarget{refresh.program, found->second.argv, found->second.timeout};
  }
  std::vector<std::string> known;
  for (const auto& [name, program] : settings_.refreshers.programs) known.push_back(name);
  std::string suggestion = suggestName(refresh.program, known);
  if (suggestion.empty()) suggestion = "refreshers: {command: {programs: {…}}} names none";
  report_.error(refresh.place, fmt::format("landfall.yaml names no program {}", refresh.program),
                std::move(suggestion));
  return std::nullopt;
}

std::optional<model::RefreshTarget> RefreshBuilder::kubernetes(const model::WarehouseKey& key,
                                                               const KubernetesRefresh& refresh) {
  if (!settings_.kubernetes.enabled) {
    report_.error(refresh.place,
                  fmt::format("Warehouse {} is refreshed in a cluster, and Landfall is told of none", key.text()),
                  "kubernetes: {enabled: true} in landfall.yaml");
    return std::nullopt;
  }
  // Who may annotate a Warehouse must not thereby reach into the namespaces of others.
  const bool from_cluster = refresh.place.object != nullptr;
  if (from_cluster && refresh.target.space != key.project && !settings_.kubernetes.allow_other_namespaces) {
    Place place = refresh.place;
    place.key += ".namespace";
    const std::string where = refresh.target.space.empty() ? "belongs to the cluster" : "is in another namespace";
    report_.error(place, fmt::format("the object to refresh {}", where),
                  fmt::format("{}, or kubernetes: {{allowOtherNamespaces: true}} in landfall.yaml", key.project));
    return std::nullopt;
  }
  return refresh.target;
}

const SecretValue* RefreshBuilder::value(const model::WarehouseKey& key, const SecretReference& reference,
                                         const std::string& name) {
  const SecretManifest* secret = secrets_.find(key.project, reference, report_);
  if (secret == nullptr) return nullptr;
  return SecretTable::value(*secret, name, reference, "Warehouse " + key.text(), report_);
}

std::optional<std::string> RefreshBuilder::signingKey(const model::WarehouseKey& key,
                                                      const SecretReference& reference) {
  const SecretValue* written = value(key, reference, "key");
  if (written == nullptr) return std::nullopt;
  used_.add(written->bytes);
  used_.add(withoutPrefix(withoutSpaceBehind(written->bytes)));
  auto signing_key = readSigningKey(written->bytes);
  if (!signing_key) {
    report_.error(written->place, "no signing key", std::string(kKeyForm));
  } else if (signing_key->size() < kShortestKey) {
    report_.warning(written->place, fmt::format("a signing key of less than {} bytes", kShortestKey),
                    std::string(kKeyForm));
  }
  return signing_key;
}

bool RefreshBuilder::readSecretHeaders(const model::WarehouseKey& key, const HttpRefresh& refresh,
                                       model::HttpTarget& target) {
  bool good = true;
  for (const auto& header : refresh.secret_headers) {
    const SecretValue* found = value(key, header.secret, header.key);
    if (found == nullptr) {
      good = false;
    } else if (!isHeaderValue(found->bytes)) {
      report_.error(found->place,
                    fmt::format("a control character (a line feed at its end?), and Warehouse {} sends it as header {}",
                                key.text(), header.name),
                    "one line of text without an end of line");
      good = false;
    } else {
      used_.add(found->bytes);
      target.headers.push_back({header.name, found->bytes});
    }
  }
  return good;
}

bool RefreshBuilder::readTls(const model::WarehouseKey& key, const HttpRefresh& refresh, model::HttpTarget& target) {
  bool good = true;
  if (refresh.ca_secret) {
    const SecretValue* ca = value(key, *refresh.ca_secret, "ca.crt");
    const base::Status fit = ca == nullptr ? base::Status() : base::checkCertificates(ca->bytes);
    if (!fit.ok()) report_.error(ca->place, fit.message());
    good = ca != nullptr && fit.ok();
    if (good) target.ca_pem = ca->bytes;
  }
  if (refresh.client_certificate_secret) {
    const SecretValue* certificate = value(key, *refresh.client_certificate_secret, "tls.crt");
    const SecretValue* client_key = value(key, *refresh.client_certificate_secret, "tls.key");
    if (certificate == nullptr || client_key == nullptr) return false;
    if (const base::Status fit = base::checkKeyPair(certificate->bytes, client_key->bytes); !fit.ok()) {
      report_.error(fit.message().starts_with("the key") ? client_key->place : certificate->place, fit.message());
      return false;
    }
    target.client_certificate_pem = certificate->bytes;
    target.client_key_pem = client_key->bytes;
  }
  return good;
}

}  // namespace landfall::config
