// SPDX-License-Identifier: Apache-2.0
// Written against the C++ layer, whose thunks turn what is thrown into statuses.
#include "landfall/json.hpp"

namespace {

using namespace landfall;

class ThrowingAdapter final : public Adapter {
 public:
  explicit ThrowingAdapter(const Receiver& receiver) {
    if (receiver.registry_host == "number") throw 42;
    if (!receiver.registry_host.empty()) throw std::runtime_error("no room for " + receiver.registry_host);
  }
  static Description describe() {
    return {.id = "throwing",
            .version = "1.0.0",
            .headers = {{"X-Zoo", true}},
            .samples = {{"push", "A tag was pushed.", "{}"}}};
  }
  Verdict authenticate(const Request&) const override { throw std::runtime_error("authenticate"); }
  Outcome parse(const Request& request, const Out& out) const override {
    out.artifact({.repository = "registry.example/shop/api"});
    parseJson(request.body());
    throw std::runtime_error("parse");
  }
  void sign(const Request&, const Signature&) const override { throw std::runtime_error("sign"); }
};

}  // namespace

LANDFALL_EXPORT_ADAPTER(ThrowingAdapter)
