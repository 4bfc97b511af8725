// SPDX-License-Identifier: Apache-2.0
#include "landfall/json.hpp"

namespace {
using namespace landfall;

class ExampleAdapter final : public Adapter {
 public:
  explicit ExampleAdapter(const Receiver& receiver) : host_(receiver.host), keys_(receiver.firstKeys()) {}
  static Description describe() {
    return {.id = "example",
            .version = "1.0.0",
            .headers = {{"X-Example-Signature", true}},
            .samples = {{"push", "A tag was pushed.", R"({"repository": "example.com/shop/api", "tag": "1.2.3"})"}}};
  }
  Verdict authenticate(const Request& request) const override {
    const auto signature = request.header("X-Example-Signature");
    for (const auto& key : keys_) {
      const std::string expected = host_.hmacSha256Hex(key, request.body());
      if (signature && host_.constantTimeEqual(*signature, expected)) return Verdict::Authentic;
    }
    return Verdict::Refused;
  }
  Outcome parse(const Request& request, const Out& out) const override {
    const Json body = parseJson(request.body());
    const std::string repository = textAt(body, "repository");
    if (repository.empty()) return out.unrecognised("the body names no repository");
    out.artifact({.repository = repository, .tag = textAt(body, "tag")});
    return Outcome::Pushed;
  }
  void sign(const Request& request, const Signature& signature) const override {
    signature.header("X-Example-Signature", host_.hmacSha256Hex(keys_.front(), request.body()));
  }

 private:
  const Host host_;
  const std::vector<std::string> keys_;
};
}  // namespace
LANDFALL_EXPORT_ADAPTER(ExampleAdapter)
