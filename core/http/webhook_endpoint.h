// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/network.h"
#include "core/http/message.h"
#include "core/intake/intake.h"

namespace landfall::http {

/// The table itself: what a sender is told. A 401 never says why.
Response webhookResponse(const intake::Answer& answer);

/// The webhook listener's handler: HTTP in, Intake, HTTP out (the table of status codes in docs/architecture.md).
/// Thread-safe; never blocks.
/// `trusted_proxies` are those of the configuration of the moment (clientAddress() says what they are for).
void handleWebhook(intake::Intake& intake, const std::vector<base::Network>& trusted_proxies, Request request,
                   Responder responder);

}  // namespace landfall::http
