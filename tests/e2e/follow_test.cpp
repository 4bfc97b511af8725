// SPDX-License-Identifier: Apache-2.0
// `landfall events --follow` against a real server.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

const std::string kToken = "a-token-that-may-read-0123";

std::string pushOf(const std::string& repository) {
  return R"({"docker_url":")" + repository + R"(","updated_tags":["1.0.0"]})";
}

class Follow : public ::testing::Test {
 protected:
  Follow()
      : server_({.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}) +
                              warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target_.url()),
                 .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n"}) {
    server_.start();
    path_ = server_.pathOf("quay");
  }

  std::string push(const std::string& repository) {
    const auto answer = server_.post(path_, pushOf(repository));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Json::parse(answer.body).at("event");
  }

  /// Replaces a part of landfall.yaml, whole and at once.
  void configure(const std::string& what, const std::string& with) const {
    std::string settings = readFile(server_.settingsFile());
    ASSERT_NE(settings.find(what), std::string::npos) << settings;
    settings.replace(settings.find(what), what.size(), with);
    std::filesystem::rename(TempFile(settings, server_.folder()).path, server_.settingsFile());
  }

  std::unique_ptr<Process> follow(std::vector<std::string> more, const Environment& environment = {}) {
    std::vector<std::string> arguments{"events", "--follow", "--server", server_.adminUrl()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<Process>(arguments, server_.folder() / "followed", server_.folder() / "followed.err",
                                     environment);
  }
  /// It says nothing when it is connected: an event that it shows does. The events that were pushed until then.
  std::vector<std::string> pushUntilShown(const Process& command) {
    std::vector<std::string> pushed;
    EXPECT_TRUE(waitUntil([&] {
      pushed.push_back(push("quay.io/shop/api"));
      return !command.out().empty();
    })) << command.err();
    return pushed;
  }
  static bool shows(const Process& command, const std::string& text) {
    return waitUntil([&] { return command.out().find(text) != std::string::npos; });
  }
  static std::vector<Json> lines(const Process& command) {
    std::vector<Json> events;
    std::istringstream text(command.out());
    for (std::string line; std::getline(text, line);) events.push_back(Json::parse(line));
    return events;
  }

  struct TempFile {
    TempFile(const std::string& text, const std::filesystem::path& folder) : path(folder / "next") {
      std::ofstream(path) << text;
    }
    std::filesystem::path path;
  };

  RecordingTarget target_;
  ServerUnderTest server_;
  std::string path_;
};

TEST_F(Follow, ShowsALineForEachEventUntilItIsInterrupted) {
  const auto command = follow({});
  pushUntilShown(*command);
  const auto last = push("quay.io/shop/nobody");
  ASSERT_TRUE(shows(*command, last));

  command->signal(SIGINT);

  EXPECT_EQ(command->wait(), 0) << command->err();
  EXPECT_EQ(command->err(), "");
  const std::string out = command->out();
  const std::string line = out.substr(out.rfind('\n', out.size() - 2) + 1);
  for (const auto* part : {"unmatched", "shop/quay", "quay.io/shop/nobody:1.0.0"}) {
    EXPECT_NE(line.find(part), std::string::npos) << line;
  }
}

TEST_F(Follow, ATerminationEndsItAsWell) {
  const auto command = follow({});
  pushUntilShown(*command);

  command->signal(SIGTERM);

  EXPECT_EQ(command->wait(), 0) << command->err();
}

TEST_F(Follow, PrintsJsonLinesOfWhatTheFiltersLetThrough) {
  const auto command = follow({"--json", "--outcome", "matched", "--repository", "quay.io/shop/api"});
  pushUntilShown(*command);
  push("quay.io/shop/nobody");
  const auto last = push("quay.io/shop/api");
  ASSERT_TRUE(shows(*command, last));

  const auto events = lines(*command);

  for (const auto& event : events) EXPECT_EQ(event.at("outcome"), "matched");
  EXPECT_EQ(events.back().at("id"), last);
  auto shown = events.back();
  auto kept = server_.api("events/" + last);
  for (auto* event : {&shown, &kept}) event->erase("deliveries");  // whose state goes on meanwhile
  EXPECT_EQ(shown, kept);
}

TEST_F(Follow, ARestartOfTheServerLosesAndRepeatsNothing) {
  configure("admin: {listen: 127.0.0.1:0}", "admin: {listen: 127.0.0.1:" + std::to_string(server_.adminPort()) + "}");
  const auto command = follow({"--json"});
  auto pushed = pushUntilShown(*command);
  for (int restart = 0; restart < 2; ++restart) {
    pushed.push_back(push("quay.io/shop/api"));
    ASSERT_EQ(server_.stop(), 0);
    server_.start();
    pushed.push_back(push("quay.io/shop/api"));  // most likely before it has come back
    ASSERT_TRUE(shows(*command, pushed.back())) << command->err();
  }

  std::vector<std::string> shown;
  for (const auto& event : lines(*command)) shown.push_back(event.at("id"));
  ASSERT_LE(shown.size(), pushed.size());
  EXPECT_EQ(shown, std::vector<std::string>(pushed.end() - static_cast<std::ptrdiff_t>(shown.size()), pushed.end()));
  EXPECT_GE(shown.size(), 5u);
  EXPECT_TRUE(command->running());
}

TEST_F(Follow, NobodyThereIsSaid) {
  ASSERT_EQ(server_.stop(), 0);

  const auto command = follow({});

  EXPECT_EQ(command->wait(), 69);
  EXPECT_NE(command->err().find("no answer"), std::string::npos) << command->err();
}

TEST_F(Follow, ATokenThatIsNotOrNoLongerKnownEndsIt) {
  const std::string listed = "tokens: [{name: reader, scope: read, sha256: " + base::sha256Hex(kToken) + "}]}";
  configure("admin: {listen: 127.0.0.1:0}", "admin: {listen: 127.0.0.1:0, " + listed);
  ASSERT_EQ(server_.stop(), 0);
  server_.start();
  path_ = server_.pathOf("quay");
  EXPECT_EQ(follow({}, {{"LANDFALL_TOKEN", ""}})->wait(), 77);
  const auto stranger = follow({}, {{"LANDFALL_TOKEN", "not-the-token-0123456789"}});
  EXPECT_EQ(stranger->wait(), 77);
  EXPECT_EQ(stranger->err().find("not-the-token"), std::string::npos) << stranger->err();
  const auto reader = follow({}, {{"LANDFALL_TOKEN", kToken}});
  pushUntilShown(*reader);

  configure(base::sha256Hex(kToken), base::sha256Hex("another-token-0123456789"));

  EXPECT_EQ(reader->wait(), 77) << "by itself, once the file has been read again";
}

}  // namespace
}  // namespace landfall::testing
