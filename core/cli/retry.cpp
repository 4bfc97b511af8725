// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "core/cli/command.h"
#include "core/cli/listing.h"

namespace landfall::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds kBetweenLooks{200};

struct Arguments {
  std::string delivery;
  std::string project, warehouse, state, reason, since, until;
  bool all = false;
  bool dry_run = false;
  bool json = false;
  ServerOption server;

  Json filter() const {
    Json filter = Json::object();
    for (const auto& [name, value] : Pairs{{"project", project},
                                           {"warehouse", warehouse},
                                           {"state", state},
                                           {"reason", reason},
                                           {"since", since},
                                           {"until", until}}) {
      if (!value.empty()) filter[name] = value;
    }
    return filter;
  }
};

ExitCode retryOne(const ApiClient& client, const Arguments& arguments) {
  const auto answer = client.post("deliveries/" + percentEncoded(arguments.delivery) + "/retry");
  if (answer.exit_code != ExitCode::Done) return answer.exit_code;
  const Json delivery = Json::parse(answer.body);
  if (arguments.json) {
    printJson(delivery);
  } else {
    std::cout << "delivery " << printable(cell(delivery.at("id"))) << " of "
              << printable(cell(delivery.at("project")) + "/" + cell(delivery.at("warehouse"))) << " is due now\n";
  }
  return ExitCode::Done;
}

void showProgress(const Json& operation, bool last) {
  if (::isatty(STDERR_FILENO) != 1) return;
  std::cerr << '\r' << operation.at("done").get<std::uint64_t>() + operation.at("failed").get<std::uint64_t>() << " of "
            << operation.at("count") << (last ? "\n" : "") << std::flush;
}

ExitCode print(const Json& operation, bool json) {
  if (json) {
    printJson(operation);
  } else {
    std::cout << cell(operation.at("state")) << ": " << operation.at("done") << " of " << operation.at("count")
              << " due now, " << operation.at("failed") << " failed\n";
    if (!operation.at("error").is_null()) std::cout << printable(cell(operation.at("error"))) << '\n';
  }
  return operation.at("state") == "done" && operation.at("failed") == 0 ? ExitCode::Done : ExitCode::Failed;
}

ExitCode waitFor(const ApiClient& client, Json operation, bool json) {
  while (operation.at("state") == "running") {
    showProgress(operation, false);
    std::this_thread::sleep_for(kBetweenLooks);
    const auto answer = client.get("operations/" + percentEncoded(cell(operation.at("id"))));
    if (answer.exit_code != ExitCode::Done) return answer.exit_code;
    operation = Json::parse(answer.body);
  }
  showProgress(operation, true);
  return print(operation, json);
}

ExitCode retryMany(const ApiClient& client, const Arguments& arguments) {
  const Json body{{"filter", arguments.filter()}, {"dryRun", arguments.dry_run}};
  const auto answer = client.post("deliveries/retry", body.dump(), {{"Content-Type", "application/json"}});
  if (answer.exit_code != ExitCode::Done) return answer.exit_code;
  Json begun = Json::parse(answer.body);
  if (!arguments.dry_run) return waitFor(client, std::move(begun), arguments.json);
  if (arguments.json) {
    printJson(begun);
  } else {
    std::cout << begun.at("count") << " deliveries would be retried\n";
  }
  return ExitCode::Done;
}

ExitCode run(const Arguments& arguments) {
  const bool many = arguments.all || !arguments.filter().empty();
  if (many == !arguments.delivery.empty()) {
    std::cerr << "landfall: name one delivery, or choose many by --all, --project, --warehouse, --state, --reason, "
                 "--since, --until\n";
    return ExitCode::Usage;
  }
  if (arguments.dry_run && !many) {
    std::cerr << "landfall: --dry-run counts what a filter takes: name no delivery\n";
    return ExitCode::Usage;
  }
  const ApiClient client(arguments.server);
  return many ? retryMany(client, arguments) : retryOne(client, arguments);
}

}  // namespace

void addRetry(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "retry", "Make a delivery due now, or many by a filter: those that ended badly, unless --state says otherwise");
  command->add_option("delivery", arguments->delivery, "One delivery");
  command->add_flag("--all", arguments->all, "Every delivery that ended other than by success");
  command->add_option("--project", arguments->project, "Of this project's Warehouses");
  command->add_option("--warehouse", arguments->warehouse, "Of this Warehouse");
  command->add_option("--state", arguments->state, "scheduled, succeeded, exhausted, cancelled");
  command->add_option("--reason", arguments->reason, "max_age, rejected, target_gone, ...");
  command->add_option("--since", arguments->since, "Created at or after (RFC 3339)");
  command->add_option("--until", arguments->until, "Created before (RFC 3339)");
  command->add_flag("--dry-run", arguments->dry_run, "Only count what the filter takes");
  command->add_flag("--json", arguments->json, "Print JSON");
  arguments->server.addTo(*command);
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace landfall::cli
