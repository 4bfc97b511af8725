// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/log.h"
#include "core/base/result.h"
#include "core/base/snapshot.h"
#include "core/config/configuration.h"
#include "core/http/body_stream.h"
#include "storage/store.h"

namespace landfall::http {

/// The history as server-sent events, to many readers at once. One thread reads what is new from the store, once for
/// all of them; who resumes is first brought up to date from the store, as fast as he reads. Nobody misses a message or
/// gets one twice: a reader who cannot keep up is told so (`overflow`) and closed, and may resume.
class EventFeed {
 public:
  struct Options {
    std::chrono::milliseconds heartbeat{15000};  ///< of silence, before a comment is sent
    std::size_t most_streams = 256;
    std::size_t most_pending_bytes = BodyStream::kDefaultMostPending;  ///< of one reader
  };

  /// What one reader wants.
  struct Wishes {
    storage::EventFilter filter;  ///< of events; its times count for nothing
    bool events = true;
    bool deliveries = true;
    std::optional<storage::Position> since;  ///< none: from now on
  };

  /// References must outlive it.
  EventFeed(const base::Snapshot<config::Configuration>& configuration, storage::Store& store, base::Log& log,
            Options options);
  /// Ends all streams.
  ~EventFeed();
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  /// There is something new in the store. Any thread; does not block.
  void wake();

  /// A stream that begins with `hello`. InvalidArgument: the position is none of this history's. ResourceExhausted: too
  /// many streams. Blocks for the store. The stream ends when the API's tokens change: whoever may still come in comes
  /// again. Any thread.
  base::Result<std::shared_ptr<BodyStream>> follow(Wishes wishes);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  class Message;

  struct Reader {
    std::weak_ptr<BodyStream> stream;
    Wishes wishes;
    std::vector<config::ApiToken> tokens;  ///< when it was let in
    storage::Position position;
    std::shared_ptr<std::atomic<bool>> drained;  ///< it takes more: what it did not take may be tried again
    bool live = false;
    TimePoint last_written;
  };
  enum class Sent { Yes, NotTaken, Gone };

  void run();
  /// When to look again though nobody wakes it.
  TimePoint turn();
  void readLive();
  /// Hands it on to all who are live.
  void fanOut(const storage::Changes& changes);
  /// False: the reader goes.
  bool catchUp(Reader& reader);
  Sent send(Reader& reader, Message& message);
  /// Sends heartbeats, and lets go whom it has to; when the next is due.
  TimePoint beat(TimePoint now);

  const base::Snapshot<config::Configuration>& configuration_;
  storage::Store& store_;
  base::Log& log_;
  const Options options_;

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable woken_up_;
  std::vector<Reader> newcomers_;
  std::vector<std::weak_ptr<BodyStream>> streams_;  ///< to be counted
  bool woken_ = false;

  std::atomic<bool> stopping_ = false;

  // For the thread only.
  std::list<Reader> readers_;
  storage::Position live_position_;  ///< of all who are live, when there are any
  bool live_due_ = false;
  TimePoint live_next_;

  std::thread thread_;
};

/// The cursor of a position, as messages have it for their id; opaque to clients.
std::string cursorOf(const storage::Position& position);
std::optional<storage::Position> parseCursor(std::string_view text);

/// Whether the event is one that the filter (its times aside) lets through.
bool lets(const storage::EventFilter& filter, const model::Event& event);

}  // namespace landfall::http
