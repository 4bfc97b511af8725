// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/cli/api_client.h"
#include "core/cli/table.h"

namespace landfall::cli {

/// A list of the API on its way to a terminal or a script.
struct Listing {
  std::string path;                                          ///< "events"
  std::vector<std::pair<std::string, std::string>> filters;  ///< as the API names them
  std::size_t limit = 50;
  bool json = false;
  std::vector<std::string> columns;
  std::function<std::vector<std::string>(const nlohmann::ordered_json&)> row;
};

/// Asks for pages until `limit` items are there, then prints a table, or with `json` an array.
ExitCode printListing(const ApiClient& client, const Listing& listing);

/// To standard output, indented. On a terminal all but ASCII is escaped: what senders wrote must not steer it.
void printJson(const nlohmann::ordered_json& value);

/// The text of a value: strings as they are, null as "-", all else as JSON.
std::string cell(const nlohmann::ordered_json& value);

}  // namespace landfall::cli
