// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/ownership.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <string>
#include <system_error>

namespace landfall::adapters {
namespace {

constexpr int kMaxLinks = 40;  // as many as the kernel follows

std::string said(int error) { return std::generic_category().message(error); }

base::Status unsafe(const std::filesystem::path& path, const std::string& why) {
  return base::failedPrecondition(path.string() + " " + why);
}

base::Status checkOwner(const std::filesystem::path& path, const struct stat& about) {
  if (about.st_uid == 0 || about.st_uid == ::geteuid()) return {};
  return unsafe(path, "belongs to user " + std::to_string(about.st_uid) +
                          "; it must belong to root or to the user that runs Landfall (" + std::to_string(::geteuid()) +
                          ")");
}

/// `is_parent`: something below it is what matters. In a sticky folder nobody can rename or remove what is another's.
base::Status checkMode(const std::filesystem::path& path, const struct stat& about, bool is_parent) {
  const bool sticky_parent = is_parent && S_ISDIR(about.st_mode) && (about.st_mode & S_ISVTX) != 0;
  if ((about.st_mode & (S_IWGRP | S_IWOTH)) == 0 || sticky_parent) return {};
  const std::string by = (about.st_mode & S_IWOTH) != 0 ? "everybody" : "its group";
  return unsafe(path, "can be written by " + by + "; chmod go-w would make it safe");
}

/// What is to be walked next. Parts that lead nowhere stay out: the last one decides whether a folder is a parent.
void pushFront(std::deque<std::filesystem::path>& ahead, const std::filesystem::path& path) {
  auto position = ahead.begin();
  for (const auto& part : path) {
    if (!part.empty() && part != ".") position = ahead.insert(position, part) + 1;
  }
}

}  // namespace

base::Status checkOwnership(const std::filesystem::path& file) {
  std::error_code failure;
  const auto absolute = std::filesystem::absolute(file, failure);
  if (failure) return unsafe(file, "cannot be found: " + failure.message());

  std::deque<std::filesystem::path> ahead;
  pushFront(ahead, absolute);
  std::filesystem::path here;
  int links = 0;
  while (!ahead.empty()) {
    const auto part = ahead.front();
    ahead.pop_front();
    if (part == "..") {  // `here` is free of links, so its parent is what the kernel would go to
      here = here.parent_path();
      continue;
    }
    const auto next = here / part;
    struct stat about {};
    if (::lstat(next.c_str(), &about) != 0) return unsafe(next, "cannot be looked at: " + said(errno));
    if (auto status = checkOwner(next, about); !status.ok()) return status;
    if (!S_ISLNK(about.st_mode)) {
      if (auto status = checkMode(next, about, !ahead.empty()); !status.ok()) return status;
      here = next;
      continue;
    }
    if (++links > kMaxLinks) return unsafe(file, "goes through too many links");
    const auto target = std::filesystem::read_symlink(next, failure);
    if (failure) return unsafe(next, "cannot be followed: " + failure.message());
    pushFront(ahead, target);
    if (target.is_absolute()) here.clear();
  }
  return {};
}

}  // namespace landfall::adapters
