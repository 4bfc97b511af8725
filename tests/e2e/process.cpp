// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "tests/support/temp_dir.h"

extern char** environ;

namespace landfall::testing {
namespace {

int decode(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

pid_t spawn(const std::vector<std::string>& arguments, const std::filesystem::path& out,
            const std::filesystem::path& err, const Environment& environment) {
  std::vector<std::string> words{landfallBinary().string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  for (const auto& [name, value] : environment) {
    std::erase_if(variables, [&](const std::string& variable) { return variable.starts_with(name + "="); });
    variables.push_back(name + "=" + value);
  }
  std::vector<char*> envp;
  for (auto& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), kFlags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), kFlags, 0600);
  pid_t pid = -1;
  const int failure = posix_spawn(&pid, words.front().c_str(), &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("cannot start " + words.front());
  return pid;
}

}  // namespace

std::filesystem::path landfallBinary() { return std::filesystem::path(LANDFALL_BINARY_DIR) / "bin" / "landfall"; }
std::filesystem::path builtPlugins() { return std::filesystem::path(LANDFALL_BINARY_DIR) / "plugins"; }

std::size_t residentKib(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::strtoul(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

Finished runLandfall(const std::vector<std::string>& arguments, const Environment& environment) {
  const TempDir output;
  const auto out = output.path() / "out";
  const auto err = output.path() / "err";
  const pid_t pid = spawn(arguments, out, err, environment);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return {decode(status), readFile(out), readFile(err)};
}

Process::Process(const std::vector<std::string>& arguments, std::filesystem::path out_file,
                 std::filesystem::path err_file, const Environment& environment)
    : pid_(spawn(arguments, out_file, err_file, environment)),
      out_file_(std::move(out_file)),
      err_file_(std::move(err_file)) {}

Process::~Process() {
  if (exit_code_) return;
  ::kill(pid_, SIGKILL);
  wait();
}

bool Process::running() {
  if (exit_code_) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_code_ = decode(status);
  return false;
}

void Process::signal(int number) const { ::kill(pid_, number); }

int Process::wait() {
  if (!exit_code_) {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    exit_code_ = decode(status);
  }
  return *exit_code_;
}

std::string Process::out() const { return readFile(out_file_); }
std::string Process::err() const { return readFile(err_file_); }

}  // namespace landfall::testing
