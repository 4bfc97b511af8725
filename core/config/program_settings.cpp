// SPDX-License-Identifier: Apache-2.0
#include "core/config/program_settings.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/names.h"

namespace landfall::config {
namespace {

using Program = Settings::Refreshers::Program;

constexpr std::string_view kArgumentsForm = "[/usr/local/bin/redeploy, --all]: an absolute path and its arguments";

std::optional<Program> readProgram(const Located& value, Report& report) {
  Fields fields(value, report);
  if (!fields.valid()) return std::nullopt;
  Program program;
  const bool has_arguments = fields.value("argv").has_value();
  bool good = fields.texts("argv", program.argv);
  if (!has_arguments) report.error(fields.placeOf("argv"), "missing", std::string(kArgumentsForm));
  if (good && (program.argv.empty() || !program.argv.front().starts_with('/'))) {
    // Where a relative path would lead depends on who starts Landfall, and where.
    report.error(fields.placeOf("argv"), program.argv.empty() ? "empty" : "does not begin with an absolute path",
                 std::string(kArgumentsForm));
    good = false;
  }
  const auto holds_zero = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (std::any_of(program.argv.begin(), program.argv.end(), holds_zero)) {
    report.error(fields.placeOf("argv"), "an argument with a zero byte", "arguments of text");
    good = false;
  }
  fields.duration("timeout", program.timeout, std::chrono::milliseconds(1), std::chrono::hours(24));
  fields.reportUnread(Severity::Error);
  if (!good) return std::nullopt;
  return program;
}

}  // namespace

std::map<std::string, Program> readPrograms(const Located& listed, std::map<std::string, std::size_t>& lines,
                                            Report& report) {
  std::map<std::string, Program> programs;
  if (listed.node->kind != YamlNode::Kind::Mapping) {
    reportWrongType(report, listed, "a mapping", "redeploy: {argv: [/usr/local/bin/redeploy]}");
    return programs;
  }
  for (const auto& entry : listed.node->entries) {
    const Place place{listed.place.file, entry.line, listed.place.key + "." + entry.key};
    if (!isSecretKey(entry.key)) {  // the same characters are fine in both
      report.error(place, "no name for a program", "letters, digits, hyphens, underscores and dots");
    } else if (auto program = readProgram({entry.value.get(), place}, report)) {
      lines[place.key] = entry.line;
      programs.emplace(entry.key, *std::move(program));
    }
  }
  return programs;
}

}  // namespace landfall::config
