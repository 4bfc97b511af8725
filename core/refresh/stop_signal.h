// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/descriptor.h"

namespace landfall::refresh {

/// Tells whoever waits in poll() that it is to end early. For good. Any thread.
class StopSignal {
 public:
  StopSignal();

  void stop() const;
  bool stopped() const;
  /// Readable once it has been stopped; -1, which poll() leaves out, when the process had no descriptor left for it.
  int descriptor() const { return event_.get(); }

 private:
  base::Descriptor event_;
};

}  // namespace landfall::refresh
