// SPDX-License-Identifier: Apache-2.0
//
// Runs an adapter without a host, for the adapter's own tests. Needs OpenSSL's libcrypto for the host's HMAC; brings no
// test framework.
#pragma once

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "landfall/adapter.hpp"

namespace landfall::testing {

struct TestRequest {
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< only those the plugin declared reach it
  std::string query;
  std::string method = "POST";
};

struct TestArtifact {
  std::string repository, tag, digest, media_type;
  Action action = Action::Other;
  bool host_unknown = false;
  bool chart_repository = false;
};

struct TestResult {
  landfall_status status = LANDFALL_FAILED;
  std::string reason;
  std::optional<Event> event;
  std::vector<TestArtifact> artifacts;
  std::vector<std::pair<std::string, std::string>> headers;  ///< what sign added
};

struct TestReceiver {
  std::string options = "{}";
  std::string host;
  std::vector<std::vector<std::string>> secrets = {{"a-secret-of-the-tests-0123"}};  ///< newest first
};

/// One adapter, made from a plugin's table: `AdapterUnderTest adapter(landfall_plugin_v1(), {...})`. Calls are const
/// and may be made from many threads.
class AdapterUnderTest {
 public:
  /// Throws std::runtime_error with the plugin's reason when it refuses the receiver.
  explicit AdapterUnderTest(const landfall_plugin* plugin, const TestReceiver& receiver = {}) : plugin_(plugin) {
    std::vector<std::vector<landfall_str>> values;
    std::vector<landfall_secret> secrets;
    for (const auto& secret : receiver.secrets) {
      auto& list = values.emplace_back();
      for (const auto& value : secret) list.push_back(landfall::toAbi(value));
    }
    for (const auto& list : values) secrets.push_back({list.data(), list.size()});
    landfall_receiver raw{sizeof raw, landfall::toAbi(receiver.options), landfall::toAbi(receiver.host), secrets.data(),
                          secrets.size()};
    TestResult result;
    const landfall_out out = outTo(result);
    if (plugin_->create(hostTable(), &raw, &out, &adapter_) != LANDFALL_OK) throw std::runtime_error(result.reason);
  }
  ~AdapterUnderTest() { plugin_->destroy(adapter_); }
  AdapterUnderTest(const AdapterUnderTest&) = delete;
  AdapterUnderTest& operator=(const AdapterUnderTest&) = delete;

  bool authenticates(const TestRequest& request) const {
    return call(plugin_->authenticate, request, true).status == LANDFALL_OK;
  }
  TestResult parse(const TestRequest& request) const { return call(plugin_->parse, request, false); }
  /// The request with the headers that make it authentic.
  TestRequest sign(TestRequest request) const {
    for (auto& header : call(plugin_->sign, request, true).headers) request.headers.push_back(std::move(header));
    return request;
  }

  /// What the host offers to adapters.
  static const landfall_host* hostTable() {
    static const landfall_host host{sizeof(landfall_host),
                                    LANDFALL_ABI_MAJOR,
                                    LANDFALL_ABI_MINOR,
                                    nullptr,
                                    [](void*, landfall_log_level, landfall_str) {},
                                    [](void*, landfall_str a, landfall_str b) -> std::int32_t {
                                      return a.len == b.len && CRYPTO_memcmp(a.data, b.data, a.len) == 0 ? 1 : 0;
                                    },
                                    [](void*, landfall_hmac_algorithm algorithm, landfall_str key, landfall_str message,
                                       std::uint8_t* out) -> std::size_t {
                                      const EVP_MD* digest = algorithm == LANDFALL_HMAC_SHA1     ? EVP_sha1()
                                                             : algorithm == LANDFALL_HMAC_SHA256 ? EVP_sha256()
                                                                                                 : nullptr;
                                      if (digest == nullptr) return 0;
                                      unsigned int length = 0;
                                      const void* bytes = key.len == 0 ? static_cast<const void*>("") : key.data;
                                      HMAC(digest, bytes, static_cast<int>(key.len),
                                           reinterpret_cast<const unsigned char*>(message.data), message.len, out,
                                           &length);
                                      return length;
                                    }};
    return &host;
  }

 private:
  using Function = landfall_status (*)(const landfall_adapter*, const landfall_request*, const landfall_out*);

  static landfall_out outTo(TestResult& result) {
    return {sizeof(landfall_out),
            &result,
            [](void* ctx, const landfall_event* raw) {
              Event event;
              event.action = static_cast<Action>(raw->action);
              event.kind = fromAbi(raw->kind);
              event.actor = fromAbi(raw->actor);
              event.sender_delivery_id = fromAbi(raw->sender_delivery_id);
              event.details = fromAbi(raw->details);
              if (raw->has_occurred_at == 1) {
                event.occurred_at =
                    std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(raw->occurred_at_ms));
              }
              static_cast<TestResult*>(ctx)->event = std::move(event);
            },
            [](void* ctx, const landfall_artifact* raw) {
              static_cast<TestResult*>(ctx)->artifacts.push_back(
                  {std::string(fromAbi(raw->repository)), std::string(fromAbi(raw->tag)),
                   std::string(fromAbi(raw->digest)), std::string(fromAbi(raw->media_type)),
                   static_cast<Action>(raw->action), (raw->flags & LANDFALL_ARTIFACT_HOST_UNKNOWN) != 0,
                   (raw->flags & LANDFALL_ARTIFACT_CHART_REPOSITORY) != 0});
            },
            [](void* ctx, landfall_str name, landfall_str value) {
              static_cast<TestResult*>(ctx)->headers.emplace_back(fromAbi(name), fromAbi(value));
            },
            [](void* ctx, landfall_str text) { static_cast<TestResult*>(ctx)->reason = fromAbi(text); }};
  }

  static bool sameName(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
    }
    return true;
  }

  TestResult call(Function function, const TestRequest& request, bool with_credentials) const {
    std::vector<landfall_header> headers;
    for (const auto& [name, value] : request.headers) {
      for (std::size_t i = 0; i < plugin_->header_count; ++i) {
        const landfall_header_spec& declared = plugin_->headers[i];
        if (!with_credentials && (declared.flags & LANDFALL_HEADER_CREDENTIAL) != 0) continue;
        if (sameName(name, fromAbi(declared.name))) headers.push_back({declared.name, landfall::toAbi(value)});
      }
    }
    const std::string_view query = with_credentials ? std::string_view(request.query) : std::string_view();
    const landfall_request raw{sizeof raw,     landfall::toAbi(request.method), landfall::toAbi(query), headers.data(),
                               headers.size(), landfall::toAbi(request.body)};
    TestResult result;
    const landfall_out out = outTo(result);
    result.status = function(adapter_, &raw, &out);
    return result;
  }

  const landfall_plugin* plugin_;
  landfall_adapter* adapter_ = nullptr;
};

}  // namespace landfall::testing
