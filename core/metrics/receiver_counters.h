// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/intake/intake.h"
#include "core/metrics/histogram.h"
#include "core/model/ids.h"

namespace landfall::metrics {

/// What became of requests: an event's outcome, or why there is none.
constexpr std::size_t kRequestOutcomes = 13;
/// Which of them an answer means, 0 to kRequestOutcomes - 1.
std::size_t requestOutcome(const intake::Answer& answer);
std::string_view requestOutcomeName(std::size_t outcome);

using OutcomeCounters = std::array<Counter, kRequestOutcomes>;

/// A row of counters for each of the first `most` receivers that got a request, one for all others, and one for
/// requests that met no receiver. Rows stay until the process ends. Any thread; counting takes a lock only for a
/// receiver's first request.
class ReceiverCounters {
 public:
  explicit ReceiverCounters(std::size_t most = 1000);

  /// `receiver`: none at the request's path.
  void count(const model::ReceiverKey* receiver, std::size_t outcome);

  struct Row {
    const model::ReceiverKey key;
    OutcomeCounters counters;
  };
  /// In the order in which they came. The rows live as long as this.
  std::vector<const Row*> rows() const;
  const OutcomeCounters& others() const { return others_; }
  const OutcomeCounters& withoutReceiver() const { return without_receiver_; }

 private:
  OutcomeCounters& countersOf(const model::ReceiverKey& receiver);
  OutcomeCounters& addRow(const model::ReceiverKey& receiver, std::size_t slot);

  // Open addressing: a slot is filled once and never emptied, so that looking needs no lock.
  std::vector<std::atomic<Row*>> slots_;
  const std::size_t most_;
  OutcomeCounters others_;
  OutcomeCounters without_receiver_;
  std::atomic<bool> full_ = false;

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Row>> rows_;  ///< guarded by mutex_
};

}  // namespace landfall::metrics
