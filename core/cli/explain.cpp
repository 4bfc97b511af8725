// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/cli/command.h"
#include "core/cli/listing.h"

namespace landfall::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string event_or_file;
  std::string receiver;
  std::vector<std::string> headers;
  bool json = false;
  ServerOption server;
};

std::optional<std::string> readAll(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

std::optional<Pairs> headersOf(const std::vector<std::string>& lines) {
  Pairs headers;
  for (const auto& line : lines) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon == 0) return std::nullopt;
    const auto value = line.find_first_not_of(' ', colon + 1);
    headers.emplace_back(line.substr(0, colon), value == std::string::npos ? "" : line.substr(value));
  }
  return headers;
}

std::string artifactText(const Json& artifact) {
  const Json& qualifier = artifact.at("tag").is_null() ? artifact.at("digest") : artifact.at("tag");
  return cell(artifact.at("repository")) + (qualifier.is_null() ? "" : ":" + cell(qualifier));
}

void print(const Json& explained) {
  const Json& receiver = explained.at("receiver");
  std::cout << printable(cell(receiver.at("project")) + "/" + cell(receiver.at("name"))) << " ("
            << printable(cell(explained.at("adapter"))) << "): " << cell(explained.at("outcome"));
  if (!explained.at("reason").is_null()) std::cout << ", " << printable(cell(explained.at("reason")));
  std::cout << '\n';
  if (!explained.at("note").is_null()) std::cout << printable(cell(explained.at("note"))) << '\n';
  Table table({"WAREHOUSE", "MATCHED", "ARTIFACT", "SUBSCRIPTION", "RULE", "WHY"});
  for (const auto& warehouse : explained.at("warehouses")) {
    for (const auto& reason : warehouse.at("reasons")) {
      table.add({cell(warehouse.at("project")) + "/" + cell(warehouse.at("name")),
                 warehouse.at("matched").get<bool>() ? "yes" : "no",
                 artifactText(explained.at("artifacts").at(reason.at("artifact").get<std::size_t>())),
                 cell(reason.at("repository")), cell(reason.at("code")), cell(reason.at("detail"))});
    }
  }
  if (!table.empty()) table.print(std::cout);
  if (explained.at("truncated").get<bool>()) {
    std::cout << "and more: " << explained.at("warehousesTotal") << " Warehouses come into question\n";
  }
}

ExitCode run(const Arguments& arguments) {
  const ApiClient client(arguments.server);
  ApiClient::Answer answer;
  if (arguments.receiver.empty()) {
    answer = client.get("events/" + percentEncoded(arguments.event_or_file) + "/explain");
  } else {
    const auto receiver = projectAndName(arguments.receiver);
    const auto headers = headersOf(arguments.headers);
    if (!receiver || !headers) {
      std::cerr << "landfall: --receiver is project/name (-/name for one of the cluster), --header is 'Name: value'\n";
      return ExitCode::Usage;
    }
    const auto body = readAll(arguments.event_or_file);
    if (!body) {
      std::cerr << "landfall: cannot read " << arguments.event_or_file << '\n';
      return ExitCode::Failed;
    }
    answer = client.post("receivers/" + *receiver + "/explain", *body, *headers);
  }
  if (answer.exit_code != ExitCode::Done) return answer.exit_code;
  const Json explained = Json::parse(answer.body);
  if (arguments.json) {
    printJson(explained);
  } else {
    print(explained);
  }
  return ExitCode::Done;
}

}  // namespace

void addExplain(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "explain", "Why an event, or a payload that nobody sent yet, refreshes which Warehouses and not others");
  command->add_option("what", arguments->event_or_file, "An event's id; with --receiver a file (- for standard input)")
      ->required();
  command->add_option("--receiver", arguments->receiver, "project/name: read the file as a payload of this receiver");
  command->add_option("--header", arguments->headers, "'Name: value', as the sender would have sent it")
      ->needs("--receiver");
  command->add_flag("--json", arguments->json, "Print JSON");
  arguments->server.addTo(*command);
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace landfall::cli
