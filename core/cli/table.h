// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::cli {

/// Rows of text in columns as wide as their widest cell; the last column is not padded.
class Table {
 public:
  explicit Table(std::vector<std::string> header);

  /// As many cells as the header has. Control characters are dropped: what senders wrote must not steer a terminal.
  void add(std::vector<std::string> row);
  void print(std::ostream& out) const;
  bool empty() const { return rows_.size() == 1; }

 private:
  std::vector<std::vector<std::string>> rows_;  ///< the header first
};

/// `text` without what steers a terminal: control characters, broken UTF-8, changes of the direction of writing.
std::string printable(std::string_view text);

}  // namespace landfall::cli
