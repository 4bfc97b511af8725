// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "core/base/log.h"

namespace landfall::base {
namespace {

namespace fs = std::filesystem;

/// "logger | level | message"
using Messages = std::set<std::string>;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What stands between a call's parentheses and before its fields.
std::string argumentsAt(const std::string& text, std::size_t open) {
  int depth = 1;
  bool quoted = false;
  std::size_t at = open;
  for (; at < text.size() && depth > 0; ++at) {
    if (text[at] == '"' && text[at - 1] != '\\') quoted = !quoted;
    if (quoted) continue;
    if (text.compare(at, 2, "{{") == 0) break;
    if (text[at] == '(') ++depth;
    if (text[at] == ')') --depth;
  }
  return text.substr(open, at - open);
}

/// The string literals; those that only whitespace parts are one.
std::vector<std::string> literalsIn(const std::string& arguments) {
  static const std::regex kLiteral("\"((?:[^\"\\\\]|\\\\.)*)\"");
  std::vector<std::string> literals;
  std::size_t end_before = std::string::npos;
  for (std::sregex_iterator found(arguments.begin(), arguments.end(), kLiteral), end; found != end; ++found) {
    const auto begin = static_cast<std::size_t>(found->position());
    const bool goes_on = end_before != std::string::npos && arguments.find_first_not_of(" \n", end_before) == begin;
    if (goes_on) {
      literals.back() += (*found)[1];
    } else {
      literals.push_back((*found)[1]);
    }
    end_before = begin + static_cast<std::size_t>(found->length());
  }
  return literals;
}

std::vector<std::string> levelsIn(const std::string& method, const std::string& arguments) {
  if (method != "write") return {method};
  static const std::regex kLevel("LogLevel::([A-Z])([a-z]+)");
  std::vector<std::string> levels;
  for (std::sregex_iterator found(arguments.begin(), arguments.end(), kLevel), end; found != end; ++found) {
    levels.push_back(static_cast<char>((*found)[1].str()[0] - 'A' + 'a') + (*found)[2].str());
  }
  return levels.empty() ? std::vector<std::string>{"any"} : levels;
}

void addMessagesOf(const fs::path& file, Messages& messages) {
  static const std::regex kCall(R"(\blog_?\.(debug|info|warning|error|write)\()");
  const std::string text = read(file);
  for (std::sregex_iterator found(text.begin(), text.end(), kCall), end; found != end; ++found) {
    const std::string arguments = argumentsAt(text, static_cast<std::size_t>(found->position() + found->length()));
    const auto literals = literalsIn(arguments);
    const auto levels = levelsIn((*found)[1], arguments);
    ASSERT_GE(literals.size(), 2u) << file << ": a message has to be a constant: " << arguments;
    ASSERT_EQ(literals.size() - 1, levels.size()) << file << ": a level per message: " << arguments;
    EXPECT_NE(std::find(kLoggers.begin(), kLoggers.end(), literals[0]), kLoggers.end())
        << file << ": no such logger: " << literals[0];
    for (std::size_t at = 0; at < levels.size(); ++at) {
      messages.insert(literals[0] + " | " + levels[at] + " | " + literals[at + 1]);
    }
  }
}

Messages written() {
  Messages messages;
  for (const auto* folder : {"core", "storage"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(LANDFALL_SOURCE_DIR) / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".h") continue;
      if (entry.path().filename().string().starts_with("log.")) continue;  // the log itself
      addMessagesOf(entry.path(), messages);
    }
  }
  return messages;
}

Messages documented() {
  static const std::regex kRow(R"(\n\| `([a-z]+)` \| ([a-z]+) \| ([^|]+) \| [^|]+ \| [^|]+ \|)");
  const std::string text = read(fs::path(LANDFALL_SOURCE_DIR) / "docs/messages.md");
  Messages messages;
  for (std::sregex_iterator found(text.begin(), text.end(), kRow), end; found != end; ++found) {
    messages.insert((*found)[1].str() + " | " + (*found)[2].str() + " | " + (*found)[3].str());
  }
  return messages;
}

TEST(LogMessages, EveryOneIsExplained) {
  const Messages known = documented();
  const Messages all = written();

  EXPECT_GT(all.size(), 40u);
  for (const auto& message : all)
    EXPECT_TRUE(known.contains(message)) << "docs/messages.md has no row for: " << message;
}

TEST(LogMessages, NoneIsExplainedThatNobodyWrites) {
  const Messages all = written();

  for (const auto& message : documented()) EXPECT_TRUE(all.contains(message)) << message;
}

}  // namespace
}  // namespace landfall::base
