// SPDX-License-Identifier: Apache-2.0
#include "core/base/bounded_file.h"
#include "core/base/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace landfall::base {
namespace {

Status failure(int error) {
  if (error == ENOENT) return notFound("does not exist");
  return failedPrecondition("cannot be read: " + std::generic_category().message(error));
}

Status tooLarge(std::uint64_t most_bytes) {
  return {StatusCode::ResourceExhausted, fmt::format("is larger than {} MiB", most_bytes >> 20)};
}

}  // namespace

Result<std::string> readBoundedFile(const std::filesystem::path& file, std::uint64_t most_bytes) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (descriptor.get() < 0) return failure(errno);
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) return failure(errno);
  if (!S_ISREG(status.st_mode)) return failedPrecondition("is no regular file");
  if (static_cast<std::uint64_t>(status.st_size) > most_bytes) return tooLarge(most_bytes);

  std::string bytes;
  bytes.resize(static_cast<std::size_t>(status.st_size) + 1);  // one more, to see a file that grew
  std::size_t filled = 0;
  for (;;) {
    if (filled == bytes.size()) bytes.resize(bytes.size() * 2);
    const ssize_t got = ::read(descriptor.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure(errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > most_bytes) return tooLarge(most_bytes);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace landfall::base
