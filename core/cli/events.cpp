// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "core/cli/command.h"
#include "core/cli/follow.h"
#include "core/cli/listing.h"

namespace landfall::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string id;
  std::string project, receiver, adapter, repository, tag, action, outcome, since, until;
  std::size_t limit = 50;
  bool json = false;
  bool follow = false;
  ServerOption server;
};

std::string artifactText(const Json& artifact) {
  std::string text = artifact.at("repository");
  if (artifact.at("tag").is_string()) {
    text += ":" + artifact.at("tag").get<std::string>();
  } else if (artifact.at("digest").is_string()) {
    text += "@" + artifact.at("digest").get<std::string>();
  }
  return text;
}

std::string receiverText(const Json& event) {
  return (event.at("project").is_null() ? "-" : event.at("project").get<std::string>()) + "/" +
         event.at("receiver").get<std::string>();
}

std::string firstArtifact(const Json& event) {
  const auto& artifacts = event.at("artifacts");
  if (artifacts.empty()) return "-";
  const auto more = artifacts.size() - 1;
  return artifactText(artifacts.front()) + (more > 0 ? " (+" + std::to_string(more) + ")" : "");
}

std::vector<std::string> row(const Json& event) {
  return {cell(event.at("receivedAt")), cell(event.at("outcome")), receiverText(event),
          cell(event.at("kind")),       firstArtifact(event),      std::to_string(event.at("deliveries").size()),
          cell(event.at("id"))};
}

ExitCode printOne(const ApiClient& client, const Arguments& arguments) {
  const ApiClient::Answer answer = client.get("events/" + percentEncoded(arguments.id));
  if (answer.exit_code != ExitCode::Done) return answer.exit_code;
  const Json event = Json::parse(answer.body);
  if (arguments.json) {
    printJson(event);
    return ExitCode::Done;
  }
  Table table({"EVENT", printable(cell(event.at("id")))});
  table.add({"received", cell(event.at("receivedAt"))});
  table.add({"receiver", receiverText(event) + " (" + cell(event.at("adapter")) + ")"});
  table.add({"outcome", cell(event.at("outcome"))});
  for (const auto* name :
       {"reason", "kind", "action", "actor", "occurredAt", "senderDeliveryId", "peer", "bodyBytes"}) {
    table.add({name, cell(event.at(name))});
  }
  for (const auto& artifact : event.at("artifacts")) {
    table.add({"artifact", artifactText(artifact) + " (" + cell(artifact.at("action")) + ")"});
  }
  for (const auto& delivery : event.at("deliveries")) {
    table.add({"delivery",
               cell(delivery.at("warehouse")) + " " + cell(delivery.at("state")) + " " + cell(delivery.at("id"))});
  }
  table.add({"details", event.at("details").dump()});
  table.print(std::cout);
  return ExitCode::Done;
}

std::string oneLine(const Json& event) {
  std::string line;
  for (const auto& text : row(event)) line += (line.empty() ? "" : "  ") + printable(text);
  return line;
}

ExitCode followEvents(const ApiClient& client, Pairs filters, bool json) {
  filters.emplace_back("types", "event");
  return follow(client, {.filters = std::move(filters), .line = [json](const std::string& data) -> std::string {
                           const auto event = Json::parse(data, nullptr, false);
                           if (!event.is_object()) return "";
                           return json ? event.dump(-1, ' ', true, Json::error_handler_t::replace) : oneLine(event);
                         }});
}

ExitCode run(const Arguments& arguments) {
  const ApiClient client(arguments.server);
  if (!arguments.id.empty()) return printOne(client, arguments);
  const Pairs filters{{"project", arguments.project}, {"receiver", arguments.receiver},
                      {"adapter", arguments.adapter}, {"repository", arguments.repository},
                      {"tag", arguments.tag},         {"action", arguments.action},
                      {"outcome", arguments.outcome}};
  if (arguments.follow) return followEvents(client, filters, arguments.json);
  Pairs listed = filters;
  listed.emplace_back("since", arguments.since);
  listed.emplace_back("until", arguments.until);
  return printListing(client, {.path = "events",
                               .filters = std::move(listed),
                               .limit = arguments.limit,
                               .json = arguments.json,
                               .columns = {"RECEIVED", "OUTCOME", "RECEIVER", "KIND", "ARTIFACT", "OWES", "ID"},
                               .row = row});
}

}  // namespace

void addEvents(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("events", "What came: the history, newest first, or one event, or what comes from now on");
  auto* id = command->add_option("id", arguments->id, "One event");
  command->add_option("--project", arguments->project, "Of this project's receivers; - for the cluster's");
  command->add_option("--receiver", arguments->receiver, "Of this receiver");
  command->add_option("--adapter", arguments->adapter, "Of this adapter (quay, harbor, ...)");
  command->add_option("--repository", arguments->repository, "About this repository");
  command->add_option("--tag", arguments->tag, "About this tag");
  command->add_option("--action", arguments->action, "push, delete, scan, build, ...");
  command->add_option("--outcome", arguments->outcome, "matched, unmatched, ignored, malformed, ...");
  auto* since = command->add_option("--since", arguments->since, "Received at or after (RFC 3339)");
  auto* until = command->add_option("--until", arguments->until, "Received before (RFC 3339)");
  auto* limit = command->add_option("--limit", arguments->limit, "How many at most");
  limit->capture_default_str()->check(CLI::Range(std::size_t{1}, std::size_t{1000000}));
  command->add_flag("--json", arguments->json, "Print JSON; with --follow, one line for each event");
  command->add_flag("--follow", arguments->follow, "Print events as they come, until Ctrl-C")
      ->excludes(id)
      ->excludes(since)
      ->excludes(until)
      ->excludes(limit);
  arguments->server.addTo(*command);
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace landfall::cli
