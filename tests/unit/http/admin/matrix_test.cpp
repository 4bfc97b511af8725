// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/http/admin/admin_api.h"
#include "storage/open_store.h"
#include "tests/conformance/store/new_event.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace landfall::http {
namespace {

constexpr const char* kNobody = "01934a5b-6c7d-7000-8000-000000000000";

/// A request and what it is answered when it is allowed in. In its path and body, <event>, <delivery>, <ended> and
/// <unknown> stand for ids.
struct Case {
  const char* method;
  const char* target;
  const char* body;
  int status;
  const char* parameter = "";  ///< that the problem names
};

// Every route, with what it is answered when all is well and with each thing that can be wrong with it.
const std::vector<Case> kCases{
    {"GET", "/", "", 200},
    {"GET", "/assets/app.js", "", 200},
    {"GET", "/assets/no-such.js", "", 404},
    {"GET", "/healthz", "", 200},
    {"GET", "/readyz", "", 200},
    {"GET", "/metrics", "", 200},
    {"GET", "/api/v1/openapi.json", "", 200},
    {"GET", "/api/v1/access", "", 200},
    {"GET", "/api/v1/config", "", 200},
    {"POST", "/api/v1/reload", "", 200},
    {"GET", "/api/v1/targets", "", 200},
    {"GET", "/api/v1/targets?limit=0", "", 400, "limit"},
    {"GET", "/api/v1/plugins", "", 200},
    {"GET", "/api/v1/plugins?limit=1", "", 400, "limit"},
    {"GET", "/api/v1/receivers", "", 200},
    {"GET", "/api/v1/receivers?cursor=%21", "", 400, "cursor"},
    {"GET", "/api/v1/warehouses", "", 200},
    {"GET", "/api/v1/warehouses?limit=0", "", 400, "limit"},
    {"POST", "/api/v1/warehouses/shop/api/refresh", "", 200},
    {"POST", "/api/v1/warehouses/shop/nobody/refresh", "", 404},
    {"POST", "/api/v1/receivers/shop/nobody/explain", "{}", 404},
    {"POST", "/api/v1/receivers/shop/nobody/send", R"({"sample": "x"})", 404},
    {"POST", "/api/v1/receivers/shop/nobody/send", "{}", 400, "sample"},
    {"POST", "/api/v1/receivers/shop/nobody/send", R"({"sample": 1})", 400, "sample"},
    {"POST", "/api/v1/receivers/shop/nobody/send", R"({"colour": "red"})", 400, "colour"},
    {"POST", "/api/v1/receivers/shop/nobody/send", "{", 400},
    {"GET", "/api/v1/events", "", 200},
    {"GET", "/api/v1/events?outcome=lost", "", 400, "outcome"},
    {"GET", "/api/v1/events?action=fly", "", 400, "action"},
    {"GET", "/api/v1/events?since=yesterday", "", 400, "since"},
    {"GET", "/api/v1/events?until=%zz", "", 400, "until"},
    {"GET", "/api/v1/events?cursor=d1", "", 400, "cursor"},
    {"GET", "/api/v1/events?tag=a&tag=b", "", 400, "tag"},
    {"GET", "/api/v1/events/stream", "", 200},
    {"GET", "/api/v1/events/stream?types=event", "", 200},
    {"GET", "/api/v1/events/stream?types=event,", "", 400, "types"},
    {"GET", "/api/v1/events/stream?outcome=lost", "", 400, "outcome"},
    {"GET", "/api/v1/events/stream?since=2026-01-01T00:00:00Z", "", 400, "since"},
    {"GET", "/api/v1/events/stream?lastEventId=x", "", 400, "lastEventId"},
    {"GET", "/api/v1/events/stream?lastEventId=99999-0", "", 400, "lastEventId"},
    {"GET", "/api/v1/events/<event>", "", 200},
    {"GET", "/api/v1/events/<unknown>", "", 404},
    {"GET", "/api/v1/events/x", "", 404},
    {"GET", "/api/v1/events/<event>/body", "", 200},
    {"GET", "/api/v1/events/<unknown>/body", "", 404},
    {"GET", "/api/v1/events/<event>/explain", "", 200},
    {"GET", "/api/v1/events/<unknown>/explain", "", 404},
    {"POST", "/api/v1/events/<event>/replay", "", 422},  // its receiver is not configured
    {"POST", "/api/v1/events/<unknown>/replay", "", 404},
    {"POST", "/api/v1/events/x/replay", "", 404},
    {"GET", "/api/v1/deliveries", "", 200},
    {"GET", "/api/v1/deliveries?state=tired", "", 400, "state"},
    {"GET", "/api/v1/deliveries?reason=tired", "", 400, "reason"},
    {"GET", "/api/v1/deliveries?cursor=e1", "", 400, "cursor"},
    {"GET", "/api/v1/deliveries/<delivery>", "", 200},
    {"GET", "/api/v1/deliveries/<unknown>", "", 404},
    {"POST", "/api/v1/deliveries/<delivery>/retry", "", 200},
    {"POST", "/api/v1/deliveries/<unknown>/retry", "", 404},
    {"POST", "/api/v1/deliveries/<ended>/cancel", "", 409},
    {"POST", "/api/v1/deliveries/x/cancel", "", 404},
    {"POST", "/api/v1/deliveries/retry", R"({"dryRun": true})", 200},
    {"POST", "/api/v1/deliveries/retry", R"({"filter": {"warehouse": "nobody"}})", 202},
    {"POST", "/api/v1/deliveries/retry", R"({"filter": {"state": "running"}})", 422, "filter.state"},
    {"POST", "/api/v1/deliveries/retry", R"({"filter": {"state": "tired"}})", 400, "filter.state"},
    {"POST", "/api/v1/deliveries/retry", R"({"filter": {"since": "yesterday"}})", 400, "filter.since"},
    {"POST", "/api/v1/deliveries/retry", R"({"filter": {"colour": "red"}})", 400, "filter.colour"},
    {"POST", "/api/v1/deliveries/retry", R"({"filter": {"project": 1}})", 400, "filter.project"},
    {"POST", "/api/v1/deliveries/retry", R"({"filter": []})", 400, "filter"},
    {"POST", "/api/v1/deliveries/retry", R"({"dryRun": "yes"})", 400, "dryRun"},
    {"POST", "/api/v1/deliveries/retry", R"({"colour": 1})", 400, "colour"},
    {"POST", "/api/v1/deliveries/retry", "[]", 400},
    {"POST", "/api/v1/deliveries/retry", "not json", 400},
    {"GET", "/api/v1/operations", "", 200},
    {"GET", "/api/v1/operations?colour=red", "", 400, "colour"},
    {"GET", "/api/v1/operations/<unknown>", "", 404},
    {"POST", "/api/v1/operations/<unknown>/cancel", "", 404},
    {"GET", "/api/v1/stats", "", 200},
    {"GET", "/api/v1/stats?bucket=61", "", 400, "bucket"},
    {"GET", "/api/v1/stats?bucket=1h", "", 400, "bucket"},
    {"GET", "/api/v1/stats?since=x", "", 400, "since"},
    {"GET", "/api/v1/stats?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "", 422, "since"},
    {"GET", "/api/v1/stats?since=2020-01-01T00:00:00Z&bucket=60", "", 422, "bucket"},
    {"GET", "/api/v1/nothing", "", 404},
    {"GET", "/nothing", "", 404},
    {"DELETE", "/api/v1/events/<event>", "", 405},
    {"GET", "/api/v1/reload", "", 405},
    {"POST", "/healthz", "", 405},
};

/// Who asks.
enum class Caller { NoTokensConfigured, Nobody, Stranger, Reader, Operator };

class Matrix : public ::testing::Test {
 protected:
  Matrix() {
    auto opened = storage::openStore({.url = "sqlite:" + (dir_.path() / "landfall.db").string()}, log_);
    EXPECT_TRUE(opened.ok());
    store_ = std::move(opened).value();
    intake_.emplace(configuration_, *store_, clock_, log_);
    operations_.emplace(*store_, clock_, log_);
    feed_.emplace(configuration_, *store_, log_, EventFeed::Options{});
    api_.emplace(AdminParts{configuration_, *store_, *intake_, *operations_, *feed_, clock_, host()}, log_);
    fill();
  }
  ~Matrix() override { operations_->stop(); }

  HostControl host() const {
    HostControl control;
    control.reload = [] { return ReloadReport{.applied = true}; };
    control.last_reload = [] { return ReloadReport{.applied = true}; };
    control.not_ready_because = [] { return std::string(); };
    control.metrics = [] { return std::string(); };
    control.targets = [] { return std::vector<TargetView>{{"hooks.example:443", "open", 5, base::UtcTime(), 0}}; };
    control.cluster = [] { return std::nullopt; };
    return control;
  }

  void configure(bool tokens) {
    auto made = std::make_shared<config::Configuration>();
    made->adapters = std::make_shared<adapters::AdapterSet>();
    auto warehouse = std::make_shared<model::Warehouse>();
    warehouse->key = {"shop", "api"};
    warehouse->refresh = model::HttpTarget{.url = "https://user:pass@chat.example/hooks/T0/B0/a-token?key=another"};
    made->warehouses.emplace(warehouse->key, warehouse);
    if (tokens) {
      made->settings.admin.tokens = {{"reader", config::TokenScope::Read, base::sha256Hex("read")},
                                     {"operator", config::TokenScope::Operate, base::sha256Hex("operate")}};
    }
    configuration_.swap(std::move(made));
  }

  void fill() {
    const auto now = clock_.now();
    const auto scheduled = testing::owing(testing::push(now), {"api"});
    const auto ended = testing::owing(testing::push(now), {"web"});
    for (const auto& event : {scheduled, ended}) ASSERT_TRUE(testing::recordAndWait(*store_, event).ok());
    event_ = scheduled.event.id.text();
    delivery_ = store_->event(scheduled.event.id)->deliveries.at(0).id.text();
    const auto to_end = store_->event(ended.event.id)->deliveries.at(0).id;
    ASSERT_TRUE(store_->cancelDelivery(to_end, now).ok());
    ended_ = to_end.text();
  }

  std::string filledIn(std::string text) const {
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"<event>", event_},
                                      {"<delivery>", delivery_},
                                      {"<ended>", ended_},
                                      {"<unknown>", kNobody}}) {
      if (const auto at = text.find(name); at != std::string::npos) text.replace(at, name.size(), value);
    }
    return text;
  }

  Response ask(const Case& one, std::vector<model::Header> headers) {
    Request request;
    request.method = one.method;
    const std::string target = filledIn(one.target);
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    request.body = one.body;
    request.peer = "127.0.0.1";
    request.headers = std::move(headers);
    std::promise<Response> answered;
    auto answer = answered.get_future();
    api_->handle(std::move(request), Responder([&](Response response) { answered.set_value(std::move(response)); }));
    return answer.get();
  }

  Response askAs(Caller caller, const Case& one, std::vector<model::Header> headers = {}) {
    headers.push_back({"Host", "127.0.0.1:8081"});
    if (caller == Caller::Stranger) headers.push_back({"Authorization", "Bearer wrong"});
    if (caller == Caller::Reader) headers.push_back({"Authorization", "Bearer read"});
    if (caller == Caller::Operator) headers.push_back({"Authorization", "Bearer operate"});
    configure(caller != Caller::NoTokensConfigured);
    return ask(one, std::move(headers));
  }

  /// The route that a case goes to; none for what is no route.
  std::optional<RouteName> routeOf(const Case& one) const {
    std::string path = filledIn(one.target);
    path = path.substr(0, path.find('?'));
    for (const auto& route : routeNames()) {
      if (route.method == one.method && fits(std::string(route.path), path)) return route;
    }
    return std::nullopt;
  }
  static bool fits(const std::string& pattern, const std::string& path) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != '{') {
        if (at >= path.size() || path[at++] != pattern[i]) return false;
        continue;
      }
      const auto end = std::min(path.find('/', at), path.size());
      if (end == at) return false;
      at = end;
      i = pattern.find('}', i);
    }
    return at == path.size();
  }

  /// What the caller is answered: itself a rule, and not the table's affair.
  int expectedStatus(Caller caller, const Case& one) const {
    if (!std::string(one.target).starts_with("/api/v1/") || std::string(one.target) == "/api/v1/openapi.json") {
      return one.status;
    }
    if (caller == Caller::Nobody || caller == Caller::Stranger) return 401;
    const auto route = routeOf(one);
    if (caller == Caller::Reader && route && route->scope == RouteScope::Operate) return 403;
    return one.status;
  }

  testing::TempDir dir_;
  testing::FakeClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
  base::Snapshot<config::Configuration> configuration_;
  std::unique_ptr<storage::Store> store_;
  std::optional<intake::Intake> intake_;
  std::optional<operations::Operations> operations_;
  std::optional<EventFeed> feed_;
  std::optional<AdminApi> api_;
  std::string event_;
  std::string delivery_;
  std::string ended_;
};

TEST_F(Matrix, EveryRouteAnswersEveryCallerAsItsScopeSays) {
  for (const auto caller :
       {Caller::NoTokensConfigured, Caller::Nobody, Caller::Stranger, Caller::Reader, Caller::Operator}) {
    for (const auto& one : kCases) {
      SCOPED_TRACE(std::string(one.method) + " " + one.target + " " + one.body + " by " +
                   std::to_string(static_cast<int>(caller)));

      const auto answer = askAs(caller, one);

      const int expected = expectedStatus(caller, one);
      ASSERT_EQ(answer.status, expected) << answer.body;
      if (answer.status < 400) continue;
      const auto problem = nlohmann::json::parse(answer.body);
      EXPECT_EQ(problem.at("status"), answer.status);
      if (expected != one.status) continue;
      EXPECT_EQ(problem.value("parameter", ""), one.parameter) << answer.body;
    }
  }
}

TEST_F(Matrix, WhatATargetMayKnowItsCallersByIsNotForReaders) {
  const Case list{"GET", "/api/v1/warehouses", "", 200};

  const auto to_reader = askAs(Caller::Reader, list).body;
  const auto to_operator = askAs(Caller::Operator, list).body;

  EXPECT_NE(to_reader.find("https://chat.example/"), std::string::npos) << to_reader;
  EXPECT_EQ(to_reader.find("a-token"), std::string::npos);
  EXPECT_NE(to_operator.find("a-token"), std::string::npos);
  for (const auto& body : {to_reader, to_operator}) {
    EXPECT_EQ(body.find("pass"), std::string::npos);
    EXPECT_EQ(body.find("another"), std::string::npos);
  }
}

TEST_F(Matrix, TargetsAreShownWithTheirBreakers) {
  const auto answer = askAs(Caller::Reader, {"GET", "/api/v1/targets", "", 200, ""});

  const auto page = nlohmann::json::parse(answer.body);
  EXPECT_TRUE(page.at("next").is_null());
  ASSERT_EQ(page.at("items").size(), 1U);
  const auto& target = page.at("items").at(0);
  EXPECT_EQ(target.at("host"), "hooks.example:443");
  EXPECT_EQ(target.at("breaker"), "open");
  EXPECT_EQ(target.at("failures"), 5);
  EXPECT_EQ(target.at("retryAt"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(target.at("running"), 0);
}

TEST_F(Matrix, EveryRouteIsInTheTable) {
  for (const auto& route : routeNames()) {
    const bool there = std::any_of(kCases.begin(), kCases.end(), [&](const Case& one) {
      const auto found = routeOf(one);
      return found && found->path == route.path && found->method == route.method;
    });
    EXPECT_TRUE(there) << route.method << " " << route.path;
  }
}

TEST_F(Matrix, AnotherSiteChangesNothingAndAsksNothingByPost) {
  for (const auto& one : kCases) {
    const auto route = routeOf(one);
    if (!route || route->method != "POST") continue;
    for (const model::Header& header :
         {model::Header{"Origin", "https://evil.example"}, model::Header{"Sec-Fetch-Site", "cross-site"}}) {
      EXPECT_EQ(askAs(Caller::Operator, one, {header}).status, 403) << one.target << " " << header.name;
      EXPECT_EQ(askAs(Caller::NoTokensConfigured, one, {header}).status, 403) << one.target << " " << header.name;
    }
  }
}

TEST_F(Matrix, WithoutTokensANameThatIsNotLoopbackIsRefused) {
  configure(false);
  for (const auto& one : kCases) {
    const auto route = routeOf(one);
    if (!route) continue;
    const auto answer = ask(one, {{"Host", "evil.example"}});
    EXPECT_EQ(answer.status, route->scope == RouteScope::Open ? one.status : 403) << one.target;
  }
}

TEST_F(Matrix, AMethodThatIsNotTakenIsToldWhichAre) {
  const auto answer = askAs(Caller::Operator, {"PUT", "/api/v1/deliveries/retry", "", 405});

  const auto allow = std::find_if(answer.headers.begin(), answer.headers.end(),
                                  [](const model::Header& header) { return header.name == "Allow"; });
  ASSERT_NE(allow, answer.headers.end());
  EXPECT_EQ(allow->value, "POST, GET, HEAD");
}

TEST_F(Matrix, AccessSaysWhoAsks) {
  const Case access{"GET", "/api/v1/access", "", 200};

  EXPECT_EQ(nlohmann::json::parse(askAs(Caller::Reader, access).body),
            (nlohmann::json{{"name", "reader"}, {"scope", "read"}, {"tokenRequired", true}}));
  EXPECT_EQ(nlohmann::json::parse(askAs(Caller::NoTokensConfigured, access).body),
            (nlohmann::json{{"name", nullptr}, {"scope", "operate"}, {"tokenRequired", false}}));
}

}  // namespace
}  // namespace landfall::http
