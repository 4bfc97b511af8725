// SPDX-License-Identifier: Apache-2.0
#include "core/config/kubernetes_refresh.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/names.h"
#include "core/config/refresh_builder.h"

namespace landfall::config {
namespace {

using Target = model::KubernetesTarget;
using Acknowledgement = Target::Acknowledgement;
using Lines = std::vector<std::string>;

struct Outcome {
  std::optional<Target> target;
  Lines problems;
};

Outcome readOf(const std::string& kubernetes) {
  Problems problems;
  Report report(problems);
  Manifests manifests;
  readManifests(
      "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: api, namespace: shop}\n"
      "spec:\n  subscriptions: [{image: {repoURL: quay.io/shop/api}}]\n  refresh: {kubernetes: " +
          kubernetes + "}\n",
      "w.yaml", manifests, report);
  Outcome outcome;
  for (const auto& problem : problems) outcome.problems.push_back(problem.text());
  if (const auto& refresh = manifests.warehouses.at(0).refresh) {
    outcome.target = std::get<KubernetesRefresh>(*refresh).target;
  }
  return outcome;
}

Target good(const std::string& kubernetes) {
  const auto outcome = readOf(kubernetes);
  EXPECT_TRUE(outcome.problems.empty()) << outcome.problems.front();
  return outcome.target.value_or(Target());
}

TEST(KubernetesRefresh, KargosPresetIsTheWarehouseItself) {
  const Target expected{"kargo.akuity.io/v1alpha1",  "Warehouse", "shop", "api", "kargo.akuity.io/refresh", "",
                        Acknowledgement::KargoStatus};

  EXPECT_EQ(good("{preset: kargo}"), expected);
  EXPECT_EQ(refreshOfItself({"shop", "api"}, {"w.yaml", 3, "spec"}).target, expected);
}

TEST(KubernetesRefresh, AnObjectMayBeElsewhereAndNamedOtherwise) {
  const Target target = good("{preset: kargo, namespace: store, name: api-main}");

  EXPECT_EQ(target.space, "store");
  EXPECT_EQ(target.name, "api-main");
}

TEST(KubernetesRefresh, AnEmptyNamespaceIsAnObjectOfTheCluster) {
  EXPECT_EQ(good("{apiVersion: v1, kind: Node, namespace: '', name: n1, annotation: a.example/b}").space, "");
}

TEST(KubernetesRefresh, FluxTakesImageRepositoriesInTheVersionThatTheServerPrefers) {
  EXPECT_EQ(good("{preset: flux}"), (Target{"image.toolkit.fluxcd.io/", "ImageRepository", "shop", "api",
                                            "reconcile.fluxcd.io/requestedAt", "", Acknowledgement::FluxStatus}));
}

TEST(KubernetesRefresh, FluxKindsAreKnownByTheirNames) {
  const std::vector<std::pair<std::string, std::string>> kinds{
      {"OCIRepository", "source.toolkit.fluxcd.io/"},    {"HelmRepository", "source.toolkit.fluxcd.io/"},
      {"GitRepository", "source.toolkit.fluxcd.io/"},    {"Bucket", "source.toolkit.fluxcd.io/"},
      {"Kustomization", "kustomize.toolkit.fluxcd.io/"}, {"HelmRelease", "helm.toolkit.fluxcd.io/"},
  };
  for (const auto& [kind, api_version] : kinds) {
    const Target target = good("{preset: flux, kind: " + kind + "}");
    EXPECT_EQ(target.kind, kind);
    EXPECT_EQ(target.api_version, api_version);
    EXPECT_EQ(target.acknowledgement, Acknowledgement::FluxStatus);
  }
}

TEST(KubernetesRefresh, AnyKindAndVersionMayBeNamedForAPreset) {
  const Target flux = good("{preset: flux, kind: Thing, apiVersion: things.example/v3}");
  const Target kargo = good("{preset: kargo, apiVersion: kargo.akuity.io/v1}");

  EXPECT_EQ(flux.kind, "Thing");
  EXPECT_EQ(flux.api_version, "things.example/v3");
  EXPECT_EQ(kargo.kind, "Warehouse");
  EXPECT_EQ(kargo.api_version, "kargo.akuity.io/v1");
}

TEST(KubernetesRefresh, ArgoCdIsAskedForANormalOrAHardRefresh) {
  EXPECT_EQ(good("{preset: argocd}"),
            (Target{"argoproj.io/v1alpha1", "Application", "shop", "api", "argocd.argoproj.io/refresh", "normal",
                    Acknowledgement::AnnotationRemoved}));
  EXPECT_EQ(good("{preset: argocd, value: hard}").value, "hard");
}

TEST(KubernetesRefresh, AnyObjectAndAnnotationWillDo) {
  EXPECT_EQ(
      good("{apiVersion: apps/v1, kind: Deployment, namespace: prod, name: api, annotation: x.example/r, value: now}"),
      (Target{"apps/v1", "Deployment", "prod", "api", "x.example/r", "now", Acknowledgement::None}));
}

TEST(KubernetesRefresh, EveryMistakeIsNamedWithItsPlace) {
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {"{preset: cargo}", "preset: there is no preset cargo (did you mean kargo?)"},
      {"{preset: kargo, annotation: a}", "annotation: the preset kargo has an annotation of its own (one of the two)"},
      {"{preset: flux, kind: GitRepositry}",
       "kind: GitRepositry is no kind of Flux that is known here; it needs apiVersion (did you mean GitRepository?)"},
      {"{preset: argocd, value: soft}", "value: no refresh of Argo CD (normal or hard)"},
      {"{preset: kargo, value: x}",
       "value: the preset kargo needs a new value every time (leave it away for the time of the refresh)"},
      {"{preset: kargo, nmae: x}", "nmae: unknown key (did you mean name?)"},
      {"{preset: kargo, name: ../secrets/x}", "name: no name of Kubernetes (" + std::string(kObjectNameRule) + ")"},
      {"{preset: kargo, namespace: a.b}",
       "namespace: no namespace of Kubernetes (lower-case letters, digits and hyphens; at most 63)"},
      {"{preset: kargo, kind: 'a/b'}", "kind: no kind of Kubernetes (Warehouse)"},
      {"{preset: kargo, apiVersion: 'a/b/c'}",
       "apiVersion: no apiVersion of Kubernetes (kargo.akuity.io/v1alpha1; v1; or group/ for the version that the "
       "server prefers)"},
      {"{apiVersion: v1, kind: Pod, annotation: 'a b'}",
       "annotation: no annotation of Kubernetes (a key as kargo.akuity.io/refresh)"},
      {"{apiVersion: v1, kind: Pod, annotation: a, value: \"a\\nb\"}",
       "value: too long, or with control characters (one line of at most 1024 bytes)"},
      {"{apiVersion: v1, kind: Pod}",
       "annotation: missing (preset: kargo, flux or argocd; or apiVersion, kind, namespace, name and annotation)"},
  };
  for (const auto& [kubernetes, expected] : mistakes) {
    const auto outcome = readOf(kubernetes);
    EXPECT_EQ(outcome.problems, Lines{"w.yaml:6: spec.refresh.kubernetes." + expected});
    EXPECT_FALSE(outcome.target) << kubernetes;
  }
}

/// What the builder makes of a refresh that was read well.
struct Built {
  explicit Built(const Settings::Kubernetes& kubernetes, KubernetesRefresh refresh) {
    Settings settings;
    settings.kubernetes = kubernetes;
    Report report(problems);
    const SecretTable secrets({}, report);
    UsedSecrets used;
    WarehouseManifest manifest;
    manifest.key = {"shop", "api"};
    manifest.refresh = std::move(refresh);
    target = RefreshBuilder(secrets, settings, used, report).build(manifest);
  }
  std::optional<model::RefreshTarget> target;
  Problems problems;
};

KubernetesRefresh inNamespace(const std::string& space, bool from_cluster) {
  Place place{"Warehouse shop/api", 0, "refresh.kubernetes"};
  if (from_cluster) place.object = std::make_shared<const ClusterObject>(ClusterObject{"Warehouse", "shop", "api"});
  KubernetesRefresh refresh = refreshOfItself({"shop", "api"}, place);
  refresh.target.space = space;
  return refresh;
}

TEST(KubernetesRefresh, WithoutAClusterIsAnErrorThatSaysSo) {
  const Built built({}, refreshOfItself({"shop", "api"}, {"w.yaml", 6, "spec.refresh.kubernetes"}));

  EXPECT_FALSE(built.target);
  ASSERT_EQ(built.problems.size(), 1u);
  EXPECT_EQ(built.problems[0].text(),
            "w.yaml:6: spec.refresh.kubernetes: Warehouse shop/api is refreshed in a cluster, and Landfall is told of "
            "none (kubernetes: {enabled: true} in landfall.yaml)");
}

TEST(KubernetesRefresh, OfAnAnnotationStaysInItsNamespaceUnlessThatIsAllowed) {
  Settings::Kubernetes kubernetes;
  kubernetes.enabled = true;
  for (const std::string elsewhere : {"store", ""}) {
    const Built refused(kubernetes, inNamespace(elsewhere, true));
    EXPECT_FALSE(refused.target) << elsewhere;
    EXPECT_EQ(refused.problems.size(), 1u) << elsewhere;
  }
  EXPECT_TRUE(Built(kubernetes, inNamespace("shop", true)).target);
  EXPECT_TRUE(Built(kubernetes, inNamespace("store", false)).target) << "a file may";

  kubernetes.allow_other_namespaces = true;

  EXPECT_TRUE(Built(kubernetes, inNamespace("store", true)).target);
}

}  // namespace
}  // namespace landfall::config
