// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace landfall::metrics {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void readMemory(ProcessFigures& figures) {
  // proc(5): size and resident, in pages.
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  const long page = ::sysconf(_SC_PAGESIZE);
  if (page <= 0 || !(file >> size >> resident)) return;
  figures.virtual_bytes = size * static_cast<std::uint64_t>(page);
  figures.resident_bytes = resident * static_cast<std::uint64_t>(page);
}

std::optional<std::uint64_t> countDescriptors() {
  std::error_code error;
  std::uint64_t count = 0;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++count;
  if (error || count == 0) return std::nullopt;
  return count - 1;  // the folder's own, which is closed again
}

}  // namespace

ProcessFigures readProcess() {
  ProcessFigures figures;
  readMemory(figures);
  figures.open_descriptors = countDescriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.most_descriptors = limit.rlim_cur;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) figures.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  return figures;
}

}  // namespace landfall::metrics
