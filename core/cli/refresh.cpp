// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <string>

#include "core/cli/command.h"
#include "core/cli/listing.h"

namespace landfall::cli {
namespace {

struct Arguments {
  std::string warehouse;
  bool json = false;
  ServerOption server;
};

ExitCode run(const Arguments& arguments) {
  const auto warehouse = projectAndName(arguments.warehouse);
  if (!warehouse) {
    std::cerr << "landfall: a Warehouse is named project/name\n";
    return ExitCode::Usage;
  }
  const auto answer = ApiClient(arguments.server).post("warehouses/" + *warehouse + "/refresh");
  if (answer.exit_code != ExitCode::Done) return answer.exit_code;
  const auto delivery = nlohmann::ordered_json::parse(answer.body);
  if (arguments.json) {
    printJson(delivery);
  } else {
    std::cout << printable(arguments.warehouse) << " is refreshed by delivery " << printable(cell(delivery.at("id")))
              << '\n';
  }
  return ExitCode::Done;
}

}  // namespace

void addRefresh(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("refresh", "Refresh a Warehouse now, without an event");
  command->add_option("warehouse", arguments->warehouse, "project/name")->required();
  command->add_flag("--json", arguments->json, "Print JSON");
  arguments->server.addTo(*command);
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace landfall::cli
