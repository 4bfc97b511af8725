// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/log.h"
#include "core/cli/command.h"
#include "core/cli/configuration_file.h"
#include "core/config/loader.h"

namespace landfall::cli {
namespace {

using Json = nlohmann::ordered_json;

Json problemJson(const config::Problem& problem) {
  return {{"severity", problem.severity == config::Severity::Error ? "error" : "warning"},
          {"file", problem.file},
          {"line", problem.line > 0 ? Json(problem.line) : Json(nullptr)},
          {"key", problem.key.empty() ? Json(nullptr) : Json(problem.key)},
          {"message", problem.message},
          {"suggestion", problem.suggestion.empty() ? Json(nullptr) : Json(problem.suggestion)}};
}

ExitCode check(const std::string& file, bool json) {
  const base::SystemClock clock;
  base::Log log(clock, dropLine);
  const config::LoadResult loaded = config::loadConfiguration(file, nullptr, clock, log);
  const auto& configuration = loaded.configuration;
  if (json) {
    Json problems = Json::array();
    for (const auto& problem : loaded.problems) problems.push_back(problemJson(problem));
    const auto count = [&](std::size_t number) { return configuration ? Json(number) : Json(nullptr); };
    std::cout << Json{{"valid", configuration != nullptr},
                      {"receivers", count(configuration ? configuration->receivers.size() : 0)},
                      {"warehouses", count(configuration ? configuration->warehouses.size() : 0)},
                      {"plugins", count(configuration ? configuration->adapters->plugins().size() : 0)},
                      {"problems", problems}}
                     .dump(2)
              << '\n';
  } else {
    for (const auto& problem : loaded.problems) {
      std::cerr << (problem.severity == config::Severity::Error ? "error: " : "warning: ") << problem.text() << '\n';
    }
    if (configuration) {
      std::cout << file << " is valid: " << configuration->receivers.size() << " receivers, "
                << configuration->warehouses.size() << " Warehouses, " << configuration->adapters->plugins().size()
                << " plugins\n";
    }
  }
  return configuration ? ExitCode::Done : ExitCode::Configuration;
}

}  // namespace

void addCheck(CLI::App& app, ExitCode& exit_code) {
  struct Arguments {
    std::string config;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("check", "Validate the configuration without starting");
  command->add_option("--config", arguments->config, "Path of landfall.yaml")->required();
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback([arguments, &exit_code] { exit_code = check(arguments->config, arguments->json); });
}

}  // namespace landfall::cli
