// SPDX-License-Identifier: Apache-2.0
#include "core/daemon/reloader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/config/folder_state.h"

namespace landfall::daemon {
namespace {

constexpr std::chrono::milliseconds kQuiet{100};
constexpr int kMostReads = 5;

std::int64_t count(const std::vector<std::string>& names) { return static_cast<std::int64_t>(names.size()); }

/// What runs keeps what it was started with: said, so that nobody waits for it.
void tellWhatWaitsForARestart(const config::Settings& before, const config::Settings& now, base::Log& log) {
  if (before.delivery.workers != now.delivery.workers) {
    log.warning("config", "a changed delivery.workers takes effect at the next start");
  }
  if (before.webhooks.max_connections != now.webhooks.max_connections) {
    log.warning("config", "a changed webhooks.maxConnections takes effect at the next start");
  }
}

/// Appends what is not there yet, so that one set of files always gives one list.
void addMissing(const std::vector<std::filesystem::path>& files, std::vector<std::filesystem::path>& paths) {
  for (const auto& file : files) {
    if (std::find(paths.begin(), paths.end(), file) == paths.end()) paths.push_back(file);
  }
}

}  // namespace

Reloader::Reloader(std::filesystem::path settings_file, base::Snapshot<config::Configuration>& configuration,
                   ClusterStates cluster, const base::Clock& clock, base::Log& log,
                   std::function<void(const config::Configuration&)> swapped, std::function<void()> files_changed)
    : settings_file_(std::move(settings_file)),
      configuration_(configuration),
      cluster_(std::move(cluster)),
      clock_(clock),
      log_(log),
      swapped_(std::move(swapped)),
      files_changed_(std::move(files_changed)) {}

http::ReloadReport Reloader::reload(Cause cause) {
  const std::lock_guard one_at_a_time(reloading_);
  const auto previous = configuration_.get();
  config::LoadResult loaded = load(previous.get());
  const std::uint64_t object_errors = logProblems(loaded.problems, cause);

  http::ReloadReport report;
  report.at = clock_.now();
  report.problems = std::move(loaded.problems);
  report.applied = loaded.configuration != nullptr;
  if (report.applied) {
    const config::Diff& diff = loaded.configuration->diff;
    report.generation = loaded.configuration->generation;
    report.diff = diff;
    if (previous != nullptr) tellWhatWaitsForARestart(previous->settings, loaded.configuration->settings, log_);
    configuration_.swap(loaded.configuration);
    swapped_(*loaded.configuration);
    log_.info(
        "config", "configuration applied",
        {{"generation", static_cast<std::int64_t>(report.generation)},
         {"receivers", static_cast<std::int64_t>(loaded.configuration->receivers.size())},
         {"warehouses", static_cast<std::int64_t>(loaded.configuration->warehouses.size())},
         {"added", count(diff.receivers.added) + count(diff.warehouses.added) + count(diff.plugins.added)},
         {"changed", count(diff.receivers.changed) + count(diff.warehouses.changed) + count(diff.plugins.changed)},
         {"removed", count(diff.receivers.removed) + count(diff.warehouses.removed) + count(diff.plugins.removed)}});
    watch(loaded.configuration->settings, loaded.files);
  } else if (previous != nullptr) {
    report.generation = previous->generation;
    // The cluster may change every second; why its changes wait has been said.
    if (cause == Cause::Asked) {
      log_.error("config", "reload refused, the running configuration stays",
                 {{"generation", static_cast<std::int64_t>(previous->generation)}});
    }
    // A certificate that was met without its new key, or a file that is missing yet, heals with its next change.
    auto paths = watched_;
    if (previous->settings.resources.watch) addMissing(loaded.files, paths);
    watch(std::move(paths));
  }
  const std::lock_guard lock(mutex_);
  last_ = report;
  figures_.generation = report.generation;
  figures_.object_errors += object_errors;
  (report.applied ? figures_.applied : figures_.refused) += 1;
  (report.applied ? figures_.applied_at : figures_.refused_at) = report.at;
  return report;
}

std::uint64_t Reloader::logProblems(const config::Problems& problems, Cause cause) {
  std::set<std::string> told;
  std::uint64_t new_object_errors = 0;
  for (const auto& problem : problems) {
    const bool is_error = problem.severity == config::Severity::Error;
    const bool in_object = problem.object != nullptr;
    const std::string text = problem.text();
    const bool is_new = told.insert(text).second && !told_.contains(text);
    if (is_new && is_error && in_object) ++new_object_errors;
    if (!is_new && (in_object || cause == Cause::Cluster)) continue;
    if (is_error && in_object) {
      log_.error("config", "an error in an object of the cluster; the rest goes on", {{"problem", text}});
    } else if (is_error) {
      log_.error("config", "an error in the configuration", {{"problem", text}});
    } else {
      log_.warning("config", "a doubt about the configuration", {{"problem", text}});
    }
  }
  told_ = std::move(told);
  return new_object_errors;
}

config::LoadResult Reloader::load(const config::Configuration* previous) {
  for (int reads = 1;; ++reads) {
    const std::string before = config::folderState(watched_);
    config::LoadResult loaded = config::loadConfiguration(settings_file_, previous, cluster_().get(), clock_, log_);
    if (reads == kMostReads || config::folderState(watched_) == before) return loaded;
  }
}

metrics::ReloadFigures Reloader::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

http::ReloadReport Reloader::lastReport() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

void Reloader::watch(const config::Settings& settings, const std::vector<std::filesystem::path>& files) {
  std::vector<std::filesystem::path> paths;
  if (settings.resources.watch) {
    paths.push_back(settings_file_);
    paths.insert(paths.end(), settings.resources.folders.begin(), settings.resources.folders.end());
    addMissing(files, paths);
  }
  if (settings.plugins.watch) {
    paths.insert(paths.end(), settings.plugins.folders.begin(), settings.plugins.folders.end());
  }
  watch(std::move(paths));
}

void Reloader::watch(std::vector<std::filesystem::path> paths) {
  if (paths == watched_ && (watcher_ != nullptr || paths.empty())) return;
  watcher_.reset();
  watched_ = paths;
  if (!paths.empty()) watcher_ = std::make_unique<config::Watcher>(std::move(paths), kQuiet, files_changed_);
}

}  // namespace landfall::daemon
