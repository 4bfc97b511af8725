// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <csignal>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/time_text.h"
#include "core/cli/command.h"
#include "core/cli/table.h"
#include "core/http/problem.h"
#include "core/http/server.h"
#include "core/refresh/standard_webhooks.h"

namespace landfall::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string host = "127.0.0.1";
  std::uint16_t port = 9000;
  std::string key;
  std::string key_file;
  unsigned fail = 0;
  int status = 503;
  bool json = false;
};

std::string headerText(const http::Request& request, std::string_view name) {
  return std::string(request.header(name).value_or(""));
}

/// "right", "wrong", "missing" or, without a key to check with, "unchecked".
std::string signatureOf(const http::Request& request, const std::vector<std::string>& keys, base::UtcTime now) {
  if (!request.header("webhook-signature")) return "missing";
  if (keys.empty()) return "unchecked";
  return refresh::verifySignature(headerText(request, "webhook-id"), headerText(request, "webhook-timestamp"),
                                  headerText(request, "webhook-signature"), request.body, keys, now)
             ? "right"
             : "wrong";
}

/// Prints each refresh it gets. Called from the server's handler threads.
class Sink {
 public:
  Sink(const Arguments& arguments, std::vector<std::string> keys)
      : arguments_(arguments), keys_(std::move(keys)), failures_left_(arguments.fail) {}

  http::Response receive(const http::Request& request) {
    const base::UtcTime now = clock_.now();
    const std::string signature = signatureOf(request, keys_, now);
    const std::lock_guard lock(mutex_);
    const bool fails = failures_left_ > 0;
    if (fails) --failures_left_;
    const int status = fails ? arguments_.status : signature == "wrong" ? 401 : 204;
    print(request, signature, status, now);
    if (status == 204) return {.status = 204, .headers = {}, .body = ""};
    return http::problem(status, fails ? "told to fail" : "the signature is wrong");
  }

 private:
  void print(const http::Request& request, const std::string& signature, int status, base::UtcTime now) const {
    const Json body = Json::parse(request.body, nullptr, false);
    if (arguments_.json) {
      std::cout << Json{{"receivedAt", base::toRfc3339(now)},
                        {"id", headerText(request, "webhook-id")},
                        {"signature", signature},
                        {"status", status},
                        {"body", body.is_discarded() ? Json(nullptr) : body}}
                       .dump(-1, ' ', false, Json::error_handler_t::replace)
                << std::endl;
      return;
    }
    std::string text = request.method + " " + request.path;
    if (body.is_object() && body.contains("data") && body["data"].is_object()) {
      const Json& data = body["data"];
      text = "refresh " + data.value("project", "?") + "/" + data.value("warehouse", "?") + ", attempt " +
             data.value("attempt", Json(nullptr)).dump() + ", " + data.value("eventCount", Json(nullptr)).dump() +
             " event(s):";
      for (const auto& artifact : data.value("artifacts", Json::array())) {
        text += " " + artifact.value("repository", "?");
        if (artifact.contains("tag") && artifact["tag"].is_string()) text += ":" + artifact["tag"].get<std::string>();
      }
    }
    std::cout << base::toRfc3339(now) << ' ' << printable(text) << " (signature " << signature << ") -> " << status
              << std::endl;
  }

  const Arguments& arguments_;
  const std::vector<std::string> keys_;
  const base::SystemClock clock_;
  std::mutex mutex_;
  unsigned failures_left_;
};

ExitCode run(const Arguments& arguments) {
  std::vector<std::string> keys;
  std::string key = arguments.key;
  if (!arguments.key_file.empty() && !std::getline(std::ifstream(arguments.key_file), key)) {
    std::cerr << "landfall: cannot read a key from " << arguments.key_file << '\n';
    return ExitCode::Failed;
  }
  if (!key.empty()) {
    auto parsed = refresh::parseSigningKey(key);
    if (!parsed.ok()) {
      std::cerr << "landfall: " << parsed.status().message() << '\n';
      return ExitCode::Usage;
    }
    keys.push_back(std::move(parsed).value());
  }

  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const base::SystemClock clock;
  base::Log log(clock);
  log.setLevel(base::LogLevel::Warning);
  Sink sink(arguments, std::move(keys));
  http::ServerOptions options;
  options.name = "sink";
  options.host = arguments.host;
  options.port = arguments.port;
  options.handler_threads = 1;
  auto server = http::Server::open(
      options,
      [&](const http::Request& request, http::Responder responder) { responder.complete(sink.receive(request)); }, log);
  if (!server.ok()) {
    std::cerr << "landfall: " << server.status().message() << '\n';
    return ExitCode::Failed;
  }
  (*server)->start();
  std::cerr << "sink listens on http://" << arguments.host << ':' << (*server)->port() << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  (*server)->stop(std::chrono::seconds(1));
  return ExitCode::Done;
}

}  // namespace

void addSink(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("sink", "A target for tries: prints each http refresh it gets");
  command->add_option("--host", arguments->host, "Address to listen on")->capture_default_str();
  command->add_option("--port", arguments->port, "Port to listen on; 0: any free one")->capture_default_str();
  command->add_option("--key", arguments->key, "The key (whsec_...) to check signatures with");
  command->add_option("--key-file", arguments->key_file, "A file whose first line is the key")->excludes("--key");
  command->add_option("--fail", arguments->fail, "Refuse so many calls first")->capture_default_str();
  command->add_option("--status", arguments->status, "What to refuse them with")
      ->capture_default_str()
      ->check(CLI::Range(400, 599));
  command->add_flag("--json", arguments->json, "Print JSON Lines");
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace landfall::cli
