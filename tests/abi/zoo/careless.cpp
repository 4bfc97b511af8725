// SPDX-License-Identifier: Apache-2.0
// Works with well-meaning senders only: compares no credential rightly, believes every body. What `landfall plugin
// test` is there to find.
#include "landfall/json.hpp"

namespace {

using namespace landfall;

class CarelessAdapter final : public Adapter {
 public:
  explicit CarelessAdapter(const Receiver& receiver) : keys_(receiver.firstKeys()) {}

  static Description describe() {
    return {.id = "careless",
            .version = "1.0.0",
            .headers = {{"X-Zoo", true}},
            .samples = {{"push", "A tag was pushed.", R"({"repository": "registry.example/shop/api"})"},
                        {"ping", "Said to be a ping, and none.", R"({"repository": "a"})", Outcome::Ping}}};
  }
  Verdict authenticate(const Request& request) const override {
    const auto credential = request.header("X-Zoo");
    return credential && credential->starts_with(keys_.front()) ? Verdict::Authentic : Verdict::Refused;
  }
  Outcome parse(const Request& request, const Out& out) const override {
    const Json body = Json::parse(request.body());
    out.artifact({.repository = body.at("repository").get<std::string>()});
    return Outcome::Pushed;
  }
  void sign(const Request&, const Signature& signature) const override { signature.header("X-Zoo", keys_.front()); }

 private:
  const std::vector<std::string> keys_;
};

}  // namespace

LANDFALL_EXPORT_ADAPTER(CarelessAdapter)
