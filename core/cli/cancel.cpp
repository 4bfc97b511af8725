// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <string>

#include "core/cli/command.h"
#include "core/cli/listing.h"

namespace landfall::cli {
namespace {

struct Arguments {
  std::string id;
  bool operation = false;
  bool json = false;
  ServerOption server;
};

ExitCode run(const Arguments& arguments) {
  const std::string list = arguments.operation ? "operations/" : "deliveries/";
  const auto answer = ApiClient(arguments.server).post(list + percentEncoded(arguments.id) + "/cancel");
  if (answer.exit_code != ExitCode::Done) return answer.exit_code;
  const auto cancelled = nlohmann::ordered_json::parse(answer.body);
  if (arguments.json) {
    printJson(cancelled);
  } else {
    std::cout << printable(cell(cancelled.at("id"))) << " is " << cell(cancelled.at("state")) << '\n';
  }
  return ExitCode::Done;
}

}  // namespace

void addCancel(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("cancel", "End a scheduled delivery, so that it is not attempted again");
  command->add_option("id", arguments->id, "The delivery, or with --operation the operation")->required();
  command->add_flag("--operation", arguments->operation, "Stop a retry of many; what is done stays done");
  command->add_flag("--json", arguments->json, "Print JSON");
  arguments->server.addTo(*command);
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace landfall::cli
