// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/command_refresher.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <sstream>

#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"
#include "tests/unit/refresh/sample_run.h"

namespace landfall::refresh {
namespace {

using model::AttemptOutcome;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::SampleRun;
using testing::TempDir;
using testing::waitUntil;

class CommandRefresherTest : public ::testing::Test {
 protected:
  /// A target that runs `text` as a shell script, which the test names; Landfall itself uses no shell.
  model::CommandTarget script(const std::string& text, std::vector<std::string> arguments = {}) const {
    model::CommandTarget target{"redeploy", {"/bin/sh", folder_.write("script.sh", text).string()}};
    target.timeout = seconds(60);
    for (auto& argument : arguments) target.argv.push_back(std::move(argument));
    return target;
  }
  RefreshResult run(const model::CommandTarget& target, const SampleRun& sample = {},
                    std::vector<std::string> hidden = {}) {
    return refresher_.refresh(sample.run(), target, Secrets(std::move(hidden)));
  }
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_.path() / name); }
  std::string linesOf(const std::string& name) const { return testing::readFile(folder_.path() / name); }
  pid_t pidIn(const std::string& name) const { return static_cast<pid_t>(std::stol(linesOf(name))); }

  const TempDir folder_;
  CommandRefresher refresher_;
};

/// A process that has ended and was not reaped yet does not run any more.
bool runs(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text{std::istreambuf_iterator<char>(stat), {}};
  const auto name_ends = text.rfind(')');
  return name_ends != std::string::npos && text.at(name_ends + 2) != 'Z';
}

std::set<std::string> openDescriptors() {
  std::set<std::string> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) open.insert(entry.path().filename());
  return open;
}

bool mentions(const RefreshResult& result, const std::string& text) {
  return result.detail.find(text) != std::string::npos;
}

TEST_F(CommandRefresherTest, TheExitCodeDecides) {
  EXPECT_EQ(outcomeOfExitCode(0), AttemptOutcome::Succeeded);
  EXPECT_EQ(outcomeOfExitCode(65), AttemptOutcome::Rejected);
  EXPECT_EQ(outcomeOfExitCode(69), AttemptOutcome::TargetGone);
  for (const int code : {1, 2, 64, 66, 68, 70, 75, 126, 127, 255})
    EXPECT_EQ(outcomeOfExitCode(code), AttemptOutcome::Retryable) << code;

  const auto result = run(script("exit 65"));

  EXPECT_EQ(result.outcome, AttemptOutcome::Rejected);
  EXPECT_EQ(result.status, 65);
}

TEST_F(CommandRefresherTest, TheRefreshIsOnStandardInput) {
  const SampleRun sample;

  const auto result = run(script("cat > \"$1\"", {file("input")}), sample);

  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded) << result.detail;
  EXPECT_EQ(linesOf("input"), refreshBody(sample.run()));
}

TEST_F(CommandRefresherTest, ALargeRefreshThatNobodyReadsHoldsNobodyUp) {
  SampleRun sample;
  sample.claim.artifacts.front().tag = std::string(4 << 20, 'x');

  const auto result = run(script("exit 0"), sample);

  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded) << result.detail;
}

TEST_F(CommandRefresherTest, ArgumentsArriveAsTheyAreAndNoShellReadsThem) {
  const auto result = run({"redeploy", {"/bin/echo", "$HOME", "`id`", "a  b", "; exit 1"}, seconds(60)});

  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded);
  EXPECT_EQ(result.detail, "exit code 0: $HOME `id` a  b ; exit 1");
}

TEST_F(CommandRefresherTest, TheEnvironmentIsCleanAndSaysWhatIsRefreshed) {
  ::setenv("REGISTRY_PASSWORD", "of-landfall-alone", 1);
  SampleRun sample;
  sample.claim.delivery.attempts = 2;

  const auto result = run({"redeploy", {"/usr/bin/env"}, seconds(60)}, sample);
  ::unsetenv("REGISTRY_PASSWORD");

  std::set<std::string> names;
  std::istringstream lines(result.detail.substr(result.detail.find(": ") + 2));
  for (std::string line; std::getline(lines, line);) names.insert(line.substr(0, line.find('=')));
  names.erase("HOME");  // when there is one
  EXPECT_EQ(names, (std::set<std::string>{"PATH", "LANG", "LANDFALL_DELIVERY", "LANDFALL_ATTEMPT", "LANDFALL_PROJECT",
                                          "LANDFALL_WAREHOUSE", "LANDFALL_EVENT_COUNT", "LANDFALL_REPOSITORY",
                                          "LANDFALL_TAG", "LANDFALL_DIGEST"}));
  for (const auto* line : {"LANDFALL_DELIVERY=01930000-0000-7000-8000-000000000001\n", "LANDFALL_ATTEMPT=3\n",
                           "LANDFALL_PROJECT=shop\n", "LANDFALL_WAREHOUSE=api\n", "LANDFALL_EVENT_COUNT=1\n",
                           "LANDFALL_REPOSITORY=quay.io/shop/api\n", "LANDFALL_TAG=1.2.3\n"})
    EXPECT_TRUE(mentions(result, line)) << line << result.detail;
}

TEST_F(CommandRefresherTest, WhatNoVariableCanHoldIsEmptyAndTheProgramRunsAllTheSame) {
  SampleRun sample;
  sample.claim.artifacts.front().tag = std::string("1.0.0\0-evil", 11);
  sample.claim.artifacts.front().repository = std::string(1 << 20, 'r');

  const auto result = run(script("echo \"[$LANDFALL_TAG][$LANDFALL_REPOSITORY]\""), sample);

  EXPECT_EQ(result.detail, "exit code 0: [][]");
}

TEST_F(CommandRefresherTest, RunsInAGroupOfItsOwnInTheRootFolderWithNoSignalBlockedOrIgnored) {
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  auto* const handler = std::signal(SIGPIPE, SIG_IGN);

  // Not from a shell, which has ideas of its own about signals.
  const auto result = run({"redeploy", {"/bin/cat", "/proc/self/status", "/proc/self/stat"}, seconds(60)});
  const auto folder = run({"redeploy", {"/bin/pwd"}, seconds(60)});
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::signal(SIGPIPE, handler);

  EXPECT_TRUE(mentions(result, "SigBlk:\t0000000000000000")) << result.detail;
  constexpr std::uint64_t kOfTheLibrary = 0x180000000;  // 32 and 33: glibc's own, which it ignores in what it starts
  const auto ignored = std::stoull(result.detail.substr(result.detail.find("SigIgn:") + 7), nullptr, 16);
  EXPECT_EQ(ignored & ~kOfTheLibrary, 0U) << result.detail;
  EXPECT_EQ(folder.detail, "exit code 0: /");
  std::istringstream stat(result.detail.substr(result.detail.rfind(')') + 1));
  std::string state;
  pid_t parent = 0;
  pid_t group = 0;
  stat >> state >> parent >> group;
  EXPECT_EQ(parent, ::getpid());
  EXPECT_NE(group, ::getpgrp());
}

TEST_F(CommandRefresherTest, NoDescriptorOfOursReachesTheProgram) {
  const int careless = ::dup(0);  // without close-on-exec, as a library might

  const auto result = run({"redeploy", {"/bin/ls", "/proc/self/fd"}, seconds(60)});
  ::close(careless);

  EXPECT_EQ(result.detail, "exit code 0: 0\n1\n2\n3");  // 3: the folder that ls reads
}

TEST_F(CommandRefresherTest, NothingIsLeftBehind) {
  const auto before = openDescriptors();

  run(script("exit 0"));
  run({"redeploy", {"/nonexistent/program"}, seconds(60)});
  auto slow = script("sleep 600");
  slow.timeout = milliseconds(50);
  run(slow);

  EXPECT_EQ(openDescriptors(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(CommandRefresherTest, AProgramThatCannotBeStartedIsRetriedAndNamed) {
  const auto result = run({"redeploy", {"/nonexistent/program"}, seconds(60)});

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(result.status, std::nullopt);
  EXPECT_TRUE(mentions(result, "/nonexistent/program: No such file")) << result.detail;
  EXPECT_TRUE(mentions(result, "refreshers.command.programs.redeploy.argv")) << result.detail;
}

TEST_F(CommandRefresherTest, AProgramThatASignalEndsIsRetriedAndTheSignalNamed) {
  const auto result = run(script("echo before; kill -KILL $$"));

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(result.status, std::nullopt);
  EXPECT_EQ(result.detail, "ended by SIGKILL: before");
}

TEST_F(CommandRefresherTest, OutputAndErrorsAreKeptTogetherAndOfALongOneTheEnd) {
  const auto both = run(script("echo out; echo err >&2; exit 3"));
  const auto longer = run(script("i=0; while [ $i -lt 2000 ]; do echo \"line $i\"; i=$((i+1)); done; exit 3"));

  EXPECT_EQ(both.detail, "exit code 3: out\nerr");
  EXPECT_TRUE(longer.detail.ends_with("line 1998\nline 1999")) << longer.detail;
  EXPECT_FALSE(mentions(longer, "line 1000\n"));
  EXPECT_LE(longer.detail.size(), 4096U + 32U);
}

TEST_F(CommandRefresherTest, EndlessOutputIsBoundedAndEndsAtTheTimeout) {
  auto target = script("yes");
  target.timeout = milliseconds(200);

  const auto result = run(target);

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_LE(result.detail.size(), 4096U + 128U);
}

TEST_F(CommandRefresherTest, SecretsInTheOutputAreNotKept) {
  const auto result =
      run(script("echo token=open-sesame-0123 pin=1234; exit 1"), {}, {"open-sesame-0123", "1234", "sesame", "abc"});

  EXPECT_EQ(result.detail, "exit code 1: token=[redacted] pin=[redacted]");
}

TEST_F(CommandRefresherTest, TheTargetsTimeoutCountsAndNotTheRuns) {
  SampleRun sample;
  sample.timeout = milliseconds(0);
  const auto within_its_own = run(script("exit 0"), sample);
  auto target = script("sleep 600");
  target.timeout = milliseconds(100);

  const auto beyond = run(target);

  EXPECT_EQ(within_its_own.outcome, AttemptOutcome::Succeeded);
  EXPECT_EQ(beyond.outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(beyond.status, std::nullopt);
  EXPECT_TRUE(mentions(beyond, "longer than the 0.1 s of its timeout")) << beyond.detail;
}

TEST_F(CommandRefresherTest, TheWholeGroupIsKilledAlsoWhoIgnoresToBeAsked) {
  // The program ends when it is asked to; the one it started does not, and has let go of the output.
  const auto target = script(
      "sh -c 'trap \"\" TERM; echo $$ > \"$1.part\"; mv \"$1.part\" \"$1\"; while :; do sleep 600; done' sh \"$1\" "
      "> /dev/null 2>&1 &\nsleep 600",
      {file("grandchild")});
  auto running = std::async(std::launch::async, [&] { return run(target); });
  ASSERT_TRUE(waitUntil([&] { return has("grandchild"); }));
  const pid_t grandchild = pidIn("grandchild");

  refresher_.stop();

  EXPECT_EQ(running.get().outcome, AttemptOutcome::Interrupted);
  EXPECT_TRUE(waitUntil([&] { return !runs(grandchild); }));
}

TEST_F(CommandRefresherTest, AProgramMayPutItsHouseInOrderWhenItIsAskedToEnd) {
  auto target = script("trap 'echo tidied > \"$1\"; exit 0' TERM; while :; do sleep 0.02; done", {file("tidied")});
  target.timeout = milliseconds(300);

  const auto result = run(target);

  EXPECT_TRUE(has("tidied"));
  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
}

TEST_F(CommandRefresherTest, WhoHoldsTheOutputOfAProgramThatHasEndedHoldsNobodyUp) {
  const auto result = run(script("sleep 600 & echo $! > \"$1\"; echo done", {file("left")}));

  const pid_t left = pidIn("left");
  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded);
  EXPECT_EQ(result.detail, "exit code 0: done");
  EXPECT_TRUE(runs(left));
  ::kill(left, SIGKILL);
}

TEST_F(CommandRefresherTest, AStopKillsTheGroupsOfWhatRunsAndLetsNothingElseBegin) {
  const auto target = script("sleep 600 & echo $! > \"$1.part\"; mv \"$1.part\" \"$1\"; wait", {file("grandchild")});
  auto running = std::async(std::launch::async, [&] { return run(target); });
  ASSERT_TRUE(waitUntil([&] { return has("grandchild"); }));

  refresher_.stop();

  EXPECT_EQ(running.get().outcome, AttemptOutcome::Interrupted);
  const pid_t grandchild = pidIn("grandchild");
  EXPECT_TRUE(waitUntil([&] { return !runs(grandchild); }));
  EXPECT_EQ(run(script("echo > \"$1\"", {file("late")})).outcome, AttemptOutcome::Interrupted);
  EXPECT_FALSE(has("late"));
}

TEST_F(CommandRefresherTest, ManyRunAtOnceAndEachHasItsOwnOutput) {
  std::vector<std::future<RefreshResult>> running;
  for (int i = 0; i < 16; ++i) {
    running.push_back(std::async(std::launch::async, [this, i] {
      return run({"redeploy", {"/bin/sh", "-c", "cat > /dev/null; echo \"$1\"", "sh", std::to_string(i)}, seconds(60)});
    }));
  }
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(running[static_cast<std::size_t>(i)].get().detail, "exit code 0: " + std::to_string(i));
}

}  // namespace
}  // namespace landfall::refresh
