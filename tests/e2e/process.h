// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace landfall::testing {

/// The landfall binary of this build.
std::filesystem::path landfallBinary();
/// The plugin folder of this build.
std::filesystem::path builtPlugins();

/// The memory of a process that is in RAM (VmRSS); 0 when there is no such process.
std::size_t residentKib(pid_t process);

struct Finished {
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// Names and values; set beside what this process has.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// Runs the binary to its end.
Finished runLandfall(const std::vector<std::string>& arguments, const Environment& environment = {});

/// A landfall process that goes on; output into files. Killed with the object.
class Process {
 public:
  Process(const std::vector<std::string>& arguments, std::filesystem::path out_file, std::filesystem::path err_file,
          const Environment& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number) const;
  /// Waits for its end and gives the exit code; 128 + the signal's number when one ended it.
  int wait();
  std::string out() const;
  std::string err() const;

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
  std::filesystem::path out_file_;
  std::filesystem::path err_file_;
};

}  // namespace landfall::testing
