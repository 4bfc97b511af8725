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
            "{\"time\":\"2026-11-18T11:06:40.123Z\",\"level\":\"error\",\"logger\":\"store\",\"message\":"
            "\"commit failed\",\"reason\":\"disk \\\"full\\\"\"}\n");
}

TEST_F(LogLines, ControlCharactersCannotMakeASecondLine) {
  log_.info("intake", "odd", {{"path", "/a\r\nERROR forged\x1b[31m"}});

  EXPECT_EQ(written_.find('\n'), written_.size() - 1);
  EXPECT_EQ(written_.find('\x1b'), std::string::npos);
}

TEST_F(LogLines, NeitherFormatLetsTextForgeALineOrSpeakToATerminal) {
  const std::string hostile =
      "a\nb\rc\x1b[2Jd\x7f\xc2\x9b"
      "e\xe2\x80\xa8"
      "f\xe2\x80\xae"
      "g\xe2\x81\xa6"
      "h\xff\xc0\x80i\xed\xa0\x80\t" +
      std::string(1, '\0');
  for (const auto format : {LogFormat::Text, LogFormat::Json}) {
    written_.clear();
    log_.setFormat(format);

    log_.info("intake", hostile, {{"value", hostile}});

    EXPECT_EQ(written_.find('\n'), written_.size() - 1);
    for (const char byte : written_.substr(0, written_.size() - 1)) {
      EXPECT_TRUE(byte >= ' ' && byte < 0x7f) << written_;
    }
    EXPECT_NE(written_.find("\\u009be\\u2028f\\u202eg\\u2066h\\ufffd\\ufffd\\ufffdi"), std::string::npos) << written_;
  }
}

TEST_F(LogLines, TextInOtherScriptsStaysReadable) {
  log_.info("intake", "odd", {{"tag", "größe-日本"}});

  EXPECT_NE(written_.find("tag=\"größe-日本\""), std::string::npos) << written_;
}

TEST_F(LogLines, AValueCannotLookLikeTwo) {
  log_.info("intake", "odd", {{"path", "/a level=error"}});

  EXPECT_NE(written_.find("path=\"/a level=error\""), std::string::npos);
}

TEST_F(LogLines, ALoggersOwnLevelGoesBeforeThatOfAll) {
  log_.setLevel(LogLevel::Warning, {{"delivery", LogLevel::Debug}, {"http", LogLevel::Error}});

  log_.debug("delivery", "heard");
  log_.warning("http", "unheard");
  log_.info("intake", "unheard");
  log_.warning("intake", "heard too");

  EXPECT_EQ(written_.find("unheard"), std::string::npos);
  EXPECT_NE(written_.find("delivery: heard"), std::string::npos);
  EXPECT_NE(written_.find("intake: heard too"), std::string::npos);
}

TEST_F(LogLines, ALevelThatIsNoLongerSetIsForgotten) {
  log_.setLevel(LogLevel::Info, {{"http", LogLevel::Error}});
  log_.setLevel(LogLevel::Info);

  log_.info("http", "heard again");

  EXPECT_NE(written_.find("heard again"), std::string::npos);
}

TEST_F(LogLines, LinesBelowTheLevelAreNotWritten) {
  log_.setLevel(LogLevel::Warning);

  log_.info("intake", "quiet");

  EXPECT_EQ(written_, "");
}

}  // namespace
}  // namespace landfall::base
