// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <string>

#include "core/cli/command.h"
#include "core/cli/command_tree.h"

namespace landfall::cli {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  return CLI::detail::find_and_replace(std::move(text), what, with);
}

/// What may follow a command: its subcommands and options, with a space between them.
std::string wordsAfter(const CommandDescription& command) {
  std::string words;
  for (const auto& sub : command.subcommands) words += sub.name + " ";
  for (const auto& option : command.options) {
    if (!option.argument) words += option.name + " ";
  }
  if (!words.empty()) words.pop_back();
  return words;
}

/// A case of the shell for each command that has a parent: it moves `path` on.
std::string pathCases(const std::vector<const CommandDescription*>& commands) {
  std::string patterns;
  for (const auto* command : commands) {
    if (command->path != command->name) patterns += (patterns.empty() ? "" : "|") + ("\"" + command->path + "\"");
  }
  return patterns;
}

/// Bash completes file names by itself (-o default) where the function offers nothing.
void printBash(const std::vector<const CommandDescription*>& commands) {
  std::string values;
  std::string words;
  for (const auto* command : commands) {
    words += fmt::format("    \"{}\") words=\"{}\" ;;\n", command->path, wordsAfter(*command));
    for (const auto& option : command->options) {
      if (option.argument || !option.takes_value) continue;
      values += fmt::format("    \"{} {}\") COMPREPLY=($(compgen -W \"{}\" -- \"$current\")); return ;;\n",
                            command->path, option.name, fmt::join(option.choices, " "));
    }
  }
  std::cout << "# bash completion of landfall, made by: landfall completion bash\n"
               "_landfall() {\n"
               "  local current=${COMP_WORDS[COMP_CWORD]} path=landfall words=\"\" i\n"
               "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
               "    case \"$path ${COMP_WORDS[i]}\" in\n"
               "      "
            << pathCases(commands)
            << ") path=\"$path ${COMP_WORDS[i]}\" ;;\n"
               "    esac\n"
               "  done\n"
               "  case \"$path ${COMP_WORDS[COMP_CWORD - 1]}\" in\n"
            << values
            << "  esac\n"
               "  case \"$path\" in\n"
            << words
            << "  esac\n"
               "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
               "}\n"
               "complete -o default -F _landfall landfall\n";
}

/// In single quotes, as "name:meaning": the form that zsh's _describe takes.
std::string zshItem(const std::string& name, const std::string& meaning) {
  return "'" + replaced(replaced(name, ":", "\\:") + ":" + meaning, "'", "'\\''") + "'";
}

void printZsh(const std::vector<const CommandDescription*>& commands) {
  std::string values;
  std::string items;
  for (const auto* command : commands) {
    items += fmt::format("    \"{}\") items=(", command->path);
    for (const auto& sub : command->subcommands) items += zshItem(sub.name, sub.meaning) + " ";
    for (const auto& option : command->options) {
      if (option.argument) continue;
      items += zshItem(option.name, option.meaning) + " ";
      if (!option.takes_value) continue;
      values +=
          fmt::format("    \"{} {}\") {}; return ;;\n", command->path, option.name,
                      option.choices.empty() ? "_files" : fmt::format("compadd -- {}", fmt::join(option.choices, " ")));
    }
    items += ") ;;\n";
  }
  std::cout << "#compdef landfall\n"
               "# zsh completion of landfall, made by: landfall completion zsh\n"
               "_landfall() {\n"
               "  local command_path=landfall i\n"
               "  local -a items\n"
               "  for ((i = 2; i < CURRENT; i++)); do\n"
               "    case \"$command_path ${words[i]}\" in\n"
               "      "
            << pathCases(commands)
            << ") command_path=\"$command_path ${words[i]}\" ;;\n"
               "    esac\n"
               "  done\n"
               "  case \"$command_path ${words[CURRENT - 1]}\" in\n"
            << values
            << "  esac\n"
               "  case \"$command_path\" in\n"
            << items
            << "  esac\n"
               "  _describe landfall items || _files\n"
               "}\n"
               "# Autoloaded from fpath, this file is the function's body: it is to complete the first time, too.\n"
               "if [[ ${funcstack[1]} == _landfall ]]; then\n"
               "  _landfall \"$@\"\n"
               "else\n"
               "  compdef _landfall landfall\n"
               "fi\n";
}

std::string fishQuoted(const std::string& text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

/// When a command has been written, and none of its subcommands yet.
std::string fishCondition(const CommandDescription& command) {
  std::string condition;
  const auto names = CLI::detail::split(command.path, ' ');
  for (std::size_t i = 1; i < names.size(); ++i) {
    condition += (i > 1 ? "; and " : "") + ("__fish_seen_subcommand_from " + names[i]);
  }
  if (command.subcommands.empty()) return condition;
  std::string below;
  for (const auto& sub : command.subcommands) below += " " + sub.name;
  return condition + (condition.empty() ? "" : "; and ") + "not __fish_seen_subcommand_from" + below;
}

void printFish(const std::vector<const CommandDescription*>& commands) {
  std::cout << "# fish completion of landfall, made by: landfall completion fish\n";
  for (const auto* command : commands) {
    const std::string start = fmt::format("complete -c landfall -n {}", fishQuoted(fishCondition(*command)));
    for (const auto& sub : command->subcommands) {
      std::cout << start << " -f -a " << sub.name << " -d " << fishQuoted(sub.meaning) << '\n';
    }
    for (const auto& option : command->options) {
      if (option.argument) continue;
      std::cout << start << " -l " << option.name.substr(2) << " -d " << fishQuoted(option.meaning);
      if (option.takes_value) std::cout << " -r";
      if (!option.choices.empty()) {
        std::cout << " -f -a " << fishQuoted(fmt::format("{}", fmt::join(option.choices, " ")));
      }
      std::cout << '\n';
    }
  }
}

}  // namespace

void addCompletion(CLI::App& app, ExitCode& exit_code) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Print a script that completes landfall's commands in a shell");
  command->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, shell, &exit_code] {
    const CommandDescription root = describeCommands(app);
    const auto commands = allCommands(root);
    if (*shell == "bash") {
      printBash(commands);
    } else if (*shell == "zsh") {
      printZsh(commands);
    } else {
      printFish(commands);
    }
    exit_code = ExitCode::Done;
  });
}

}  // namespace landfall::cli
