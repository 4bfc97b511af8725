// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/crypto.h"
#include "core/cli/command.h"
#include "core/cli/listing.h"

namespace landfall::cli {
namespace {

struct Arguments {
  std::string name;
  std::string scope;
  bool json = false;
};

std::string randomToken() {
  std::array<std::uint8_t, 32> bytes{};
  base::fillRandom(bytes);
  return base::toHex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

ExitCode run(const Arguments& arguments) {
  const std::string token = randomToken();
  const std::string hash = base::sha256Hex(token);
  const nlohmann::ordered_json line{{"name", arguments.name}, {"scope", arguments.scope}, {"sha256", hash}};
  if (arguments.json) {
    auto all = line;
    all["token"] = token;
    printJson(all);
    return ExitCode::Done;
  }
  // In quotes: a hash may look like a number, and a name in JSON's quotes is one in YAML's, too.
  std::cout << "token, shown this once: " << token
            << "\nfor admin.tokens in landfall.yaml:\n  - {name: " << line.at("name").dump(-1, ' ', true)
            << ", scope: " << arguments.scope << ", sha256: \"" << hash << "\"}\n";
  return ExitCode::Done;
}

}  // namespace

void addToken(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("token", "Make a random API token, and the line of landfall.yaml that lets it in");
  command->add_option("name", arguments->name, "Whose it is (ci, ann, ...)")->required();
  command->add_option("--scope", arguments->scope, "read, or operate to change things as well")
      ->required()
      ->check(CLI::IsMember({"read", "operate"}));
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace landfall::cli
