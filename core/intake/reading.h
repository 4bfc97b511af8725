// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/adapters/adapter.h"
#include "core/config/configuration.h"
#include "core/model/event.h"
#include "storage/store.h"

namespace landfall::intake {

/// An authentic request as today's adapter and configuration read it.
struct Reading {
  storage::NewEvent record;  ///< whole but for the body
  bool adapter_failed = false;
};

/// Parses and matches, and has no side effect: what is recorded, replayed and explained is read by the same function.
/// `event` is what is known before: id, time, receiver, adapter, peer, size. Any thread.
Reading readRequest(const config::Configuration& configuration, const config::Receiver& receiver,
                    const adapters::WebhookRequest& request, model::Event event);

}  // namespace landfall::intake
