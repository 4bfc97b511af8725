// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace landfall::base {

/// What went wrong, told as what the caller should do next.
enum class StatusCode {
  Ok,
  InvalidArgument,     ///< the input is wrong and stays wrong: tell whoever gave it
  NotFound,            ///< no such thing
  AlreadyExists,       ///< the thing is there already; nothing was changed
  FailedPrecondition,  ///< not until the state of something else is mended (newer schema, unfit file, ended delivery)
  PermissionDenied,    ///< not allowed
  ResourceExhausted,   ///< a bound was reached (queue, size); less or later
  Unavailable,         ///< passing: retry this very call
  Internal,            ///< a broken promise of our own or of a plugin
};

/// The code's name as logs and tests show it ("unavailable").
std::string_view name(StatusCode code);

/// Success, or a code and a sentence for people: what was tried, on what, why it failed, what would be right. No
/// secrets.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::Ok; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }
  /// "unavailable: database is locked", or "ok".
  std::string text() const;

 private:
  StatusCode code_ = StatusCode::Ok;
  std::string message_;
};

inline Status invalidArgument(std::string message) { return {StatusCode::InvalidArgument, std::move(message)}; }
inline Status notFound(std::string message) { return {StatusCode::NotFound, std::move(message)}; }
inline Status failedPrecondition(std::string message) { return {StatusCode::FailedPrecondition, std::move(message)}; }
inline Status unavailable(std::string message) { return {StatusCode::Unavailable, std::move(message)}; }
inline Status internalError(std::string message) { return {StatusCode::Internal, std::move(message)}; }

}  // namespace landfall::base
