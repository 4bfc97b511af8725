// SPDX-License-Identifier: Apache-2.0
// Has a thread of its own from create to destroy, which joins it, as the contract says.
#include <atomic>
#include <memory>
#include <thread>

#include "zoo.h"

namespace {

struct Keeper {
  std::atomic<bool> closing = false;
  std::thread round = std::thread([this] {
    while (!closing) std::this_thread::yield();
  });
};

landfall_status create(const landfall_host*, const landfall_receiver*, const landfall_out*, landfall_adapter** made) {
  *made = reinterpret_cast<landfall_adapter*>(new Keeper);
  return LANDFALL_OK;
}

void destroy(landfall_adapter* adapter) {
  const std::unique_ptr<Keeper> keeper(reinterpret_cast<Keeper*>(adapter));
  keeper->closing = true;
  keeper->round.join();
}

}  // namespace

const landfall_plugin* landfall_plugin_v1(void) {
  static landfall_plugin plugin;
  plugin = zoo_plugin("threaded");
  plugin.create = create;
  plugin.destroy = destroy;
  return &plugin;
}
