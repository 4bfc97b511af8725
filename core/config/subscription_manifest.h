// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/config/fields.h"
#include "core/config/manifests.h"

namespace landfall::config {

/// Reads one element of `spec.subscriptions`, with the defaults and the checks of Kargo's admission webhook. Nothing
/// when it was reported, or is of a type that this version does not know (a warning).
std::optional<SubscriptionManifest> readSubscription(const Located& element, Report& report);

}  // namespace landfall::config
