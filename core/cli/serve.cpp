// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include "core/cli/command.h"
#include "core/daemon/daemon.h"

namespace landfall::cli {

void addServe(CLI::App& app, ExitCode& exit_code) {
  auto config = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("serve", "Run the server");
  command->add_option("--config", *config, "Path of landfall.yaml")->required();
  command->callback([config, &exit_code] {
    switch (daemon::serve(*config)) {
      case daemon::ServeEnd::Stopped:
        exit_code = ExitCode::Done;
        break;
      case daemon::ServeEnd::Failed:
        exit_code = ExitCode::Failed;
        break;
      case daemon::ServeEnd::Configuration:
        exit_code = ExitCode::Configuration;
        break;
    }
  });
}

}  // namespace landfall::cli
