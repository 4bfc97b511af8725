// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/codes.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace landfall::sqlite {
namespace {

TEST(Codes, TheNumbersInTheFileAreTheOnesThatWereReleased) {
  EXPECT_EQ(code(model::Outcome::Matched), 0);
  EXPECT_EQ(code(model::Outcome::Duplicate), 4);
  EXPECT_EQ(code(model::Outcome::Unauthenticated), 7);
  EXPECT_EQ(code(model::Action::Push), 0);
  EXPECT_EQ(code(model::Action::Other), 12);
  EXPECT_EQ(code(model::RegistryHost::Unknown), 1);
  EXPECT_EQ(code(model::RegistryHost::ChartRepository), 2);
  EXPECT_EQ(code(model::DeliveryState::Scheduled), 0);
  EXPECT_EQ(code(model::DeliveryState::Running), 1);
  EXPECT_EQ(code(model::DeliveryState::Succeeded), 2);
  EXPECT_EQ(code(model::DeliveryState::Exhausted), 3);
  EXPECT_EQ(code(model::DeliveryState::Cancelled), 4);
  EXPECT_EQ(code(model::EndReason::WarehouseRemoved), 5);
  EXPECT_EQ(code(model::AttemptOutcome::Interrupted), 4);
  EXPECT_EQ(code(model::Confirmation::Awaited), 0);
  EXPECT_EQ(code(model::Confirmation::Handled), 1);
  EXPECT_EQ(code(model::Confirmation::Missed), 2);
}

TEST(Codes, ANumberThatStandsForNothingIsDamage) {
  EXPECT_THROW(outcomeOf(8), std::runtime_error);
  EXPECT_THROW(outcomeOf(-1), std::runtime_error);
  EXPECT_THROW(actionOf(13), std::runtime_error);
  EXPECT_THROW(deliveryStateOf(5), std::runtime_error);
  EXPECT_THROW(endReasonOf(6), std::runtime_error);
  EXPECT_THROW(attemptOutcomeOf(5), std::runtime_error);
  EXPECT_THROW(confirmationOf(3), std::runtime_error);
  EXPECT_THROW(registryHostOf(3), std::runtime_error);
}

TEST(Codes, HeadersComeBackAsTheyWereWhateverTheirBytes) {
  const std::vector<model::Header> headers = {{"content-type", "application/json"},
                                              {"", ""},
                                              {"x", std::string(300, 'y')},
                                              {"z", std::string("\0\xff\r\n", 4)}};

  EXPECT_EQ(decodeHeaders(encodeHeaders(headers)), headers);
  EXPECT_TRUE(decodeHeaders("").empty());
}

TEST(Codes, MatchesComeBackWithoutTheirSentences) {
  const std::vector<model::MatchReason> matches = {{0, 0, model::MatchRule::RepositoryAlone, "a sentence"},
                                                   {300, 70000, model::MatchRule::DigestTagEqual, ""}};

  const auto read = decodeMatches(encodeMatches(matches));

  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1].artifact, 300u);
  EXPECT_EQ(read[1].subscription, 70000u);
  EXPECT_EQ(read[1].rule, model::MatchRule::DigestTagEqual);
  EXPECT_TRUE(read[0].detail.empty());
}

TEST(Codes, AnOrdinaryMatchTakesThreeBytes) {
  EXPECT_EQ(encodeMatches({{0, 0, model::MatchRule::ConstraintSatisfied, "a sentence"}}).size(), 3u);
}

TEST(Codes, BytesThatEndTooSoonOrSayTooMuchAreDamage) {
  const auto headers = encodeHeaders({{"name", "value"}});
  for (std::size_t size = 1; size < headers.size(); ++size) {
    EXPECT_THROW(decodeHeaders(std::string_view(headers).substr(0, size)), std::runtime_error) << size;
  }
  EXPECT_THROW(decodeHeaders("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), std::runtime_error);
  EXPECT_THROW(decodeMatches(std::string("\0\0", 2)), std::runtime_error);
  EXPECT_THROW(decodeMatches(std::string("\0\0\x7f", 3)), std::runtime_error);
}

}  // namespace
}  // namespace landfall::sqlite
