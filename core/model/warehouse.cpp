// SPDX-License-Identifier: Apache-2.0
#include "core/model/warehouse.h"

namespace landfall::model {
namespace {

struct Name {
  const char* operator()(const HttpTarget&) const { return "http"; }
  const char* operator()(const CommandTarget&) const { return "command"; }
  const char* operator()(const KubernetesTarget&) const { return "kubernetes"; }
};

}  // namespace

std::string refresherName(const RefreshTarget& target) { return std::visit(Name{}, target); }

}  // namespace landfall::model
