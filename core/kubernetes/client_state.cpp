// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/client_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/kubernetes/answers.h"
#include "core/kubernetes/paths.h"

namespace landfall::kubernetes {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostIdle = 16;
constexpr std::size_t kMostListBytes = std::size_t{64} << 20;
constexpr std::size_t kMostRefusalBytes = std::size_t{64} << 10;
/// Shorter than what API servers and the load balancers before them keep silent connections for.
constexpr std::chrono::seconds kLongestIdle{50};

std::string seconds(std::chrono::milliseconds time) {
  return fmt::format("{} s", static_cast<double>(time.count()) / 1000.0);
}

}  // namespace

Client::State::State(Access how, ClientOptions with)
    : access(std::move(how)), options(std::move(with)), credentials(access) {
  auto endpoint = readEndpoint(access.server);
  address_ = endpoint.status();
  if (endpoint.ok()) dialer_.emplace(*std::move(endpoint));
}

Answer<std::string> Client::State::ask(const Asked& asked, const Request& request, Interruption& who, Bounds bounds) {
  const auto deadline = Clock::now() + bounds.timeout;
  const Calls::Entry entry(calls, who, deadline);
  const auto token = credentials.token();
  if (!token.ok()) return noAnswer(asked, access.server, token.status().message());
  for (auto connection = takeIdle(who);; connection = nullptr) {
    const bool reused = connection != nullptr;
    if (!reused) {
      auto opened = connect(asked, who, deadline);
      if (!opened.ok()) return opened.failure();
      connection = std::move(opened.value());
    }
    auto exchanged = exchange(*connection, request, *token, bounds.bytes);
    connection->letGo();
    if (const auto* broken = std::get_if<Broken>(&exchanged)) {
      const bool again = reused && !broken->answered && !who.interrupted() && !entry.overdue();
      if (again) continue;
      return brokenOff(asked, broken->why, who, entry, bounds.timeout);
    }
    if (connection->reusable()) keep(std::move(connection));
    auto& [head, body] = std::get<Exchanged>(exchanged);
    if (head.status >= 200 && head.status < 300) return std::move(body);
    return refusal(asked, head, body);
  }
}

Answer<std::unique_ptr<Connection>> Client::State::follow(const Asked& asked, const Request& request,
                                                          Interruption& who) {
  const auto deadline = Clock::now() + options.timeout;
  const Calls::Entry entry(calls, who, deadline);
  const auto token = credentials.token();
  if (!token.ok()) return noAnswer(asked, access.server, token.status().message());
  auto opened = connect(asked, who, deadline);
  if (!opened.ok()) return opened.failure();
  Connection& connection = **opened;
  const auto head = connection.ask(request, *token, options.user_agent);
  if (!head.ok()) return brokenOff(asked, head.status(), who, entry, options.timeout);
  if (head->status == 200) return opened;
  std::string body;
  while (body.size() < kMostRefusalBytes) {
    const auto piece = connection.some();
    if (!piece.ok() || piece->empty()) break;
    body += *piece;
  }
  return refusal(asked, *head, body);
}

Answer<ListPage> Client::State::list(const Scope& scope, std::size_t limit, const std::string& next,
                                     Interruption& who) {
  const Asked asked{"list", scope.type, scope.space, "", ""};
  const auto path = pathOf(scope.type, scope.space);
  if (!path) return noAnswer(asked, access.server, "this cannot be asked for: a part of its path is missing or odd");
  Request request;
  request.path = *path;
  addQuery(request.path, "labelSelector", scope.label_selector);
  addQuery(request.path, "fieldSelector", scope.field_selector);
  if (limit > 0) addQuery(request.path, "limit", std::to_string(limit));
  addQuery(request.path, "continue", next);
  const auto body = ask(asked, request, who, {options.timeout, kMostListBytes});
  if (!body.ok()) return body.failure();
  auto page = readList(*body, scope.type);
  if (!page) return noAnswer(asked, access.server, "the answer is no list: check that it is an API server");
  return *std::move(page);
}

Answer<std::unique_ptr<Connection>> Client::State::connect(const Asked& asked, Interruption& who, Deadline deadline) {
  if (!dialer_) return noAnswer(asked, access.server, "the address " + address_.message());
  if (who.interrupted()) return noAnswer(asked, access.server, "stopped");
  auto opened =
      Connection::open(*dialer_, access, calls, who, std::min(deadline, Clock::now() + options.connect_timeout));
  if (opened.ok()) return std::move(opened.value());
  return noAnswer(asked, access.server, who.interrupted() ? "stopped" : opened.status().message());
}

std::variant<Client::State::Exchanged, Client::State::Broken> Client::State::exchange(Connection& connection,
                                                                                      const Request& request,
                                                                                      const std::string& token,
                                                                                      std::size_t most_bytes) {
  auto head = connection.ask(request, token, options.user_agent);
  if (!head.ok()) return Broken{head.status()};
  Exchanged exchanged{*std::move(head), ""};
  while (true) {
    auto piece = connection.some();
    if (!piece.ok()) return Broken{piece.status(), true};
    if (piece->empty()) return exchanged;
    if (exchanged.body.size() + piece->size() > most_bytes)
      return Broken{
          {base::StatusCode::ResourceExhausted, fmt::format("the answer is larger than {} MiB", most_bytes >> 20)},
          true};
    exchanged.body += *piece;
  }
}

Failure Client::State::brokenOff(const Asked& asked, const base::Status& why, const Interruption& who,
                                 const Calls::Entry& entry, std::chrono::milliseconds timeout) const {
  if (who.interrupted()) return noAnswer(asked, access.server, "stopped");
  if (entry.overdue()) return noAnswer(asked, access.server, fmt::format("no answer within {}", seconds(timeout)));
  auto failure = noAnswer(asked, access.server, why.message());
  if (why.code() == base::StatusCode::ResourceExhausted) failure.reason = kTooLarge;
  return failure;
}

Failure Client::State::refusal(const Asked& asked, const Head& head, const std::string& body) {
  auto failure = refused(asked, head, body, credentials.described());
  if (failure.status == 404 && failure.reason.empty()) {
    // The kind itself is not served (any more): its version may have changed.
    const std::lock_guard lock(kinds_mutex);
    std::erase_if(kinds, [&](const auto& entry) { return entry.second == asked.type; });
  }
  return failure;
}

std::unique_ptr<Connection> Client::State::takeIdle(Interruption& who) {
  const std::lock_guard lock(mutex_);
  const auto oldest = Clock::now() - kLongestIdle;
  std::erase_if(idle_, [&](const Idle& idle) { return idle.since < oldest || !idle.connection->reusable(); });
  if (idle_.empty() || !idle_.back().connection->holdBy(who)) return nullptr;
  auto connection = std::move(idle_.back().connection);
  idle_.pop_back();
  return connection;
}

void Client::State::keep(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMostIdle) idle_.push_back({std::move(connection), Clock::now()});
}

}  // namespace landfall::kubernetes
