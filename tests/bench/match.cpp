// SPDX-License-Identifier: Apache-2.0
// What one match costs among so many Warehouses, each subscribed to a repository of its own.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "core/matching/repository_index.h"

namespace {

using namespace landfall;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRounds = 5;
constexpr std::size_t kMatchesPerRound = 100'000;
// Coprime to every number of Warehouses that is a power of ten: visits all of them, none soon again.
constexpr std::size_t kStride = 7919;

std::string repository(std::size_t number) { return "quay.io/shop/service-" + std::to_string(number); }

matching::RepositoryIndex indexOf(std::size_t count) {
  std::vector<matching::IndexedWarehouse> warehouses;
  for (std::size_t number = 0; number < count; ++number) {
    model::ImageSubscription image;
    image.repo_url = repository(number);
    image.constraint = "^1.0.0";
    auto compiled = matching::CompiledSubscription::compile(image);
    if (!compiled.ok()) {
      std::fprintf(stderr, "match: %s\n", compiled.status().message().c_str());
      std::exit(1);
    }
    matching::IndexedWarehouse warehouse;
    warehouse.key = {"shop", "service-" + std::to_string(number)};
    warehouse.subscriptions.push_back(std::move(compiled).value());
    warehouses.push_back(std::move(warehouse));
  }
  return matching::RepositoryIndex(std::move(warehouses));
}

/// Nanoseconds for each match, the median of the rounds; the next match is for the repository `stride` further on.
double cost(const matching::RepositoryIndex& index, std::size_t stride) {
  const matching::MatchScope scope{"shop", {}};
  const std::size_t distinct = std::min(index.size(), kMatchesPerRound);
  std::vector<std::array<model::Artifact, 1>> pushes;
  for (std::size_t number = 0; number < distinct; ++number) {
    model::Artifact push;
    push.repository = repository(number * stride % index.size());
    push.tag = "1.2.3";
    push.action = model::Action::Push;
    pushes.push_back({push});
  }
  std::array<double, kRounds> rounds{};
  for (double& round : rounds) {
    std::size_t found = 0;
    const auto start = Clock::now();
    for (std::size_t done = 0; done < kMatchesPerRound; ++done)
      found += index.match(scope, pushes[done % distinct]).size();
    const std::chrono::duration<double, std::nano> took = Clock::now() - start;
    if (found != kMatchesPerRound) {
      std::fprintf(stderr, "match: %zu of %zu pushes found their Warehouse\n", found, kMatchesPerRound);
      std::exit(1);
    }
    round = took.count() / static_cast<double>(kMatchesPerRound);
  }
  std::sort(rounds.begin(), rounds.end());
  return rounds[kRounds / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const long count = argc == 2 ? std::atol(argv[1]) : 0;
  if (count <= 0) {
    std::fprintf(stderr, "usage: match WAREHOUSES\n");
    return 2;
  }
  const auto index = indexOf(static_cast<std::size_t>(count));
  const double same = cost(index, 0);
  const double any = cost(index, kStride);
  std::printf("{\"warehouses\":%ld,\"same_repository_ns\":%.0f,\"any_repository_ns\":%.0f}\n", count, same, any);
  return 0;
}
