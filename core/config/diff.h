// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config/configuration.h"

namespace landfall::config {

/// What `next` changes; without `previous` everything is added. Names are sorted.
Diff difference(const Configuration* previous, const Configuration& next);

}  // namespace landfall::config
