// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/receiver_counters.h"

#include <bit>
#include <functional>

namespace landfall::metrics {
namespace {

using intake::Answer;
using model::Outcome;

// The outcomes of events first, then the kinds of answers that are about no event.
constexpr std::array<Outcome, 7> kOutcomes{Outcome::Matched,   Outcome::Unmatched,    Outcome::Ignored,  Outcome::Ping,
                                           Outcome::Duplicate, Outcome::Unrecognised, Outcome::Malformed};
constexpr std::array<Answer::Kind, 5> kRefusals{Answer::Kind::UnknownPath, Answer::Kind::WrongMethod,
                                                Answer::Kind::Unauthenticated, Answer::Kind::TooManyFailures,
                                                Answer::Kind::Unavailable};
constexpr std::size_t kUnknown = kOutcomes.size() + kRefusals.size();
static_assert(kUnknown + 1 == kRequestOutcomes);

std::size_t hashOf(const model::ReceiverKey& key) {
  const std::hash<std::string> hash;
  return hash(key.name) * 31 + (key.project ? hash(*key.project) : 0);
}

}  // namespace

std::size_t requestOutcome(const Answer& answer) {
  if (answer.kind == Answer::Kind::Recorded || answer.kind == Answer::Kind::Malformed) {
    for (std::size_t at = 0; at < kOutcomes.size(); ++at) {
      if (kOutcomes[at] == answer.outcome) return at;
    }
    return kUnknown;
  }
  for (std::size_t at = 0; at < kRefusals.size(); ++at) {
    if (kRefusals[at] == answer.kind) return kOutcomes.size() + at;
  }
  return kUnknown;
}

std::string_view requestOutcomeName(std::size_t outcome) {
  if (outcome < kOutcomes.size()) return model::name(kOutcomes[outcome]);
  if (outcome < kUnknown) return intake::name(kRefusals[outcome - kOutcomes.size()]);
  return "unknown";
}

// At most half full: a search ends after a slot or two, and always at an empty one.
ReceiverCounters::ReceiverCounters(std::size_t most) : slots_(std::bit_ceil(2 * most + 2)), most_(most) {}

void ReceiverCounters::count(const model::ReceiverKey* receiver, std::size_t outcome) {
  (receiver == nullptr ? without_receiver_ : countersOf(*receiver))[outcome].add();
}

OutcomeCounters& ReceiverCounters::countersOf(const model::ReceiverKey& receiver) {
  std::size_t slot = hashOf(receiver) % slots_.size();
  while (true) {
    Row* const row = slots_[slot].load(std::memory_order_acquire);
    if (row == nullptr) break;
    if (row->key == receiver) return row->counters;
    slot = (slot + 1) % slots_.size();
  }
  return full_.load(std::memory_order_relaxed) ? others_ : addRow(receiver, slot);
}

OutcomeCounters& ReceiverCounters::addRow(const model::ReceiverKey& receiver, std::size_t slot) {
  const std::lock_guard lock(mutex_);
  // Another thread may have filled the slot meanwhile, even for this receiver.
  while (Row* const row = slots_[slot].load(std::memory_order_relaxed)) {
    if (row->key == receiver) return row->counters;
    slot = (slot + 1) % slots_.size();
  }
  if (rows_.size() >= most_) {
    full_.store(true, std::memory_order_relaxed);
    return others_;
  }
  auto row = std::unique_ptr<Row>(new Row{receiver, {}});
  slots_[slot].store(row.get(), std::memory_order_release);
  rows_.push_back(std::move(row));
  return rows_.back()->counters;
}

std::vector<const ReceiverCounters::Row*> ReceiverCounters::rows() const {
  const std::lock_guard lock(mutex_);
  std::vector<const Row*> all;
  for (const auto& row : rows_) all.push_back(row.get());
  return all;
}

}  // namespace landfall::metrics
