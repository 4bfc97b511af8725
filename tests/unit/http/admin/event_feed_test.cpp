// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/event_feed.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "storage/open_store.h"
#include "tests/conformance/store/new_event.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using http::BodyStream;
using http::EventFeed;
using std::chrono::milliseconds;

struct Message {
  std::string type;
  std::string id;
  nlohmann::json data;
};

/// Whoever reads a stream.
class Reader {
 public:
  explicit Reader(std::shared_ptr<BodyStream> stream) : stream_(std::move(stream)) {}

  void read() {
    auto taken = stream_->take();
    rest_ += taken.bytes;
    ended = taken.ended;
    for (auto end = rest_.find("\n\n"); end != std::string::npos; end = rest_.find("\n\n")) {
      parse(rest_.substr(0, end + 1));
      rest_.erase(0, end + 2);
    }
  }
  bool waitFor(std::size_t count) {
    return waitUntil([&] {
      read();
      return messages.size() >= count;
    });
  }
  bool waitForEnd() {
    return waitUntil([&] {
      read();
      return ended;
    });
  }
  std::vector<std::string> ids(const std::string& type) const {
    std::vector<std::string> all;
    for (const auto& message : messages) {
      if (message.type == type) all.push_back(message.data.at("id"));
    }
    return all;
  }
  const std::string& cursor() const { return messages.back().id; }

  std::vector<Message> messages;
  int heartbeats = 0;
  bool ended = false;

 private:
  void parse(std::string_view text) {
    Message message;
    while (!text.empty()) {
      const auto line = text.substr(0, text.find('\n'));
      text.remove_prefix(line.size() + 1);
      if (line.starts_with(":")) ++heartbeats;
      if (line.starts_with("event: ")) message.type = line.substr(7);
      if (line.starts_with("id: ")) message.id = line.substr(4);
      if (line.starts_with("data: ")) message.data = nlohmann::json::parse(line.substr(6));
    }
    if (!message.type.empty()) messages.push_back(std::move(message));
  }

  std::shared_ptr<BodyStream> stream_;
  std::string rest_;
};

class EventFeedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    configure({});
    reopen();
  }
  void TearDown() override { stop(); }

  void stop() {
    if (store_ != nullptr) store_->close();
    feed_.reset();
    store_.reset();
  }
  void reopen(EventFeed::Options options = {}) {
    stop();
    auto opened = storage::openStore({.url = "sqlite:" + (folder_.path() / "landfall.db").string()}, log_);
    ASSERT_TRUE(opened.ok()) << opened.status().text();
    store_ = std::move(opened).value();
    feed_ = std::make_unique<EventFeed>(configuration_, *store_, log_, options);
    store_->onHistoryChanged([this] { feed_->wake(); });
  }
  void configure(std::vector<config::ApiToken> tokens) {
    config::Configuration configuration;
    configuration.generation = 7;
    configuration.settings.admin.tokens = std::move(tokens);
    configuration_.swap(std::make_shared<const config::Configuration>(std::move(configuration)));
  }
  std::string record(storage::NewEvent event) {
    const auto recorded = recordAndWait(*store_, std::move(event));
    EXPECT_TRUE(recorded.ok()) << recorded.status().text();
    return recorded.ok() ? recorded->id.text() : "";
  }
  Reader follow(EventFeed::Wishes wishes = {}) {
    auto stream = feed_->follow(std::move(wishes));
    EXPECT_TRUE(stream.ok()) << stream.status().text();
    return Reader(stream.ok() ? std::move(stream).value() : std::make_shared<BodyStream>());
  }

  TempDir folder_;
  base::SystemClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
  base::Snapshot<config::Configuration> configuration_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<EventFeed> feed_;
};

TEST_F(EventFeedTest, BeginsWithHelloAndTellsOnlyWhatComesFromThenOn) {
  record(push(at(0)));
  Reader reader = follow();
  ASSERT_TRUE(reader.waitFor(1));
  EXPECT_EQ(reader.messages[0].type, "hello");
  EXPECT_EQ(reader.messages[0].data.at("generation"), 7);
  EXPECT_FALSE(reader.messages[0].id.empty());

  const auto event = record(owing(push(at(1)), {"api"}));

  ASSERT_TRUE(reader.waitFor(3));
  EXPECT_EQ(reader.messages[1].type, "event");
  EXPECT_EQ(reader.messages[1].data.at("id"), event);
  EXPECT_EQ(reader.messages[2].type, "delivery");
  EXPECT_EQ(reader.messages[2].data.at("events"), nlohmann::json::array({event}));
  EXPECT_FALSE(reader.messages[2].data.contains("attemptLog"));
}

TEST_F(EventFeedTest, ResumesBehindTheLastMessageAlsoWhenTheStoreWasReopened) {
  Reader first = follow();
  const auto seen = record(push(at(0)));
  ASSERT_TRUE(first.waitFor(2));
  const auto since = http::parseCursor(first.cursor());
  ASSERT_TRUE(since);
  std::vector<std::string> missed;
  for (int i = 0; i < 200; ++i) missed.push_back(record(push(at(i))));
  reopen();

  Reader second = follow({.since = since});
  const auto live = record(push(at(1000)));

  ASSERT_TRUE(second.waitFor(missed.size() + 2));
  missed.push_back(live);
  EXPECT_EQ(second.ids("event"), missed);
}

TEST_F(EventFeedTest, ReadersWhoJoinAndResumeUnderLoadGetEveryEventOnce) {
  constexpr int kEvents = 1500;
  Reader from_the_start = follow();
  std::vector<std::string> recorded;
  std::atomic<bool> done = false;
  std::thread load([&] {
    for (int i = 0; i < kEvents; ++i) recorded.push_back(record(owing(push(at(i)), {"api"})));
    done = true;
  });
  std::vector<std::string> pieced_together;
  std::optional<storage::Position> since = storage::Position{};
  while (!done) {
    Reader reader = follow({.since = since});
    reader.waitFor(20);
    for (const auto& id : reader.ids("event")) pieced_together.push_back(id);
    since = http::parseCursor(reader.cursor());
    from_the_start.read();
  }
  load.join();
  Reader last = follow({.since = since});

  EXPECT_TRUE(waitUntil([&] {
    last.read();
    return pieced_together.size() + last.ids("event").size() >= recorded.size();
  }));
  for (const auto& id : last.ids("event")) pieced_together.push_back(id);
  EXPECT_EQ(pieced_together, recorded);
  EXPECT_TRUE(waitUntil([&] {
    from_the_start.read();
    return from_the_start.ids("event").size() >= recorded.size();
  }));
  EXPECT_EQ(from_the_start.ids("event"), recorded);
}

TEST_F(EventFeedTest, FiltersForEachReader) {
  Reader all = follow();
  Reader web = follow({.filter = {.repository = "quay.io/shop/web"}, .deliveries = false});
  Reader tagged = follow({.filter = {.project = "shop", .tag = "2.0.0", .action = model::Action::Push}});
  Reader none = follow({.filter = {.outcome = model::Outcome::Ping}});
  Reader deliveries = follow({.events = false});

  record(push(at(0), "quay.io/shop/api", "1.0.0"));
  const auto of_web = record(push(at(1), "quay.io/shop/web", "1.0.0"));
  const auto of_tag = record(owing(push(at(2), "quay.io/shop/api", "2.0.0"), {"api"}));

  ASSERT_TRUE(all.waitFor(5));
  ASSERT_TRUE(web.waitFor(2));
  ASSERT_TRUE(tagged.waitFor(3));
  ASSERT_TRUE(deliveries.waitFor(2));
  ASSERT_TRUE(none.waitFor(2));
  EXPECT_EQ(all.ids("event").size(), 3u);
  EXPECT_EQ(web.ids("event"), std::vector{of_web});
  EXPECT_TRUE(web.ids("delivery").empty());
  EXPECT_EQ(tagged.ids("event"), std::vector{of_tag});
  EXPECT_TRUE(deliveries.ids("event").empty());
  EXPECT_TRUE(none.ids("event").empty()) << "deliveries are not filtered";
}

TEST_F(EventFeedTest, TellsAReaderWhoDoesNotKeepUpAndEndsHisStream) {
  reopen({.most_pending_bytes = 4096});
  Reader slow = follow();
  ASSERT_TRUE(slow.waitFor(1));
  Reader quick = follow();
  constexpr std::size_t kEvents = 50;

  for (std::size_t i = 0; i < kEvents; ++i) {
    record(push(at(0)));
    ASSERT_TRUE(quick.waitFor(i + 2));
  }

  ASSERT_TRUE(slow.waitForEnd());
  EXPECT_EQ(slow.messages.back().type, "overflow");
  EXPECT_LT(slow.ids("event").size(), kEvents);
  const auto cursor = slow.messages[slow.messages.size() - 2].id;
  Reader resumed = follow({.since = http::parseCursor(cursor)});
  EXPECT_TRUE(resumed.waitFor(1 + kEvents - slow.ids("event").size())) << "nothing is lost to him";
}

TEST_F(EventFeedTest, SendsHeartbeatsInSilence) {
  reopen({.heartbeat = milliseconds(5)});
  Reader reader = follow();

  EXPECT_TRUE(waitUntil([&] {
    reader.read();
    return reader.heartbeats >= 3;
  }));
}

TEST_F(EventFeedTest, RefusesMoreStreamsThanThereMayBeUntilOneGoes) {
  reopen({.most_streams = 2});
  auto first = feed_->follow({});
  const auto second = feed_->follow({});
  EXPECT_EQ(feed_->follow({}).status().code(), base::StatusCode::ResourceExhausted);

  first = base::Result<std::shared_ptr<BodyStream>>(nullptr);

  EXPECT_TRUE(waitUntil([&] { return feed_->follow({}).ok(); }));
}

TEST_F(EventFeedTest, RefusesACursorOfAnotherHistory) {
  EXPECT_EQ(feed_->follow({.since = storage::Position{99, 0}}).status().code(), base::StatusCode::InvalidArgument);
}

TEST_F(EventFeedTest, EndsStreamsWhenTheTokensChange) {
  reopen({.heartbeat = milliseconds(5)});
  Reader reader = follow();
  ASSERT_TRUE(reader.waitFor(1));

  configure({{"ci", config::TokenScope::Read, std::string(64, 'a')}});

  EXPECT_TRUE(reader.waitForEnd());
}

TEST_F(EventFeedTest, EndsStreamsWhenItGoes) {
  Reader reader = follow();
  store_->close();
  feed_.reset();
  EXPECT_TRUE(reader.waitForEnd());
}

TEST(Cursor, IsReadBackAndNothingElseIs) {
  EXPECT_EQ(http::parseCursor(http::cursorOf({12, 34})), (storage::Position{12, 34}));
  for (const auto* text :
       {"", "-", "1", "1-", "-1", "1-2-3", "1-x", " 1-2", "+1-2", "1-2 ", "18446744073709551616-0"}) {
    EXPECT_FALSE(http::parseCursor(text)) << text;
  }
}

}  // namespace
}  // namespace landfall::testing
