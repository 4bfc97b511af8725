// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/command_refresher.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#include "core/refresh/program.h"

namespace landfall::refresh {
namespace {

constexpr int kDataError = 65;    // EX_DATAERR
constexpr int kUnavailable = 69;  // EX_UNAVAILABLE
// Linux refuses single variables over 128 KiB; names and tags that are meant to be ones are far below this.
constexpr std::size_t kLongestVariable = 4096;

/// What comes from payloads may be anything: a value that no variable can hold whole is better not there than cut.
std::string variable(std::string_view name, std::string_view value) {
  const bool fits = value.size() <= kLongestVariable && value.find('\0') == std::string_view::npos;
  return fmt::format("{}={}", name, fits ? value : std::string_view());
}

std::vector<std::string> environmentOf(const RefreshRun& run, const std::string& home) {
  const auto& claim = run.claim;
  const model::Artifact newest = claim.artifacts.empty() ? model::Artifact() : claim.artifacts.front();
  std::vector<std::string> environment{
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "LANG=C.UTF-8",
      variable("LANDFALL_DELIVERY", claim.delivery.id.text()),
      variable("LANDFALL_ATTEMPT", std::to_string(std::uint64_t{claim.delivery.attempts} + 1)),
      variable("LANDFALL_PROJECT", run.warehouse.key.project),
      variable("LANDFALL_WAREHOUSE", run.warehouse.key.name),
      variable("LANDFALL_EVENT_COUNT", std::to_string(claim.delivery.event_count)),
      variable("LANDFALL_REPOSITORY", newest.repository),
      variable("LANDFALL_TAG", newest.tag.value_or("")),
      variable("LANDFALL_DIGEST", newest.digest.value_or("")),
  };
  if (!home.empty()) environment.push_back("HOME=" + home);
  return environment;
}

std::string signalName(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

std::string sentenceFor(const ProgramEnd& end, const model::CommandTarget& target) {
  using How = ProgramEnd::How;
  switch (end.how) {
    case How::Exited:
      return fmt::format("exit code {}", end.code);
    case How::Signalled:
      return fmt::format("ended by {}", signalName(end.code));
    case How::TimedOut:
      return fmt::format("killed, since it took longer than the {:g} s of its timeout",
                         std::chrono::duration<double>(target.timeout).count());
    case How::Stopped:
      return "cut short: Landfall was stopped";
    case How::NotStarted:
      break;
  }
  std::string sentence =
      fmt::format("the program {} cannot be started: {}: {}", target.program,
                  target.argv.empty() ? "no path" : target.argv.front(), std::generic_category().message(end.code));
  constexpr std::array kOfTheFile{ENOENT, EACCES, ENOEXEC, ENOTDIR, ELOOP, E2BIG};
  if (std::find(kOfTheFile.begin(), kOfTheFile.end(), end.code) != kOfTheFile.end())
    sentence += fmt::format("; check refreshers.command.programs.{}.argv", target.program);
  return sentence;
}

}  // namespace

model::AttemptOutcome outcomeOfExitCode(int code) {
  if (code == 0) return model::AttemptOutcome::Succeeded;
  if (code == kDataError) return model::AttemptOutcome::Rejected;
  if (code == kUnavailable) return model::AttemptOutcome::TargetGone;
  return model::AttemptOutcome::Retryable;
}

CommandRefresher::CommandRefresher() {
  if (const char* const home = std::getenv("HOME"); home != nullptr) home_ = home;
}

RefreshResult CommandRefresher::refresh(const RefreshRun& run, const model::CommandTarget& target,
                                        const Secrets& secrets) const {
  ProgramEnd end;
  if (target.argv.empty()) {
    end.code = ENOENT;
  } else if (stop_.descriptor() < 0) {
    end.code = EMFILE;  // what cannot be stopped is not started
  } else if (stop_.stopped()) {
    end.how = ProgramEnd::How::Stopped;
  } else {
    const Deadline deadline = std::chrono::steady_clock::now() + target.timeout;
    const auto environment = environmentOf(run, home_);
    const std::string body = refreshBody(run);
    end = runProgram({target.argv, environment, body, deadline, stop_.descriptor()});
  }

  RefreshResult result;
  if (end.how == ProgramEnd::How::Exited) {
    result.status = end.code;
    result.outcome = outcomeOfExitCode(end.code);
  }
  if (end.how == ProgramEnd::How::Stopped) result.outcome = model::AttemptOutcome::Interrupted;
  result.detail = sentenceFor(end, target);
  const std::string output = saidText(end.output, {&secrets}, Keep::End, Lines::Kept);
  if (!output.empty()) result.detail += ": " + output;
  return result;
}

}  // namespace landfall::refresh
