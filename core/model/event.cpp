// SPDX-License-Identifier: Apache-2.0
#include "core/model/event.h"

#include <array>
#include <utility>

namespace landfall::model {
namespace {

constexpr std::array<std::pair<Outcome, std::string_view>, 8> kNames{{
    {Outcome::Matched, "matched"},
    {Outcome::Unmatched, "unmatched"},
    {Outcome::Ignored, "ignored"},
    {Outcome::Ping, "ping"},
    {Outcome::Duplicate, "duplicate"},
    {Outcome::Unrecognised, "unrecognised"},
    {Outcome::Malformed, "malformed"},
    {Outcome::Unauthenticated, "unauthenticated"},
}};

}  // namespace

std::string_view name(Outcome outcome) {
  for (const auto& [value, text] : kNames) {
    if (value == outcome) return text;
  }
  return "unrecognised";
}

std::optional<Outcome> parseOutcome(std::string_view text) {
  for (const auto& [value, known] : kNames) {
    if (known == text) return value;
  }
  return std::nullopt;
}

}  // namespace landfall::model
