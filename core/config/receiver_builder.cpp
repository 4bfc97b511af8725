// SPDX-License-Identifier: Apache-2.0
#include "core/config/receiver_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/crypto.h"
#include "core/config/addresses.h"
#include "core/config/nearest_name.h"

namespace landfall::config {
namespace {

constexpr std::size_t kShortestSecret = 16;

std::vector<std::string> idsOf(const adapters::AdapterSet& adapters) {
  std::vector<std::string> ids;
  for (const auto& [id, plugin] : adapters.plugins()) ids.push_back(id);
  return ids;
}

bool sameObject(const std::shared_ptr<const ClusterObject>& a, const std::shared_ptr<const ClusterObject>& b) {
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}

/// Everything that makes a receiver what it is. Secrets go in as hashes.
std::string fingerprintOf(const ReceiverManifest& manifest, const Receiver& receiver,
                          const std::vector<adapters::SecretValues>& secrets) {
  auto hashes = nlohmann::json::array();
  for (const auto& values : secrets) {
    for (const auto& value : values) hashes.push_back(base::sha256Hex(value));
    hashes.push_back(nullptr);
  }
  auto basic = nlohmann::json::array();
  for (const auto& credential : receiver.basic_auth) {
    basic.push_back({base::sha256Hex(credential.username), base::sha256Hex(credential.password)});
  }
  const nlohmann::json canonical = {{"project", receiver.key.project.value_or("")},
                                    {"cluster", !receiver.key.project},
                                    {"name", receiver.key.name},
                                    {"adapter", receiver.adapter},
                                    {"options", manifest.adapter.options},
                                    {"paths", receiver.paths},
                                    {"host", manifest.host},
                                    {"hostAliases", manifest.host_aliases},
                                    {"allowWeakSecret", manifest.allow_weak_secret},
                                    {"basicAuth", std::move(basic)},
                                    {"clientCertificate", receiver.client_certificate_subject.value_or("")},
                                    {"secrets", std::move(hashes)}};
  return base::sha256Hex(canonical.dump());
}

bool holdsControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

Place keyed(Place place, std::string_view key) {
  place.key = key;
  return place;
}

}  // namespace

std::string receiverPath(const model::ReceiverKey& key, const std::string& adapter,
                         const adapters::SecretValues& values) {
  std::string hashed = key.project.value_or("") + key.name;
  for (const auto& value : values) hashed += value;
  return "/" + adapter + "/" + base::sha256Hex(hashed);
}

ReceiverBuilder::ReceiverBuilder(const Settings& settings, const adapters::AdapterSet& adapters,
                                 const SecretTable& secrets, const Configuration* previous, UsedSecrets& used,
                                 Report& report)
    : settings_(settings),
      adapters_(adapters),
      secrets_(secrets),
      previous_(previous),
      used_(used),
      report_(report),
      base_path_(basePath(settings.base_url)) {
  if (previous == nullptr) return;
  for (const auto& receiver : previous->receivers) previous_receivers_.emplace(receiver->key, receiver);
}

void ReceiverBuilder::build(std::vector<ReceiverManifest> manifests, Configuration& configuration) {
  std::stable_sort(manifests.begin(), manifests.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < manifests.size(); ++i) {
    const ReceiverManifest& manifest = manifests[i];
    if (i > 0 && manifests[i - 1].key == manifest.key) {
      report_.error(manifest.place,
                    fmt::format("receiver {} is also in {}", manifest.key.text(), manifests[i - 1].place.text()),
                    "a name of its own for each");
      continue;
    }
    const std::size_t before = report_.size();
    auto built = manifest.unusable.empty() ? receiver(manifest) : nullptr;
    report_.attribute(before, manifest.place.object);
    if (built != nullptr) {
      candidates.push_back({&manifest, std::move(built)});
    } else {
      leaveOut(manifest, manifest.unusable.empty() ? report_.errorsSince(before) : manifest.unusable, configuration);
    }
  }
  givePaths(std::move(candidates), configuration);
  const auto by_key = [](const auto& a, const auto& b) { return a->key < b->key; };
  std::sort(configuration.receivers.begin(), configuration.receivers.end(), by_key);
  std::sort(configuration.unready.begin(), configuration.unready.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  reportLostAdapters();
}

/// In a cluster who writes one project's receivers cannot be let take the path of another's: those in files come first,
/// then those that have their paths already.
void ReceiverBuilder::givePaths(std::vector<Candidate> candidates, Configuration& configuration) {
  const auto rank = [this](const Candidate& candidate) {
    if (candidate.manifest->place.object == nullptr) return 0;
    return hasItsPaths(*candidate.receiver) ? 1 : 2;
  };
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); });
  std::unordered_map<std::string, const ReceiverManifest*> path_owners;
  for (auto& [manifest, receiver] : candidates) {
    const std::size_t before = report_.size();
    for (const auto& path : receiver->paths) {
      const auto owner = path_owners.find(path);
      if (owner == path_owners.end()) continue;
      // the path itself may be a credential: it is not shown
      report_.error(manifest->path ? manifest->path_place : manifest->place,
                    fmt::format("receivers {} and {} ({}) have one path", manifest->key.text(),
                                owner->second->key.text(), owner->second->place.text()),
                    "another name or another secret");
    }
    if (report_.size() > before) {
      leaveOut(*manifest, report_.errorsSince(before), configuration);
      continue;
    }
    for (const auto& path : receiver->paths) {
      path_owners.emplace(path, manifest);
      configuration.receivers_by_path.emplace(path, receiver);
    }
    configuration.receivers.push_back(std::move(receiver));
  }
}

bool ReceiverBuilder::hasItsPaths(const Receiver& receiver) const {
  return previous_ != nullptr && std::all_of(receiver.paths.begin(), receiver.paths.end(), [&](const auto& path) {
           const auto owner = previous_->receiverAt(path);
           return owner != nullptr && owner->key == receiver.key;
         });
}

void ReceiverBuilder::leaveOut(const ReceiverManifest& manifest, std::string reason, Configuration& configuration) {
  if (manifest.place.object == nullptr) return;  // of a file nothing counts when something is wrong
  configuration.unready.push_back({manifest.key, manifest.adapter.id, manifest.place.object, std::move(reason)});
}

std::shared_ptr<const Receiver> ReceiverBuilder::receiver(const ReceiverManifest& manifest) {
  const auto plugin = adapters_.find(manifest.adapter.id);
  if (plugin == nullptr) {
    adapterMissing(manifest);
    return nullptr;
  }
  const adapters::PluginDescription& description = plugin->description();
  const auto secrets = secretsOf(manifest, description);
  auto basic_auth = basicCredentialsOf(manifest);
  if (!proofsFit(manifest, description) || !secrets || !basic_auth) return nullptr;

  auto built = std::make_shared<Receiver>();
  built->key = manifest.key;
  built->object = manifest.place.object;
  built->adapter = manifest.adapter.id;
  built->paths = pathsOf(manifest, *secrets);
  built->url_is_credential = description.url_is_credential && !manifest.path;
  built->scope = {manifest.key.project, manifest.host_aliases};
  built->basic_auth = *std::move(basic_auth);
  if (manifest.client_certificate) built->client_certificate_subject = manifest.client_certificate->subject;
  built->fingerprint = fingerprintOf(manifest, *built, *secrets);
  if (auto same = unchanged(*built, *plugin)) return same;

  auto adapter = adapters::Adapter::create(plugin, {manifest.adapter.options, manifest.host, *secrets});
  if (!adapter.ok()) {
    report_.error(manifest.adapter.place, adapter.status().message());
    return nullptr;
  }
  built->instance = *std::move(adapter);
  return built;
}

std::optional<std::vector<adapters::SecretValues>> ReceiverBuilder::secretsOf(
    const ReceiverManifest& manifest, const adapters::PluginDescription& plugin) {
  std::vector<adapters::SecretValues> secrets;
  if (plugin.secret_keys.empty()) return secrets;
  if (!manifest.adapter.secret) {
    report_.error(keyed(manifest.adapter.place, manifest.adapter.place.key + ".secretRef"), "missing",
                  "secretRef: {name: …}");
    return std::nullopt;
  }
  bool good = true;
  std::vector<const SecretReference*> references{&*manifest.adapter.secret};
  for (const auto& previous : manifest.previous_secrets) references.push_back(&previous);
  for (const auto* reference : references) {
    if (auto values = valuesOf(manifest, *reference, plugin.secret_keys)) {
      secrets.push_back(*std::move(values));
    } else {
      good = false;
    }
  }
  if (!good) return std::nullopt;
  return secrets;
}

const SecretManifest* ReceiverBuilder::secretOf(const ReceiverManifest& manifest, const SecretReference& reference) {
  const std::string& project = manifest.key.project ? *manifest.key.project : settings_.resources.system_namespace;
  if (!project.empty()) return secrets_.find(project, reference, report_);
  report_.error(reference.place, "resources.systemNamespace is empty: there is no place for the cluster's Secrets",
                "kargo-system-resources");
  return nullptr;
}

const SecretValue* ReceiverBuilder::strongValue(const ReceiverManifest& manifest, const SecretManifest& secret,
                                                const std::string& key, const SecretReference& reference) {
  const std::string user = "receiver " + manifest.key.text();
  const SecretValue* value = SecretTable::value(secret, key, reference, user, report_);
  if (value == nullptr) return nullptr;
  if (value->bytes.size() >= kShortestSecret || manifest.allow_weak_secret) {
    used_.add(value->bytes);
    return value;
  }
  const std::string message = fmt::format("shorter than {} bytes, and {} needs it", kShortestSecret, user);
  if (manifest.place.object != nullptr) {
    report_.warning(value->place, message, "a long random value");
    used_.add(value->bytes);
    return value;
  }
  report_.error(value->place, message, "a long random value, or allowWeakSecret: true beside the receiver's name");
  return nullptr;
}

std::optional<adapters::SecretValues> ReceiverBuilder::valuesOf(const ReceiverManifest& manifest,
                                                                const SecretReference& reference,
                                                                const std::vector<std::string>& keys) {
  const SecretManifest* secret = secretOf(manifest, reference);
  if (secret == nullptr) return std::nullopt;
  adapters::SecretValues values;
  for (const auto& key : keys) {
    if (const SecretValue* value = strongValue(manifest, *secret, key, reference)) values.push_back(value->bytes);
  }
  if (values.size() != keys.size()) return std::nullopt;
  return values;
}

bool ReceiverBuilder::proofsFit(const ReceiverManifest& manifest, const adapters::PluginDescription& plugin) {
  bool fit = true;
  const auto& certificate = manifest.client_certificate;
  if (certificate && settings_.webhooks.tls.client_ca_file.empty()) {
    report_.error(certificate->place, "no client's certificate is asked for without webhooks.tls.clientCaFile",
                  "name the certificates that vouch for clients there, or leave it away");
    fit = false;
  }
  if (manifest.path && plugin.url_is_credential && !manifest.basic_auth && !certificate) {
    report_.error(
        manifest.path_place,
        fmt::format("the URL is the only credential of {}: a path of one's own can be guessed", manifest.adapter.id),
        "leave it away, or ask for basicAuth or clientCertificate too");
    fit = false;
  }
  return fit;
}

std::optional<std::vector<BasicCredential>> ReceiverBuilder::basicCredentialsOf(const ReceiverManifest& manifest) {
  std::vector<BasicCredential> credentials;
  if (!manifest.basic_auth) return credentials;
  for (const auto& reference : manifest.basic_auth->secrets) {
    if (auto credential = basicCredential(manifest, reference)) credentials.push_back(*std::move(credential));
  }
  if (credentials.size() != manifest.basic_auth->secrets.size()) return std::nullopt;
  return credentials;
}

std::optional<BasicCredential> ReceiverBuilder::basicCredential(const ReceiverManifest& manifest,
                                                                const SecretReference& reference) {
  const SecretManifest* secret = secretOf(manifest, reference);
  if (secret == nullptr) return std::nullopt;
  const SecretValue* username =
      SecretTable::value(*secret, "username", reference, "receiver " + manifest.key.text(), report_);
  const SecretValue* password = strongValue(manifest, *secret, "password", reference);
  bool good = username != nullptr && password != nullptr;
  // RFC 7617 section 2: what a client could never send would only look like a wrong credential.
  if (username != nullptr && username->bytes.find(':') != std::string::npos) {
    report_.error(username->place, "a colon in a user name, which HTTP Basic ends there", "a user name without colons");
    good = false;
  }
  for (const SecretValue* value : {username, password}) {
    if (value == nullptr || !holdsControls(value->bytes)) continue;
    report_.error(value->place, "a control character (a line feed at its end?), which HTTP Basic cannot carry",
                  "one line of text without an end of line");
    good = false;
  }
  if (!good) return std::nullopt;
  return BasicCredential{username->bytes, password->bytes};
}

std::vector<std::string> ReceiverBuilder::pathsOf(const ReceiverManifest& manifest,
                                                  const std::vector<adapters::SecretValues>& secrets) const {
  if (manifest.path) return {base_path_ + *manifest.path};
  if (secrets.empty()) return {base_path_ + receiverPath(manifest.key, manifest.adapter.id, {})};
  std::vector<std::string> paths;
  for (const auto& values : secrets) {
    std::string path = base_path_ + receiverPath(manifest.key, manifest.adapter.id, values);
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(std::move(path));
  }
  return paths;
}

std::shared_ptr<const Receiver> ReceiverBuilder::unchanged(const Receiver& receiver,
                                                           const adapters::Plugin& plugin) const {
  const auto found = previous_receivers_.find(receiver.key);
  if (found == previous_receivers_.end() || found->second->fingerprint != receiver.fingerprint) return nullptr;
  if (!sameObject(found->second->object, receiver.object)) return nullptr;  // moved from a file into the cluster, say
  return &found->second->instance->plugin() == &plugin ? found->second : nullptr;
}

void ReceiverBuilder::adapterMissing(const ReceiverManifest& manifest) {
  const std::string& id = manifest.adapter.id;
  const bool in_file = manifest.place.object == nullptr;
  if (in_file && previous_ != nullptr && previous_->adapters->find(id) != nullptr) {
    LostAdapter& lost = lost_[id];
    if (lost.receivers++ == 0) lost.first = fmt::format("{} ({})", manifest.key.text(), manifest.place.text());
    return;
  }
  std::string suggestion = suggestName(id, idsOf(adapters_));
  if (suggestion.empty()) suggestion = "no plugin is loaded";
  for (const auto& refused : adapters_.refused()) {
    suggestion += fmt::format("; {} was refused: {}", refused.file.string(), refused.reason);
  }
  report_.error(manifest.adapter.place,
                fmt::format("receiver {}: no plugin provides the adapter {}", manifest.key.text(), id),
                std::move(suggestion));
}

void ReceiverBuilder::reportLostAdapters() {
  for (const auto& [id, lost] : lost_) {
    const std::filesystem::path& file = previous_->adapters->find(id)->source().file;
    std::string why = "is gone";
    for (const auto& refused : adapters_.refused()) {
      if (refused.file == file) why = "was refused: " + refused.reason;
    }
    report_.error({file.string(), 0, ""},
                  fmt::format("adapter {} {}, and {} {} it, first {}", id, why, lost.receivers,
                              lost.receivers == 1 ? "receiver uses" : "receivers use", lost.first),
                  "put the file back, or remove the receivers first");
  }
}

}  // namespace landfall::config
