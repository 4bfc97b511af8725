// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/config/fields.h"
#include "core/config/manifests.h"

namespace landfall::config {

/// What is Landfall's own in an object of a cluster. Its nodes live as long as the document they are in.
struct OwnAnnotations {
  std::optional<Located> receivers;
  std::optional<Located> refresh;
};

/// What every manifest begins with.
struct ManifestHead {
  std::string name;
  std::string project;                          ///< the namespace; empty for kinds that have none
  const OwnAnnotations* annotations = nullptr;  ///< of an object of a cluster; null: in a file, where the spec has it
};

/// Each reads the body of one kind's manifest; what it cannot use is reported and left out.
void readSecret(Fields& manifest, const ManifestHead& head, Manifests& manifests);
/// `project`: none for the cluster's. `annotations` as in ManifestHead.
void readReceivers(Fields& manifest, const std::optional<std::string>& project, const OwnAnnotations* annotations,
                   Manifests& manifests);
void readWarehouse(Fields& manifest, const ManifestHead& head, Manifests& manifests);

/// A list of `{name: ...}`.
std::vector<SecretReference> readSecretReferences(Fields& fields, std::string_view name);

/// One `{name: ...}`; nothing when it was reported.
std::optional<SecretReference> readSecretReference(const Located& value, Report& report);

}  // namespace landfall::config
