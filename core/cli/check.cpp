// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <string>

#include "core/base/log.h"
#include "core/cli/command.h"
#include "core/cli/configuration_file.h"
#include "core/config/loader.h"
#include "core/http/admin/json_views.h"

namespace landfall::cli {
namespace {

using http::Json;

ExitCode check(const std::string& file, bool json) {
  const base::SystemClock clock;
  base::Log log(clock, dropLine);
  const config::LoadResult loaded = config::loadConfiguration(file, nullptr, clock, log);
  const auto& configuration = loaded.configuration;
  if (json) {
    const auto count = [&](std::size_t number) { return configuration ? Json(number) : Json(nullptr); };
    std::cout << Json{{"valid", configuration != nullptr},
                      {"receivers", count(configuration ? configuration->receivers.size() : 0)},
                      {"warehouses", count(configuration ? configuration->warehouses.size() : 0)},
                      {"plugins", count(configuration ? configuration->adapters->plugins().size() : 0)},
                      {"problems", http::problemsJson(loaded.problems)}}
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
