// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "tests/support/fake_clock.h"
#include "tests/support/scripted_api_server.h"
#include "tests/support/wait.h"
#include "tests/unit/kubernetes/answers_of_tests.h"

namespace landfall::kubernetes {
namespace {

using std::chrono::milliseconds;
using testing::ScriptedApiServer;
using testing::waitUntil;
using Reply = ScriptedApiServer::Reply;
using Request = ScriptedApiServer::Request;

/// What a watch told, one word per thing: "list(api web)", "more(x)", "+api", "-api", "lost", "heard".
class Story {
 public:
  WatchEvents events() {
    return {[this](std::vector<Object> page, bool first, bool last) {
              std::string names;
              for (const auto& object : page) names += (names.empty() ? "" : " ") + object.name;
              add((first ? "list(" : "more(") + names + ")" + (last ? "" : "…"));
            },
            [this](const Object& object) { add("+" + object.name + object.resource_version); },
            [this](const Object& object) { add("-" + object.name); },
            [this](const std::optional<Failure>& away) {
              const std::lock_guard lock(mutex_);
              told_.push_back(away ? "lost" : "heard");
              if (away) failures_.push_back(*away);
            }};
  }

  std::string text() const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& word : told_) text += (text.empty() ? "" : " ") + word;
    return text;
  }
  bool has(const std::string& part) const { return text().find(part) != std::string::npos; }
  std::vector<Failure> failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
  }

 private:
  void add(std::string word) {
    const std::lock_guard lock(mutex_);
    told_.push_back(std::move(word));
  }

  mutable std::mutex mutex_;
  std::vector<std::string> told_;
  std::vector<Failure> failures_;
};

class WatchTest : public ::testing::Test {
 protected:
  /// The nth list and the nth watch (from 1) are answered by these.
  void script(std::function<void(int, const Request&, Reply&)> lists,
              std::function<void(int, const Request&, Reply&)> watches) {
    server_.on(kAllPath,
               [this, lists = std::move(lists), watches = std::move(watches)](const Request& request, Reply& reply) {
                 if (request.asks("watch=true")) {
                   watches(++watches_, request, reply);
                 } else {
                   lists(++lists_, request, reply);
                 }
               });
  }
  static void oneWarehouse(int, const Request&, Reply& reply) { reply.json(200, list(warehouse("api", 5), 10)); }
  static void quiet(int, const Request&, Reply& reply) {
    reply.begin();
    reply.beSilent();
  }

  std::unique_ptr<Watch> watch(WatchOptions options = {.least_wait = milliseconds(5), .most_wait = milliseconds(20)}) {
    return std::make_unique<Watch>(client(), Scope{kWarehouses, "", "", ""}, story_.events(), log_, options);
  }
  Client& client() {
    if (!client_) client_.emplace(accessTo(server_), ClientOptions{});
    return *client_;
  }
  std::vector<Request> watched() const {
    auto requests = server_.requests();
    std::erase_if(requests, [](const Request& request) { return !request.asks("watch=true"); });
    return requests;
  }

  std::atomic<int> lists_ = 0;
  std::atomic<int> watches_ = 0;
  Story story_;
  std::atomic<int> lines_ = 0;
  testing::FakeClock clock_;
  base::Log log_{clock_, [this](std::string_view) { ++lines_; }};
  ScriptedApiServer server_;
  std::optional<Client> client_;
};

TEST_F(WatchTest, ListsInPagesThenTellsWhatChanges) {
  script(
      [](int, const Request& request, Reply& reply) {
        reply.json(
            200, request.asks("continue=more") ? list(warehouse("web", 6), 10) : list(warehouse("api", 5), 10, "more"));
      },
      [](int, const Request&, Reply& reply) {
        reply.begin();
        reply.chunk(event("ADDED", warehouse("new", 11)));
        const auto two = event("MODIFIED", warehouse("api", 12)) + event("DELETED", warehouse("web", 13));
        reply.chunk(two.substr(0, 20));
        reply.chunk(two.substr(20));
        reply.beSilent();
      });

  const auto watching = watch();

  ASSERT_TRUE(waitUntil([&] { return story_.has("-web"); }));
  EXPECT_EQ(story_.text(), "list(api)… more(web) heard +new11 +api12 -web");
  const auto request = watched().at(0);
  EXPECT_TRUE(request.asks("resourceVersion=10")) << request.query;
  EXPECT_TRUE(request.asks("allowWatchBookmarks=true")) << request.query;
  EXPECT_TRUE(request.asks("timeoutSeconds=330")) << request.query;
}

TEST_F(WatchTest, ResumesWhereItWasBookmarksIncluded) {
  script(oneWarehouse, [](int nth, const Request&, Reply& reply) {
    reply.begin();
    if (nth == 1) reply.chunk(event("ADDED", warehouse("new", 11)));
    if (nth == 2) reply.chunk(bookmark(40));
    if (nth > 2) return reply.beSilent();
    reply.end();
  });

  const auto watching = watch();

  ASSERT_TRUE(waitUntil([&] { return watches_ == 3; }));
  EXPECT_TRUE(watched().at(1).asks("resourceVersion=11&"));
  EXPECT_TRUE(watched().at(2).asks("resourceVersion=40&"));
  EXPECT_EQ(lists_, 1);
}

TEST_F(WatchTest, ListsAnewWhenItsPlaceIsForgotten) {
  script(
      [](int nth, const Request&, Reply& reply) {
        reply.json(200, nth == 1 ? list(warehouse("api", 5), 10) : list(warehouse("web", 50), 60));
      },
      [](int nth, const Request&, Reply& reply) {
        if (nth == 2) return reply.json(410, statusObject(410, "Expired", "too old"));
        reply.begin();
        if (nth > 2) return reply.beSilent();
        reply.chunk(event("ERROR", statusObject(410, "Expired", "too old resource version")));
        reply.end();
      });

  const auto watching = watch();

  ASSERT_TRUE(waitUntil([&] { return watches_ == 3; }));
  EXPECT_EQ(story_.text(), "list(api) heard list(web) list(web)");
  EXPECT_TRUE(watched().at(2).asks("resourceVersion=60"));
}

TEST_F(WatchTest, BeginsTheListAnewWhenAPageIsTooOld) {
  script(
      [](int nth, const Request& request, Reply& reply) {
        if (request.asks("continue=")) {
          if (nth == 2) return reply.json(410, statusObject(410, "Expired", "the continue parameter is too old"));
          return reply.json(200, list(warehouse("web", 6), 20));
        }
        reply.json(200, list(warehouse("api", 5), 20, "more"));
      },
      quiet);

  const auto watching = watch();

  ASSERT_TRUE(waitUntil([&] { return watches_ == 1; }));
  EXPECT_EQ(story_.text(), "list(api)… list(api)… more(web) heard");
}

TEST_F(WatchTest, AsksForSmallerPagesWhenTheyAreTooLargeToBeRead) {
  script(
      [](int, const Request& request, Reply& reply) {
        if (request.asks("limit=2&continue=more") || request.asks("limit=4")) {
          reply.begin();
          const std::string piece(1 << 20, ' ');
          for (int i = 0; i < 65; ++i) reply.chunk(piece);
          return reply.close();
        }
        reply.json(
            200, request.asks("continue=more") ? list(warehouse("web", 6), 20) : list(warehouse("api", 5), 20, "more"));
      },
      quiet);

  const auto watching = watch({.page = 4});

  ASSERT_TRUE(waitUntil([&] { return watches_ == 1; }));
  EXPECT_EQ(story_.text(), "list(api)… more(web) heard");
}

TEST_F(WatchTest, SaysThatTheServerIsLostOnceAndThatItIsHeardAgainOnce) {
  script(
      [](int nth, const Request&, Reply& reply) {
        if (nth <= 3) return reply.json(503, statusObject(503, "ServiceUnavailable", "starting"));
        oneWarehouse(nth, {}, reply);
      },
      quiet);

  const auto watching = watch();

  ASSERT_TRUE(waitUntil([&] { return story_.has("heard"); }));
  EXPECT_EQ(story_.text(), "lost list(api) heard");
  EXPECT_EQ(story_.failures().at(0).status, 503);
}

TEST_F(WatchTest, HonoursRetryAfter) {
  script(
      [](int nth, const Request&, Reply& reply) {
        if (nth == 1) return reply.json(429, statusObject(429, "TooManyRequests", "later"), "Retry-After: 3600\r\n");
        oneWarehouse(nth, {}, reply);
      },
      quiet);

  const auto watching = watch();

  ASSERT_TRUE(waitUntil([&] { return story_.has("lost"); }));
  EXPECT_FALSE(waitUntil([&] { return lists_ > 1; }, milliseconds(200)));
}

TEST_F(WatchTest, TellsOfAKindThatIsMissingAndListsItOnceItIsThere) {
  script(
      [](int nth, const Request&, Reply& reply) {
        if (nth == 1) return reply.text(404, "404 page not found\n");
        oneWarehouse(nth, {}, reply);
      },
      [](int nth, const Request&, Reply& reply) {
        if (nth == 1) return reply.text(404, "404 page not found\n");
        quiet(nth, {}, reply);
      });

  const auto watching = watch();

  ASSERT_TRUE(waitUntil([&] { return watches_ == 2; }));
  EXPECT_TRUE(waitUntil([&] { return story_.text() == "lost list(api) heard lost list(api) heard"; })) << story_.text();
  EXPECT_NE(story_.failures().at(0).message.find("CRDs of kargo.akuity.io"), std::string::npos);
}

TEST_F(WatchTest, SurvivesWhateverAStreamSays) {
  const std::vector<std::string> lines{
      "garbage\n",
      "{\"type\":\"ADDED\"}\n",
      "{\"type\":\"UNHEARD\",\"object\":{}}\n",
      "[]\n",
      "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"12\"}}}\n",  // no name
      "{\"type\":\"ADDED\",\"object\":{\"half\":",                                      // and closed
      event("ERROR", statusObject(500, "InternalError", "etcd is away")),
      event("ERROR", "{}"),
      "\n \r\n",
      std::string(std::size_t{9} << 20, 'x'),
  };
  script(oneWarehouse, [&](int nth, const Request&, Reply& reply) {
    if (static_cast<std::size_t>(nth) > lines.size()) {
      reply.begin();
      reply.chunk(event("ADDED", warehouse("new", 99)));
      return reply.beSilent();
    }
    reply.begin();
    reply.chunk(lines[static_cast<std::size_t>(nth) - 1]);
    reply.close();
  });

  const auto watching = watch();

  EXPECT_TRUE(waitUntil([&] { return story_.has("+new99"); })) << story_.text();
  EXPECT_GT(lines_, 4);
}

TEST_F(WatchTest, ListsAnewAfterWhatItCouldNotRead) {
  script(oneWarehouse, [](int nth, const Request&, Reply& reply) {
    if (nth > 1) return quiet(nth, {}, reply);
    reply.begin();
    reply.chunk(event("ADDED", warehouse("new", 11)) + "garbage\n");
    reply.beSilent();
  });

  const auto watching = watch();

  ASSERT_TRUE(waitUntil([&] { return watches_ == 2; }));
  EXPECT_EQ(lists_, 2);
}

TEST_F(WatchTest, NoticesASilentWatchAndBeginsItAnew) {
  script(oneWarehouse, quiet);

  const auto watching =
      watch({.silence = milliseconds(50), .least_wait = milliseconds(5), .most_wait = milliseconds(20)});

  EXPECT_TRUE(waitUntil([&] { return lists_ >= 2 && watches_ >= 2; }));
  EXPECT_EQ(story_.failures().size(), 0u);
}

TEST_F(WatchTest, ResumesAfterABrokenConnection) {
  script(oneWarehouse, [](int nth, const Request&, Reply& reply) {
    reply.begin();
    if (nth == 1) {
      reply.chunk(event("ADDED", warehouse("new", 11)));
      return reply.close();
    }
    reply.chunk(event("MODIFIED", warehouse("new", 12)));
    reply.beSilent();
  });

  const auto watching = watch();

  ASSERT_TRUE(waitUntil([&] { return story_.has("+new12"); }));
  EXPECT_EQ(lists_, 1);
}

TEST_F(WatchTest, AServerThatEndsEveryWatchAtOnceIsNotAskedWithoutRest) {
  script(oneWarehouse, [](int, const Request&, Reply& reply) {
    reply.begin();
    reply.chunk(bookmark(11));
    reply.end();
  });

  const auto watching = watch({.least_wait = milliseconds(20), .most_wait = milliseconds(60000)});

  ASSERT_TRUE(waitUntil([&] { return watches_ >= 4; }));  // 20 + 40 + 80 ms: doubled each time
  EXPECT_FALSE(waitUntil([&] { return watches_ >= 9; }, milliseconds(500)));
}

TEST_F(WatchTest, IsAskedToEndAtRandomAndWaitsAtRandom) {
  script(oneWarehouse, quiet);

  const auto watching = watch({.lifetime = milliseconds(100000), .random = [] { return 0.5; }});

  ASSERT_TRUE(waitUntil([&] { return watches_ == 1; }));
  EXPECT_TRUE(watched().at(0).asks("timeoutSeconds=105"));
}

TEST_F(WatchTest, StopsInTheMiddleOfASilentWatch) {
  script(oneWarehouse, quiet);
  auto watching = watch();
  ASSERT_TRUE(waitUntil([&] { return watches_ == 1; }));

  watching.reset();

  EXPECT_EQ(story_.text(), "list(api) heard");
}

TEST_F(WatchTest, StopsInTheMiddleOfASilentList) {
  script(quiet, quiet);
  auto watching = watch();
  ASSERT_TRUE(waitUntil([&] { return lists_ == 1; }));

  watching.reset();

  EXPECT_EQ(story_.text(), "");
}

TEST_F(WatchTest, StopsWhileItWaitsForItsNextTry) {
  script([](int, const Request&, Reply& reply) { reply.json(500, "{}"); }, quiet);
  auto watching = watch({.least_wait = milliseconds(3600000), .most_wait = milliseconds(3600000)});
  ASSERT_TRUE(waitUntil([&] { return story_.has("lost"); }));

  watching.reset();

  EXPECT_EQ(lists_, 1);
}

TEST_F(WatchTest, EndsWithItsClientInEveryPhase) {
  script(oneWarehouse, quiet);
  const auto silent = watch();
  ASSERT_TRUE(waitUntil([&] { return watches_ == 1; }));
  const auto text = story_.text();

  client().stop();
  const auto begun_afterwards = watch();

  EXPECT_FALSE(waitUntil([&] { return story_.text() != text || watches_ > 1; }, milliseconds(100)));
}

}  // namespace
}  // namespace landfall::kubernetes
