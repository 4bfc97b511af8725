// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/flaky_target.h"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>

namespace landfall::testing {
namespace {

constexpr int kFailsPerCent = 20;
constexpr int kSlowestMs = 20;

}  // namespace

FlakyTarget::FlakyTarget(unsigned seed) : random_(seed) {
  http::ServerOptions options;
  options.name = "target";
  options.port = 0;
  options.handler_threads = 4;
  auto opened = http::Server::open(
      options, [this](http::Request request, http::Responder responder) { receive(request, std::move(responder)); },
      log_);
  if (!opened.ok()) throw std::runtime_error(opened.status().message());
  server_ = std::move(opened).value();
  server_->start();
}

bool FlakyTarget::wasRefreshedFor(const std::string& warehouse, const Answered& event) const {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(warehouse);
  if (found == seen_.end()) return false;
  return found->second.events.contains(event.event) || found->second.last_unlisted > event.at;
}

std::size_t FlakyTarget::refreshed() const {
  const std::lock_guard lock(mutex_);
  return refreshed_;
}

std::size_t FlakyTarget::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

void FlakyTarget::receive(const http::Request& request, http::Responder responder) {
  const auto came_at = std::chrono::steady_clock::now();
  http::Response response;
  response.status = 204;
  if (!healthy_) {
    if (draw(1, 100) <= kFailsPerCent) response.status = 503;
    std::this_thread::sleep_for(std::chrono::milliseconds(draw(0, kSlowestMs)));
  }
  if (response.status == 204) {
    remember(request.body, came_at);
  } else {
    const std::lock_guard lock(mutex_);
    ++refused_;
  }
  responder.complete(std::move(response));
}

void FlakyTarget::remember(const std::string& body, std::chrono::steady_clock::time_point came_at) {
  const auto data = nlohmann::json::parse(body).at("data");
  const std::lock_guard lock(mutex_);
  ++refreshed_;
  Seen& seen = seen_[data.at("warehouse")];
  for (const auto& event : data.at("events")) seen.events.insert(event.at("id"));
  if (data.at("eventCount") > data.at("events").size()) seen.last_unlisted = came_at;
}

int FlakyTarget::draw(int from, int to) {
  const std::lock_guard lock(mutex_);
  return std::uniform_int_distribution<int>(from, to)(random_);
}

}  // namespace landfall::testing
