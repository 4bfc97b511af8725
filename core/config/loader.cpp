// SPDX-License-Identifier: Apache-2.0
#include "core/config/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/adapters/adapter_set.h"
#include "core/base/bounded_file.h"
#include "core/config/diff.h"
#include "core/config/manifests.h"
#include "core/config/named_files.h"
#include "core/config/receiver_builder.h"
#include "core/config/report.h"
#include "core/config/resource_files.h"
#include "core/config/secret_table.h"
#include "core/config/settings.h"
#include "core/config/warehouse_builder.h"

namespace landfall::config {
namespace {

constexpr std::uint64_t kMostManifestBytes = 10 << 20;

/// False when the settings are too broken to say where resources and plugins are: what follows would be a consequence.
bool sayWhereToLook(const Problems& problems) {
  static const std::set<std::string_view> kElsewhere{"baseUrl",    "webhooks", "admin",      "storage",
                                                     "kubernetes", "delivery", "refreshers", "log"};
  return std::all_of(problems.begin(), problems.end(), [](const Problem& problem) {
    const std::string_view key = problem.key;
    return problem.severity == Severity::Warning || kElsewhere.contains(key.substr(0, key.find('.')));
  });
}

void refuseWhatNeedsARestart(const Settings& before, const SettingsRead& read, const std::string& file,
                             Report& report) {
  const auto compare = [&](const char* key, const std::string& old_value, const std::string& new_value) {
    if (old_value == new_value) return;
    const auto line = read.lines.find(key);
    report.error({file, line == read.lines.end() ? 0 : line->second, key},
                 fmt::format("changed from {} to {}, which needs a restart", old_value, new_value),
                 "restart Landfall, or put the old value back");
  };
  const Settings& after = read.settings;
  compare("webhooks.listen", before.webhooks.listen.text(), after.webhooks.listen.text());
  compare("admin.listen", before.admin.listen.text(), after.admin.listen.text());
  compare("storage.url", before.storage.url, after.storage.url);
  // Its files may change; a listener does not turn from http to https under those who are connected.
  const auto scheme = [](const Settings::Tls& tls) { return tls == Settings::Tls{} ? "http" : "https"; };
  compare("webhooks.tls", scheme(before.webhooks.tls), scheme(after.webhooks.tls));
  compare("admin.tls", scheme(before.admin.tls), scheme(after.admin.tls));
  // What is owed to the objects of one cluster must not go to those of another.
  const auto yes_or_no = [](bool yes) { return yes ? "true" : "false"; };
  const auto named = [](const std::filesystem::path& path) {
    return path.empty() ? "what a pod finds" : path.string();
  };
  compare("kubernetes.enabled", yes_or_no(before.kubernetes.enabled), yes_or_no(after.kubernetes.enabled));
  compare("kubernetes.kubeconfig", named(before.kubernetes.kubeconfig), named(after.kubernetes.kubeconfig));
}

Manifests readResources(const Settings& settings, const std::filesystem::path& settings_file, Report& report) {
  Manifests manifests;
  for (const auto& file : listResourceFiles(settings.resources.folders, settings_file, report)) {
    const auto text = base::readBoundedFile(file, kMostManifestBytes);
    if (text.ok()) {
      readManifests(*text, file, manifests, report);
    } else {
      report.error({file.string(), 0, ""}, text.status().message(), "files of at most 10 MiB that can be read");
    }
  }
  return manifests;
}

/// How the cluster is reached; null when that cannot be told, which was reported. `files` gets the kubeconfig.
std::shared_ptr<const kubernetes::Access> readAccess(const SettingsRead& read, const std::string& file,
                                                     std::vector<std::filesystem::path>& files, Report& report) {
  const auto& kubeconfig = read.settings.kubernetes.kubeconfig;
  if (!kubeconfig.empty()) files.push_back(kubeconfig);
  auto access = kubeconfig.empty() ? kubernetes::accessFromPod() : kubernetes::readKubeconfig(kubeconfig);
  if (access.ok()) return std::make_shared<const kubernetes::Access>(*std::move(access));
  const std::string key = kubeconfig.empty() ? "kubernetes.enabled" : "kubernetes.kubeconfig";
  const auto line = read.lines.find(key);
  report.error({file, line == read.lines.end() ? 0 : line->second, key}, access.status().message());
  return nullptr;
}

/// Behind those of files: of two things with one name the first counts.
void addCluster(const ClusterState& cluster, Manifests& manifests, Problems& problems) {
  const auto append = [](const auto& more, auto& all) { all.insert(all.end(), more.begin(), more.end()); };
  for (const auto& object : cluster.objects) {
    append(object->manifests.secrets, manifests.secrets);
    append(object->manifests.receivers, manifests.receivers);
    append(object->manifests.warehouses, manifests.warehouses);
    append(object->problems, problems);
  }
  append(cluster.problems, problems);
}

/// By file and line. Two users of one bad Secret may have said the same of it.
void sortProblems(Problems& problems) {
  const auto order = [](const Problem& problem) {
    return std::tie(problem.file, problem.line, problem.key, problem.message, problem.suggestion);
  };
  std::stable_sort(problems.begin(), problems.end(),
                   [&](const Problem& a, const Problem& b) { return order(a) < order(b); });
  problems.erase(std::unique(problems.begin(), problems.end(),
                             [&](const Problem& a, const Problem& b) { return order(a) == order(b); }),
                 problems.end());
}

std::shared_ptr<const Change> changeBefore(const Configuration* previous, const Diff& diff) {
  if (previous == nullptr || !diff.empty()) return nullptr;
  if (previous->change_before != nullptr) return previous->change_before;
  return std::make_shared<const Change>(Change{previous->generation, previous->applied_at, previous->diff});
}

}  // namespace

LoadResult loadConfiguration(const std::filesystem::path& settings_file, const Configuration* previous,
                             const ClusterState* cluster, const base::Clock& clock, base::Log& log) {
  LoadResult result;
  Report report(result.problems);
  SettingsRead read = readSettings(settings_file);
  result.problems = std::move(read.problems);
  auto configuration = std::make_shared<Configuration>();
  configuration->settings = read.settings;
  if (sayWhereToLook(result.problems)) {
    const Settings& settings = configuration->settings;
    if (previous != nullptr) refuseWhatNeedsARestart(previous->settings, read, settings_file.string(), report);
    configuration->adapters = adapters::AdapterSet::load({settings.plugins.folders, settings.plugins.sha256},
                                                         previous == nullptr ? nullptr : previous->adapters.get(), log);
    for (const auto& refused : configuration->adapters->refused()) {
      report.warning({refused.file.string(), 0, ""}, "plugin refused: " + refused.reason);
    }
    readNamedFiles(read, settings_file.string(), *configuration, result.files, report);
    Manifests manifests = readResources(settings, settings_file, report);
    result.files.insert(result.files.end(), manifests.files.begin(), manifests.files.end());
    if (settings.kubernetes.enabled) {
      // Who only checks files may do so outside of the pod.
      if (cluster != nullptr || !settings.kubernetes.kubeconfig.empty()) {
        configuration->cluster_access = readAccess(read, settings_file.string(), result.files, report);
      }
      if (cluster != nullptr) addCluster(*cluster, manifests, result.problems);
      configuration->complete = cluster != nullptr && cluster->complete;
    }
    const SecretTable secrets(manifests.secrets, report);
    UsedSecrets used;
    ReceiverBuilder(settings, *configuration->adapters, secrets, previous, used, report)
        .build(std::move(manifests.receivers), *configuration);
    buildWarehouses(std::move(manifests.warehouses), secrets, *configuration, used, report);
    configuration->secrets = std::make_shared<const std::vector<std::string>>(used.values());
  }
  sortProblems(result.problems);
  if (hasErrors(result.problems)) return result;

  configuration->warnings = result.problems;
  configuration->generation = previous == nullptr ? 1 : previous->generation + 1;
  configuration->applied_at = clock.now();
  configuration->diff = difference(previous, *configuration);
  configuration->change_before = changeBefore(previous, configuration->diff);
  result.configuration = std::move(configuration);
  return result;
}

}  // namespace landfall::config
