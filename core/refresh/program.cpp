// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
extern "C" {
#include <sys/pidfd.h>  // of glibc 2.36: it forgets that C++ may read it
}

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "core/base/descriptor.h"
#include "core/refresh/said_text.h"

namespace landfall::refresh {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kGrace{2000};  // from SIGTERM to SIGKILL
constexpr milliseconds kDrain{500};   // for the output of those that a program leaves behind
constexpr std::size_t kPiece = 16384;

/// The standard descriptors are about to be replaced in the child: none of ours may be one of them.
base::Descriptor aboveStandard(base::Descriptor fd) {
  if (fd.get() < 0 || fd.get() > STDERR_FILENO) return fd;
  return base::Descriptor(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

/// A file in memory that holds `bytes` and can no longer be changed; none: see errno.
base::Descriptor inputFile(std::string_view bytes) {
  base::Descriptor file =
      aboveStandard(base::Descriptor(::memfd_create("landfall-refresh", MFD_CLOEXEC | MFD_ALLOW_SEALING)));
  while (file.get() >= 0 && !bytes.empty()) {
    const auto written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return base::Descriptor();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (file.get() < 0 || ::lseek(file.get(), 0, SEEK_SET) != 0 || ::fcntl(file.get(), F_ADD_SEALS, seals) != 0)
    return base::Descriptor();
  return file;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> result;
  // posix_spawn's argument is not const for C's sake only; it writes nothing.
  for (const auto& word : words) result.push_back(const_cast<char*>(word.c_str()));
  result.push_back(nullptr);
  return result;
}

/// What is done between fork and exec.
class Preparations {
 public:
  Preparations(int input, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    note(::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO));
    note(::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO));
    note(::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO));
    note(::posix_spawn_file_actions_addchdir_np(&actions_, "/"));
    // Every descriptor of ours is close-on-exec; this is for those of libraries that forget.
    note(::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));

    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    note(::posix_spawnattr_setsigmask(&attributes_, &none));
    note(::posix_spawnattr_setsigdefault(&attributes_, &all));
    note(::posix_spawnattr_setpgroup(&attributes_, 0));
    constexpr int kFlags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    note(::posix_spawnattr_setflags(&attributes_, kFlags));
  }
  ~Preparations() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  Preparations(const Preparations&) = delete;
  Preparations& operator=(const Preparations&) = delete;

  /// 0 and the program's id, or what errno would be.
  int start(const ProgramRun& run, pid_t& pid) const {
    if (error_ != 0) return error_;
    const auto argv = pointers(run.argv);
    const auto environment = pointers(run.environment);
    return ::posix_spawn(&pid, argv.front(), &actions_, &attributes_, argv.data(), environment.data());
  }

 private:
  void note(int error) {
    if (error_ == 0) error_ = error;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  int error_ = 0;
};

/// The end of a text of any length, in room that is taken once.
class Tail {
 public:
  Tail() { bytes_.reserve(kHeardText + kPiece); }
  void add(std::string_view piece) {
    if (bytes_.size() + piece.size() > bytes_.capacity()) bytes_.erase(0, bytes_.size() - kHeardText);
    bytes_.append(piece);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;  // grows to kHeardText + kPiece
};

/// A program that was started. Until it is reaped, its id is that of its group and nobody else's.
class Running {
 public:
  Running(pid_t pid, base::Descriptor ended, base::Descriptor output, int stop)
      : pid_(pid), ended_(std::move(ended)), output_(std::move(output)), stop_(stop) {}

  /// Nothing when it ended by itself.
  std::optional<ProgramEnd::How> runUntil(Deadline deadline) {
    while (!exited_) {
      if (stopped_) return ProgramEnd::How::Stopped;
      if (steady_clock::now() >= deadline) return ProgramEnd::How::TimedOut;
      look(deadline, stop_);
    }
    const auto drained = std::min(deadline, steady_clock::now() + kDrain);
    while (!silent_ && !stopped_ && steady_clock::now() < drained) look(drained, stop_);
    const bool cut = stopped_ || steady_clock::now() >= deadline;
    if (!silent_ && cut) ::kill(-pid_, SIGKILL);
    return std::nullopt;
  }

  void kill() {
    ::kill(-pid_, SIGTERM);
    const auto patience = steady_clock::now() + kGrace;
    // A silent group has most likely ended: whoever still runs in it has closed its output.
    while (!(exited_ && silent_) && steady_clock::now() < patience) look(patience, kNobody);
    ::kill(-pid_, SIGKILL);
    while (!exited_) look(steady_clock::now() + kGrace, kNobody);
  }

  /// Once it has exited. The exit code, or none and the signal in `signal`.
  std::optional<int> reap(int& signal) const {
    siginfo_t end{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED) != 0 && errno == EINTR) {
    }
    if (end.si_code == CLD_EXITED) return end.si_status;
    signal = end.si_status;
    return std::nullopt;
  }

  std::string takeOutput() { return output_tail_.take(); }

 private:
  static constexpr int kNobody = -1;  // poll() leaves it out

  /// Waits for the next thing to happen, and takes it in.
  void look(Deadline until, int stop) {
    std::array<pollfd, 3> ready{{{exited_ ? kNobody : ended_.get(), POLLIN, 0},
                                 {silent_ ? kNobody : output_.get(), POLLIN, 0},
                                 {stop, POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), millisecondsTo(until)) <= 0) return;
    if (ready[0].revents != 0) exited_ = true;
    if (ready[2].revents != 0) stopped_ = true;
    if (ready[1].revents == 0) return;
    std::array<char, kPiece> piece;
    const auto count = ::read(output_.get(), piece.data(), piece.size());
    if (count > 0) output_tail_.add({piece.data(), static_cast<std::size_t>(count)});
    if (count == 0) silent_ = true;
  }

  const pid_t pid_;
  const base::Descriptor ended_;
  const base::Descriptor output_;
  const int stop_;
  Tail output_tail_;
  bool exited_ = false;  // and not reaped yet
  bool silent_ = false;  // nobody holds its output any more
  bool stopped_ = false;
};

ProgramEnd notStarted(int error) { return {ProgramEnd::How::NotStarted, error, {}}; }

}  // namespace

ProgramEnd runProgram(const ProgramRun& run) {
  const base::Descriptor input = inputFile(run.input);
  if (input.get() < 0) return notStarted(errno);
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return notStarted(errno);
  base::Descriptor output = aboveStandard(base::Descriptor(ends[0]));
  base::Descriptor output_of_program = aboveStandard(base::Descriptor(ends[1]));
  if (output.get() < 0 || output_of_program.get() < 0) return notStarted(errno);

  pid_t pid = -1;
  if (const int error = Preparations(input.get(), output_of_program.get()).start(run, pid); error != 0)
    return notStarted(error);
  output_of_program = base::Descriptor();
  base::Descriptor ended(::pidfd_open(pid, 0));
  if (ended.get() < 0) {
    const int error = errno;
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return notStarted(error);
  }

  Running running(pid, std::move(ended), std::move(output), run.stop);
  const auto cut = running.runUntil(run.deadline);
  if (cut) running.kill();
  int signal = 0;
  const auto exit_code = running.reap(signal);
  const auto by_itself = exit_code ? ProgramEnd::How::Exited : ProgramEnd::How::Signalled;
  return {cut.value_or(by_itself), exit_code.value_or(signal), running.takeOutput()};
}

}  // namespace landfall::refresh
