// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/cli/command.h"
#include "core/cli/configuration_file.h"
#include "core/config/loader.h"
#include "core/http/admin/json_views.h"
#include "storage/open_store.h"

namespace landfall::cli {
namespace {

using http::Json;

struct Arguments {
  std::string config;
  bool storage = false;
  bool json = false;
};

/// What is wrong with the database, a sentence each; that it cannot be read is one, too.
std::vector<std::string> checkStorage(const config::Settings& settings) {
  const auto wrong = storage::checkStore(settings.storage.url);
  return wrong.ok() ? *wrong : std::vector{wrong.status().message()};
}

void printStorage(const std::vector<std::string>& wrong) {
  for (const auto& sentence : wrong) std::cerr << "error: storage: " << sentence << '\n';
  if (wrong.empty()) std::cout << "the database is sound\n";
}

ExitCode check(const Arguments& arguments) {
  const base::SystemClock clock;
  base::Log log(clock, dropLine);
  const config::LoadResult loaded = config::loadConfiguration(arguments.config, nullptr, nullptr, clock, log);
  const auto& configuration = loaded.configuration;
  std::optional<std::vector<std::string>> storage;
  if (arguments.storage && configuration) storage = checkStorage(configuration->settings);
  if (arguments.json) {
    const auto count = [&](std::size_t number) { return configuration ? Json(number) : Json(nullptr); };
    std::cout << Json{{"valid", configuration != nullptr},
                      {"receivers", count(configuration ? configuration->receivers.size() : 0)},
                      {"warehouses", count(configuration ? configuration->warehouses.size() : 0)},
                      {"plugins", count(configuration ? configuration->adapters->plugins().size() : 0)},
                      {"problems", http::problemsJson(loaded.problems)},
                      {"storageProblems", storage ? Json(*storage) : Json(nullptr)}}
                     .dump(2)
              << '\n';
  } else {
    for (const auto& problem : loaded.problems) {
      std::cerr << (problem.severity == config::Severity::Error ? "error: " : "warning: ") << problem.text() << '\n';
    }
    if (configuration) {
      std::cout << arguments.config << " is valid: " << configuration->receivers.size() << " receivers, "
                << configuration->warehouses.size() << " Warehouses, " << configuration->adapters->plugins().size()
                << " plugins\n";
      sayWhatWasNotAsked(*configuration, std::cout);
    }
    if (storage) printStorage(*storage);
  }
  if (storage && !storage->empty()) return ExitCode::Failed;
  return configuration ? ExitCode::Done : ExitCode::Configuration;
}

}  // namespace

void addCheck(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("check", "Validate the configuration without starting");
  command->add_option("--config", arguments->config, "Path of landfall.yaml")->required();
  command->add_flag("--storage", arguments->storage, "Read the whole database, too, and say what is wrong with it");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback([arguments, &exit_code] { exit_code = check(*arguments); });
}

}  // namespace landfall::cli
