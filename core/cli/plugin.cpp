// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include "core/adapters/adapter_set.h"
#include "core/adapters/conformance.h"
#include "core/adapters/plugin.h"
#include "core/base/log.h"
#include "core/cli/command.h"
#include "core/cli/configuration_file.h"
#include "core/cli/listing.h"
#include "core/cli/table.h"
#include "core/http/admin/json_views.h"

namespace landfall::cli {
namespace {

using http::Json;

struct Arguments {
  std::string file;
  std::string folder;
  bool json = false;
};

void printPlugin(const adapters::Plugin& plugin) {
  const adapters::PluginDescription& description = plugin.description();
  std::cout << printable(description.id) << ' ' << printable(description.version) << " (adapter ABI " << description.abi
            << ")\n  file " << plugin.source().file.string() << "\n  sha256 " << plugin.source().sha256 << '\n';
  if (description.url_is_credential) std::cout << "  the receiver's URL is its only credential\n";
  for (const auto& key : description.secret_keys) std::cout << "  Secret key " << printable(key) << '\n';
  for (const auto& option : description.options) {
    std::cout << "  option " << printable(option.name) << " (" << adapters::name(option.type)
              << (option.required ? ", required" : "") << "): " << printable(option.meaning) << '\n';
  }
  for (const auto& header : description.headers) {
    std::cout << "  reads header " << printable(header.name) << (header.credential ? " (a credential)" : "") << '\n';
  }
  for (const auto& sample : description.samples) {
    std::cout << "  sample " << printable(sample.name) << ": " << printable(sample.meaning) << '\n';
  }
}

std::shared_ptr<const adapters::Plugin> load(const std::string& file, base::Log& log) {
  const auto path = std::filesystem::absolute(file);
  const base::Status safe = adapters::checkOwnership(path);
  if (!safe.ok()) std::cerr << "landfall: warning: a server would not load it: " << safe.message() << '\n';
  auto loaded = adapters::Plugin::load(path, log);
  if (loaded.ok()) return std::move(loaded).value();
  std::cerr << "landfall: " << loaded.status().message() << '\n';
  return nullptr;
}

ExitCode inspect(const Arguments& arguments) {
  const base::SystemClock clock;
  base::Log log(clock, dropLine);
  const auto plugin = load(arguments.file, log);
  if (plugin == nullptr) return ExitCode::Failed;
  if (arguments.json) {
    printJson(http::pluginJson(*plugin));
  } else {
    printPlugin(*plugin);
  }
  return ExitCode::Done;
}

std::vector<std::string> readPayloads(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name.ends_with(".json") && !name.ends_with(".expected.json")) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> payloads;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    payloads.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return payloads;
}

ExitCode test(const Arguments& arguments) {
  const base::SystemClock clock;
  base::Log log(clock, dropLine);
  const auto plugin = load(arguments.file, log);
  if (plugin == nullptr) return ExitCode::Failed;
  std::vector<std::string> payloads;
  if (!arguments.folder.empty()) payloads = readPayloads(arguments.folder);
  const unsigned threads = std::max(2u, std::thread::hardware_concurrency());

  std::size_t failed = 0;
  Json items = Json::array();
  const auto results = adapters::runConformance(plugin, payloads, threads);
  for (const auto& result : results) {
    if (!result.passed) ++failed;
    if (arguments.json) {
      items.push_back({{"check", result.check}, {"passed", result.passed}, {"detail", result.detail}});
    } else {
      std::cout << (result.passed ? "pass  " : "FAIL  ") << printable(result.check)
                << (result.passed ? "" : ": " + printable(result.detail)) << '\n';
    }
  }
  if (arguments.json) {
    std::cout << items.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    std::cout << results.size() - failed << " passed, " << failed << " failed\n";
  }
  return failed == 0 ? ExitCode::Done : ExitCode::Failed;
}

}  // namespace

void addPlugin(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("plugin", "Look at and test adapter plugins (loading one runs its code)");
  command->require_subcommand(1);
  const auto add = [&](const std::string& name, const std::string& meaning) {
    CLI::App* sub = command->add_subcommand(name, meaning);
    sub->add_option("file", arguments->file, "The plugin (*.so)")->required()->check(CLI::ExistingFile);
    sub->add_flag("--json", arguments->json, "Print JSON");
    return sub;
  };
  add("inspect", "What a plugin says of itself; loading it runs its constructors")->callback([arguments, &exit_code] {
    exit_code = inspect(*arguments);
  });
  CLI::App* test_command = add("test", "Run a plugin's samples and what every adapter has to prove");
  test_command->add_option("folder", arguments->folder, "Further payloads (*.json) that must not crash it")
      ->check(CLI::ExistingDirectory);
  test_command->callback([arguments, &exit_code] { exit_code = test(*arguments); });
}

}  // namespace landfall::cli
