// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/plugin.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "core/adapters/plugin_text.h"
#include "core/base/crypto.h"
#include "landfall/adapter.h"

namespace landfall::adapters {
namespace {

constexpr std::size_t kMaxLogText = 2048;

base::LogLevel levelOf(landfall_log_level level) {
  switch (level) {
    case LANDFALL_LOG_DEBUG:
      return base::LogLevel::Debug;
    case LANDFALL_LOG_WARNING:
      return base::LogLevel::Warning;
    case LANDFALL_LOG_ERROR:
      return base::LogLevel::Error;
    default:
      return base::LogLevel::Info;
  }
}

std::string labelOf(const PluginFile& file) {
  return file.path.stem().string().substr(0, 64) + "-" + file.sha256.substr(0, 16) + ".so";
}

base::Status refused(const PluginFile& file, std::string_view reason) {
  return base::failedPrecondition(file.path.string() + ": " + std::string(reason));
}

/// What the entry function gives; nothing when it throws, which no plugin may.
std::optional<const landfall_plugin*> enter(landfall_plugin_entry entry) {
  try {
    return entry();
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace

// Nothing in here may throw: the caller may be C.
struct Plugin::Services {
  Services(std::string plugin_id, base::Log& to) : id(std::move(plugin_id)), log(to) {
    table.size = sizeof table;
    table.abi_major = LANDFALL_ABI_MAJOR;
    table.abi_minor = LANDFALL_ABI_MINOR;
    table.ctx = this;
    table.log = writeLog;
    table.constant_time_equal = constantTimeEqual;
    table.hmac = hmac;
  }

  static void writeLog(void* ctx, landfall_log_level level, landfall_str message) noexcept {
    const auto& self = *static_cast<const Services*>(ctx);
    try {
      const auto text = viewOf(message);
      if (text)
        self.log.write(levelOf(level), "plugins", "a plugin says",
                       {{"plugin", self.id}, {"text", cleanText(*text, kMaxLogText)}});
    } catch (const std::exception&) {
      // A line that cannot be written is no reason to stop the plugin.
    }
  }

  static std::int32_t constantTimeEqual(void*, landfall_str a, landfall_str b) noexcept {
    const auto left = viewOf(a);
    const auto right = viewOf(b);
    return left && right && base::constantTimeEqual(*left, *right) ? 1 : 0;
  }

  static std::size_t hmac(void*, landfall_hmac_algorithm algorithm, landfall_str key, landfall_str message,
                          std::uint8_t* out) noexcept {
    const bool known = algorithm == LANDFALL_HMAC_SHA1 || algorithm == LANDFALL_HMAC_SHA256;
    const auto key_bytes = viewOf(key);
    const auto message_bytes = viewOf(message);
    if (!known || !key_bytes || !message_bytes || out == nullptr) return 0;
    const auto which = algorithm == LANDFALL_HMAC_SHA1 ? base::HmacAlgorithm::Sha1 : base::HmacAlgorithm::Sha256;
    const std::string mac = base::hmac(which, *key_bytes, *message_bytes);
    std::copy(mac.begin(), mac.end(), out);
    return mac.size();
  }

  const std::string id;
  base::Log& log;
  landfall_host table{};
};

Plugin::Plugin(SharedObject library, const landfall_plugin* table, Source source, PluginDescription description,
               base::Log& log)
    : library_(std::move(library)),
      table_(table),
      source_(std::move(source)),
      description_(std::move(description)),
      services_(std::make_unique<Services>(description_.id, log)) {}

Plugin::~Plugin() = default;

const landfall_host* Plugin::host() const { return &services_->table; }

base::Result<std::shared_ptr<const Plugin>> Plugin::load(const PluginFile& file, base::Log& log) {
  auto library = SharedObject::map(file.bytes, labelOf(file));
  if (!library.ok()) return refused(file, library.status().message());
  void* symbol = library->symbol(LANDFALL_PLUGIN_SYMBOL);
  if (symbol == nullptr) return refused(file, "it exports no symbol " LANDFALL_PLUGIN_SYMBOL ": no Landfall adapter");
  const auto table = enter(reinterpret_cast<landfall_plugin_entry>(symbol));
  if (!table) return refused(file, "its entry " LANDFALL_PLUGIN_SYMBOL " threw");
  auto description = describe(*table);
  if (!description.ok()) return refused(file, description.status().message());
  return std::shared_ptr<const Plugin>(
      new Plugin(std::move(library).value(), *table, {file.path, file.sha256}, std::move(description).value(), log));
}

base::Result<std::shared_ptr<const Plugin>> Plugin::load(const std::filesystem::path& file, base::Log& log) {
  const auto read = readPluginFile(file);
  if (!read.ok()) return read.status();
  return load(*read, log);
}

std::string_view name(OptionType type) {
  switch (type) {
    case OptionType::String:
      return "string";
    case OptionType::Integer:
      return "integer";
    case OptionType::Boolean:
      return "boolean";
    case OptionType::List:
      return "list";
    case OptionType::Object:
      return "object";
  }
  return "unknown";
}

std::string_view name(SampleOutcome outcome) {
  switch (outcome) {
    case SampleOutcome::Pushed:
      return "pushed";
    case SampleOutcome::Nothing:
      return "nothing";
    case SampleOutcome::Ping:
      return "ping";
    case SampleOutcome::Unrecognised:
      return "unrecognised";
    case SampleOutcome::Malformed:
      return "malformed";
  }
  return "unknown";
}

}  // namespace landfall::adapters
