// SPDX-License-Identifier: Apache-2.0
//
// The C++20 layer on adapter.h: write a class, export it with LANDFALL_EXPORT_ADAPTER. Header-only; needs nothing but
// the standard library. For payloads in JSON see json.hpp.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "landfall/adapter.h"

namespace landfall {

inline landfall_str toAbi(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view fromAbi(landfall_str text) {
  return text.len == 0 ? std::string_view() : std::string_view(text.data, text.len);
}

/// What authenticate came to.
enum class Verdict { Authentic, Refused };

/// What parse came to: see the LANDFALL_… statuses of the same names.
enum class Outcome { Pushed, Nothing, Ping, Unrecognised, Malformed };

enum class Action : std::int32_t {
  Other = LANDFALL_ACTION_OTHER,
  Push = LANDFALL_ACTION_PUSH,
  Delete = LANDFALL_ACTION_DELETE,
  Pull = LANDFALL_ACTION_PULL,
  Scan = LANDFALL_ACTION_SCAN,
  Build = LANDFALL_ACTION_BUILD,
  Mirror = LANDFALL_ACTION_MIRROR,
  Replication = LANDFALL_ACTION_REPLICATION,
  Retention = LANDFALL_ACTION_RETENTION,
  Expiry = LANDFALL_ACTION_EXPIRY,
  Quota = LANDFALL_ACTION_QUOTA,
  Promote = LANDFALL_ACTION_PROMOTE,
  Ping = LANDFALL_ACTION_PING
};

/// Thrown by parse (Json's reader does) when the body is not the content type's own format: becomes MALFORMED.
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the host does for adapters. A copyable view; good as long as the adapter lives. Any thread.
class Host {
 public:
  explicit Host(const landfall_host* host) : host_(host) {}

  void log(landfall_log_level level, std::string_view message) const { host_->log(host_->ctx, level, toAbi(message)); }
  /// In time that depends on the lengths only.
  bool constantTimeEqual(std::string_view a, std::string_view b) const {
    return host_->constant_time_equal(host_->ctx, toAbi(a), toAbi(b)) == 1;
  }
  /// Raw bytes.
  std::string hmacSha256(std::string_view key, std::string_view message) const {
    return hmac(LANDFALL_HMAC_SHA256, key, message);
  }
  std::string hmacSha1(std::string_view key, std::string_view message) const {
    return hmac(LANDFALL_HMAC_SHA1, key, message);
  }
  /// 64 lower-case hex digits, as most registries write a signature.
  std::string hmacSha256Hex(std::string_view key, std::string_view message) const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char raw : hmacSha256(key, message)) {
      const auto byte = static_cast<unsigned char>(raw);
      text += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return text;
  }

 private:
  std::string hmac(landfall_hmac_algorithm algorithm, std::string_view key, std::string_view message) const {
    std::array<std::uint8_t, 32> out{};
    const std::size_t length = host_->hmac(host_->ctx, algorithm, toAbi(key), toAbi(message), out.data());
    return {reinterpret_cast<const char*>(out.data()), length};
  }

  const landfall_host* host_;
};

/// One webhook request. Borrowed: dead when the call that was given it returns.
class Request {
 public:
  explicit Request(const landfall_request* request) : request_(request) {}

  std::string_view body() const { return fromAbi(request_->body); }
  std::string_view query() const { return fromAbi(request_->query); }

  /// The header's value if it came exactly once (any case of `name`); nothing if it is absent or doubled, because which
  /// of two would count is for an attacker to guess.
  std::optional<std::string_view> header(std::string_view name) const {
    std::optional<std::string_view> found;
    for (std::size_t i = 0; i < request_->header_count; ++i) {
      if (!sameName(fromAbi(request_->headers[i].name), name)) continue;
      if (found) return std::nullopt;
      found = fromAbi(request_->headers[i].value);
    }
    return found;
  }

 private:
  static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
  static bool sameName(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
  }

  const landfall_request* request_;
};

/// What the event as a whole says. Empty: the payload does not say.
struct Event {
  Action action = Action::Other;
  std::string kind;
  std::string actor;
  std::string sender_delivery_id;
  std::string details;  ///< a JSON object
  std::optional<std::chrono::sys_time<std::chrono::milliseconds>> occurred_at;
};

struct Artifact {
  std::string repository;
  std::string tag = {};
  std::string digest = {};
  std::string media_type = {};
  Action action = Action::Push;
  bool host_unknown = false;
  bool chart_repository = false;  ///< a classic chart repository: `repository` without its http(s)://
};

/// Where parse puts what it read. Each call copies.
class Out {
 public:
  explicit Out(const landfall_out* out) : out_(out) {}

  void event(const Event& event) const {
    landfall_event raw{};
    raw.size = sizeof raw;
    raw.action = static_cast<landfall_action>(event.action);
    raw.kind = toAbi(event.kind);
    raw.actor = toAbi(event.actor);
    raw.sender_delivery_id = toAbi(event.sender_delivery_id);
    raw.details = toAbi(event.details);
    if (event.occurred_at) {
      raw.has_occurred_at = 1;
      raw.occurred_at_ms = event.occurred_at->time_since_epoch().count();
    }
    out_->event(out_->ctx, &raw);
  }

  void artifact(const Artifact& artifact) const {
    landfall_artifact raw{};
    raw.size = sizeof raw;
    raw.flags = (artifact.host_unknown ? LANDFALL_ARTIFACT_HOST_UNKNOWN : 0u) |
                (artifact.chart_repository ? LANDFALL_ARTIFACT_CHART_REPOSITORY : 0u);
    raw.action = static_cast<landfall_action>(artifact.action);
    raw.repository = toAbi(artifact.repository);
    raw.tag = toAbi(artifact.tag);
    raw.digest = toAbi(artifact.digest);
    raw.media_type = toAbi(artifact.media_type);
    out_->artifact(out_->ctx, &raw);
  }

  /// A sentence for people: why it is unrecognised, malformed, ignored. No secrets.
  void reason(std::string_view text) const { out_->reason(out_->ctx, toAbi(text)); }
  /// What parse returns for a body of a shape it does not know, with the sentence that says why.
  Outcome unrecognised(std::string_view why) const {
    reason(why);
    return Outcome::Unrecognised;
  }

 private:
  const landfall_out* out_;
};

/// Where sign puts the headers that make a request authentic.
class Signature {
 public:
  explicit Signature(const landfall_out* out) : out_(out) {}
  void header(std::string_view name, std::string_view value) const {
    out_->header(out_->ctx, toAbi(name), toAbi(value));
  }

 private:
  const landfall_out* out_;
};

/// What an adapter is made from: one receiver's options and secrets.
struct Receiver {
  Host host;                                      ///< the host's services
  std::string options;                            ///< a JSON object, checked against the table of options
  std::string registry_host;                      ///< as the receiver configures it; may be empty
  std::vector<std::vector<std::string>> secrets;  ///< newest first; values in the order of Description::secret_keys

  /// The newest value of the only secret key, then older ones that are still good.
  std::vector<std::string> firstKeys() const {
    std::vector<std::string> values;
    for (const auto& secret : secrets) values.push_back(secret.front());
    return values;
  }
};

/// One receiver's adapter. Constructed from a Receiver; a throw from the constructor refuses the receiver with its
/// message. Everything else is const and is called from many threads at once.
class Adapter {
 public:
  virtual ~Adapter() = default;
  virtual Verdict authenticate(const Request& request) const = 0;
  virtual Outcome parse(const Request& request, const Out& out) const = 0;
  virtual void sign(const Request& request, const Signature& signature) const = 0;
};

struct Option {
  std::string_view name;
  landfall_option_type type = LANDFALL_OPTION_STRING;
  bool required = false;
  std::string_view meaning;
};

struct HeaderRead {
  std::string_view name;
  bool credential = false;
};

struct Sample {
  std::string_view name;
  std::string_view meaning;
  std::string_view body;
  Outcome parses_as = Outcome::Pushed;
  std::string_view options = {};
  std::vector<std::pair<std::string_view, std::string_view>> headers = {{"Content-Type", "application/json"}};
};

/// What a plugin says of itself. The views must outlive the library's use: string literals.
struct Description {
  std::string_view id;
  std::string_view version;
  bool url_is_credential = false;
  bool sender_punishes_refusals = false;
  std::vector<std::string_view> secret_keys = {"secret"};
  std::vector<Option> options = {};
  std::vector<HeaderRead> headers = {};
  std::vector<Sample> samples = {};
};

namespace detail {

inline landfall_status toAbi(Outcome outcome) {
  switch (outcome) {
    case Outcome::Pushed:
      return LANDFALL_PUSHED;
    case Outcome::Nothing:
      return LANDFALL_NOTHING;
    case Outcome::Ping:
      return LANDFALL_PING;
    case Outcome::Unrecognised:
      return LANDFALL_UNRECOGNISED;
    case Outcome::Malformed:
      return LANDFALL_MALFORMED;
  }
  return LANDFALL_FAILED;
}

/// Runs `call`; what it throws becomes a status and a reason, and never crosses the line.
template <class Call>
landfall_status guarded(const landfall_out* out, Call call) noexcept {
  try {
    return call();
  } catch (const Malformed& failure) {
    out->reason(out->ctx, landfall::toAbi(failure.what()));
    return LANDFALL_MALFORMED;
  } catch (const std::exception& failure) {
    out->reason(out->ctx, landfall::toAbi(failure.what()));
  } catch (...) {
    out->reason(out->ctx, landfall::toAbi("the plugin threw something that is no std::exception"));
  }
  return LANDFALL_FAILED;
}

/// The C table of one adapter class.
template <class Type>
class Plugin {
 public:
  Plugin() : description_(Type::describe()) {
    for (const auto key : description_.secret_keys) secret_keys_.push_back(landfall::toAbi(key));
    for (const auto& option : description_.options) {
      options_.push_back(
          {landfall::toAbi(option.name), option.type, option.required ? 1 : 0, landfall::toAbi(option.meaning)});
    }
    for (const auto& header : description_.headers) {
      headers_.push_back({landfall::toAbi(header.name), header.credential ? LANDFALL_HEADER_CREDENTIAL : 0u});
    }
    sample_headers_.reserve(description_.samples.size());  // the tables below point into it
    for (const auto& sample : description_.samples) {
      auto& headers = sample_headers_.emplace_back();
      for (const auto& [name, value] : sample.headers) {
        headers.push_back({landfall::toAbi(name), landfall::toAbi(value)});
      }
      samples_.push_back({landfall::toAbi(sample.name), landfall::toAbi(sample.meaning),
                          landfall::toAbi(sample.options), headers.data(), headers.size(), landfall::toAbi(sample.body),
                          detail::toAbi(sample.parses_as)});
    }
    table_.size = sizeof table_;
    table_.abi_major = LANDFALL_ABI_MAJOR;
    table_.abi_minor = LANDFALL_ABI_MINOR;
    table_.id = landfall::toAbi(description_.id);
    table_.version = landfall::toAbi(description_.version);
    table_.flags = (description_.url_is_credential ? LANDFALL_PLUGIN_URL_IS_CREDENTIAL : 0u) |
                   (description_.sender_punishes_refusals ? LANDFALL_PLUGIN_SENDER_PUNISHES_REFUSALS : 0u);
    table_.secret_keys = secret_keys_.data();
    table_.secret_key_count = secret_keys_.size();
    table_.options = options_.data();
    table_.option_count = options_.size();
    table_.headers = headers_.data();
    table_.header_count = headers_.size();
    table_.samples = samples_.data();
    table_.sample_count = samples_.size();
    table_.create = create;
    table_.destroy = destroy;
    table_.authenticate = authenticate;
    table_.parse = parse;
    table_.sign = sign;
  }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  const landfall_plugin* table() const { return &table_; }

 private:
  static const Adapter& self(const landfall_adapter* adapter) { return *reinterpret_cast<const Adapter*>(adapter); }

  static landfall_status create(const landfall_host* host, const landfall_receiver* receiver, const landfall_out* out,
                                landfall_adapter** made) noexcept {
    return guarded(out, [&]() -> landfall_status {
      Receiver from{Host(host), std::string(fromAbi(receiver->options)), std::string(fromAbi(receiver->host)), {}};
      for (std::size_t i = 0; i < receiver->secret_count; ++i) {
        auto& values = from.secrets.emplace_back();
        for (std::size_t k = 0; k < receiver->secrets[i].value_count; ++k) {
          values.emplace_back(fromAbi(receiver->secrets[i].values[k]));
        }
      }
      Adapter* adapter = new Type(from);
      *made = reinterpret_cast<landfall_adapter*>(adapter);
      return LANDFALL_OK;
    });
  }
  static void destroy(landfall_adapter* adapter) noexcept { delete reinterpret_cast<Adapter*>(adapter); }
  static landfall_status authenticate(const landfall_adapter* adapter, const landfall_request* request,
                                      const landfall_out* out) noexcept {
    return guarded(out, [&]() -> landfall_status {
      return self(adapter).authenticate(Request(request)) == Verdict::Authentic ? LANDFALL_OK
                                                                                : LANDFALL_UNAUTHENTICATED;
    });
  }
  static landfall_status parse(const landfall_adapter* adapter, const landfall_request* request,
                               const landfall_out* out) noexcept {
    return guarded(out, [&]() -> landfall_status { return toAbi(self(adapter).parse(Request(request), Out(out))); });
  }
  static landfall_status sign(const landfall_adapter* adapter, const landfall_request* request,
                              const landfall_out* out) noexcept {
    return guarded(out, [&]() -> landfall_status {
      self(adapter).sign(Request(request), Signature(out));
      return LANDFALL_OK;
    });
  }

  Description description_;
  std::vector<landfall_str> secret_keys_;
  std::vector<landfall_option> options_;
  std::vector<landfall_header_spec> headers_;
  std::vector<std::vector<landfall_header>> sample_headers_;
  std::vector<landfall_sample> samples_;
  landfall_plugin table_{};
};

}  // namespace detail
}  // namespace landfall

/// Makes a library of this class: `Type` derives from landfall::Adapter, is constructible from `const
/// landfall::Receiver&` and has `static landfall::Description describe()`. The SDK's only macro.
#define LANDFALL_EXPORT_ADAPTER(Type)                          \
  extern "C" const landfall_plugin* landfall_plugin_v1(void) { \
    try {                                                      \
      static const ::landfall::detail::Plugin<Type> plugin;    \
      return plugin.table();                                   \
    } catch (...) {                                            \
      return nullptr;                                          \
    }                                                          \
  }
