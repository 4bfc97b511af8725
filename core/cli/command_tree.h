// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/cli/command.h"

namespace landfall::cli {

/// An option or an argument as its user sees it.
struct OptionDescription {
  std::string name;  ///< "--config"; of an argument its bare name
  std::string meaning;
  std::string default_text;          ///< empty: none
  std::vector<std::string> choices;  ///< the only values that are taken; empty: not such an option
  bool argument = false;             ///< named by its place
  bool takes_value = false;
  bool required = false;
};

/// A command with what can follow it. Hidden commands are in no tree.
struct CommandDescription {
  std::string path;  ///< "landfall plugin test"
  std::string name;  ///< "test"
  std::string meaning;
  std::vector<OptionDescription> options;
  std::vector<CommandDescription> subcommands;
};

/// What the parser itself knows, so that what is made of it (completion, manual) is never out of date.
CommandDescription describeCommands(const CLI::App& app);

/// The tree as a list, each command before its subcommands.
std::vector<const CommandDescription*> allCommands(const CommandDescription& root);

}  // namespace landfall::cli
