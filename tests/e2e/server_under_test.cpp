// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/server_under_test.h"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

/// The port in `name`="http://host:port" of the line that says it is ready; or "`name`":"http://host:port", in JSON.
std::uint16_t portIn(const std::string& line, const std::string& name) {
  const auto at = std::min(line.find(name + "=http"), line.find('"' + name + "\":\"http"));
  const auto host = line.find("://", at);
  if (at == std::string::npos || host == std::string::npos) throw std::runtime_error("no " + name + " in: " + line);
  const auto colon = line.find(':', host + 3);
  return static_cast<std::uint16_t>(std::stoi(line.substr(colon + 1)));
}

}  // namespace

ServerUnderTest::ServerUnderTest(const Setup& setup)
    : environment_(setup.environment), log_file_(folder_.path() / "log") {
  folder_.write("landfall.yaml", "baseUrl: " + setup.base_url +
                                     "\n"
                                     "webhooks: {listen: 127.0.0.1:0" +
                                     setup.webhooks +
                                     "}\n"
                                     "admin: {listen: 127.0.0.1:0}\n"
                                     "storage: " +
                                     setup.storage +
                                     "\n"
                                     "plugins: {folders: [\"" +
                                     setup.plugins.string() +
                                     "\"]}\n"
                                     "resources: {folders: [resources]}\n" +
                                     setup.settings);
  writeResources(setup.resources);
}

std::filesystem::path ServerUnderTest::writeResources(std::string_view text) const {
  // As whoever changes a running configuration should: all of it at once.
  const auto next = folder_.write("resources.next", text);
  std::filesystem::create_directories(folder_.path() / "resources");
  std::filesystem::rename(next, folder_.path() / "resources/all.yaml");
  return folder_.path() / "resources/all.yaml";
}

void ServerUnderTest::start() {
  log_seen_ = std::filesystem::exists(log_file_) ? readFile(log_file_).size() : 0;
  process_ = std::make_unique<Process>(std::vector<std::string>{"serve", "--config", settingsFile().string()},
                                       folder_.path() / "out", log_file_, environment_);
  std::string line;
  const bool ready = waitUntil(
      [&] {
        if (!std::filesystem::exists(log_file_)) return false;
        const std::string log = readFile(log_file_).substr(log_seen_);
        const auto at = std::min(log.find("daemon: ready"), log.find(R"("message":"ready")"));
        const auto end = log.find('\n', at);
        if (at != std::string::npos && end != std::string::npos) {
          line = log.substr(at, end - at);
          return true;
        }
        return !process_->running();
      },
      std::chrono::seconds(60));
  if (!ready || line.empty()) throw std::runtime_error("landfall did not start:\n" + readFile(log_file_));
  webhook_port_ = portIn(line, "webhooks");
  admin_port_ = portIn(line, "admin");
}

int ServerUnderTest::stop() {
  process_->signal(SIGTERM);
  return process_->wait();
}

void ServerUnderTest::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

std::string ServerUnderTest::pathOf(const std::string& receiver) const {
  const Finished listed = runLandfall({"receivers", "--config", settingsFile().string(), "--json"});
  if (listed.exit_code != 0) throw std::runtime_error("landfall receivers failed: " + listed.err);
  for (const auto& one : nlohmann::json::parse(listed.out)) {
    if (one.at("name") == receiver) return one.at("path");
  }
  throw std::runtime_error("no receiver " + receiver);
}

HttpAnswer ServerUnderTest::post(const std::string& path, std::string_view body, const Headers& headers) const {
  const auto answer = callHttp(webhook_port_, "POST", path, headers, body);
  if (!answer) throw std::runtime_error("no answer to POST " + path);
  return *answer;
}

HttpAnswer ServerUnderTest::adminCall(const std::string& method, const std::string& target, const Headers& headers,
                                      std::string_view body) const {
  const auto answer = callHttp(admin_port_, method, target, headers, body);
  if (!answer) throw std::runtime_error("no answer to " + method + " " + target);
  return *answer;
}

nlohmann::json ServerUnderTest::api(const std::string& path) const {
  const HttpAnswer answer = adminCall("GET", "/api/v1/" + path);
  if (answer.status != 200) {
    throw std::runtime_error("GET " + path + ": " + std::to_string(answer.status) + " " + answer.body);
  }
  return nlohmann::json::parse(answer.body);
}

std::vector<nlohmann::json> ServerUnderTest::all(const std::string& list, const std::string& query) const {
  std::vector<nlohmann::json> items;
  std::string cursor;
  do {
    const auto page =
        api(list + "?limit=1000" + (query.empty() ? "" : "&" + query) + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const auto& item : page.at("items")) items.push_back(item);
    cursor = page.at("next").is_null() ? "" : page.at("next").get<std::string>();
  } while (!cursor.empty());
  return items;
}

bool ServerUnderTest::waitForDeliveries() const {
  // One page is one state of the store: asked state by state, a delivery could slip from the one to the other
  // meanwhile.
  return waitUntil([&] {
    const nlohmann::json page = api("deliveries?limit=200");
    const auto& items = page.at("items");
    return std::none_of(items.begin(), items.end(), [](const nlohmann::json& delivery) {
      return delivery.at("state") == "scheduled" || delivery.at("state") == "running";
    });
  });
}

std::string projectManifest(const std::string& project, const std::vector<ReceiverManifest>& receivers) {
  std::string text;
  std::string list;
  for (const auto& receiver : receivers) {
    text += "apiVersion: v1\nkind: Secret\nmetadata: {name: " + receiver.name + "-secret, namespace: " + project +
            "}\nstringData: {" + receiver.secret_key + ": \"" + receiver.secret + "\"}\n---\n";
    list += "  - {name: " + receiver.name + ", " + receiver.adapter + ": {secretRef: {name: " + receiver.name +
            "-secret}}" + receiver.more + "}\n";
  }
  return text + "apiVersion: kargo.akuity.io/v1alpha1\nkind: ProjectConfig\nmetadata: {name: " + project +
         ", namespace: " + project + "}\nspec:\n  webhookReceivers:\n" + list + "---\n";
}

std::string warehouseManifest(const std::string& project, const std::string& name,
                              const std::vector<std::string>& subscriptions, const std::string& url) {
  std::string text = "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: " + name +
                     ", namespace: " + project + "}\nspec:\n  subscriptions:\n";
  for (const auto& subscription : subscriptions) text += "  - " + subscription + "\n";
  return text + "  refresh: {http: {url: \"" + url + "\"}}\n---\n";
}

}  // namespace landfall::testing
