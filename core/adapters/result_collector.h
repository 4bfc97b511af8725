// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/adapters/adapter.h"
#include "core/base/result.h"
#include "landfall/adapter.h"

namespace landfall::adapters {

/// The receiving end of one call into a plugin: copies, bounds and checks what is pushed. Lives on the stack of the
/// call; one thread.
class ResultCollector {
 public:
  enum class For { Parse, Sign, Other };  ///< decides which functions the plugin is given

  explicit ResultCollector(For what);
  ResultCollector(const ResultCollector&) = delete;
  ResultCollector& operator=(const ResultCollector&) = delete;

  const landfall_out* out() const { return &out_; }

  /// A call that did not come to an end as calls do (it threw) is over with this reason.
  void fail(std::string reason) { failure_ = std::move(reason); }

  /// The reason given, or `otherwise` when there is none.
  std::string reasonOr(std::string_view otherwise) const;

  /// What parse came to with `status`. Takes the results out.
  ParsedRequest parsed(landfall_status status);
  /// What sign came to with `status`.
  base::Result<std::vector<model::Header>> headers(landfall_status status);

 private:
  void takeEvent(const landfall_event* raw);
  void takeArtifact(const landfall_artifact* raw);
  void takeHeader(landfall_str name, landfall_str value);
  void takeReason(landfall_str text);

  landfall_out out_{};
  ParsedRequest result_;
  std::vector<model::Header> headers_;
  std::optional<std::string> failure_;  ///< a promise that the plugin broke: nothing else counts
  bool has_event_ = false;
  std::size_t artifacts_left_out_ = 0;
};

}  // namespace landfall::adapters
