// SPDX-License-Identifier: Apache-2.0
#include "core/cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace landfall::cli {
namespace {

std::string printed(const Table& table) {
  std::ostringstream out;
  table.print(out);
  return out.str();
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({"ID", "NAME"});
  table.add({"1", "a"});
  table.add({"1000", "b"});

  EXPECT_EQ(printed(table), "ID    NAME\n1     a\n1000  b\n");
}

TEST(Table, CountsCharactersAndNotBytes) {
  Table table({"NAME", "X"});
  table.add({"é", "1"});

  EXPECT_EQ(printed(table), "NAME  X\né     1\n");
}

TEST(Table, WhatSendersWroteCannotSteerATerminal) {
  Table table({"A"});
  table.add({"x\x1b[31m\r\ny"});

  EXPECT_EQ(printed(table), "A\nx[31my\n");
}

}  // namespace
}  // namespace landfall::cli
