// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "core/base/status.h"

namespace landfall::adapters {

/// Ok when `bytes` look like a whole shared object of this machine: what the headers promise lies within them. The
/// dynamic linker itself reads a half-copied file without a word and dies of it later (SIGBUS).
base::Status checkSharedObject(std::string_view bytes);

/// A library mapped into the process. Movable; unmaps when it goes, if nothing else pins it. Any thread.
class SharedObject {
 public:
  /// Maps `bytes` under a name of its own, so that the linker never takes it for a library that is loaded already.
  /// Everything it needs is bound now; its symbols are nobody else's. `label` is for the names in /proc/self/maps.
  /// FailedPrecondition says why not. Runs the library's static constructors; one that throws ends
  /// the process, because the linker lets no exception through.
  static base::Result<SharedObject> map(std::string_view bytes, std::string_view label);

  ~SharedObject();
  SharedObject(SharedObject&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  SharedObject& operator=(SharedObject&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }

  /// Null when it exports no such symbol.
  void* symbol(const char* name) const;

 private:
  explicit SharedObject(void* handle) : handle_(handle) {}

  void* handle_;
};

}  // namespace landfall::adapters
