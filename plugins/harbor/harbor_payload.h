// SPDX-License-Identifier: Apache-2.0
//
// What Harbor's webhooks say, in both of their formats: the envelope, the event types, the artifacts they name. Pure;
// any thread; any JSON is good.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "landfall/adapter.hpp"
#include "landfall/json.hpp"

namespace landfall::harbor {

/// One row of Harbor's event types (goharbor/harbor src/controller/event/topic.go and, for CloudEvents,
/// src/pkg/notifier/formats/cloudevents.go; the names of 1.9 and 1.10 from those releases).
struct EventType {
  std::string_view name;  ///< as `type` carries it
  Action action = Action::Other;
  std::string_view reason;  ///< why it refreshes nothing; a push: what is missing when it names no resource
  bool is_chart = false;    ///< of ChartMuseum: its references are download URLs
};

/// The row of `name`, compared exactly; null for a type that this adapter does not know.
const EventType* findEventType(std::string_view name);

/// The envelope, whichever of the two formats it came in.
struct Envelope {
  bool is_cloud_event = false;
  std::string type;
  std::string actor;
  std::string id;  ///< CloudEvents only: constant over Harbor's retries
  std::optional<std::chrono::sys_time<std::chrono::milliseconds>> occurred_at;
};

/// Reads what is there and of the right type, and leaves out the rest. The body alone tells the formats apart, because
/// the content type is lost on the way through some proxies.
Envelope readEnvelope(const Json& document);

/// What stands in `event_data` or, in a CloudEvent, in `data`; null when there is none.
const Json& eventData(const Json& document, const Envelope& envelope);

/// The first field that this adapter reads and that is neither absent, null, nor of Harbor's type, as a sentence.
std::optional<std::string> findWrongShape(const Json& document, const Envelope& envelope);

/// The artifacts of an event of a known type and of the right shape, in their order. A resource that names no
/// repository falls back to the event's own one: under `registry_host` or, where that is empty, as a path whose host is
/// unknown. A push needs a registry, its own or the configured one; without either the resource is left out.
std::vector<Artifact> readArtifacts(const Json& data, const EventType& type, std::string_view registry_host);

/// What else the payload says, as a JSON object under Harbor's own names: `source` and `requestid` of a CloudEvent,
/// `repo_type`, `scan_type`, `custom_attributes` (the sentence of a quota event), `replication`, `retention`; and
/// `chart`, the name of a ChartMuseum chart, and `scans`, per scanned resource its tag, digest and overviews. Empty:
/// nothing else.
std::string describeDetails(const Json& document, const Envelope& envelope, const EventType& type);

}  // namespace landfall::harbor
