// SPDX-License-Identifier: Apache-2.0
// An adapter with what the real ones lack: two secret keys, a required option, and a constructor that refuses.
#include <stdexcept>

#include "landfall/adapter.hpp"

namespace {

class TwoKeysAdapter final : public landfall::Adapter {
 public:
  explicit TwoKeysAdapter(const landfall::Receiver& receiver) {
    if (receiver.options.find("moon") != std::string::npos) throw std::runtime_error("no registry on the moon");
  }

  static landfall::Description describe() {
    landfall::Description description;
    description.id = "two-keys";
    description.version = "1.0.0";
    description.secret_keys = {"user", "password"};
    description.options = {{"region", LANDFALL_OPTION_STRING, true, "where the registry is"},
                           {"retries", LANDFALL_OPTION_INTEGER, false, "how often it calls again"}};
    description.samples = {{"push", "a push", "{}", landfall::Outcome::Unrecognised, R"({"region":"north"})"}};
    return description;
  }

  landfall::Verdict authenticate(const landfall::Request&) const override { return landfall::Verdict::Refused; }
  landfall::Outcome parse(const landfall::Request&, const landfall::Out&) const override {
    return landfall::Outcome::Unrecognised;
  }
  void sign(const landfall::Request&, const landfall::Signature&) const override {}
};

}  // namespace

LANDFALL_EXPORT_ADAPTER(TwoKeysAdapter)
