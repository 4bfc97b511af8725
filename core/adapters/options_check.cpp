// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/options_check.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "core/adapters/plugin_text.h"
#include "landfall/json.hpp"

namespace landfall::adapters {
namespace {

constexpr std::size_t kMaxShownName = 64;

std::string inQuotes(std::string_view name) { return "\"" + cleanText(name, kMaxShownName) + "\""; }

/// How many letters have to be changed, added or taken away to make `b` of `a` (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t k = 0; k < b.size(); ++k) {
      const std::size_t changed = diagonal + (a[i] == b[k] ? 0 : 1);
      diagonal = row[k + 1];
      row[k + 1] = std::min({changed, row[k] + 1, row[k + 1] + 1});
    }
  }
  return row.back();
}

/// The known name that was probably meant.
std::optional<std::string> nearest(const std::vector<OptionDescription>& known, std::string_view name) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  if (name.size() > kMaxShownName) return best;
  for (const auto& option : known) {
    const std::size_t this_distance = distance(name, option.name);
    if (this_distance >= best_distance) continue;
    best = option.name;
    best_distance = this_distance;
  }
  return best;
}

base::Status unknownOption(const std::vector<OptionDescription>& known, const std::string& name) {
  if (known.empty()) return base::invalidArgument("unknown option " + inQuotes(name) + ": this adapter has none");
  if (const auto meant = nearest(known, name)) {
    return base::invalidArgument("unknown option " + inQuotes(name) + "; did you mean " + inQuotes(*meant) + "?");
  }
  std::string names;
  for (const auto& option : known) names += (names.empty() ? "" : ", ") + option.name;
  return base::invalidArgument("unknown option " + inQuotes(name) + "; there are " + names);
}

bool isOfType(const Json& value, OptionType type) {
  switch (type) {
    case OptionType::String:
      return value.is_string();
    case OptionType::Integer:
      return value.is_number_integer();
    case OptionType::Boolean:
      return value.is_boolean();
    case OptionType::List:
      return value.is_array();
    case OptionType::Object:
      return value.is_object();
  }
  return false;
}

std::string_view nameOf(OptionType type) {
  switch (type) {
    case OptionType::String:
      return "a string";
    case OptionType::Integer:
      return "an integer";
    case OptionType::Boolean:
      return "true or false";
    case OptionType::List:
      return "a list";
    case OptionType::Object:
      return "an object";
  }
  return "something else";
}

base::Status checkObject(const std::vector<OptionDescription>& known, const Json& options) {
  for (const auto& entry : options.items()) {
    const auto option =
        std::find_if(known.begin(), known.end(), [&](const auto& each) { return each.name == entry.key(); });
    if (option == known.end()) return unknownOption(known, entry.key());
    if (!isOfType(entry.value(), option->type)) {
      return base::invalidArgument("option " + inQuotes(option->name) + " must be " +
                                   std::string(nameOf(option->type)) + ", and it is " + entry.value().type_name());
    }
  }
  for (const auto& option : known) {
    if (option.required && !options.contains(option.name)) {
      return base::invalidArgument("option " + inQuotes(option.name) + " is missing: " + option.meaning);
    }
  }
  return {};
}

}  // namespace

base::Status checkOptions(const std::vector<OptionDescription>& known, std::string_view options) {
  try {
    const Json parsed = parseJson(options);
    if (!parsed.is_object()) return base::invalidArgument("the options are no JSON object");
    return checkObject(known, parsed);
  } catch (const std::exception& failure) {
    return base::invalidArgument(std::string("the options cannot be read: ") + failure.what());
  }
}

}  // namespace landfall::adapters
