// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/codes.h"

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace landfall::sqlite {
namespace {

using model::Action;
using model::AttemptOutcome;
using model::Confirmation;
using model::DeliveryState;
using model::EndReason;
using model::MatchRule;
using model::Outcome;
using model::RegistryHost;

// A value's place is its number in the file.
constexpr std::array kOutcomes = {Outcome::Matched,   Outcome::Unmatched,      Outcome::Ignored,
                                  Outcome::Ping,      Outcome::Duplicate,      Outcome::Unrecognised,
                                  Outcome::Malformed, Outcome::Unauthenticated};
constexpr std::array kActions = {Action::Push,    Action::Delete,      Action::Pull,      Action::Scan,   Action::Build,
                                 Action::Mirror,  Action::Replication, Action::Retention, Action::Expiry, Action::Quota,
                                 Action::Promote, Action::Ping,        Action::Other};
constexpr std::array kHosts = {RegistryHost::Named, RegistryHost::Unknown, RegistryHost::ChartRepository};
constexpr std::array kStates = {DeliveryState::Scheduled, DeliveryState::Running, DeliveryState::Succeeded,
                                DeliveryState::Exhausted, DeliveryState::Cancelled};
constexpr std::array kReasons = {EndReason::MaxAge,     EndReason::MaxAttempts, EndReason::Rejected,
                                 EndReason::TargetGone, EndReason::Operator,    EndReason::WarehouseRemoved};
constexpr std::array kAttemptOutcomes = {AttemptOutcome::Succeeded, AttemptOutcome::Retryable, AttemptOutcome::Rejected,
                                         AttemptOutcome::TargetGone, AttemptOutcome::Interrupted};
constexpr std::array kConfirmations = {Confirmation::Awaited, Confirmation::Handled, Confirmation::Missed};
constexpr std::array kRules = {
    MatchRule::RepositoryAlone, MatchRule::TagAdmitted,       MatchRule::ConstraintSatisfied,
    MatchRule::DigestTagEqual,  MatchRule::OtherRepository,   MatchRule::ActionRefreshesNothing,
    MatchRule::OtherProject,    MatchRule::IgnoredByRegex,    MatchRule::NotAllowedByRegex,
    MatchRule::NotAVersion,     MatchRule::OutsideConstraint, MatchRule::OtherTag,
    MatchRule::GitOnly};

template <class List, class Value>
std::int64_t placeIn(const List& list, Value value) {
  for (std::size_t place = 0; place < list.size(); ++place) {
    if (list[place] == value) return static_cast<std::int64_t>(place);
  }
  std::abort();  // a value was added to the model and not here
}

template <class List>
auto at(const List& list, std::int64_t place) {
  if (place < 0 || static_cast<std::size_t>(place) >= list.size()) {
    throw std::runtime_error("the database holds a number that stands for nothing");
  }
  return list[static_cast<std::size_t>(place)];
}

void putNumber(std::string& bytes, std::uint64_t value) {
  while (value >= 0x80) {
    bytes.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  bytes.push_back(static_cast<char>(value));
}

std::uint64_t takeNumber(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  throw std::runtime_error("the database holds bytes that cannot be read");
}

void putText(std::string& bytes, const std::string& text) {
  putNumber(bytes, text.size());
  bytes += text;
}

std::string takeText(std::string_view& bytes) {
  const auto size = takeNumber(bytes);
  if (size > bytes.size()) throw std::runtime_error("the database holds bytes that cannot be read");
  std::string text(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return text;
}

}  // namespace

std::int64_t code(Outcome outcome) { return placeIn(kOutcomes, outcome); }
std::int64_t code(Action action) { return placeIn(kActions, action); }
std::int64_t code(RegistryHost host) { return placeIn(kHosts, host); }
std::int64_t code(DeliveryState state) { return placeIn(kStates, state); }
std::int64_t code(EndReason reason) { return placeIn(kReasons, reason); }
std::int64_t code(AttemptOutcome outcome) { return placeIn(kAttemptOutcomes, outcome); }
std::int64_t code(Confirmation confirmation) { return placeIn(kConfirmations, confirmation); }

std::optional<std::int64_t> code(const std::optional<Action>& action) {
  return action ? std::optional(code(*action)) : std::nullopt;
}
std::optional<std::int64_t> code(const std::optional<EndReason>& reason) {
  return reason ? std::optional(code(*reason)) : std::nullopt;
}

Outcome outcomeOf(std::int64_t code) { return at(kOutcomes, code); }
Action actionOf(std::int64_t code) { return at(kActions, code); }
RegistryHost registryHostOf(std::int64_t code) { return at(kHosts, code); }
DeliveryState deliveryStateOf(std::int64_t code) { return at(kStates, code); }
EndReason endReasonOf(std::int64_t code) { return at(kReasons, code); }
AttemptOutcome attemptOutcomeOf(std::int64_t code) { return at(kAttemptOutcomes, code); }
Confirmation confirmationOf(std::int64_t code) { return at(kConfirmations, code); }

std::string encodeHeaders(const std::vector<model::Header>& headers) {
  std::string bytes;
  for (const auto& header : headers) {
    putText(bytes, header.name);
    putText(bytes, header.value);
  }
  return bytes;
}

std::vector<model::Header> decodeHeaders(std::string_view bytes) {
  std::vector<model::Header> headers;
  while (!bytes.empty()) {
    auto name = takeText(bytes);
    auto value = takeText(bytes);
    headers.push_back({std::move(name), std::move(value)});
  }
  return headers;
}

std::string encodeMatches(const std::vector<model::MatchReason>& matches) {
  std::string bytes;
  for (const auto& match : matches) {
    putNumber(bytes, match.artifact);
    putNumber(bytes, match.subscription);
    putNumber(bytes, static_cast<std::uint64_t>(placeIn(kRules, match.rule)));
  }
  return bytes;
}

std::vector<model::MatchReason> decodeMatches(std::string_view bytes) {
  std::vector<model::MatchReason> matches;
  while (!bytes.empty()) {
    model::MatchReason match;
    match.artifact = takeNumber(bytes);
    match.subscription = takeNumber(bytes);
    match.rule = at(kRules, static_cast<std::int64_t>(takeNumber(bytes)));
    matches.push_back(std::move(match));
  }
  return matches;
}

}  // namespace landfall::sqlite
