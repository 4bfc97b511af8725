// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/event_feed.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "core/http/admin/json_views.h"
#include "core/matching/repository_name.h"

namespace landfall::http {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kLivePage = 256;
constexpr std::size_t kCatchUpPage = 64;
// While much comes, this much of it is read at once. A delivery that changes with each event is told only so often.
constexpr std::chrono::milliseconds kPauseBetweenReads{50};
constexpr std::chrono::milliseconds kPauseAfterFailure{1000};

constexpr std::string_view kHeartbeat = ":\n\n";
constexpr std::string_view kOverflow = "event: overflow\ndata: {}\n\n";

std::optional<std::uint64_t> parseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

storage::Position furthest(const storage::Position& a, const storage::Position& b) {
  return {std::max(a.events, b.events), std::max(a.deliveries, b.deliveries)};
}

template <class Value, class Of>
bool fits(const std::optional<Value>& wanted, const Of& value) {
  return !wanted || *wanted == value;
}

template <class Holds>
bool anyArtifact(const model::Event& event, Holds holds) {
  return std::any_of(event.artifacts.begin(), event.artifacts.end(), holds);
}

}  // namespace

std::string cursorOf(const storage::Position& position) {
  return fmt::format("{}-{}", position.events, position.deliveries);
}

std::optional<storage::Position> parseCursor(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto events = parseNumber(text.substr(0, dash));
  const auto deliveries = parseNumber(text.substr(dash + 1));
  if (!events || !deliveries) return std::nullopt;
  return storage::Position{*events, *deliveries};
}

bool lets(const storage::EventFilter& filter, const model::Event& event) {
  if (!fits(filter.project, event.receiver.project.value_or("-")) || !fits(filter.receiver, event.receiver.name) ||
      !fits(filter.adapter, event.adapter) || !fits(filter.outcome, event.outcome)) {
    return false;
  }
  if (filter.tag && !anyArtifact(event, [&](const auto& one) { return one.tag == filter.tag; })) return false;
  if (filter.action && event.action != filter.action &&
      !anyArtifact(event, [&](const auto& one) { return one.action == *filter.action; })) {
    return false;
  }
  return !filter.repository || anyArtifact(event, [&](const auto& one) {
    return matching::normalizeImage(one.repository) == *filter.repository;
  });
}

/// A change on its way to readers. Its JSON is made when the first wants it, for all.
class EventFeed::Message {
 public:
  explicit Message(const storage::Change& change) : change_(change) {}

  const storage::Position& position() const { return change_.position; }

  /// Whether it lies behind a reader who has come so far.
  bool isBehind(const storage::Position& reached) const {
    return event() != nullptr ? change_.position.events <= reached.events
                              : change_.position.deliveries <= reached.deliveries;
  }

  bool isWanted(const Wishes& wishes) const {
    return event() != nullptr ? wishes.events && lets(wishes.filter, *event()) : wishes.deliveries;
  }

  std::string text(const storage::Position& id) {
    if (json_.empty()) {
      const Json json =
          event() != nullptr ? eventJson(*event()) : deliveryJson(std::get<model::Delivery>(change_.what), false);
      json_ = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", cursorOf(id), event() != nullptr ? "event" : "delivery",
                       json_);
  }

 private:
  const model::Event* event() const { return std::get_if<model::Event>(&change_.what); }

  const storage::Change& change_;
  std::string json_;
};

EventFeed::EventFeed(const base::Snapshot<config::Configuration>& configuration, storage::Store& store, base::Log& log,
                     Options options)
    : configuration_(configuration), store_(store), log_(log), options_(options) {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "event-feed");
    run();
  });
}

EventFeed::~EventFeed() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_up_.notify_all();
  thread_.join();
}

void EventFeed::wake() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(woken_, true)) return;
  }
  woken_up_.notify_one();
}

base::Result<std::shared_ptr<BodyStream>> EventFeed::follow(Wishes wishes) {
  const auto configuration = configuration_.get();
  storage::Position position;
  if (wishes.since) {
    position = *wishes.since;
    if (const auto known = store_.changes(position, 1); !known.ok()) return known.status();
  } else {
    const auto last = store_.lastPosition();
    if (!last.ok()) return last.status();
    position = *last;
  }
  const auto drained = std::make_shared<std::atomic<bool>>(true);
  auto stream = std::make_shared<BodyStream>(
      [this, drained] {
        *drained = true;
        wake();
      },
      options_.most_pending_bytes);
  stream->write(fmt::format("event: hello\nid: {}\ndata: {{\"generation\":{}}}\n\n", cursorOf(position),
                            configuration->generation));
  {
    const std::lock_guard lock(mutex_);
    streams_.erase(std::remove_if(streams_.begin(), streams_.end(), [](const auto& one) { return one.expired(); }),
                   streams_.end());
    if (streams_.size() >= options_.most_streams) {
      return base::Status(base::StatusCode::ResourceExhausted,
                          fmt::format("{} streams are open, which is as many as there may be", streams_.size()));
    }
    streams_.push_back(stream);
    newcomers_.push_back(
        {stream, std::move(wishes), configuration->settings.admin.tokens, position, drained, false, Steady::now()});
  }
  wake();
  return stream;
}

void EventFeed::run() {
  auto next = Steady::now();
  std::unique_lock lock(mutex_);
  while (true) {
    woken_up_.wait_until(lock, next, [this] { return woken_ || stopping_; });
    if (stopping_) break;
    if (std::exchange(woken_, false)) live_due_ = true;
    for (auto& newcomer : newcomers_) readers_.push_back(std::move(newcomer));
    newcomers_.clear();
    lock.unlock();
    try {
      next = turn();
    } catch (const std::exception& error) {
      log_.error("admin", "a turn of the event stream failed", {{"error", error.what()}});
      next = Steady::now() + kPauseAfterFailure;
    }
    lock.lock();
  }
  for (const auto& one : streams_) {
    if (const auto stream = one.lock()) stream->end();
  }
}

EventFeed::TimePoint EventFeed::turn() {
  if (live_due_ && Steady::now() >= live_next_) readLive();
  bool goes_on = false;
  for (auto reader = readers_.begin(); reader != readers_.end() && !stopping_;) {
    const bool tries = !reader->live && reader->drained->exchange(false);
    if (tries && !catchUp(*reader)) {
      reader = readers_.erase(reader);
      continue;
    }
    goes_on = goes_on || (!reader->live && *reader->drained);
    ++reader;
  }
  const auto now = Steady::now();
  const auto next_beat = beat(now);
  if (goes_on) return now;
  return live_due_ ? std::min(next_beat, live_next_) : next_beat;
}

void EventFeed::readLive() {
  live_due_ = false;
  bool more = std::any_of(readers_.begin(), readers_.end(), [](const Reader& reader) { return reader.live; });
  while (more && !stopping_) {
    const auto changes = store_.changes(live_position_, kLivePage);
    if (!changes.ok()) {
      log_.warning("admin", "what is new cannot be read; trying again", {{"error", changes.status().message()}});
      live_due_ = true;
      live_next_ = Steady::now() + kPauseAfterFailure;
      return;
    }
    fanOut(*changes);
    if (!changes->items.empty()) live_position_ = changes->items.back().position;
    more = changes->more;
  }
  live_next_ = Steady::now() + kPauseBetweenReads;
}

void EventFeed::fanOut(const storage::Changes& changes) {
  std::vector<Message> messages(changes.items.begin(), changes.items.end());
  readers_.remove_if([&](Reader& reader) {
    if (!reader.live) return false;
    for (auto& message : messages) {
      const Sent sent = send(reader, message);
      if (sent == Sent::Yes) continue;
      if (const auto stream = reader.stream.lock()) stream->end(kOverflow);
      return true;
    }
    return false;
  });
}

bool EventFeed::catchUp(Reader& reader) {
  const auto changes = store_.changes(reader.position, kCatchUpPage);
  if (!changes.ok()) {
    // The client comes again, and is told why if it is still so.
    if (const auto stream = reader.stream.lock()) stream->end();
    return false;
  }
  for (const auto& change : changes->items) {
    Message message(change);
    switch (send(reader, message)) {
      case Sent::Yes:
        break;
      case Sent::NotTaken:
        return true;
      case Sent::Gone:
        return false;
    }
  }
  *reader.drained = true;
  if (changes->more) return true;
  // All that is live lies at or behind this place, which was read later; what of it comes again is left out.
  const bool first = std::none_of(readers_.begin(), readers_.end(), [](const Reader& other) { return other.live; });
  if (first) live_position_ = reader.position;
  reader.live = true;
  return true;
}

EventFeed::Sent EventFeed::send(Reader& reader, Message& message) {
  if (message.isBehind(reader.position)) return Sent::Yes;
  const auto reached = furthest(reader.position, message.position());
  if (message.isWanted(reader.wishes)) {
    const auto stream = reader.stream.lock();
    if (stream == nullptr) return Sent::Gone;
    if (!stream->write(message.text(reached))) return Sent::NotTaken;
    reader.last_written = Steady::now();
  }
  reader.position = reached;
  return Sent::Yes;
}

EventFeed::TimePoint EventFeed::beat(TimePoint now) {
  const auto configuration = configuration_.get();
  auto next = now + options_.heartbeat;
  readers_.remove_if([&](Reader& reader) {
    const auto stream = reader.stream.lock();
    if (stream == nullptr) return true;
    if (reader.tokens != configuration->settings.admin.tokens) {
      stream->end();
      return true;
    }
    if (reader.last_written + options_.heartbeat <= now) {
      // Whoever does not take even this has enough to read.
      [[maybe_unused]] const bool taken = stream->write(kHeartbeat);
      reader.last_written = now;
    }
    next = std::min(next, reader.last_written + options_.heartbeat);
    return false;
  });
  return next;
}

}  // namespace landfall::http
