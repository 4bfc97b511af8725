// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <utility>
#include <variant>

#include "core/base/status.h"

namespace landfall::base {

/// A T, or the Status that says why there is none. Asking for the value of a failed result aborts.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Result(Status failure) : state_(std::move(failure)) {  // NOLINT(google-explicit-constructor)
    if (std::get<Status>(state_).ok()) std::abort();
  }

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }

  const T& value() const& { return ok() ? std::get<T>(state_) : fail(); }
  T& value() & { return ok() ? std::get<T>(state_) : fail(); }
  T&& value() && { return ok() ? std::move(std::get<T>(state_)) : std::move(fail()); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  /// Ok when there is a value.
  Status status() const { return ok() ? Status() : std::get<Status>(state_); }

 private:
  [[noreturn]] T& fail() const { std::abort(); }

  std::variant<T, Status> state_;
};

}  // namespace landfall::base
