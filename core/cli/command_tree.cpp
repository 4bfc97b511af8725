// SPDX-License-Identifier: Apache-2.0
#include "core/cli/command_tree.h"

namespace landfall::cli {
namespace {

/// CLI11 tells the members of a set in the type's name only: "TEXT:{read,operate}".
std::vector<std::string> choicesOf(const std::string& type_name) {
  const auto begin = type_name.find('{');
  const auto end = type_name.find('}', begin == std::string::npos ? 0 : begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return CLI::detail::split(type_name.substr(begin + 1, end - begin - 1), ',');
}

OptionDescription describeOption(const CLI::Option& option) {
  OptionDescription described;
  described.argument = !option.nonpositional();
  described.name = described.argument ? option.get_name(true) : "--" + option.get_lnames().front();
  described.meaning = option.get_description();
  described.default_text = option.get_default_str();
  described.choices = choicesOf(option.get_type_name());
  described.takes_value = option.get_items_expected_max() > 0;
  described.required = option.get_required();
  return described;
}

CommandDescription describe(const CLI::App& app, const std::string& path) {
  CommandDescription described;
  described.path = path;
  described.name = app.get_name();
  described.meaning = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional() && option->get_lnames().empty()) continue;
    described.options.push_back(describeOption(*option));
  }
  const auto shown = [](const CLI::App* sub) { return !sub->get_group().empty(); };
  for (const CLI::App* sub : app.get_subcommands(shown)) {
    described.subcommands.push_back(describe(*sub, path + " " + sub->get_name()));
  }
  return described;
}

void append(const CommandDescription& command, std::vector<const CommandDescription*>& list) {
  list.push_back(&command);
  for (const auto& sub : command.subcommands) append(sub, list);
}

}  // namespace

CommandDescription describeCommands(const CLI::App& app) { return describe(app, app.get_name()); }

std::vector<const CommandDescription*> allCommands(const CommandDescription& root) {
  std::vector<const CommandDescription*> list;
  append(root, list);
  return list;
}

}  // namespace landfall::cli
