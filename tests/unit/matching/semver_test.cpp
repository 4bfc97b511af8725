// SPDX-License-Identifier: Apache-2.0
#include "core/matching/semver.h"

#include <gtest/gtest.h>

#include <string>

namespace landfall::matching {
namespace {

bool admits(const std::string& constraint, const std::string& version) {
  const auto parsed = Constraint::parse(constraint);
  EXPECT_TRUE(parsed.ok()) << constraint << ": " << parsed.status().message();
  const auto read = Version::parseLoose(version);
  EXPECT_TRUE(read.has_value()) << version;
  return parsed.ok() && read && parsed->admits(*read);
}

int order(const std::string& a, const std::string& b) {
  return compare(*Version::parseLoose(a), *Version::parseLoose(b));
}

TEST(Version, TheLenientReaderFillsInAndTheStrictOneDoesNot) {
  for (const char* const text : {"1", "v1.2", "01.02.3", "2024.01.15", "1-rc.1", "1.2+b.3", "1234567"}) {
    EXPECT_TRUE(Version::parseLoose(text)) << text;
    EXPECT_FALSE(Version::parseStrict(text)) << text;
  }
  for (const char* const text : {"1.2.3", "v1.2.3-rc.1+b", "2024.1.15", "0.0.0"}) {
    EXPECT_TRUE(Version::parseStrict(text)) << text;
  }
}

TEST(Version, NeitherReaderTakesWhatIsNoVersion) {
  for (const char* const text :
       {"", "v", "V1.2.3", "vv1", "1.2.3.4", "1.2.3-", "1.2.3+", "1..3", "1.2.3_1", "+1.2.3", " 1.2.3", "1.2.3\n",
        "1.2.3-01", "1.2.3-rc.00", "1.2.3-a..b", "latest", "sha256:9f86", "18446744073709551616.0.0"}) {
    EXPECT_FALSE(Version::parseLoose(text)) << text;
    EXPECT_FALSE(Version::parseStrict(text)) << text;
  }
  EXPECT_TRUE(Version::parseLoose("1.2.3-" + std::string(250, 'a')));
  EXPECT_FALSE(Version::parseLoose("1.2.3-" + std::string(251, 'a')));
}

TEST(Version, ZerosThatLeadAPrereleaseAreFineOnlyWithLetters) {
  for (const char* const text : {"1.0.0-0", "1.0.0-0a", "1.0.0-00a", "1.0.0--01", "1.0.0+01"}) {
    EXPECT_TRUE(Version::parseLoose(text)) << text;
  }
}

TEST(Version, PrereleasesAreOrderedIdentifierByIdentifier) {
  EXPECT_LT(order("1.0.0-rc.1", "1.0.0"), 0);
  EXPECT_LT(order("1.0.0-alpha", "1.0.0-alpha.1"), 0);
  EXPECT_LT(order("1.0.0-2", "1.0.0-11"), 0);
  EXPECT_LT(order("1.0.0-11", "1.0.0-a"), 0);
  EXPECT_LT(order("1.0.0-Z", "1.0.0-a"), 0);
  EXPECT_EQ(order("1.0.0-rc.1+x", "v1-rc.1+y"), 0);
}

TEST(Version, DigitsBeyond64BitsAreText) {
  EXPECT_GT(order("1.0.0-18446744073709551616", "1.0.0-18446744073709551615"), 0);
  EXPECT_LT(order("1.0.0-18446744073709551616", "1.0.0-a"), 0);
  EXPECT_LT(order("1.0.0-100000000000000000000", "1.0.0-18446744073709551616"), 0);
}

TEST(Constraint, GrammarIsThatOfMasterminds) {
  for (const char* const text : {"*", "x", "v*", "*.1.2", "1-2", "1.x.5", "1.x.2|3", "1 , 2", "1 - 2 1 - 3",
                                 "2.0 - 3.0 1.0", "1.0, 2.0 - 3.0", "=> 1 =< 2", "~> 1.2", "^1||~2", "01.2"}) {
    EXPECT_TRUE(Constraint::parse(text).ok()) << text;
  }
  for (const char* const text : {"",
                                 " ",
                                 ",1",
                                 "1,",
                                 "1,,2",
                                 "1 ||",
                                 "|| 1",
                                 "1.2.3.4",
                                 "V1",
                                 ">=1.0.0<2.0.0",
                                 "1 - 2 - 3",
                                 "^1 - 2",
                                 "1 - ^2",
                                 "!=1.5.0 1.0 - 2.0",
                                 "1.0 2.0 - 3.0",
                                 "1 -2",
                                 "1- 2",
                                 "== 1",
                                 "~=1",
                                 "<>1",
                                 "^^1",
                                 "> =1",
                                 "1|2",
                                 "xx",
                                 "1x",
                                 "1.2.3-01",
                                 "latest"}) {
    EXPECT_FALSE(Constraint::parse(text).ok()) << text;
  }
}

TEST(Constraint, SizesAreBounded) {
  std::string alternatives = "1";
  for (int i = 1; i < 32; ++i) alternatives += "||1";

  EXPECT_TRUE(Constraint::parse(alternatives).ok());
  EXPECT_FALSE(Constraint::parse(alternatives + "||1").ok());
  EXPECT_TRUE(Constraint::parse("1" + std::string(511, ' ')).ok());
  EXPECT_FALSE(Constraint::parse("1" + std::string(512, ' ')).ok());
  EXPECT_TRUE(Constraint::parse("1.x+" + std::string(300, 'a')).ok());
  EXPECT_FALSE(Constraint::parse("1.2.3+" + std::string(300, 'a')).ok());
}

TEST(Constraint, ErrorsSayWhereAndWhatWouldBeRight) {
  EXPECT_EQ(Constraint::parse("^1 latest").status().message(), "has \"latest\" where a version is expected");
  EXPECT_EQ(Constraint::parse("1,").status().message(), "ends where a version is expected");
  EXPECT_EQ(Constraint::parse("== 1").status().message(), "has \"== 1\" where one of = != > < >= <= ~ ^ is expected");
}

TEST(Constraint, PrereleasesNeedATermThatNamesOne) {
  EXPECT_FALSE(admits("*", "1.0.0-rc.1"));
  EXPECT_FALSE(admits("!=2.0.0", "1.0.0-rc.1"));
  EXPECT_TRUE(admits(">=1.0.0-0 <2.0.0", "1.9.0-rc.1"));
  EXPECT_TRUE(admits(">=1.0.0-0 <2.0.0", "2.0.0-alpha"));
  EXPECT_FALSE(admits("^1.2.3-0", "2.0.0-a"));
  // Each alternative for itself.
  EXPECT_FALSE(admits("^1 || ^3.0.0-0", "1.5.0-rc.1"));
  EXPECT_FALSE(Constraint::parse("^1")->namesPrerelease());
  EXPECT_TRUE(Constraint::parse("^1 || ^3.0.0-0")->namesPrerelease());
}

TEST(Constraint, UpperEndsWithoutAllPartsReachFarther) {
  EXPECT_TRUE(admits("<=1", "1.9.9"));
  EXPECT_TRUE(admits("<=1.2", "1.2.9"));
  EXPECT_FALSE(admits("<1.2", "1.2.0"));
  EXPECT_TRUE(admits("1 - 2", "2.9.9"));
  EXPECT_FALSE(admits("1 - 2.0.0", "2.0.1"));
  EXPECT_FALSE(admits(">1", "1.9.9"));
  EXPECT_TRUE(admits(">1.2", "1.3.0"));
}

TEST(Constraint, BareWildcardsSurpriseBehindOperators) {
  EXPECT_TRUE(admits("<=*", "0.0.7"));
  EXPECT_FALSE(admits("<=*", "0.1.0"));
  EXPECT_TRUE(admits("^*", "0.0.0"));
  EXPECT_FALSE(admits("^*", "0.0.1"));
  EXPECT_FALSE(admits("!=*", "0.0.0"));
  EXPECT_TRUE(admits("!=*", "0.0.1"));
  EXPECT_FALSE(admits("<*", "0.0.0"));
  EXPECT_TRUE(admits("~0.0.0", "9.9.9"));
}

TEST(Constraint, TildeAndCaretKeepTheirLeadingParts) {
  EXPECT_TRUE(admits("~1.2.3", "1.2.9"));
  EXPECT_FALSE(admits("~1.2.3", "1.3.0"));
  EXPECT_TRUE(admits("~1", "1.9.0"));
  EXPECT_TRUE(admits("^0.2.3", "0.2.9"));
  EXPECT_FALSE(admits("^0.2.3", "0.3.0"));
  EXPECT_FALSE(admits("^0.0.3", "0.0.4"));
  EXPECT_TRUE(admits("^0.0", "0.0.4"));
  EXPECT_TRUE(admits("^0", "0.9.0"));
}

TEST(Constraint, InequalityOfAPartialVersionMeansTheWholeRange) {
  EXPECT_FALSE(admits("!=1", "1.9.9"));
  EXPECT_FALSE(admits("!=1.2", "1.2.9"));
  EXPECT_TRUE(admits("!=1.2", "1.3.0"));
  EXPECT_TRUE(admits("!=1.2.x-a", "1.2.0"));
}

}  // namespace
}  // namespace landfall::matching
