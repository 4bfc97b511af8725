// SPDX-License-Identifier: Apache-2.0
#include "quay_samples.h"

namespace landfall::quay {
namespace {

constexpr std::string_view kRepoPush = R"json({
  "repository": "harbourside/cart-api",
  "namespace": "harbourside",
  "name": "cart-api",
  "docker_url": "quay.io/harbourside/cart-api",
  "homepage": "https://quay.io/repository/harbourside/cart-api",
  "updated_tags": ["2.14.0"]
}
)json";

constexpr std::string_view kRepoPushTest =
    R"json({"repository":"harbourside/cart-api","namespace":"harbourside","name":"cart-api","docker_url":"quay.io/harbourside/cart-api","homepage":"https://quay.io/repository/harbourside/cart-api","updated_tags":["latest","foo"],"pruned_image_count":3}
)json";

constexpr std::string_view kRepoPushMap = R"json({
  "repository": "harbourside/cart-api",
  "namespace": "harbourside",
  "name": "cart-api",
  "docker_url": "quay.io/harbourside/cart-api",
  "homepage": "https://quay.io/repository/harbourside/cart-api",
  "updated_tags": {
    "latest": "4f1d2c3b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff001",
    "2.14.0": "4f1d2c3b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff001"
  }
}
)json";

constexpr std::string_view kRepoPushTemplate =
    R"json({"event": "repo_push", "docker_url": "quay.io/harbourside/cart-api", "updated_tags": ["2.14.0"]}
)json";

constexpr std::string_view kBuildQueued = R"json({
  "repository": "harbourside/cart-api",
  "namespace": "harbourside",
  "name": "cart-api",
  "docker_url": "quay.io/harbourside/cart-api",
  "homepage": "https://quay.io/repository/harbourside/cart-api/build/1f0a7c55-3c1e-4c0d-9d5e-0a4f0b0a9e11",
  "build_id": "1f0a7c55-3c1e-4c0d-9d5e-0a4f0b0a9e11",
  "docker_tags": ["2.14.0", "latest"],
  "repo": "cart-api",
  "is_manual": false,
  "manual_user": null,
  "trigger_id": "8f2f5a62-91d7-4f4f-9f0b-6a6f8f1d3c55",
  "trigger_kind": "github",
  "trigger_manual": false,
  "trigger_metadata": {
    "default_branch": "main",
    "ref": "refs/heads/main",
    "commit": "0d9b1c2a3e4f5061728394a5b6c7d8e9f0a1b2c3",
    "commit_info": {"url": "https://git.example/c/0d9b1c2", "message": "Round prices", "date": 1784366400}
  }
}
)json";

constexpr std::string_view kBuild = R"json({
  "repository": "harbourside/cart-api",
  "namespace": "harbourside",
  "name": "cart-api",
  "docker_url": "quay.io/harbourside/cart-api",
  "homepage": "https://quay.io/repository/harbourside/cart-api/build/1f0a7c55-3c1e-4c0d-9d5e-0a4f0b0a9e11",
  "build_id": "1f0a7c55-3c1e-4c0d-9d5e-0a4f0b0a9e11",
  "build_name": "0d9b1c2",
  "docker_tags": ["2.14.0", "latest"],
  "trigger_id": null,
  "trigger_kind": null,
  "trigger_metadata": {}
}
)json";

constexpr std::string_view kBuildFailure = R"json({
  "repository": "harbourside/cart-api",
  "namespace": "harbourside",
  "name": "cart-api",
  "docker_url": "quay.io/harbourside/cart-api",
  "homepage": "https://quay.io/repository/harbourside/cart-api/build?current=1f0a7c55",
  "build_id": "1f0a7c55-3c1e-4c0d-9d5e-0a4f0b0a9e11",
  "docker_tags": ["2.14.0"],
  "error_message": "Could not pull the base image",
  "trigger_kind": "github",
  "trigger_id": "8f2f5a62-91d7-4f4f-9f0b-6a6f8f1d3c55",
  "trigger_metadata": {"ref": "refs/heads/main", "commit": "0d9b1c2a3e4f5061728394a5b6c7d8e9f0a1b2c3"}
}
)json";

constexpr std::string_view kVulnerabilityFound = R"json({
  "repository": "harbourside/cart-api",
  "namespace": "harbourside",
  "name": "cart-api",
  "docker_url": "quay.io/harbourside/cart-api",
  "homepage": "https://quay.io/repository/harbourside/cart-api",
  "tags": ["2.14.0", "latest"],
  "vulnerable_index_report_created": "true",
  "vulnerability": {
    "id": "CVE-2031-12345",
    "description": "Heap overflow in a parser",
    "link": "https://advisories.example/CVE-2031-12345",
    "priority": "High",
    "has_fix": true
  }
}
)json";

constexpr std::string_view kMirrorSync = R"json({
  "repository": "harbourside/alpine",
  "namespace": "harbourside",
  "name": "alpine",
  "docker_url": "registry.corp.example:8443/harbourside/alpine",
  "homepage": "https://registry.corp.example:8443/repository/harbourside/alpine",
  "message": "'docker.io/library/alpine' with tag pattern '3.2*,latest'"
}
)json";

constexpr std::string_view kRepoMirrorSyncFailed =
    R"json({"repository":"harbourside/alpine","namespace":"harbourside","name":"alpine","docker_url":"quay.io/harbourside/alpine","homepage":"https://quay.io/repository/harbourside/alpine","message":"'docker.io/library/alpine' with tag pattern '3.2*': PARTIAL SYNC"}
)json";

constexpr std::string_view kRepoImageExpiry = R"json({
  "repository": "harbourside/cart-api",
  "namespace": "harbourside",
  "name": "cart-api",
  "docker_url": "quay.io/harbourside/cart-api",
  "homepage": "https://quay.io/repository/harbourside/cart-api",
  "tags": ["pr-118", "pr-121"],
  "expiring_in": "3 days",
  "notification_uuid": "d6a8a3de-5d0c-4d0f-8a37-6f1f7a1f2b10"
}
)json";

constexpr std::string_view kQuotaWarning = R"json({
  "namespace": "harbourside",
  "homepage": "https://registry.corp.example:8443/organization/harbourside",
  "threshold_percent": 80,
  "usage_bytes": 863288426,
  "limit_bytes": 1073741824,
  "usage_percent": 80,
  "usage_bytes_formatted": "823.30 MB",
  "limit_bytes_formatted": "1.00 GB"
}
)json";

constexpr std::string_view kQuotaError =
    R"json({"namespace":"harbourside","homepage":"https://quay.io/organization/harbourside","threshold_percent":100,"usage_bytes":1084479242,"limit_bytes":1073741824,"usage_percent":101,"usage_bytes_formatted":"1.01 GB","limit_bytes_formatted":"1.00 GB"}
)json";

}  // namespace

std::vector<Sample> samples() {
  return {
      {"repo_push", "A push of one tag, as every docker push sends it.", kRepoPush, Outcome::Pushed},
      {"repo_push_test", "What the Test button of a push notification sends.", kRepoPushTest, Outcome::Pushed},
      {"repo_push_map", "A push in the form of 2017 and before: a map from tags to ids of v1 images.", kRepoPushMap,
       Outcome::Pushed},
      {"repo_push_template", "A push through a template that names its event.", kRepoPushTemplate, Outcome::Pushed},
      {"build_queued", "A build waits for a builder.", kBuildQueued, Outcome::Nothing},
      {"build_start", "A build has begun; only the option tells it from the other three.", kBuild, Outcome::Nothing,
       R"({"event": "build_start"})"},
      {"build_success", "A build is done.", kBuild, Outcome::Nothing, R"({"event": "build_success"})"},
      {"build_failure", "A build has failed; old builders say why.", kBuildFailure, Outcome::Nothing},
      {"build_cancelled", "A build was stopped.", kBuild, Outcome::Nothing, R"({"event": "build_cancelled"})"},
      {"vulnerability_found", "The scanner found a vulnerability.", kVulnerabilityFound, Outcome::Nothing},
      {"repo_mirror_sync_started", "A mirror run has begun.", kMirrorSync, Outcome::Nothing,
       R"({"event": "repo_mirror_sync_started"})"},
      {"repo_mirror_sync_success", "A mirror run is done.", kMirrorSync, Outcome::Nothing,
       R"({"event": "repo_mirror_sync_success"})"},
      {"repo_mirror_sync_failed", "A mirror run has failed.", kRepoMirrorSyncFailed, Outcome::Nothing},
      {"repo_image_expiry", "Tags are about to expire.", kRepoImageExpiry, Outcome::Nothing},
      {"quota_warning", "An organisation uses much of its quota.", kQuotaWarning, Outcome::Nothing},
      {"quota_error", "An organisation is over its quota.", kQuotaError, Outcome::Nothing},
  };
}

}  // namespace landfall::quay
