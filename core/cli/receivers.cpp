// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <string>

#include "core/base/log.h"
#include "core/cli/command.h"
#include "core/cli/configuration_file.h"
#include "core/cli/listing.h"

namespace landfall::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string config;
  bool json = false;
  ServerOption server;
};

Json fromConfiguration(const config::Configuration& configuration) {
  const std::string origin = config::originOf(configuration.settings.base_url);
  auto items = Json::array();
  for (const auto& receiver : configuration.receivers) {
    items.push_back({{"project", receiver->key.project ? Json(*receiver->key.project) : Json(nullptr)},
                     {"name", receiver->key.name},
                     {"adapter", receiver->adapter},
                     {"url", origin + receiver->paths.front()},
                     {"path", receiver->paths.front()}});
  }
  return items;
}

std::vector<std::string> row(const Json& receiver) {
  return {cell(receiver.at("project")), cell(receiver.at("name")), cell(receiver.at("adapter")),
          cell(receiver.at("url"))};
}

const std::vector<std::string> kColumns{"PROJECT", "NAME", "ADAPTER", "URL"};

ExitCode run(const Arguments& arguments) {
  if (arguments.config.empty()) {
    return printListing(ApiClient(arguments.server), {.path = "receivers",
                                                      .filters = {},
                                                      .limit = 1000000,
                                                      .json = arguments.json,
                                                      .columns = kColumns,
                                                      .row = row});
  }
  const base::SystemClock clock;
  base::Log log(clock, dropLine);
  const auto configuration = loadConfigurationFile(arguments.config, clock, log);
  if (configuration == nullptr) return ExitCode::Configuration;
  sayWhatWasNotAsked(*configuration, std::cerr);
  const Json items = fromConfiguration(*configuration);
  if (arguments.json) {
    printJson(items);
    return ExitCode::Done;
  }
  Table table(kColumns);
  for (const auto& item : items) table.add(row(item));
  table.print(std::cout);
  return ExitCode::Done;
}

}  // namespace

void addReceivers(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("receivers", "The receivers and the URLs to register");
  command->add_option("--config", arguments->config, "Read them from this landfall.yaml instead of asking a server");
  command->add_flag("--json", arguments->json, "Print JSON");
  arguments->server.addTo(*command);
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace landfall::cli
