// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/watch.h"

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

#include "core/kubernetes/answers.h"
#include "core/kubernetes/client_state.h"
#include "core/kubernetes/paths.h"

namespace landfall::kubernetes {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostLineBytes = std::size_t{8} << 20;
constexpr milliseconds kLongestRetryAfter{60000};
constexpr milliseconds kSurelySteady{10000};
constexpr int kGone = 410;
constexpr int kMostDoublings = 20;

}  // namespace

struct Watch::State {
  State(std::shared_ptr<Client::State> of, Scope what, WatchEvents tell, base::Log& to, WatchOptions with)
      : client(std::move(of)),
        scope(std::move(what)),
        events(std::move(tell)),
        log_(to),
        options(std::move(with)),
        asked{"watch", scope.type, scope.space, "", ""},
        entry(client->calls, who),
        page_size(std::max<std::size_t>(options.page, 1)) {}

  /// How a list or a watch ended.
  struct End {
    std::optional<Failure> failure;  ///< none: as it should
    bool told = false;               ///< somebody is to hear that the server is lost
    bool steady = false;             ///< it held long enough to begin anew without a wait
  };

  void run() {
    while (!who.interrupted()) {
      const bool listing = place.empty();
      const End end = listing ? list() : watch();
      if (who.interrupted()) return;
      if (end.told && end.failure) tell(end.failure);
      if (listing && !end.failure) continue;
      if (end.steady) failures = 0;
      if (end.steady && !end.failure) continue;
      if (!who.pause(waitAfter(end))) return;
    }
  }

  milliseconds waitAfter(const End& end) {
    const auto doubled = options.least_wait * (std::int64_t{1} << std::min(failures, kMostDoublings));
    ++failures;
    const double share = 0.5 + 0.5 * (options.random ? options.random() : 1.0);
    const milliseconds most = std::min(doubled, options.most_wait);
    const milliseconds wait(static_cast<milliseconds::rep>(static_cast<double>(most.count()) * share));
    const auto wished = end.failure ? end.failure->retry_after.value_or(milliseconds(0)) : milliseconds(0);
    return std::max(wait, std::min(wished, kLongestRetryAfter));
  }

  End list() {
    std::string next;
    std::string found;
    bool first = true;
    bool last = false;
    while (!last && !who.interrupted()) {
      auto page = client->list(scope, page_size, next, who);
      if (who.interrupted()) return {};
      if (!page.ok()) {
        if (page.failure().reason == kTooLarge && page_size > 1) {
          page_size /= 2;
          continue;
        }
        // Pages that are too old to go on with are nobody's failure.
        return {page.failure(), page.failure().status != kGone, false};
      }
      if (page->unreadable > 0) leftOut();
      next = std::move(page->next);
      // Of the first page: what later ones may know already is told again rather than never.
      if (first) found = std::move(page->resource_version);
      if (found.empty())
        return {noAnswer({"list", scope.type, scope.space, "", ""}, client->access.server,
                         "the list has no resourceVersion: check that it is an API server"),
                true, false};
      last = next.empty();
      events.listed(std::move(page->objects), first, last);
      first = false;
    }
    place = std::move(found);
    tell(std::nullopt);
    return {};
  }

  End watch() {
    const auto began = Clock::now();
    auto following = client->follow(asked, request(), who);
    if (who.interrupted()) return {};
    if (!following.ok()) {
      // A forgotten place, or a kind that is not there any more, whose objects may be others when it is back.
      const int status = following.failure().status;
      if (status == kGone || status == 404) place.clear();
      return {following.failure(), status != kGone, false};
    }
    tell(std::nullopt);
    End end = read(**following);
    (*following)->letGo();
    const auto steady = std::min(kSurelySteady, options.lifetime / 2);
    end.steady = Clock::now() - began >= steady;
    end.told = end.told && !end.steady;
    return end;
  }

  Request request() const {
    Request request;
    request.path = pathOf(scope.type, scope.space).value_or("");
    addQuery(request.path, "watch", "true");
    addQuery(request.path, "labelSelector", scope.label_selector);
    addQuery(request.path, "fieldSelector", scope.field_selector);
    addQuery(request.path, "resourceVersion", place);
    addQuery(request.path, "allowWatchBookmarks", "true");
    // A bit more at random: not all watches of a cluster are to end together.
    const double more = 1.0 + 0.1 * (options.random ? options.random() : 1.0);
    const auto lifetime = static_cast<std::int64_t>(static_cast<double>(options.lifetime.count()) * more / 1000.0);
    addQuery(request.path, "timeoutSeconds", std::to_string(std::max<std::int64_t>(lifetime, 1)));
    return request;
  }

  End read(Connection& connection) {
    std::string line;
    bool heard = false;
    while (true) {
      const Calls::Entry silence(client->calls, who, Clock::now() + options.silence);
      auto piece = connection.some();
      if (who.interrupted()) return {};
      if (!piece.ok()) return brokenOff(piece.status(), silence.overdue());
      if (piece->empty()) {
        // Not one event in a whole watch: the place may be one that the server has yet to reach (it was restored from
        // an older copy, say), and would never tell anything from.
        if (!heard) place.clear();
        return {};
      }
      heard = true;
      std::string_view rest = *piece;
      for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        line.append(rest.substr(0, end));
        rest.remove_prefix(end + 1);
        if (auto ended = take(line)) return *std::move(ended);
        if (who.interrupted()) return {};
        line.clear();
      }
      line.append(rest);
      if (line.size() > kMostLineBytes) return senseless();
    }
  }

  /// One event. Something: the watch is over.
  std::optional<End> take(const std::string& line) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return std::nullopt;
    auto event = readWatchLine(line, scope.type);
    if (!event) return senseless();
    if (event->type == WatchLine::Type::Error) {
      const auto& [reason, message, code] = event->status;
      if (code == kGone || reason == "Expired" || reason == "Gone") {
        place.clear();
        return End{refused(asked, kGone, reason, message), false, false};
      }
      return End{refused(asked, code, reason, message), true, false};
    }
    if (event->type != WatchLine::Type::Bookmark) {
      if (!event->object) {
        leftOut();
      } else if (event->type == WatchLine::Type::Deleted) {
        events.deleted(*std::move(event->object));
      } else {
        events.changed(*std::move(event->object));
      }
    }
    if (!event->resource_version.empty()) place = std::move(event->resource_version);
    return std::nullopt;
  }

  End brokenOff(const base::Status& why, bool silent) {
    if (silent) {
      place.clear();  // begun anew: what was not told may have been lost
      log_.info("kubernetes", "a watch went silent and is begun anew", {{"resource", scope.type.plural}});
      return {noAnswer(asked, client->access.server, "nothing was heard of it for too long"), false, false};
    }
    log_.debug("kubernetes", "a watch broke off and is resumed",
               {{"resource", scope.type.plural}, {"error", why.message()}});
    return {noAnswer(asked, client->access.server, why.message()), true, false};
  }

  /// What cannot be read may have been a change: only a new list tells.
  End senseless() {
    place.clear();
    log_.warning("kubernetes", "a watch sent what cannot be read; all is listed anew",
                 {{"resource", scope.type.plural}});
    return {noAnswer(asked, client->access.server, "what it sent cannot be read: check that it is an API server"), true,
            false};
  }

  void leftOut() {
    log_.warning("kubernetes", "an object without a name was left out", {{"resource", scope.type.plural}});
  }

  void tell(const std::optional<Failure>& failure) {
    const bool lost = failure.has_value();
    if (away == lost) return;
    away = lost;
    events.heard(failure);
  }

  const std::shared_ptr<Client::State> client;
  const Scope scope;
  const WatchEvents events;
  base::Log& log_;
  const WatchOptions options;
  const Asked asked;

  Interruption who;
  const Calls::Entry entry;  // so that the client's stop reaches it between two requests, too

  // The thread's own.
  std::string place;  ///< the resourceVersion up to which all is told; empty: list first
  int failures = 0;
  std::optional<bool> away;
  std::size_t page_size;  ///< as in the options until the objects turn out to be too large for it

  std::thread thread;
};

Watch::Watch(Client& client, Scope scope, WatchEvents events, base::Log& log, WatchOptions options)
    : state_(std::make_unique<State>(client.state_, std::move(scope), std::move(events), log, std::move(options))) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Watch::~Watch() {
  state_->who.interrupt();
  state_->thread.join();
}

}  // namespace landfall::kubernetes
