// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <string>

#include "core/cli/command.h"
#include "core/cli/listing.h"

namespace landfall::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string id;
  std::string project, warehouse, state, reason, since, until;
  std::size_t limit = 50;
  bool json = false;
  ServerOption server;
};

std::string warehouseText(const Json& delivery) {
  return delivery.at("project").get<std::string>() + "/" + delivery.at("warehouse").get<std::string>();
}

/// What the target's controller has shown of it.
std::string handledText(const Json& delivery) {
  const Json& confirmation = delivery.at("confirmation");
  if (confirmation == "handled") return "after " + cell(delivery.at("handledAfterMs")) + " ms";
  if (confirmation == "missed") return "not handled within 10 minutes";
  return cell(confirmation);
}

std::vector<std::string> row(const Json& delivery) {
  return {cell(delivery.at("createdAt")), cell(delivery.at("state")),    cell(delivery.at("reason")),
          warehouseText(delivery),        cell(delivery.at("attempts")), cell(delivery.at("eventCount")),
          handledText(delivery),          cell(delivery.at("id")),       cell(delivery.at("lastError"))};
}

ExitCode printOne(const ApiClient& client, const Arguments& arguments) {
  const ApiClient::Answer answer = client.get("deliveries/" + percentEncoded(arguments.id));
  if (answer.exit_code != ExitCode::Done) return answer.exit_code;
  const Json delivery = Json::parse(answer.body);
  if (arguments.json) {
    printJson(delivery);
    return ExitCode::Done;
  }
  Table facts({"DELIVERY", cell(delivery.at("id"))});
  facts.add({"warehouse", warehouseText(delivery) + " (" + cell(delivery.at("refresher")) + ")"});
  for (const auto* name :
       {"state", "reason", "dueAt", "createdAt", "startedAt", "endedAt", "handledAt", "lastError", "eventCount"}) {
    facts.add({name, cell(delivery.at(name))});
  }
  facts.add({"handled", handledText(delivery)});
  facts.print(std::cout);
  Table attempts({"ATTEMPT", "STARTED", "TOOK", "OUTCOME", "STATUS", "DETAIL"});
  for (const auto& attempt : delivery.at("attemptLog")) {
    attempts.add({cell(attempt.at("number")), cell(attempt.at("startedAt")), cell(attempt.at("durationMs")) + " ms",
                  cell(attempt.at("outcome")), cell(attempt.at("status")), cell(attempt.at("detail"))});
  }
  if (!attempts.empty()) {
    std::cout << '\n';
    attempts.print(std::cout);
  }
  return ExitCode::Done;
}

ExitCode run(const Arguments& arguments) {
  const ApiClient client(arguments.server);
  if (!arguments.id.empty()) return printOne(client, arguments);
  return printListing(client, {.path = "deliveries",
                               .filters = {{"project", arguments.project},
                                           {"warehouse", arguments.warehouse},
                                           {"state", arguments.state},
                                           {"reason", arguments.reason},
                                           {"since", arguments.since},
                                           {"until", arguments.until}},
                               .limit = arguments.limit,
                               .json = arguments.json,
                               .columns = {"CREATED", "STATE", "REASON", "WAREHOUSE", "ATTEMPTS", "EVENTS", "HANDLED",
                                           "ID", "LAST ERROR"},
                               .row = row});
}

}  // namespace

void addDeliveries(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("deliveries", "What is or was owed: newest first, or one with its attempts");
  command->add_option("id", arguments->id, "One delivery");
  command->add_option("--project", arguments->project, "Of this project's Warehouses");
  command->add_option("--warehouse", arguments->warehouse, "Of this Warehouse");
  command->add_option("--state", arguments->state, "scheduled, running, succeeded, exhausted, cancelled");
  command->add_option("--reason", arguments->reason, "max_age, rejected, target_gone, ...");
  command->add_option("--since", arguments->since, "Created at or after (RFC 3339)");
  command->add_option("--until", arguments->until, "Created before (RFC 3339)");
  command->add_option("--limit", arguments->limit, "How many at most")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, std::size_t{1000000}));
  command->add_flag("--json", arguments->json, "Print JSON");
  arguments->server.addTo(*command);
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace landfall::cli
