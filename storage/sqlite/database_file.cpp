// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/database_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace landfall::sqlite {

base::Status checkFile(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    const auto folder = std::filesystem::path(path).parent_path();
    if (!std::filesystem::is_directory(folder, error)) {
      return base::unavailable(fmt::format("cannot open {}: {} is not a folder", path, folder.string()));
    }
    return {};
  }
  if (!std::filesystem::is_regular_file(status)) return base::failedPrecondition(path + " is not a file");
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  std::array<char, kMagic.size()> head{};
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::unavailable(fmt::format("cannot read {}", path));
  in.read(head.data(), head.size());
  if (in.gcount() == 0) return {};  // empty: a database without anything in it yet
  if (std::string_view(head.data(), static_cast<std::size_t>(in.gcount())) != kMagic) {
    return base::failedPrecondition(path + " is not an SQLite database");
  }
  return {};
}

base::Result<bool> makeFile(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
    return true;
  }
  if (errno == EEXIST) return false;
  return base::unavailable(fmt::format("cannot make {}: {}", path, errorText(errno)));
}

NewFile::~NewFile() {
  if (path_.empty()) return;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) ::unlink((path_ + suffix).c_str());
}

base::Status openingFailure(const std::string& path, const SQLite::Exception& error) {
  const int code = error.getErrorCode();
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
    return base::failedPrecondition(fmt::format("{} is damaged, or not an SQLite database: {}", path, error.what()));
  }
  return base::unavailable(fmt::format("cannot open {}: {}", path, error.what()));
}

std::string errorText(int error) { return std::generic_category().message(error); }

}  // namespace landfall::sqlite
