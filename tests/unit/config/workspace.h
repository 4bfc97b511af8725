// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/loader.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace landfall::config {

inline constexpr std::string_view kQuaySecret =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: quay-secret, namespace: shop}\n"
    "stringData: {secret: a-long-random-value-0123}\n";
inline constexpr std::string_view kHookKey =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: hook-key, namespace: shop}\n"
    "stringData: {key: whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3}\n";
inline constexpr std::string_view kRefresh =
    "  refresh:\n    http: {url: \"http://127.0.0.1:9000/refresh\", secretRefs: [{name: hook-key}]}\n";

/// A folder with a landfall.yaml and a `resources` folder; the plugins are those of the build.
class Workspace {
 public:
  Workspace() { settings(""); }

  const std::filesystem::path& path() const { return dir_.path(); }
  std::filesystem::path write(const std::string& name, std::string_view text) const { return dir_.write(name, text); }
  std::filesystem::path resource(const std::string& name, std::string_view text) const {
    return dir_.write("resources/" + name, text);
  }
  /// landfall.yaml: the plugin folders in line 1, then `text`.
  void settings(std::string_view text,
                std::string_view folders = "\"" LANDFALL_BINARY_DIR "/plugins\", \"" TWO_KEYS_FOLDER "\"") const {
    std::filesystem::create_directories(path() / "resources");
    write("landfall.yaml", "plugins: {folders: [" + std::string(folders) + "]}\n" + std::string(text));
  }

  LoadResult load(const Configuration* previous = nullptr, const ClusterState* cluster = nullptr) {
    return loadConfiguration(path() / "landfall.yaml", previous, cluster, clock_, log_);
  }

  /// What loading says, one line for each problem, with file names from the folder on; warnings begin with "warning: ".
  std::vector<std::string> problems(const Configuration* previous = nullptr) { return shown(load(previous).problems); }

  std::vector<std::string> shown(const Problems& problems) const {
    std::vector<std::string> lines;
    const std::string prefix = path().string() + "/";
    for (const auto& problem : problems) {
      std::string line = problem.text();
      for (auto at = line.find(prefix); at != std::string::npos; at = line.find(prefix)) line.erase(at, prefix.size());
      lines.push_back((problem.severity == Severity::Warning ? "warning: " : "") + line);
    }
    return lines;
  }

  testing::FakeClock& clock() { return clock_; }

 private:
  testing::TempDir dir_;
  testing::FakeClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
};

using Lines = std::vector<std::string>;

/// A ProjectConfig of shop with these receivers, the first in line 5.
inline std::string receivers(std::string_view list) {
  return "apiVersion: kargo.akuity.io/v1alpha1\nkind: ProjectConfig\nmetadata: {name: shop, namespace: shop}\n"
         "spec: {webhookReceivers: [\n" +
         std::string(list) + "\n]}\n";
}

/// A Warehouse shop/api with one subscription, in line 6, and a refresh.
inline std::string warehouse(std::string_view subscription, std::string_view refresh = kRefresh) {
  return "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: api, namespace: shop}\n"
         "spec:\n  subscriptions:\n  - " +
         std::string(subscription) + "\n" + std::string(refresh);
}

}  // namespace landfall::config
