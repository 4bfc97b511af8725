// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/cli/command.h"
#include "landfall/adapter.h"

namespace landfall::cli {

void addVersion(CLI::App& app, ExitCode& exit_code) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("version", "Print the version");
  command->add_flag("--json", *json, "Print JSON");
  command->callback([json, &exit_code] {
    const auto abi = fmt::format("{}.{}", LANDFALL_ABI_MAJOR, LANDFALL_ABI_MINOR);
    if (*json) {
      std::cout << nlohmann::ordered_json{{"version", LANDFALL_VERSION}, {"adapterAbi", abi}}.dump() << '\n';
    } else {
      std::cout << "landfall " LANDFALL_VERSION " (adapter ABI " << abi << ")\n";
    }
    exit_code = ExitCode::Done;
  });
}

}  // namespace landfall::cli
