// SPDX-License-Identifier: Apache-2.0
#include "core/config/kubernetes_refresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/names.h"
#include "core/config/nearest_name.h"

namespace landfall::config {
namespace {

using Acknowledgement = model::KubernetesTarget::Acknowledgement;

// Annotations of an object may have 256 KiB together; a word that a controller looks for is far from that.
constexpr std::size_t kLongestValue = 1024;

struct Preset {
  std::string_view name;
  std::string_view api_version;  ///< of `kind`
  std::string_view kind;         ///< unless another is named
  std::string_view annotation;
  Acknowledgement acknowledgement;
};

/// kargo.akuity.io: api/v1alpha1 annotations.go. fluxcd.io: pkg/apis/meta annotations.go. argo-cd.readthedocs.io:
/// "Annotations and Labels used by Argo CD".
constexpr std::array kPresets{
    Preset{"kargo", "kargo.akuity.io/v1alpha1", "Warehouse", "kargo.akuity.io/refresh", Acknowledgement::KargoStatus},
    Preset{"flux", "image.toolkit.fluxcd.io/", "ImageRepository", "reconcile.fluxcd.io/requestedAt",
           Acknowledgement::FluxStatus},
    Preset{"argocd", "argoproj.io/v1alpha1", "Application", "argocd.argoproj.io/refresh",
           Acknowledgement::AnnotationRemoved},
};

struct FluxKind {
  std::string_view kind;
  std::string_view api_version;
};

constexpr std::array kFluxKinds{
    FluxKind{"ImageRepository", "image.toolkit.fluxcd.io/"},
    FluxKind{"ImageUpdateAutomation", "image.toolkit.fluxcd.io/"},
    FluxKind{"OCIRepository", "source.toolkit.fluxcd.io/"},
    FluxKind{"HelmRepository", "source.toolkit.fluxcd.io/"},
    FluxKind{"HelmChart", "source.toolkit.fluxcd.io/"},
    FluxKind{"GitRepository", "source.toolkit.fluxcd.io/"},
    FluxKind{"Bucket", "source.toolkit.fluxcd.io/"},
    FluxKind{"Kustomization", "kustomize.toolkit.fluxcd.io/"},
    FluxKind{"HelmRelease", "helm.toolkit.fluxcd.io/"},
};

constexpr std::string_view kAnyForm =
    "preset: kargo, flux or argocd; or apiVersion, kind, namespace, name and annotation";

template <class Named, std::size_t N, class Name>
std::vector<std::string> namesOf(const std::array<Named, N>& all, Name name) {
  std::vector<std::string> names;
  names.reserve(N);
  for (const auto& each : all) names.emplace_back(each.*name);
  return names;
}

void take(const Preset& preset, model::KubernetesTarget& target) {
  target.api_version = preset.api_version;
  target.kind = preset.kind;
  target.annotation = preset.annotation;
  target.acknowledgement = preset.acknowledgement;
}

class Reader {
 public:
  Reader(Fields fields, const model::WarehouseKey& warehouse)
      : fields_(std::move(fields)), report_(fields_.report()), refresh_{{}, fields_.place()} {
    target().space = warehouse.project;
    target().name = warehouse.name;
  }

  std::optional<KubernetesRefresh> read() {
    const bool has_preset = fields_.value("preset").has_value();
    const bool has_annotation = fields_.value("annotation").has_value();
    readObject();
    if (has_preset) {
      readPreset(has_annotation);
    } else {
      readAnnotation();
    }
    readValue();
    const bool known = fields_.unread().empty();
    fields_.reportUnread(Severity::Error);
    if (!good_ || !known) return std::nullopt;
    return std::move(refresh_);
  }

 private:
  model::KubernetesTarget& target() { return refresh_.target; }

  void refuse(const Place& place, std::string message, std::string suggestion) {
    report_.error(place, std::move(message), std::move(suggestion));
    good_ = false;
  }

  /// True when it is there and right.
  bool readName(std::string_view key, std::string& name, bool (*legal)(std::string_view), std::string_view rule) {
    if (!fields_.value(key)) return false;
    std::string text;
    if (!fields_.nonEmptyText(key, text, rule)) {
      good_ = false;
      return false;
    }
    if (!legal(text)) {
      refuse(fields_.placeOf(key), fmt::format("no {} of Kubernetes", key), std::string(rule));
      return false;
    }
    name = std::move(text);
    return true;
  }

  void readObject() {
    readName("name", target().name, isObjectName, kObjectNameRule);
    if (const auto space = fields_.value("namespace"); space && isEmptyText(*space)) {
      target().space.clear();
    } else {
      readName("namespace", target().space, isNamespace, "lower-case letters, digits and hyphens; at most 63");
    }
    has_kind_ = readName("kind", kind_, isKind, "Warehouse");
    has_api_version_ = readName("apiVersion", api_version_, isApiVersion,
                                "kargo.akuity.io/v1alpha1; v1; or group/ for the version that the server prefers");
  }

  static bool isEmptyText(const Located& value) {
    return value.node->kind == YamlNode::Kind::Scalar && !value.node->plain && value.node->text.empty();
  }

  void readPreset(bool has_annotation) {
    std::string name;
    if (!fields_.nonEmptyText("preset", name, kAnyForm)) {
      good_ = false;
      return;
    }
    const auto* const preset =
        std::find_if(kPresets.begin(), kPresets.end(), [&](const Preset& each) { return each.name == name; });
    if (preset == kPresets.end()) {
      refuse(fields_.placeOf("preset"), fmt::format("there is no preset {}", name),
             suggestName(name, namesOf(kPresets, &Preset::name)));
      return;
    }
    if (has_annotation) {
      refuse(fields_.placeOf("annotation"), fmt::format("the preset {} has an annotation of its own", name),
             "one of the two");
    }
    take(*preset, target());
    preset_ = name;
    overrideKind();
  }

  /// Another kind that takes the same annotation. Flux' kinds are in several groups, and are known by their names.
  void overrideKind() {
    if (has_kind_) target().kind = kind_;
    if (has_api_version_) {
      target().api_version = api_version_;
    } else if (has_kind_ && preset_ == "flux") {
      const auto* const known =
          std::find_if(kFluxKinds.begin(), kFluxKinds.end(), [&](const FluxKind& each) { return each.kind == kind_; });
      if (known == kFluxKinds.end()) {
        refuse(fields_.placeOf("kind"),
               fmt::format("{} is no kind of Flux that is known here; it needs apiVersion", kind_),
               suggestName(kind_, namesOf(kFluxKinds, &FluxKind::kind)));
      } else {
        target().api_version = known->api_version;
      }
    }
  }

  void readAnnotation() {
    target().kind = kind_;
    target().api_version = api_version_;
    for (const std::string_view key : {"apiVersion", "kind", "annotation"}) {
      if (fields_.value(key)) continue;
      refuse(fields_.placeOf(key), "missing", std::string(kAnyForm));
    }
    readName("annotation", target().annotation, isAnnotationKey, "a key as kargo.akuity.io/refresh");
  }

  void readValue() {
    if (preset_ == "argocd") target().value = "normal";
    if (!fields_.value("value")) return;
    std::string value;
    if (!fields_.nonEmptyText("value", value, "leave it away for the time of the refresh")) {
      good_ = false;
    } else if (value.size() > kLongestValue || !isHeaderValue(value)) {
      refuse(fields_.placeOf("value"), "too long, or with control characters",
             fmt::format("one line of at most {} bytes", kLongestValue));
    } else if (preset_ == "argocd" && value != "normal" && value != "hard") {
      refuse(fields_.placeOf("value"), "no refresh of Argo CD", "normal or hard");
    } else if (preset_ == "kargo" || preset_ == "flux") {
      // The controller acts on a change, and from the second refresh on there would be none.
      refuse(fields_.placeOf("value"), fmt::format("the preset {} needs a new value every time", preset_),
             "leave it away for the time of the refresh");
    } else {
      target().value = std::move(value);
    }
  }

  Fields fields_;
  Report& report_;
  KubernetesRefresh refresh_;
  std::string preset_;  ///< empty: none that is known
  std::string kind_;
  std::string api_version_;
  bool has_kind_ = false;
  bool has_api_version_ = false;
  bool good_ = true;
};

}  // namespace

KubernetesRefresh refreshOfItself(const model::WarehouseKey& warehouse, Place place) {
  KubernetesRefresh refresh{{}, std::move(place)};
  take(kPresets[0], refresh.target);
  refresh.target.space = warehouse.project;
  refresh.target.name = warehouse.name;
  return refresh;
}

std::optional<KubernetesRefresh> readKubernetesRefresh(Fields fields, const model::WarehouseKey& warehouse) {
  return Reader(std::move(fields), warehouse).read();
}

}  // namespace landfall::config
