// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/kubernetes/calls.h"
#include "core/kubernetes/endpoint.h"

namespace landfall::kubernetes {

/// A TCP connection to `endpoint`: the descriptor of a blocking socket, the caller's, held by `who`. Each of its
/// addresses is tried, with an even share of the time that is left. Unavailable says why there is none; `who` holds
/// nothing then.
base::Result<int> dial(const Endpoint& endpoint, Interruption& who, Deadline deadline);

}  // namespace landfall::kubernetes
