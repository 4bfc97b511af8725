// SPDX-License-Identifier: Apache-2.0
// Takes its time: parse says through the host's log that it has begun, and comes to an end when somebody signs.
#include <condition_variable>
#include <mutex>

#include "landfall/adapter.hpp"

namespace {

using namespace landfall;

class SlowAdapter final : public Adapter {
 public:
  explicit SlowAdapter(const Receiver& receiver) : host_(receiver.host) {}

  static Description describe() {
    return {.id = "slow",
            .version = "1.0.0",
            .headers = {{"X-Zoo", true}},
            .samples = {{"push", "A tag was pushed.", "{}"}}};
  }
  Verdict authenticate(const Request&) const override { return Verdict::Authentic; }
  Outcome parse(const Request&, const Out& out) const override {
    host_.log(LANDFALL_LOG_WARNING, "parse has begun");
    std::unique_lock lock(mutex_);
    signed_.wait(lock, [this] { return is_signed_; });
    out.artifact({.repository = "registry.example/shop/api"});
    return Outcome::Pushed;
  }
  void sign(const Request&, const Signature&) const override {
    const std::lock_guard lock(mutex_);
    is_signed_ = true;
    signed_.notify_all();
  }

 private:
  const Host host_;
  mutable std::mutex mutex_;
  mutable std::condition_variable signed_;
  mutable bool is_signed_ = false;
};

}  // namespace

LANDFALL_EXPORT_ADAPTER(SlowAdapter)
