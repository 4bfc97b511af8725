// SPDX-License-Identifier: Apache-2.0
#include "core/cli/listing.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace landfall::cli {
namespace {

constexpr std::size_t kPage = 500;

}  // namespace

std::string cell(const nlohmann::ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "-";
  return value.dump();
}

void printJson(const nlohmann::ordered_json& value) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  std::cout << value.dump(2, ' ', terminal, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

ExitCode printListing(const ApiClient& client, const Listing& listing) {
  auto items = nlohmann::ordered_json::array();
  std::string cursor;
  do {
    auto query = listing.filters;
    query.emplace_back("limit", std::to_string(std::min(kPage, listing.limit - items.size())));
    query.emplace_back("cursor", cursor);
    const ApiClient::Answer answer = client.get(listing.path, query);
    if (answer.exit_code != ExitCode::Done) return answer.exit_code;
    const auto page = nlohmann::ordered_json::parse(answer.body);
    for (const auto& item : page.at("items")) items.push_back(item);
    cursor = page.at("next").is_null() ? "" : page.at("next").get<std::string>();
  } while (!cursor.empty() && items.size() < listing.limit);

  if (listing.json) {
    printJson(items);
    return ExitCode::Done;
  }
  Table table(listing.columns);
  for (const auto& item : items) table.add(listing.row(item));
  table.print(std::cout);
  return ExitCode::Done;
}

}  // namespace landfall::cli
