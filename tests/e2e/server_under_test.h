// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/http_call.h"
#include "tests/e2e/process.h"
#include "tests/support/temp_dir.h"

namespace landfall::testing {

/// The real binary with a configuration, a database and logs in a folder of its own, on ports of its own.
class ServerUnderTest {
 public:
  struct Setup {
    std::string resources;  ///< manifests, written to resources/all.yaml
    std::string settings;   ///< further lines of landfall.yaml
    std::string webhooks;   ///< further keys of its `webhooks`: ", maxConnections: 10"
    std::filesystem::path plugins = builtPlugins();
    std::string base_url = "http://127.0.0.1:8080";
    std::string storage = "{url: \"sqlite:landfall.db\"}";
    Environment environment = {};
  };

  explicit ServerUnderTest(const Setup& setup);

  /// Starts it and waits until it says that it is ready; throws with its log when it ends instead.
  void start();
  /// SIGTERM, and the exit code.
  int stop();
  /// SIGKILL.
  void kill();

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path settingsFile() const { return folder_.path() / "landfall.yaml"; }
  std::filesystem::path writeResources(std::string_view text) const;
  std::uint16_t webhookPort() const { return webhook_port_; }
  std::uint16_t adminPort() const { return admin_port_; }
  std::string adminUrl() const { return "http://127.0.0.1:" + std::to_string(admin_port_); }
  Process& process() { return *process_; }
  std::string log() const { return readFile(log_file_); }

  /// The path of a receiver, as the command line tells it; the name alone must be unique.
  std::string pathOf(const std::string& receiver) const;

  HttpAnswer post(const std::string& path, std::string_view body, const Headers& headers = {}) const;
  /// GET of the admin API, which must answer 200.
  nlohmann::json api(const std::string& path) const;
  HttpAnswer adminCall(const std::string& method, const std::string& target, const Headers& headers = {},
                       std::string_view body = {}) const;
  /// All items of a list, page by page.
  std::vector<nlohmann::json> all(const std::string& list, const std::string& query = "") const;
  /// Waits until none of the 200 newest deliveries is scheduled or running.
  bool waitForDeliveries() const;

 private:
  TempDir folder_;
  Environment environment_;
  std::filesystem::path log_file_;
  std::unique_ptr<Process> process_;
  std::uint16_t webhook_port_ = 0;
  std::uint16_t admin_port_ = 0;
  std::size_t log_seen_ = 0;
};

/// Manifests of one project with one Secret and one receiver per line: adapter, name, Secret key, value.
struct ReceiverManifest {
  std::string adapter;
  std::string name;
  std::string secret_key;
  std::string secret;
  std::string more;  ///< further lines of the receiver, in flow style: ", host: x" is written inside the braces' entry
};
std::string projectManifest(const std::string& project, const std::vector<ReceiverManifest>& receivers);

/// A Warehouse with these subscriptions (YAML flow, one per element) that is refreshed at `url`.
std::string warehouseManifest(const std::string& project, const std::string& name,
                              const std::vector<std::string>& subscriptions, const std::string& url);

}  // namespace landfall::testing
