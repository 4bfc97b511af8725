// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/result.h"
#include "core/model/match.h"
#include "core/model/warehouse.h"

namespace landfall::matching {

/// What a selector decided about one tag, digest or version, with a sentence that names the values compared.
struct Decision {
  model::MatchRule rule = model::MatchRule::OtherRepository;
  std::string detail;
};

/// A subscription made ready for matching: regexes and constraints compiled, repository normalised. Immutable; any
/// thread.
class CompiledSubscription {
 public:
  /// InvalidArgument names the field and what is wrong with it: the cases in which Kargo's selector cannot be built.
  static base::Result<CompiledSubscription> compile(const model::Subscription& subscription);

  /// Normalised; the key of the index. For git in git's own normal form.
  const std::string& repository() const { return repository_; }
  bool isGit() const;

  /// Whether it takes `qualifier`: a tag or version, or a digest in the tag's place. The repository is not looked at.
  /// Git subscriptions answer GitOnly.
  Decision decide(std::string_view qualifier) const;

 private:
  struct ImageSelector;
  struct ChartSelector;
  struct GitSelector {};  ///< nothing to remember: registries' artifacts never match it
  using Selector =
      std::variant<std::shared_ptr<const ImageSelector>, std::shared_ptr<const ChartSelector>, GitSelector>;
  CompiledSubscription(std::string repository, Selector selector);

  std::string repository_;
  Selector selector_;
};

}  // namespace landfall::matching
