// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/plugin_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/descriptor.h"

namespace landfall::adapters {
namespace {

constexpr off_t kMaxPluginBytes = off_t{256} << 20;

base::Status unreadable(const std::filesystem::path& path, int error) {
  return base::failedPrecondition("cannot read " + path.string() + ": " + std::generic_category().message(error));
}

}  // namespace

base::Result<PluginFile> readPluginFile(const std::filesystem::path& path) {
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return unreadable(path, errno);
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return unreadable(path, errno);
  if (!S_ISREG(about.st_mode)) return base::failedPrecondition(path.string() + " is not a regular file");
  if (about.st_size > kMaxPluginBytes) return base::failedPrecondition(path.string() + " is larger than 256 MiB");

  PluginFile plugin;
  plugin.path = path;
  plugin.bytes.resize(static_cast<std::size_t>(about.st_size));
  std::size_t have = 0;
  while (have < plugin.bytes.size()) {
    const ssize_t got = ::read(file.get(), plugin.bytes.data() + have, plugin.bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, errno);
    if (got == 0) break;  // somebody made it shorter: the checks of its form will tell
    have += static_cast<std::size_t>(got);
  }
  plugin.bytes.resize(have);
  plugin.sha256 = base::sha256Hex(plugin.bytes);
  return plugin;
}

}  // namespace landfall::adapters
