// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/config/fields.h"
#include "core/config/manifests.h"

namespace landfall::config {

/// What every manifest begins with.
struct ManifestHead {
  std::string name;
  std::string project;  ///< the namespace; empty for kinds that have none
};

/// Each reads the body of one kind's manifest; what it cannot use is reported and left out.
void readSecret(Fields& manifest, const ManifestHead& head, Manifests& manifests);
/// `project`: none for the cluster's.
void readReceivers(Fields& manifest, const std::optional<std::string>& project, Manifests& manifests);
void readWarehouse(Fields& manifest, const ManifestHead& head, Manifests& manifests);

/// A list of `{name: ...}`.
std::vector<SecretReference> readSecretReferences(Fields& fields, std::string_view name);

/// One `{name: ...}`; nothing when it was reported.
std::optional<SecretReference> readSecretReference(const Located& value, Report& report);

}  // namespace landfall::config
