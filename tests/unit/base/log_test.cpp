// SPDX-License-Identifier: Apache-2.0
#include "core/base/log.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_clock.h"

namespace landfall::base {
namespace {

class LogLines : public ::testing::Test {
 protected:
  testing::FakeClock clock_{UtcTime(std::chrono::milliseconds(1'795'000'000'123))};
  std::string written_;
  Log log_{clock_, [this](std::string_view line) { written_ += line; }};
};

TEST_F(LogLines, TextHasTimeLevelComponentMessageAndFields) {
  log_.info("intake", "event recorded", {{"receiver", "shop/quay prod"}, {"bytes", 12}});

  EXPECT_EQ(written_, "2026-11-18T11:06:40.123Z info    intake: event recorded receiver=\"shop/quay prod\" bytes=12\n");
}

TEST_F(LogLines, JsonIsOneObjectALine) {
  log_.setFormat(LogFormat::Json);

  log_.error("store", "commit failed", {{"reason", "disk \"full\""}});

  EXPECT_EQ(written_,
            "{\"time\":\"2026-11-18T11:06:40.123Z\",\"level\":\"error\",\"component\":\"store\",\"message\":"
            "\"commit failed\",\"reason\":\"disk \\\"full\\\"\"}\n");
}

TEST_F(LogLines, ControlCharactersCannotMakeASecondLine) {
  log_.info("intake", "odd", {{"path", "/a\r\nERROR forged\x1b[31m"}});

  EXPECT_EQ(written_.find('\n'), written_.size() - 1);
  EXPECT_EQ(written_.find('\x1b'), std::string::npos);
}

TEST_F(LogLines, LinesBelowTheLevelAreNotWritten) {
  log_.setLevel(LogLevel::Warning);

  log_.info("intake", "quiet");

  EXPECT_EQ(written_, "");
}

}  // namespace
}  // namespace landfall::base
