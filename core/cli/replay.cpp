// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <string>

#include "core/cli/command.h"
#include "core/cli/listing.h"

namespace landfall::cli {
namespace {

struct Arguments {
  std::string event;
  bool json = false;
  ServerOption server;
};

ExitCode run(const Arguments& arguments) {
  const auto answer = ApiClient(arguments.server).post("events/" + percentEncoded(arguments.event) + "/replay");
  if (answer.exit_code != ExitCode::Done) return answer.exit_code;
  const auto replayed = nlohmann::ordered_json::parse(answer.body);
  if (arguments.json) {
    printJson(replayed);
  } else {
    std::cout << "event " << printable(cell(replayed.at("event"))) << ": " << cell(replayed.at("outcome")) << ", owes "
              << cell(replayed.at("warehouses")) << " refresh(es)\n";
  }
  return ExitCode::Done;
}

}  // namespace

void addReplay(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "replay", "Read a recorded event again, with today's adapter and configuration, and refresh what it matches");
  command->add_option("event", arguments->event, "The event's id")->required();
  command->add_flag("--json", arguments->json, "Print JSON");
  arguments->server.addTo(*command);
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace landfall::cli
