// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>

#include "core/base/result.h"
#include "core/kubernetes/access.h"

namespace landfall::kubernetes {

/// Who asks. Any thread. `access` must outlive it.
class Credentials {
 public:
  explicit Credentials(const Access& access) : access_(access) {}

  /// The token to send; empty: there is none. A token file is read each time, which costs less than a mistake about
  /// whether it has changed; while it cannot be read, or is being written, the last good token counts.
  /// FailedPrecondition names the file.
  base::Result<std::string> token();

  /// "the token in /var/run/…", "the client certificate (CN=ci)": for messages, no secret.
  std::string described() const;

 private:
  const Access& access_;
  std::mutex mutex_;
  std::string last_;
};

}  // namespace landfall::kubernetes
