// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/artifact.h"
#include "core/model/delivery.h"
#include "core/model/event.h"
#include "core/model/match.h"

namespace landfall::sqlite {

// The numbers and bytes that stand for values in the file. They are part of its format: new ones are added at the end
// of the lists in codes.cpp, none is ever moved. What cannot be read back throws std::runtime_error: the file is
// damaged.

std::int64_t code(model::Outcome outcome);
std::int64_t code(model::Action action);
std::int64_t code(model::RegistryHost host);
std::int64_t code(model::DeliveryState state);
std::int64_t code(model::EndReason reason);
std::int64_t code(model::AttemptOutcome outcome);
std::int64_t code(model::Confirmation confirmation);
std::optional<std::int64_t> code(const std::optional<model::Action>& action);
std::optional<std::int64_t> code(const std::optional<model::EndReason>& reason);

model::Outcome outcomeOf(std::int64_t code);
model::Action actionOf(std::int64_t code);
model::RegistryHost registryHostOf(std::int64_t code);
model::DeliveryState deliveryStateOf(std::int64_t code);
model::EndReason endReasonOf(std::int64_t code);
model::AttemptOutcome attemptOutcomeOf(std::int64_t code);
model::Confirmation confirmationOf(std::int64_t code);

/// Per header: length of the name, the name, length of the value, the value; lengths as LEB128.
std::string encodeHeaders(const std::vector<model::Header>& headers);
std::vector<model::Header> decodeHeaders(std::string_view bytes);

/// Per match: artifact, subscription, rule, as LEB128. `detail` is left out.
std::string encodeMatches(const std::vector<model::MatchReason>& matches);
std::vector<model::MatchReason> decodeMatches(std::string_view bytes);

}  // namespace landfall::sqlite
