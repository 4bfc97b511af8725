// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/adapters/adapter.h"
#include "core/adapters/conformance.h"

namespace landfall::adapters {

/// A sample and the adapters it is tried on: alike but for their secrets. Borrowed.
struct Trial {
  const Adapter& adapter;   ///< has one secret
  const Adapter& stranger;  ///< has another one
  const Adapter& rotating;  ///< has both, the stranger's as the older
  const SampleDescription& sample;
};

/// What authentication has to prove with one sample: it takes what is signed, with the newest secret and with an older
/// one that is still good, and nothing else.
std::vector<ConformanceResult> checkCredentials(const Trial& trial);

}  // namespace landfall::adapters
