// SPDX-License-Identifier: Apache-2.0
#include "core/base/status.h"

namespace landfall::base {

std::string_view name(StatusCode code) {
  switch (code) {
    case StatusCode::Ok:
      return "ok";
    case StatusCode::InvalidArgument:
      return "invalid argument";
    case StatusCode::NotFound:
      return "not found";
    case StatusCode::AlreadyExists:
      return "already exists";
    case StatusCode::FailedPrecondition:
      return "failed precondition";
    case StatusCode::PermissionDenied:
      return "permission denied";
    case StatusCode::ResourceExhausted:
      return "resource exhausted";
    case StatusCode::Unavailable:
      return "unavailable";
    case StatusCode::Internal:
      return "internal error";
  }
  return "unknown";
}

std::string Status::text() const {
  return ok() ? std::string(name(code_)) : std::string(name(code_)) + ": " + message_;
}

}  // namespace landfall::base
