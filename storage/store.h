// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/delivery.h"
#include "core/model/event.h"
#include "core/model/match.h"

namespace landfall::storage {

/// A refresh that an event owes to one Warehouse, and why.
struct OwedRefresh {
  model::WarehouseKey warehouse;
  std::string refresher;
  std::vector<model::MatchReason> matches;  ///< at least one, all of them taking; detail is not stored
};

/// One event on its way into the history.
struct NewEvent {
  model::Event event;                        ///< `deliveries` and (for a duplicate) `outcome` are the store's to fill
  std::vector<std::string> repository_keys;  ///< per artifact: the normalised repository that filters compare with
  std::string body;                          ///< empty for an unauthenticated request
  std::vector<OwedRefresh> owes;
  std::chrono::milliseconds min_interval{0};  ///< at least so long from the start of a Warehouse's last run to its next
};

/// What was committed.
struct Recorded {
  model::EventId id;
  model::Outcome outcome = model::Outcome::Unrecognised;  ///< Duplicate when the sender's delivery id was known
  std::size_t warehouses = 0;                             ///< how many owe a refresh because of it
};

using RecordDone = std::function<void(base::Result<Recorded>)>;

struct EventFilter {
  std::optional<std::string> project;  ///< "-": receivers of the cluster
  std::optional<std::string> receiver;
  std::optional<std::string> adapter;
  std::optional<std::string> repository;  ///< normalised, as in NewEvent::repository_keys
  std::optional<std::string> tag;
  std::optional<model::Action> action;  ///< the event's, or that of one of its artifacts
  std::optional<model::Outcome> outcome;
  std::optional<base::UtcTime> since;  ///< received at or after
  std::optional<base::UtcTime> until;  ///< received before
};

struct DeliveryFilter {
  std::optional<std::string> project;
  std::optional<std::string> warehouse;
  std::optional<model::DeliveryState> state;
  std::optional<model::EndReason> reason;
  std::optional<base::UtcTime> since;  ///< created at or after
  std::optional<base::UtcTime> until;  ///< created before
};

/// Keyset pagination: the cursor is opaque and stays good while rows come and go.
struct PageRequest {
  std::size_t limit = 50;             ///< 1 to 1,000
  std::optional<std::string> cursor;  ///< `next` of the page before; InvalidArgument when it is not one
};

template <class Item>
struct Page {
  std::vector<Item> items;  ///< newest first
  std::optional<std::string> next;
};

/// An event as a refresh names it.
struct RefreshEvent {
  model::EventId id;
  model::ReceiverKey receiver;
  std::string adapter;
  base::UtcTime received_at;
};

/// A delivery that is now this node's to run.
struct ClaimedDelivery {
  model::Delivery delivery;          ///< state Running; `attempts` counts those before this run; `events` is filled
  std::vector<RefreshEvent> events;  ///< newest first, at most 1,000
  std::vector<model::Artifact> artifacts;  ///< those that matched, of these events, each once, newest first
};

/// What a run left behind. The attempt, if there was one, and the next state are one transaction.
struct Settlement {
  model::DeliveryId delivery;
  std::optional<model::Attempt>
      attempt;  ///< none: the run was put off before it began; `number` is the store's to fill

  enum class Next {
    Succeeded,
    Scheduled,  ///< again, at `due_at`
    Ended,      ///< for `reason`
  };
  Next next = Next::Succeeded;
  base::UtcTime due_at;                    ///< for Scheduled
  std::optional<model::EndReason> reason;  ///< for Ended
  base::UtcTime at;                        ///< now
  std::optional<std::string> last_error;   ///< kept with the delivery; none leaves it as it was
  /// For Succeeded: what the target's controller will show when it has seen the refresh, which is awaited from now on.
  std::optional<std::string> awaits;
};

/// A success that its target's controller has not confirmed yet.
struct AwaitedConfirmation {
  model::DeliveryId delivery;
  model::WarehouseKey warehouse;
  std::string value;    ///< Settlement::awaits
  base::UtcTime since;  ///< when the delivery ended
};

using OutcomeCounts = std::map<model::Outcome, std::uint64_t>;  ///< only what occurred

/// A stretch of time [since, until), widened to whole minutes.
struct StatsQuery {
  base::UtcTime since;
  base::UtcTime until;
  std::chrono::seconds bucket{900};  ///< whole minutes; buckets begin at multiples of it since 1970
};

/// How many events came in a stretch of time, and how many deliveries there are now.
struct Stats {
  struct Bucket {
    base::UtcTime at;  ///< its beginning
    OutcomeCounts outcomes;
  };
  struct Receiver {
    model::ReceiverKey receiver;
    std::string adapter;
    OutcomeCounts outcomes;
  };
  struct Owed {
    model::DeliveryId delivery;
    model::WarehouseKey warehouse;
    base::UtcTime created_at;
  };
  std::vector<Bucket> buckets;                               ///< in order, those in which something came
  std::vector<Receiver> receivers;                           ///< likewise, by project and name
  std::map<model::DeliveryState, std::uint64_t> deliveries;  ///< every state
  std::optional<Owed> oldest_owed;  ///< the one opened first of those that are scheduled or running
};

/// How far somebody has followed the history, in both of its orders: events as they were recorded, deliveries as they
/// changed last. Numbers only grow, and none is given twice, whatever is pruned; of two places neither need be behind
/// the other.
struct Position {
  std::uint64_t events = 0;
  std::uint64_t deliveries = 0;

  bool operator==(const Position&) const = default;
};

/// An event that was recorded, or a delivery that was opened or changed, as it is now.
struct Change {
  std::variant<model::Event, model::Delivery> what;  ///< a delivery without its attempt log
  Position position;                                 ///< behind it
};

struct Changes {
  std::vector<Change> items;
  bool more = false;  ///< there was more already: ask again from the last one's position
};

/// How much history is kept. Whatever exceeds either limit goes, oldest first, but what is owed stays.
struct Retention {
  std::optional<std::chrono::milliseconds> age;
  std::optional<std::uint64_t> bytes;  ///< of the whole database, its indexes and free pages aside
};

struct Pruned {
  std::size_t events = 0;
  std::size_t deliveries = 0;
  bool more = false;  ///< there is more to go: call again
};

/// What a store is like right now.
struct StoreFigures {
  std::size_t waiting = 0;           ///< writes that wait for a commit
  std::uint64_t database_bytes = 0;  ///< on disk
  std::uint64_t log_bytes = 0;       ///< of the write-ahead log beside it, on disk
};

/// What one transaction came to.
struct Committed {
  bool ok = false;                   ///< false: nothing of it was kept
  std::chrono::nanoseconds took{0};  ///< from its first write to its end on disk
  std::size_t writes = 0;            ///< that shared it
  /// A state that deliveries went into, for what reason if it ended them, and how many.
  struct Entered {
    model::DeliveryState state = model::DeliveryState::Scheduled;
    std::optional<model::EndReason> reason;
    std::uint64_t deliveries = 0;
  };
  std::vector<Entered> entered;  ///< when ok
};

/// Called after each transaction of a store, from its thread; must not block nor throw.
using CommitObserver = std::function<void(const Committed&)>;

/// The history and what is owed: one transaction per intake, claims with leases, keyset pages.
/// Every method may be called from any thread. Times are given by the caller: a store asks no clock.
/// Unavailable: the database cannot be used right now (locked, full, gone); nothing was changed, a later call may
/// succeed.
class Store {
 public:
  virtual ~Store() = default;

  // ---- intake

  /// Records the event with its artifacts, the deliveries it owes and when they are due, in one transaction that is on
  /// disk before `done` is called. Never blocks. `done` is called exactly once, from a thread of the store, and must
  /// not block. It is called at once, from this thread, for what is refused: ResourceExhausted (too many are waiting,
  /// or the event is too large to be kept), InvalidArgument (keys or matches that do not fit its artifacts),
  /// Unavailable (closed). AlreadyExists: an event with its id is recorded; nothing was changed.
  ///
  /// Coalescing: a Warehouse with a scheduled delivery takes the event into it (its due time stays, its revision
  /// grows); otherwise a delivery is opened, due at max(event.received_at, start of the Warehouse's last run +
  /// min_interval), but no later than event.received_at + 2 * min_interval: a last run that began in what is the future
  /// now (the clock was set back) delays nothing for longer. An event whose (receiver, adapter, sender_delivery_id) is
  /// known is kept as Duplicate and owes nothing; an unauthenticated one and a replay are neither duplicates nor make
  /// one.
  virtual void record(NewEvent event, RecordDone done) = 0;

  // ---- deliveries

  /// Called after each commit that made something due or changed a due time, from a thread of the store; must not
  /// block. Set once, before the first record.
  virtual void onDeliveriesChanged(std::function<void()> listener) = 0;

  /// Takes up to `limit` deliveries that are scheduled, due at `now`, and of Warehouses with no running delivery,
  /// oldest due first; they are Running with `node` until `now` + `lease`. Also takes back claims whose lease ended
  /// before `now` (recorded as an interrupted attempt, owed at once). Blocks for one transaction.
  virtual base::Result<std::vector<ClaimedDelivery>> claimDue(base::UtcTime now, std::size_t limit,
                                                              const std::string& node,
                                                              std::chrono::milliseconds lease) = 0;

  /// Makes the leases of running deliveries of `node` last until `lease_until`.
  virtual base::Status renewLeases(const std::vector<model::DeliveryId>& deliveries, const std::string& node,
                                   base::UtcTime lease_until) = 0;

  /// Ends or puts off a run. Scheduled while another delivery of the Warehouse is scheduled: this one merges into that
  /// one (events united, attempts kept and renumbered, the later due time wins, the older creation time wins), and its
  /// id stays good for `delivery()`. NotFound: unknown. FailedPrecondition: not running. InvalidArgument: Ended without
  /// a reason.
  virtual base::Status settle(const Settlement& settlement) = 0;

  /// Every success whose confirmation is awaited, the oldest first.
  virtual base::Result<std::vector<AwaitedConfirmation>> awaitedConfirmations() = 0;
  /// Ends the waiting for these, in one transaction: handled at `handled_at`, or, without it, missed. Those that are
  /// not awaited (retried by hand since, pruned, confirmed already) are left as they are. A delivery that is scheduled
  /// again is not awaited any more.
  virtual base::Status confirm(const std::vector<model::DeliveryId>& deliveries,
                               std::optional<base::UtcTime> handled_at) = 0;

  /// At the start of a node that owns the store: every claim is taken back, recorded as an interrupted attempt and due
  /// at `now`, or with the scheduled delivery that it merges into (as in settle). Returns how many there were.
  virtual base::Result<std::size_t> takeBackClaims(base::UtcTime now) = 0;

  /// Scheduled deliveries that are due later than `latest` are due then: what was planned by a clock that has been set
  /// back since, or with longer waits than are configured now. Returns how many there were.
  virtual base::Result<std::size_t> bringForward(base::UtcTime latest) = 0;

  /// When the next scheduled delivery that could be claimed is due; none when nothing is scheduled. Deliveries that
  /// wait for a running one of their Warehouse do not count.
  virtual base::Result<std::optional<base::UtcTime>> nextDue() = 0;

  // ---- deliveries, by hand
  //
  // Each counts as a wish of now: the delivery's revision grows, and `newest_event_at` (which its age is counted from)
  // is no earlier than `now`. They answer the delivery as it is then, without its attempt log.

  /// Makes it due at `now`. Scheduled: due now at the latest. Ended, however: scheduled again, without its reason, its
  /// attempts go on counting; but when its Warehouse has a scheduled delivery, that one is made due, and answered.
  /// NotFound. FailedPrecondition: it is running.
  virtual base::Result<model::Delivery> retryDelivery(model::DeliveryId id, base::UtcTime now) = 0;
  /// Ends a scheduled one as cancelled by the operator. NotFound. FailedPrecondition: it runs, or has ended.
  virtual base::Result<model::Delivery> cancelDelivery(model::DeliveryId id, base::UtcTime now) = 0;
  /// Owes the Warehouse a refresh, due at `now`, without an event: joins its scheduled delivery or opens one.
  virtual base::Result<model::Delivery> oweRefresh(const model::WarehouseKey& warehouse, const std::string& refresher,
                                                   base::UtcTime now) = 0;

  // ---- history

  virtual base::Result<Page<model::Event>> events(const EventFilter& filter, const PageRequest& page) = 0;
  /// With its deliveries. NotFound.
  virtual base::Result<model::Event> event(model::EventId id) = 0;
  /// The bytes as they came. NotFound: no such event, or none was kept (unauthenticated).
  virtual base::Result<std::string> eventBody(model::EventId id) = 0;
  virtual base::Result<Page<model::Delivery>> deliveries(const DeliveryFilter& filter, const PageRequest& page) = 0;
  /// The ids of the same page, at a fraction of its cost.
  virtual base::Result<Page<model::DeliveryId>> deliveryIds(const DeliveryFilter& filter, const PageRequest& page) = 0;
  /// With its attempt log. The id of a merged delivery gives the one it merged into. NotFound.
  virtual base::Result<model::Delivery> delivery(model::DeliveryId id) = 0;

  /// Up to `limit` of what came and what changed since, at a cost that does not grow with the history: all events
  /// first, then deliveries, each in its order. A delivery that changed more than once comes once; what was pruned, or
  /// merged into another delivery, does not come. Positions stay good across restarts. InvalidArgument: a position that
  /// the store has never reached.
  virtual base::Result<Changes> changes(const Position& since, std::size_t limit) = 0;
  /// Behind everything that is committed.
  virtual base::Result<Position> lastPosition() = 0;
  /// Called after each commit that made changes(), from a thread of the store; must not block. Set once, before the
  /// first record.
  virtual void onHistoryChanged(std::function<void()> listener) = 0;

  /// At a cost that does not grow with the history, only with the receivers and buckets asked for. What retention has
  /// removed stays counted until the oldest event that is kept is newer. InvalidArgument: an empty stretch of time, or
  /// a bucket that is not of whole minutes.
  virtual base::Result<Stats> stats(const StatsQuery& query) = 0;

  // ---- the store itself

  /// Removes one small batch of what `retention` no longer keeps, so small that no record() waits longer than 50 ms for
  /// it. Kept whatever the limits say: deliveries that have not ended, and of each such delivery its newest 1,000
  /// events; and the attempts, bodies and links of all that is kept. A removed event leaves the deliveries that it was
  /// part of, whose `event_count` stays; an ended delivery goes with the last of its events.
  virtual base::Result<Pruned> prune(const Retention& retention, base::UtcTime now) = 0;

  /// Ok, or why the last write failed (until one succeeds).
  virtual base::Status health() const = 0;
  /// Cheap: asks no database. Any moment until destruction.
  virtual StoreFigures figures() const = 0;
  /// Commits what is waiting, then refuses everything new with Unavailable. Called once, before destruction.
  virtual void close() = 0;
};

}  // namespace landfall::storage
