// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/model/artifact.h"
#include "core/model/delivery.h"
#include "core/model/ids.h"

namespace landfall::model {

/// What became of a webhook request that reached a receiver.
enum class Outcome {
  Matched,          ///< at least one Warehouse owes a refresh because of it
  Unmatched,        ///< pushed, and nobody is subscribed
  Ignored,          ///< an action that refreshes nothing
  Ping,             ///< the sender's test
  Duplicate,        ///< its sender's delivery id was recorded before; owes nothing
  Unrecognised,     ///< authentic, but of a shape the adapter does not know
  Malformed,        ///< authentic, but not the content type's own format
  Unauthenticated,  ///< kept without its body
};

/// "matched", "unmatched", …: as the API and the store write it.
std::string_view name(Outcome outcome);
std::optional<Outcome> parseOutcome(std::string_view text);

struct Header {
  std::string name;
  std::string value;

  bool operator==(const Header&) const = default;
};

/// A delivery as its events show it.
struct DeliveryLink {
  DeliveryId id;
  WarehouseKey warehouse;
  DeliveryState state = DeliveryState::Scheduled;
};

/// One webhook request that reached a receiver, with what the adapter read out of it. The body is kept apart.
struct Event {
  EventId id;
  base::UtcTime received_at;
  ReceiverKey receiver;
  std::string adapter;
  Outcome outcome = Outcome::Unrecognised;
  std::optional<std::string> reason;  ///< a sentence: why it is not simply matched or unmatched
  std::optional<std::string> kind;    ///< the sender's own word (repo_push, PUSH_ARTIFACT)
  std::optional<Action> action;       ///< of the event as a whole
  std::optional<std::string> actor;
  std::optional<base::UtcTime> occurred_at;
  std::optional<std::string> details;  ///< a JSON object: what else the payload says
  std::optional<std::string> sender_delivery_id;
  std::optional<EventId> replay_of;  ///< the event whose request was read again; none: a request of its sender's
  std::string peer;                  ///< address of the sender, without port
  std::uint64_t body_bytes = 0;
  std::vector<Header> headers;  ///< those the adapter reads, never a credential
  std::vector<Artifact> artifacts;
  std::vector<DeliveryLink> deliveries;  ///< filled when read from the store
};

}  // namespace landfall::model
