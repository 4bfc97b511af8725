// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/kubernetes_refresher.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/time_text.h"

namespace landfall::refresh {
namespace {

using Acknowledgement = model::KubernetesTarget::Acknowledgement;

constexpr int kNotFound = 404;

RefreshResult failed(const kubernetes::Failure& failure, std::string detail) {
  RefreshResult result;
  result.outcome = outcomeOfPatch(failure.status);
  if (failure.status != 0) result.status = failure.status;
  result.detail = std::move(detail);
  result.retry_after = failure.retry_after;
  return result;
}

RefreshResult rejected(std::string detail) {
  RefreshResult result;
  result.outcome = model::AttemptOutcome::Rejected;
  result.detail = std::move(detail);
  return result;
}

std::string objectText(const model::KubernetesTarget& target) {
  return target.space.empty() ? fmt::format("{} {}", target.kind, target.name)
                              : fmt::format("{} {}/{}", target.kind, target.space, target.name);
}

std::string mergePatch(const model::KubernetesTarget& target, const std::string& value) {
  const nlohmann::json patch{{"metadata", {{"annotations", {{target.annotation, value}}}}}};
  return patch.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// A namespace too many or too few: the request would go to another path than the one that is meant.
std::optional<std::string> misplaced(const kubernetes::ResourceType& type, const model::KubernetesTarget& target) {
  if (type.namespaced == !target.space.empty()) return std::nullopt;
  return type.namespaced
             ? fmt::format("{} is of a kind that lives in namespaces: refresh.kubernetes names none",
                           objectText(target))
             : fmt::format("{} is of a kind that belongs to the cluster: namespace: \"\" in refresh.kubernetes",
                           objectText(target));
}

}  // namespace

std::string RefreshTimes::next(base::UtcTime now) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  using std::chrono::nanoseconds;
  const std::int64_t now_ns = duration_cast<nanoseconds>(now.time_since_epoch()).count();
  std::int64_t mine = 0;
  {
    const std::lock_guard lock(mutex_);
    mine = last_ns_ = std::max(now_ns, last_ns_ + 1);
  }
  const milliseconds whole = std::chrono::floor<milliseconds>(nanoseconds(mine));
  std::string text = base::toRfc3339(base::UtcTime(whole));
  text.pop_back();
  return fmt::format("{}{:06}Z", text, (nanoseconds(mine) - whole).count());
}

model::AttemptOutcome outcomeOfPatch(int status) {
  if (status >= 200 && status < 300) return model::AttemptOutcome::Succeeded;
  switch (status) {
    case 400:
    case 405:
    case 415:
    case 422:
      return model::AttemptOutcome::Rejected;
    default:
      return model::AttemptOutcome::Retryable;
  }
}

RefreshResult KubernetesRefresher::refresh(const RefreshRun& run, const model::KubernetesTarget& target) const {
  const auto type = client_.resourceType(target.api_version, target.kind);
  if (!type.ok()) return failed(type.failure(), type.failure().message);
  if (auto wrong = misplaced(*type, target)) return rejected(*std::move(wrong));

  const std::string value = target.value.empty() ? times_.next(run.now) : target.value;
  const bool confirmed = target.acknowledgement != Acknowledgement::None;
  const auto& delivery = run.claim.delivery;
  if (confirmed) {
    confirmations_.expect(delivery, *type, target, value);
    watch_(*type, target.space);
  }
  const auto object = client_.patch(*type, target.space, target.name, mergePatch(target, value), {}, run.timeout);
  if (!object.ok()) {
    if (confirmed) confirmations_.drop(delivery.id);
    const auto& failure = object.failure();
    // Otherwise it is the kind that is not there, which the message says.
    const bool object_missing = failure.status == kNotFound && failure.reason == "NotFound";
    const std::string hint = object_missing ? ": is it of another name, or in another namespace?" : "";
    return failed(failure, failure.message + hint);
  }
  RefreshResult result;
  result.outcome = model::AttemptOutcome::Succeeded;
  result.status = 200;
  result.detail = fmt::format("{}: {}={}", objectText(target), target.annotation, value);
  if (confirmed) result.awaits = confirmations_.patched(delivery.id, *object);
  return result;
}

}  // namespace landfall::refresh
