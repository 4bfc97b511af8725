// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/intake/intake.h"
#include "core/metrics/figures.h"
#include "core/metrics/histogram.h"
#include "core/metrics/receiver_counters.h"
#include "core/model/delivery.h"
#include "storage/store.h"

namespace landfall::metrics {

enum class Listener { Webhooks, Admin };

/// Counts what happens and writes it down for Prometheus (docs/metrics.md). Whoever it happens to knows nothing of it:
/// the daemon hands the methods below to them as observers. Any thread; none of them blocks, but for a receiver's first
/// request.
class Metrics {
 public:
  /// `started_at`: when this process began.
  explicit Metrics(base::UtcTime started_at);

  void answered(const model::ReceiverKey* receiver, const intake::Answer& answer);
  /// `took`: from the complete request to the answer; none when there was no complete request.
  void responded(Listener listener, int status, std::optional<std::chrono::nanoseconds> took);
  void committed(const storage::Committed& committed);
  void attempted(std::string_view refresher, model::AttemptOutcome outcome, std::chrono::nanoseconds took);
  /// A refresh was seen to be handled, so long after its newest event.
  void handled(std::chrono::nanoseconds after) { handled_times_.observe(after); }
  /// So many refreshes were not.
  void missed(std::size_t refreshes) { missed_.add(refreshes); }

  /// All of it in Prometheus' text format.
  std::string text(const Figures& figures) const;

 private:
  static constexpr std::size_t kListeners = 2;
  static constexpr std::size_t kStatuses = 600;
  static constexpr std::size_t kStates = 5;
  static constexpr std::size_t kReasons = 7;     ///< 0: none
  static constexpr std::size_t kRefreshers = 4;  ///< the last: any other
  static constexpr std::size_t kOutcomes = 5;

  void writeRequests(class Exposition& out) const;
  void writeListeners(Exposition& out, const Figures& figures) const;
  void writeStore(Exposition& out, const Figures& figures) const;
  void writeDeliveries(Exposition& out, const Figures& figures) const;

  const base::UtcTime started_at_;
  ReceiverCounters requests_;
  std::array<std::array<Counter, kStatuses>, kListeners> responses_;
  Histogram accept_times_ = answerTimes();
  Histogram commit_times_ = commitTimes();
  Histogram commit_writes_ = batchSizes();
  Counter failed_commits_;
  std::array<std::array<Counter, kReasons>, kStates> transitions_;
  std::array<std::array<Histogram, kOutcomes>, kRefreshers> attempt_times_;
  Histogram handled_times_ = handledTimes();
  Counter missed_;
};

}  // namespace landfall::metrics
