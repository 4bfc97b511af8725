// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "core/cli/exit_codes.h"

namespace landfall::cli {

// One function per command: adds it to `app`; when it is chosen, it runs and stores its exit code. A file per command.

void addServe(CLI::App& app, ExitCode& exit_code);
void addCheck(CLI::App& app, ExitCode& exit_code);
void addReceivers(CLI::App& app, ExitCode& exit_code);
void addEvents(CLI::App& app, ExitCode& exit_code);
void addDeliveries(CLI::App& app, ExitCode& exit_code);
void addExplain(CLI::App& app, ExitCode& exit_code);
void addReplay(CLI::App& app, ExitCode& exit_code);
void addRetry(CLI::App& app, ExitCode& exit_code);
void addCancel(CLI::App& app, ExitCode& exit_code);
void addRefresh(CLI::App& app, ExitCode& exit_code);
void addToken(CLI::App& app, ExitCode& exit_code);
void addSend(CLI::App& app, ExitCode& exit_code);
void addSink(CLI::App& app, ExitCode& exit_code);
void addPlugin(CLI::App& app, ExitCode& exit_code);
void addBackup(CLI::App& app, ExitCode& exit_code);
void addCompletion(CLI::App& app, ExitCode& exit_code);
void addManual(CLI::App& app, ExitCode& exit_code);
void addVersion(CLI::App& app, ExitCode& exit_code);

}  // namespace landfall::cli
