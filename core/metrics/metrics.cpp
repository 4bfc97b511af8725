// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/metrics.h"

#include <algorithm>
#include <utility>

#include "core/adapters/plugin.h"
#include "core/metrics/exposition.h"
#include "core/metrics/process_figures.h"

namespace landfall::metrics {
namespace {

using model::AttemptOutcome;
using model::DeliveryState;
using model::EndReason;

constexpr double kNanosecond = 1e-9;
constexpr std::size_t kMostHosts = 200;
constexpr std::array<std::string_view, 2> kListenerNames{"webhooks", "admin"};
constexpr std::array<DeliveryState, 5> kAllStates{DeliveryState::Scheduled, DeliveryState::Running,
                                                  DeliveryState::Succeeded, DeliveryState::Exhausted,
                                                  DeliveryState::Cancelled};
constexpr std::array<EndReason, 6> kAllReasons{EndReason::MaxAge,   EndReason::MaxAttempts,
                                               EndReason::Rejected, EndReason::TargetGone,
                                               EndReason::Operator, EndReason::WarehouseRemoved};
constexpr std::array<AttemptOutcome, 5> kAllOutcomes{AttemptOutcome::Succeeded, AttemptOutcome::Retryable,
                                                     AttemptOutcome::Rejected, AttemptOutcome::TargetGone,
                                                     AttemptOutcome::Interrupted};
constexpr std::array<std::string_view, 4> kRefresherNames{"http", "kubernetes", "command", "other"};

/// Its place in `all`; the last one for what is not there.
template <class Value, std::size_t size>
std::size_t placeOf(const std::array<Value, size>& all, const Value& value) {
  const auto found = std::find(all.begin(), all.end(), value);
  return std::min(static_cast<std::size_t>(found - all.begin()), size - 1);
}

double number(std::uint64_t value) { return static_cast<double>(value); }

std::optional<double> number(const std::optional<std::uint64_t>& value) {
  return value ? std::optional(number(*value)) : std::nullopt;
}

std::optional<double> moment(const std::optional<base::UtcTime>& at) {
  return at ? std::optional(unixSeconds(*at)) : std::nullopt;
}

void writeRow(Exposition& out, const std::string& project, const std::string& receiver,
              const OutcomeCounters& counters) {
  for (std::size_t outcome = 0; outcome < kRequestOutcomes; ++outcome) {
    if (counters[outcome].value() == 0) continue;
    out.value(number(counters[outcome].value()),
              {{"project", project}, {"receiver", receiver}, {"outcome", std::string(requestOutcomeName(outcome))}});
  }
}

int breakerNumber(delivery::BreakerState state) {
  switch (state) {
    case delivery::BreakerState::Closed:
      return 0;
    case delivery::BreakerState::HalfOpen:
      return 1;
    case delivery::BreakerState::Open:
      return 2;
  }
  return 0;
}

void writeBreakers(Exposition& out, std::vector<delivery::TargetState> targets) {
  const auto open = std::count_if(targets.begin(), targets.end(), [](const delivery::TargetState& target) {
    return target.breaker == delivery::BreakerState::Open;
  });
  out.gauge("landfall_breakers_open", "Target hosts whose circuit breaker is open.", static_cast<double>(open));
  // The ones that matter first: there may be more hosts than a metric should have series.
  std::sort(targets.begin(), targets.end(), [](const auto& left, const auto& right) {
    const int a = breakerNumber(left.breaker);
    const int b = breakerNumber(right.breaker);
    return a != b ? a > b : left.host < right.host;
  });
  targets.resize(std::min(targets.size(), kMostHosts));
  out.gauges("landfall_breaker_state",
             "Circuit breaker of a target host that is called or lately failed: 0 closed, 1 half-open, 2 open.");
  for (const auto& target : targets) out.value(breakerNumber(target.breaker), {{"host", target.host}});
}

void writeConfiguration(Exposition& out, const Figures& figures) {
  const ReloadFigures& reloads = figures.reloads;
  out.counters("landfall_reloads_total", "Loads of the configuration, the start's included, by what came of them.");
  out.value(number(reloads.applied), {{"result", "applied"}});
  out.value(number(reloads.refused), {{"result", "refused"}});
  out.gauge("landfall_configuration_generation", "Generation of the configuration that runs.",
            number(reloads.generation));
  out.gauge("landfall_configuration_applied_timestamp_seconds", "When the configuration that runs was applied.",
            moment(reloads.applied_at));
  out.gauge("landfall_configuration_refused_timestamp_seconds",
            "When a configuration was last refused; 0: never since the start.", moment(reloads.refused_at).value_or(0));
  const bool refused = reloads.refused_at && (!reloads.applied_at || *reloads.refused_at >= *reloads.applied_at);
  out.gauge("landfall_configuration_current", "1 when the latest load was applied, 0 when it was refused.",
            refused ? 0 : 1);
  out.gauge("landfall_kubernetes_connected",
            "0 while the cluster that the configuration is read from is not heard, else 1 (without one, too).",
            figures.cluster_connected ? 1 : 0);
  out.counter("landfall_kubernetes_problems_total",
              "Errors in objects of the cluster, each counted when it is new: it stops what it is about.",
              number(reloads.object_errors));
  if (figures.configuration == nullptr) return;
  const config::Configuration& configuration = *figures.configuration;
  out.gauge("landfall_receivers", "Receivers that are configured.", number(configuration.receivers.size()));
  out.gauge("landfall_warehouses", "Warehouses that are configured.", number(configuration.warehouses.size()));
  if (configuration.adapters == nullptr) return;
  out.gauges("landfall_plugin_info", "A plugin that is loaded, by its id and version; always 1.");
  for (const auto& [id, plugin] : configuration.adapters->plugins()) {
    out.value(1, {{"plugin", id}, {"version", plugin->description().version}});
  }
}

void writeProcess(Exposition& out, base::UtcTime started_at) {
  const ProcessFigures process = readProcess();
  out.gauge("process_resident_memory_bytes", "Memory in use.", number(process.resident_bytes));
  out.gauge("process_virtual_memory_bytes", "Address space in use.", number(process.virtual_bytes));
  out.gauge("process_open_fds", "Open file descriptors.", number(process.open_descriptors));
  out.gauge("process_max_fds", "File descriptors that may be open.", number(process.most_descriptors));
  out.counter("process_cpu_seconds_total", "Time of all processors, of user and system.", process.cpu_seconds);
  out.gauge("process_start_time_seconds", "When the process started.", unixSeconds(started_at));
}

}  // namespace

Metrics::Metrics(base::UtcTime started_at)
    : started_at_(started_at),
      attempt_times_{{{attemptTimes(), attemptTimes(), attemptTimes(), attemptTimes(), attemptTimes()},
                      {attemptTimes(), attemptTimes(), attemptTimes(), attemptTimes(), attemptTimes()},
                      {attemptTimes(), attemptTimes(), attemptTimes(), attemptTimes(), attemptTimes()},
                      {attemptTimes(), attemptTimes(), attemptTimes(), attemptTimes(), attemptTimes()}}} {}

void Metrics::answered(const model::ReceiverKey* receiver, const intake::Answer& answer) {
  requests_.count(receiver, requestOutcome(answer));
}

void Metrics::responded(Listener listener, int status, std::optional<std::chrono::nanoseconds> took) {
  const auto code = static_cast<std::size_t>(std::clamp(status, 0, static_cast<int>(kStatuses) - 1));
  responses_[static_cast<std::size_t>(listener)][code].add();
  if (took && listener == Listener::Webhooks) accept_times_.observe(*took);
}

void Metrics::committed(const storage::Committed& committed) {
  if (!committed.ok) return failed_commits_.add();
  commit_times_.observe(committed.took);
  commit_writes_.observe(std::uint64_t{committed.writes});
  for (const auto& entered : committed.entered) {
    const std::size_t reason = entered.reason ? placeOf(kAllReasons, *entered.reason) + 1 : 0;
    transitions_[placeOf(kAllStates, entered.state)][reason].add(entered.deliveries);
  }
}

void Metrics::attempted(std::string_view refresher, model::AttemptOutcome outcome, std::chrono::nanoseconds took) {
  attempt_times_[placeOf(kRefresherNames, refresher)][placeOf(kAllOutcomes, outcome)].observe(took);
}

std::string Metrics::text(const Figures& figures) const {
  Exposition out;
  out.gauges("landfall_build_info", "The version that runs; always 1.");
  out.value(1, {{"version", LANDFALL_VERSION}});
  writeRequests(out);
  writeListeners(out, figures);
  writeStore(out, figures);
  writeDeliveries(out, figures);
  writeBreakers(out, figures.targets);
  writeConfiguration(out, figures);
  writeProcess(out, started_at_);
  return out.text();
}

void Metrics::writeRequests(Exposition& out) const {
  out.counters("landfall_requests_total",
               "Webhook requests by receiver and what became of them. No receiver: none has the path. Receiver other "
               "without a project: all beyond the first thousand.");
  for (const auto* row : requests_.rows()) {
    writeRow(out, row->key.project.value_or("-"), row->key.name, row->counters);
  }
  writeRow(out, "", "other", requests_.others());
  writeRow(out, "", "", requests_.withoutReceiver());
}

void Metrics::writeListeners(Exposition& out, const Figures& figures) const {
  out.counters("landfall_http_responses_total", "Answers by listener and status, also to what was no whole request.");
  for (std::size_t listener = 0; listener < kListeners; ++listener) {
    for (std::size_t status = 0; status < kStatuses; ++status) {
      const auto count = responses_[listener][status].value();
      if (count == 0) continue;
      out.value(number(count), {{"listener", std::string(kListenerNames[listener])}, {"code", std::to_string(status)}});
    }
  }
  out.histograms("landfall_accept_duration_seconds",
                 "From a complete request to the webhook listener until its answer was ready, commit included.");
  out.distribution(accept_times_, kNanosecond);
  out.gauges("landfall_connections", "Open connections by listener.");
  out.value(number(figures.webhook_connections), {{"listener", "webhooks"}});
  out.value(number(figures.admin_connections), {{"listener", "admin"}});
}

void Metrics::writeStore(Exposition& out, const Figures& figures) const {
  out.gauge("landfall_store_writable", "1 while the latest transaction could be written, else 0.",
            figures.store_writable ? 1 : 0);
  out.gauge("landfall_store_readable", "1 when the store could be read for this answer, else 0.",
            figures.stats ? 1 : 0);
  out.gauge("landfall_store_queue_length", "Writes that wait for a commit.", number(figures.store.waiting));
  out.gauge("landfall_store_database_bytes", "Size of the database on disk.", number(figures.store.database_bytes));
  out.gauge("landfall_store_wal_bytes", "Size of the write-ahead log on disk.", number(figures.store.log_bytes));
  out.histograms("landfall_commit_duration_seconds", "Transactions: from the first write until it was on disk.");
  out.distribution(commit_times_, kNanosecond);
  out.histograms("landfall_commit_writes", "Writes that shared a transaction.");
  out.distribution(commit_writes_, 1);
  out.counter("landfall_commit_failures_total", "Transactions that could not be written.",
              number(failed_commits_.value()));
}

void Metrics::writeDeliveries(Exposition& out, const Figures& figures) const {
  out.counters("landfall_delivery_transitions_total",
               "How often deliveries went into a state; for those that ended, with the reason.");
  // All that can be, from the start: Prometheus sees no increase where a series begins.
  for (const auto state : {DeliveryState::Scheduled, DeliveryState::Running, DeliveryState::Succeeded}) {
    out.value(number(transitions_[placeOf(kAllStates, state)][0].value()),
              {{"state", std::string(model::name(state))}, {"reason", ""}});
  }
  for (std::size_t reason = 0; reason < kAllReasons.size(); ++reason) {
    const DeliveryState state = model::stateOf(kAllReasons[reason]);
    out.value(number(transitions_[placeOf(kAllStates, state)][reason + 1].value()),
              {{"state", std::string(model::name(state))}, {"reason", std::string(model::name(kAllReasons[reason]))}});
  }
  out.histograms("landfall_attempt_duration_seconds", "Attempts by refresher and outcome.");
  for (std::size_t refresher = 0; refresher < kRefreshers; ++refresher) {
    for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
      const Histogram& times = attempt_times_[refresher][outcome];
      if (times.read().count == 0) continue;
      out.distribution(times, kNanosecond,
                       {{"refresher", std::string(kRefresherNames[refresher])},
                        {"outcome", std::string(model::name(kAllOutcomes[outcome]))}});
    }
  }
  out.histograms("landfall_refresh_handled_seconds",
                 "From an event until the controller of what was refreshed had shown that it saw that.");
  out.distribution(handled_times_, kNanosecond);
  out.counter("landfall_refresh_missed_total", "Refreshes that their controller has not shown to have seen in time.",
              number(missed_.value()));
  if (!figures.stats) return;
  out.gauges("landfall_deliveries", "Deliveries in the history by the state they are in.");
  for (const auto& [state, count] : figures.stats->deliveries) {
    out.value(number(count), {{"state", std::string(model::name(state))}});
  }
  const auto& oldest = figures.stats->oldest_owed;
  const auto age =
      oldest ? std::max(figures.now - oldest->created_at, std::chrono::milliseconds(0)) : std::chrono::milliseconds(0);
  out.gauge("landfall_oldest_owed_age_seconds", "Age of the delivery that has been owed longest; 0: nothing is owed.",
            static_cast<double>(age.count()) / 1000);
}

}  // namespace landfall::metrics
