// SPDX-License-Identifier: Apache-2.0
#include "core/cli/cli.h"

#include <iostream>

#include "core/cli/command.h"

namespace landfall::cli {

int run(int argc, char** argv) {
  CLI::App app("Receives the webhooks of container registries, keeps them, and refreshes what is subscribed.",
               "landfall");
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 usage, 69 server unavailable, 77 not allowed (token), 78 configuration.\n"
      "LANDFALL_SERVER and LANDFALL_TOKEN say whom to ask and as whom; --server and --token-file go before them.");
  ExitCode exit_code = ExitCode::Done;
  addServe(app, exit_code);
  addCheck(app, exit_code);
  addReceivers(app, exit_code);
  addEvents(app, exit_code);
  addDeliveries(app, exit_code);
  addExplain(app, exit_code);
  addReplay(app, exit_code);
  addRetry(app, exit_code);
  addCancel(app, exit_code);
  addRefresh(app, exit_code);
  addToken(app, exit_code);
  addSend(app, exit_code);
  addSink(app, exit_code);
  addPlugin(app, exit_code);
  addBackup(app, exit_code);
  addCompletion(app, exit_code);
  addManual(app, exit_code);
  addVersion(app, exit_code);

  try {
    app.parse(argc, argv);
    return static_cast<int>(exit_code);
  } catch (const CLI::ParseError& end) {
    // --help ends here, too, with 0.
    return app.exit(end) == 0 ? static_cast<int>(ExitCode::Done) : static_cast<int>(ExitCode::Usage);
  } catch (const std::exception& failure) {
    std::cerr << "landfall: " << failure.what() << '\n';
    return static_cast<int>(ExitCode::Failed);
  }
}

}  // namespace landfall::cli
