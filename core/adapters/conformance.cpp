// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/conformance.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "core/adapters/adapter.h"
#include "core/adapters/credential_checks.h"
#include "core/adapters/hostile_bodies.h"
#include "core/base/crypto.h"

namespace landfall::adapters {
namespace {

constexpr int kRoundsPerThread = 50;

std::string_view nameOf(ParseStatus status) {
  switch (status) {
    case ParseStatus::Pushed:
      return "pushed";
    case ParseStatus::Nothing:
      return "nothing";
    case ParseStatus::Ping:
      return "ping";
    case ParseStatus::Unrecognised:
      return "unrecognised";
    case ParseStatus::Malformed:
      return "malformed";
    case ParseStatus::Failed:
      return "failed";
  }
  return "unknown";
}

ParseStatus expectedOf(SampleOutcome outcome) {
  switch (outcome) {
    case SampleOutcome::Pushed:
      return ParseStatus::Pushed;
    case SampleOutcome::Nothing:
      return ParseStatus::Nothing;
    case SampleOutcome::Ping:
      return ParseStatus::Ping;
    case SampleOutcome::Unrecognised:
      return ParseStatus::Unrecognised;
    case SampleOutcome::Malformed:
      return ParseStatus::Malformed;
  }
  return ParseStatus::Failed;
}

std::string told(const ParsedRequest& parsed) {
  return std::string(nameOf(parsed.status)) + (parsed.reason ? " (" + *parsed.reason + ")" : "");
}

bool same(const ParsedRequest& a, const ParsedRequest& b) {
  return a.status == b.status && a.reason == b.reason && a.kind == b.kind && a.action == b.action &&
         a.actor == b.actor && a.sender_delivery_id == b.sender_delivery_id && a.details == b.details &&
         a.occurred_at == b.occurred_at && a.artifacts == b.artifacts;
}

/// Some value of every secret key, never seen before. Not of hex digits alone: with the case of its letters changed it
/// has to be another.
SecretValues newSecret(const PluginDescription& description) {
  SecretValues values;
  for (std::size_t i = 0; i < description.secret_keys.size(); ++i) {
    std::array<std::uint8_t, 16> bytes{};
    base::fillRandom(bytes);
    values.push_back("Test-" + base::toHex({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  }
  return values;
}

/// The checks of one plugin, in the order in which they are reported.
class Conformance {
 public:
  Conformance(std::shared_ptr<const Plugin> plugin, unsigned threads)
      : plugin_(std::move(plugin)), threads_(std::max(threads, 1U)) {}

  void run(const std::vector<std::string>& extra) {
    for (const auto& sample : plugin_->description().samples) checkSample(sample);
    checkHostile("", hostileBodies());
    for (const auto& sample : plugin_->description().samples) {
      checkHostile("sample " + sample.name + " ", hostileVariants(sample.body));
    }
    checkExtra(extra);
  }

  std::vector<ConformanceResult> takeResults() { return std::move(results_); }

 private:
  void report(std::string check, std::string failure) {
    const bool passed = failure.empty();
    results_.push_back({std::move(check), passed, std::move(failure)});
  }

  base::Result<std::shared_ptr<const Adapter>> make(const SampleDescription& sample,
                                                    std::vector<SecretValues> secrets) const {
    return Adapter::create(plugin_, {sample.options, "registry.example", std::move(secrets)});
  }

  void checkSample(const SampleDescription& sample) {
    const std::string name = "sample " + sample.name;
    const auto newest = newSecret(plugin_->description());
    const auto older = newSecret(plugin_->description());
    const auto adapter = make(sample, {newest});
    const auto rotating = make(sample, {newest, older});
    const auto stranger = make(sample, {older});
    report(name + " has options that make an adapter", adapter.ok() ? "" : adapter.status().message());
    if (!adapter.ok() || !rotating.ok() || !stranger.ok()) return;

    const Trial trial{**adapter, **stranger, **rotating, sample};
    for (auto& result : checkCredentials(trial)) results_.push_back(std::move(result));
    checkParsing(sample, **adapter);
  }

  void checkParsing(const SampleDescription& sample, const Adapter& adapter) {
    const WebhookRequest request{"POST", {}, sample.headers, sample.body};
    const ParsedRequest parsed = adapter.parse(request);
    const ParseStatus expected = expectedOf(sample.parses_as);
    const std::string name = "sample " + sample.name + " parses as " + std::string(nameOf(expected));
    report(name, parsed.status == expected ? "" : "it parses as " + told(parsed));

    std::atomic<int> different = 0;
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < threads_; ++i) {
        threads.emplace_back([&] {
          for (int round = 0; round < kRoundsPerThread; ++round) {
            if (!same(adapter.parse(request), parsed)) ++different;
          }
        });
      }
    }
    report(name + " from " + std::to_string(threads_) + " threads at once",
           different == 0 ? "" : std::to_string(different.load()) + " readings were different from the first");
  }

  /// The adapter of the first sample that one can be made for, with that sample.
  std::optional<std::pair<std::shared_ptr<const Adapter>, const SampleDescription*>> anyAdapter() const {
    for (const auto& sample : plugin_->description().samples) {
      const auto adapter = make(sample, {newSecret(plugin_->description())});
      if (adapter.ok()) return std::pair(*adapter, &sample);
    }
    return std::nullopt;
  }

  /// One result for all that pass, and one for each that does not: hundreds of lines would hide it.
  void checkHostile(const std::string& prefix, const std::vector<HostileBody>& bodies) {
    const auto subject = anyAdapter();
    if (!subject) return;
    const auto& [adapter, sample] = *subject;
    std::size_t failures = 0;
    for (const auto& hostile : bodies) {
      const WebhookRequest request{"POST", {}, sample->headers, hostile.body};
      (void)adapter->authenticate(request);
      const ParsedRequest parsed = adapter->parse(request);
      const bool refreshes = parsed.status == ParseStatus::Pushed;
      const bool wrong =
          parsed.status == ParseStatus::Failed || (refreshes && hostile.expectation == Expectation::RefreshesNothing);
      if (!wrong) continue;
      ++failures;
      report("hostile body: " + prefix + hostile.name,
             std::string("it has to be ") +
                 (hostile.expectation == Expectation::Survives ? "read or refused" : "refused, or refresh nothing") +
                 ", and it is " + told(parsed));
    }
    if (failures == 0) report("hostile bodies: " + prefix + std::to_string(bodies.size()) + " of them", "");
  }

  void checkExtra(const std::vector<std::string>& extra) {
    const auto subject = anyAdapter();
    if (!subject) return;
    for (std::size_t i = 0; i < extra.size(); ++i) {
      const ParsedRequest parsed = subject->first->parse({"POST", {}, subject->second->headers, extra[i]});
      report("payload " + std::to_string(i + 1) + " of " + std::to_string(extra.size()),
             parsed.status == ParseStatus::Failed ? "the plugin failed: " + told(parsed) : "");
    }
  }

  std::shared_ptr<const Plugin> plugin_;
  unsigned threads_;
  std::vector<ConformanceResult> results_;
};

}  // namespace

std::vector<ConformanceResult> runConformance(const std::shared_ptr<const Plugin>& plugin,
                                              const std::vector<std::string>& extra, unsigned threads) {
  Conformance conformance(plugin, threads);
  conformance.run(extra);
  return conformance.takeResults();
}

}  // namespace landfall::adapters
