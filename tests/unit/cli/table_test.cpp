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

TEST(Table, EightBitControlsAndChangesOfDirectionAreDroppedToo) {
  EXPECT_EQ(printable("a\xc2\x9b"
                      "31mb"),
            "a31mb")
      << "U+009B is an escape sequence's begin in one character";
  EXPECT_EQ(printable("a\x9b"
                      "b\xff"),
            "ab")
      << "no UTF-8";
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b\xe2\x81\xa6"),
            "ab")
      << "U+202E, U+2066";
  EXPECT_EQ(printable("\xe2\x82"), "") << "cut short";
  EXPECT_EQ(printable("é€😀\xc2\xa0"), "é€😀\xc2\xa0");
}

}  // namespace
}  // namespace landfall::cli
