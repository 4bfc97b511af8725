// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iostream>
#include <string>

#include "core/cli/command.h"
#include "core/cli/command_tree.h"

namespace landfall::cli {
namespace {

/// Text as roff takes it: a backslash and a hyphen stand for themselves, and no line begins with a request.
std::string roff(const std::string& text) {
  std::string escaped;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
    line_begins = c == '\n';
  }
  return escaped;
}

void printOption(const OptionDescription& option) {
  std::cout << ".TP\n\\fB" << roff(option.name) << "\\fR";
  if (!option.argument && option.takes_value) std::cout << " \\fIVALUE\\fR";
  std::cout << '\n' << roff(option.meaning.empty() ? option.name : option.meaning);
  if (!option.choices.empty()) std::cout << " (" << roff(fmt::format("{}", fmt::join(option.choices, ", "))) << ')';
  if (option.required) std::cout << " (required)";
  if (!option.default_text.empty()) std::cout << " (default: " << roff(option.default_text) << ')';
  std::cout << '\n';
}

void printCommand(const CommandDescription& command) {
  std::cout << ".SS \"" << roff(command.path);
  for (const auto& option : command.options) {
    if (option.argument)
      std::cout << ' ' << (option.required ? "" : "[") << option.name << (option.required ? "" : "]");
  }
  std::cout << "\"\n" << roff(command.meaning) << ".\n";
  for (const auto& option : command.options) {
    if (option.name != "--help") printOption(option);
  }
}

void printManual(const CommandDescription& root, const std::string& footer) {
  std::cout << ".TH LANDFALL 1 \"\" \"landfall " LANDFALL_VERSION
               "\" \"User Commands\"\n"
               ".SH NAME\nlandfall \\- receiver for the webhooks of container registries\n"
               ".SH SYNOPSIS\n.B landfall\n.I command\n[\\fIarguments\\fR]\n"
               ".SH DESCRIPTION\n"
            << roff(root.meaning)
            << "\nEach command tells its options with \\fB\\-\\-help\\fR.\n"
               ".SH COMMANDS\n";
  for (const auto* command : allCommands(root)) {
    if (command != &root) printCommand(*command);
  }
  std::cout << ".SH \"EXIT STATUS AND ENVIRONMENT\"\n.nf\n" << roff(footer) << "\n.fi\n";
}

}  // namespace

void addManual(CLI::App& app, ExitCode& exit_code) {
  // The build makes landfall(1) with it; its users have the page, so the empty group hides it.
  CLI::App* command = app.add_subcommand("manual", "Print the manual page, landfall(1)")->group("");
  command->callback([&app, &exit_code] {
    printManual(describeCommands(app), app.get_footer());
    exit_code = ExitCode::Done;
  });
}

}  // namespace landfall::cli
