// SPDX-License-Identifier: Apache-2.0
// Landfall in a cluster of many Warehouses, against a real API server: how it starts, follows and refreshes.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/base/crypto.h"
#include "core/kubernetes/watch.h"
#include "tests/e2e/kubernetes/real_cluster.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace landfall;
using Clock = std::chrono::steady_clock;
using nlohmann::json;

constexpr const char* kKargo = "kargo.akuity.io/v1alpha1";
constexpr const char* kSecret = "a-value-for-measuring-0123";
constexpr auto kPatience = std::chrono::minutes(2);

struct Options {
  std::size_t projects = 1000;
  std::size_t warehouses = 10000;
  std::size_t rounds = 20;
  std::size_t pushes = 200;
  unsigned idle_seconds = 20;
};

double millisecondsSince(Clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
}

double at(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

std::string projectName(std::size_t number) { return "project-" + std::to_string(number); }

json object(const char* api_version, const char* kind, const std::string& space, const std::string& name) {
  json metadata{{"name", name}};
  if (!space.empty()) metadata["namespace"] = space;
  return {{"apiVersion", api_version}, {"kind", kind}, {"metadata", metadata}};
}

json subscriptions(const std::string& repository, const std::string& constraint) {
  return json::array({{{"image", {{"repoURL", repository}, {"constraint", constraint}}}}});
}

std::string repositoryOf(std::size_t warehouse) { return "quay.io/shop/api-" + std::to_string(warehouse); }

void fillProject(const testing::RealCluster& cluster, const Options& options, std::size_t number) {
  const std::string space = projectName(number);
  cluster.makeNamespace(space);
  json secret = object("v1", "Secret", space, "quay-secret");
  secret["stringData"] = {{"secret", kSecret}};
  cluster.create(secret);
  json config = object(kKargo, "ProjectConfig", space, space);
  config["spec"]["webhookReceivers"] =
      json::array({{{"name", "quay"}, {"quay", {{"secretRef", {{"name", "quay-secret"}}}}}}});
  cluster.create(config);
  for (std::size_t warehouse = number; warehouse < options.warehouses; warehouse += options.projects) {
    json made = object(kKargo, "Warehouse", space, "api-" + std::to_string(warehouse));
    made["spec"]["subscriptions"] = subscriptions(repositoryOf(warehouse), "^1.0.0");
    cluster.create(made);
  }
}

void fill(const testing::RealCluster& cluster, const Options& options) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (std::size_t number = next++; number < options.projects; number = next++)
        fillProject(cluster, options, number);
    });
  }
  for (auto& thread : threads) thread.join();
}

/// When the annotation of each Warehouse was last seen to change.
class Annotations {
 public:
  kubernetes::WatchEvents events() {
    return {[](const std::vector<kubernetes::Object>&, bool, bool) {},
            [this](const kubernetes::Object& object) { take(object); }, [](const kubernetes::Object&) {},
            [](const std::optional<kubernetes::Failure>&) {}};
  }
  /// Of the next change after `begun`.
  Clock::time_point wait(const std::string& name, Clock::time_point begun) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return seen_[name].when > begun; })) {
      throw std::runtime_error(name + " was not refreshed");
    }
    return seen_[name].when;
  }

 private:
  struct Seen {
    std::string value;
    Clock::time_point when;
  };

  void take(const kubernetes::Object& object) {
    const auto now = Clock::now();
    const auto parsed = json::parse(object.json);
    const auto value = parsed.value("/metadata/annotations/kargo.akuity.io~1refresh"_json_pointer, std::string());
    const std::lock_guard lock(mutex_);
    Seen& seen = seen_[object.name];
    if (value.empty() || value == seen.value) return;
    seen = {value, now};
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Seen> seen_;
};

std::string push(std::size_t warehouse) {
  const std::string name = "api-" + std::to_string(warehouse);
  return json{{"name", name},
              {"repository", "shop/" + name},
              {"namespace", "shop"},
              {"docker_url", repositoryOf(warehouse)},
              {"updated_tags", {"1.2.3"}}}
      .dump();
}

double cpuSeconds(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(stat, text);
  std::istringstream rest(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  double user = 0;
  double system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void waitUntilReady(const testing::ServerUnderTest& server) {
  const auto end = Clock::now() + kPatience;
  while (server.adminCall("GET", "/readyz").status != 200) {
    if (Clock::now() > end) throw std::runtime_error("not ready: " + server.log());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

/// From a changed constraint to the new generation.
double followed(const testing::RealCluster& cluster, const testing::ServerUnderTest& server, std::size_t round) {
  const auto generation = [&] { return server.api("config").at("generation").get<std::uint64_t>(); };
  const auto before = generation();
  const auto begun = Clock::now();
  cluster.must("PATCH", testing::pathOf(kKargo, "Warehouse", projectName(0), "api-0"),
               {{"spec", {{"subscriptions", subscriptions(repositoryOf(0), "^1." + std::to_string(round))}}}});
  while (generation() == before) {
    if (millisecondsSince(begun) > 60000) throw std::runtime_error("a change was not followed: " + server.log());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return millisecondsSince(begun);
}

double refreshed(const testing::ServerUnderTest& server, Annotations& annotations, const Options& options,
                 std::size_t number) {
  const std::size_t warehouse = 1 + number % (options.warehouses - 1);
  const std::string path = "/quay/" + base::sha256Hex(projectName(warehouse % options.projects) + "quay" + kSecret);
  const auto begun = Clock::now();
  if (const int status = server.post(path, push(warehouse)).status; status != 200) {
    throw std::runtime_error("answered " + std::to_string(status));
  }
  const auto seen = annotations.wait("api-" + std::to_string(warehouse), begun);
  return std::chrono::duration<double, std::milli>(seen - begun).count();
}

void run(const Options& options) {
  testing::RealCluster cluster(testing::RealCluster::Options{});
  fill(cluster, options);
  std::fprintf(stderr, "cluster: filled\n");

  const testing::TempDir folder;
  const auto kubeconfig = folder.write("kubeconfig", cluster.kubeconfig());
  testing::ServerUnderTest server(
      {.settings = "kubernetes: {enabled: true, kubeconfig: \"" + kubeconfig.string() + "\"}\n"});
  const auto begun = Clock::now();
  server.start();
  waitUntilReady(server);
  const double ready_ms = millisecondsSince(begun);
  const auto resident = testing::residentKib(server.process().pid());
  const auto listed = server.api("config");

  std::vector<double> in_force;
  for (std::size_t round = 0; round < options.rounds; ++round) in_force.push_back(followed(cluster, server, round));

  base::SystemClock clock;
  base::Log log(clock);
  kubernetes::Client client(cluster.access());
  Annotations annotations;
  std::vector<double> refreshes;
  {
    const kubernetes::Watch watch(client,
                                  {{"kargo.akuity.io", "v1alpha1", "warehouses", "Warehouse", true}, "", "", ""},
                                  annotations.events(), log);
    for (std::size_t number = 0; number < 10 + options.pushes; ++number) {
      const double took = refreshed(server, annotations, options, number);
      if (number >= 10) refreshes.push_back(took);  // the first ones open connections
    }
  }

  const double cpu_before = cpuSeconds(server.process().pid());
  std::this_thread::sleep_for(std::chrono::seconds(options.idle_seconds));
  const double cpu = cpuSeconds(server.process().pid()) - cpu_before;

  std::printf(
      "{\"receivers\":%zu,\"warehouses\":%zu,\"ready_ms\":%.0f,\"resident_kib\":%zu,\"in_force_p50_ms\":%.0f,"
      "\"in_force_max_ms\":%.0f,\"refreshed_p50_ms\":%.2f,\"refreshed_p99_ms\":%.2f,\"idle_cpu_percent\":%.3f}\n",
      listed.at("receivers").get<std::size_t>(), listed.at("warehouses").get<std::size_t>(), ready_ms, resident,
      at(in_force, 0.5), at(in_force, 1), at(refreshes, 0.5), at(refreshes, 0.99), 100.0 * cpu / options.idle_seconds);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Measures Landfall in a cluster, with the API server that ./dev kubernetes builds.", "cluster");
  app.add_option("--projects", options.projects, "each with a receiver and its Secret")->capture_default_str();
  app.add_option("--warehouses", options.warehouses, "in the projects in turn")->capture_default_str();
  app.add_option("--rounds", options.rounds, "changes to follow")->capture_default_str();
  app.add_option("--pushes", options.pushes, "one at a time, after a warm-up of 10")->capture_default_str();
  app.add_option("--idle-seconds", options.idle_seconds, "to measure an idle server for")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (const auto why = testing::RealCluster::whyNot()) {
    std::fprintf(stderr, "cluster: %s\n", why->c_str());
    return 77;
  }
  try {
    run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cluster: %s\n", error.what());
    return 1;
  }
  return 0;
}
