// SPDX-License-Identifier: Apache-2.0
// What a commit cannot be faster than: 4 KiB written and synchronised, again and again, in a file beside the database.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: commit FILE\n", stderr);
    return 2;
  }
  constexpr std::size_t kCommits = 3000;
  constexpr std::array<char, 4096> kPage{};
  const int file = ::open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) {
    std::perror(argv[1]);
    return 1;
  }
  const auto write = [&](std::size_t page) {
    return ::pwrite(file, kPage.data(), kPage.size(), static_cast<off_t>(page * kPage.size())) ==
           static_cast<ssize_t>(kPage.size());
  };
  // Allocated first: a log that is written over and over again grows seldom.
  for (std::size_t page = 0; page < kCommits; ++page) {
    if (!write(page)) return 1;
  }
  if (::fsync(file) != 0) return 1;
  std::vector<long long> took;
  for (std::size_t page = 0; page < kCommits; ++page) {
    const auto begun = std::chrono::steady_clock::now();
    if (!write(page) || ::fdatasync(file) != 0) {
      std::perror(argv[1]);
      return 1;
    }
    took.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun).count());
  }
  ::close(file);
  std::sort(took.begin(), took.end());
  std::printf("{\"p50_us\":%lld,\"p99_us\":%lld}\n", took[kCommits / 2], took[kCommits * 99 / 100]);
  return 0;
}
