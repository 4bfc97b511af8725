// SPDX-License-Identifier: Apache-2.0
#include "core/model/artifact.h"

#include <array>
#include <utility>

namespace landfall::model {
namespace {

constexpr std::array<std::pair<Action, std::string_view>, 13> kNames{{
    {Action::Push, "push"},
    {Action::Delete, "delete"},
    {Action::Pull, "pull"},
    {Action::Scan, "scan"},
    {Action::Build, "build"},
    {Action::Mirror, "mirror"},
    {Action::Replication, "replication"},
    {Action::Retention, "retention"},
    {Action::Expiry, "expiry"},
    {Action::Quota, "quota"},
    {Action::Promote, "promote"},
    {Action::Ping, "ping"},
    {Action::Other, "other"},
}};

}  // namespace

std::string_view name(Action action) {
  for (const auto& [value, text] : kNames) {
    if (value == action) return text;
  }
  return "other";
}

std::optional<Action> parseAction(std::string_view text) {
  for (const auto& [value, known] : kNames) {
    if (known == text) return value;
  }
  return std::nullopt;
}

}  // namespace landfall::model
