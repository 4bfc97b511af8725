// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "core/cli/command.h"
#include "core/config/settings.h"
#include "storage/open_store.h"

namespace landfall::cli {
namespace {

struct Arguments {
  std::string file;
  std::string config = "landfall.yaml";
  bool json = false;
};

/// While it lives, the signals that ask a program to stop wait until they are asked for: what is half done is to be
/// cleaned away.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set_, signal);
    sigprocmask(SIG_BLOCK, &set_, &before_);
  }
  ~StopSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  bool came() const {
    const timespec at_once{};
    return sigtimedwait(&set_, nullptr, &at_once) > 0;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

ExitCode backup(const Arguments& arguments) {
  const config::SettingsRead read = config::readSettings(arguments.config);
  if (config::hasErrors(read.problems)) {
    for (const auto& problem : read.problems) std::cerr << problem.text() << '\n';
    return ExitCode::Configuration;
  }
  const StopSignals stop;
  const bool shows_progress = ::isatty(STDERR_FILENO) == 1;
  const base::Status status =
      storage::backupStore(read.settings.storage.url, arguments.file, [&](std::size_t done, std::size_t of) {
        if (shows_progress) std::cerr << "\rcopied " << (of == 0 ? 100 : done * 100 / of) << " %" << std::flush;
        return !stop.came();
      });
  if (shows_progress) std::cerr << "\r\033[K";
  if (!status.ok()) {
    std::cerr << "landfall: " << status.message() << '\n';
    return ExitCode::Failed;
  }
  const auto bytes = std::filesystem::file_size(arguments.file);
  if (arguments.json) {
    const auto file = std::filesystem::absolute(arguments.file).lexically_normal();
    std::cout << nlohmann::ordered_json{{"file", file.string()}, {"bytes", bytes}}.dump() << '\n';
  } else {
    std::cout << arguments.file << ": " << bytes << " bytes\n";
  }
  return ExitCode::Done;
}

}  // namespace

void addBackup(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("backup", "Copy the database into a file, also while the server runs");
  command->add_option("FILE", arguments->file, "The file to make; an existing one is never replaced")->required();
  command->add_option("--config", arguments->config, "Path of landfall.yaml, which names the database")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback([arguments, &exit_code] { exit_code = backup(*arguments); });
}

}  // namespace landfall::cli
