// SPDX-License-Identifier: Apache-2.0
// config/kubernetes as it stands: what needs no cluster. tests/e2e/kubernetes applies it to one.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>
#include <string>

#include "tests/e2e/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/yaml_manifests.h"

namespace landfall::testing {
namespace {

using nlohmann::json;

const std::filesystem::path kSource = LANDFALL_SOURCE_DIR;

/// The one object of this kind.
json theOnly(const std::string& kind) {
  json found;
  for (const auto& file : kubernetesManifests(kSource)) {
    for (const auto& object : readYamlManifests(file)) {
      if (object.at("kind") != kind) continue;
      EXPECT_TRUE(found.is_null()) << "two of kind " << kind;
      found = object;
    }
  }
  return found;
}

void replace(std::string& text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what << " in\n" << text;
  text.replace(at, what.size(), with);
}

TEST(KubernetesManifests, AreAllObjectsThatTheKustomizationKnows) {
  const std::string kustomization = readFile(kSource / "config/kubernetes/kustomization.yaml");
  std::set<std::string> names;
  for (const auto& file : kubernetesManifests(kSource)) {
    const auto name = file.lexically_relative(kSource / "config/kubernetes").string();
    EXPECT_NE(kustomization.find("- " + name), std::string::npos)
        << name << ": neither listed nor, as optional, mentioned";
    for (const auto& object : readYamlManifests(file)) {
      const std::string space = object.at("metadata").value("namespace", "");
      const std::string id = object.at("kind").get<std::string>() + " " + space + "/" +
                             object.at("metadata").at("name").get<std::string>();
      EXPECT_FALSE(object.at("apiVersion").get<std::string>().empty()) << id;
      EXPECT_TRUE(names.insert(id).second) << id << " stands there twice";
    }
  }
  const auto listed = readYamlManifests(kSource / "config/kubernetes/kustomization.yaml");
  for (const auto& resource : listed.at(0).at("resources")) {
    EXPECT_TRUE(exists(kSource / "config/kubernetes" / resource.get<std::string>())) << resource;
  }
}

TEST(KubernetesManifests, TheConfigurationIsOneThatLandfallTakes) {
  TempDir folder;
  std::string text = theOnly("ConfigMap").at("data").at("landfall.yaml");
  // What is another machine's here: its plugins, its disk, and the cluster that a pod finds.
  replace(text, "/usr/lib/landfall/plugins", builtPlugins().string());
  replace(text, "/var/lib/landfall", folder.path().string());
  replace(text, "enabled: true", "enabled: true\n  kubeconfig: kubeconfig");
  folder.write(
      "kubeconfig",
      "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
      "clusters: [{name: c, cluster: {server: \"https://127.0.0.1:1\"}}]\nusers: [{name: u, user: {token: t}}]\n");

  const Finished checked = runLandfall({"check", "--config", folder.write("landfall.yaml", text).string()});

  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_EQ(checked.err, "");
}

TEST(KubernetesManifests, ThePodIsConfinedAndHasWhatItsConfigurationNames) {
  const json pod = theOnly("Deployment").at("spec").at("template").at("spec");
  const json container = pod.at("containers").at(0);
  const std::string configuration = theOnly("ConfigMap").at("data").at("landfall.yaml");

  EXPECT_EQ(pod.at("securityContext").at("runAsNonRoot"), true);
  EXPECT_EQ(pod.at("securityContext").at("seccompProfile").at("type"), "RuntimeDefault");
  EXPECT_EQ(container.at("securityContext").at("readOnlyRootFilesystem"), true);
  EXPECT_EQ(container.at("securityContext").at("allowPrivilegeEscalation"), false);
  EXPECT_EQ(container.at("securityContext").at("capabilities").at("drop"), json::array({"ALL"}));
  EXPECT_GT(pod.at("terminationGracePeriodSeconds"), 30) << "5 s for requests, 20 for refreshes, 5 for the API";
  EXPECT_EQ(theOnly("Deployment").at("spec").at("replicas"), 1);
  EXPECT_EQ(theOnly("Deployment").at("spec").at("strategy").at("type"), "Recreate");
  std::map<std::string, std::string> mounts;
  for (const auto& mount : container.at("volumeMounts")) mounts[mount.at("mountPath")] = mount.at("name");
  EXPECT_TRUE(mounts.contains("/tmp"));
  EXPECT_NE(configuration.find("sqlite:/var/lib/landfall/"), std::string::npos);
  EXPECT_TRUE(mounts.contains("/var/lib/landfall"));
  EXPECT_EQ(container.at("args").at(2), "/etc/landfall/landfall.yaml");
  EXPECT_TRUE(mounts.contains("/etc/landfall"));
  for (const auto& port : container.at("ports")) {
    const std::string number = std::to_string(port.at("containerPort").get<int>());
    EXPECT_NE(configuration.find("listen: 0.0.0.0:" + number), std::string::npos) << port;
  }
}

TEST(KubernetesManifests, TheImageIsBuiltWithWhatTheBuildNeeds) {
  const std::string dev = readFile(kSource / "dev");
  const auto begin = dev.find("packages_build=(") + 16;
  const std::string dockerfile = readFile(kSource / "config/kubernetes/Dockerfile");

  std::istringstream packages(dev.substr(begin, dev.find(')', begin) - begin));

  for (std::string package; packages >> package;) {
    EXPECT_NE(dockerfile.find(" " + package), std::string::npos) << package;
  }
}

}  // namespace
}  // namespace landfall::testing
