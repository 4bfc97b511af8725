// SPDX-License-Identifier: Apache-2.0
#include "harbor_samples.h"

#include <string_view>

namespace landfall::harbor {
namespace {

constexpr std::string_view kPush = R"({
  "type": "PUSH_ARTIFACT",
  "occur_at": 1784366471,
  "operator": "robot$harbourside+ci",
  "event_data": {
    "resources": [
      {
        "digest": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
        "tag": "2.14.0",
        "resource_url": "harbor.corp.example/harbourside/cart-api:2.14.0"
      }
    ],
    "repository": {
      "date_created": 1718000000,
      "name": "cart-api",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart-api",
      "repo_type": "private"
    }
  }
})";

constexpr std::string_view kPushUntagged = R"({
  "type": "PUSH_ARTIFACT",
  "occur_at": 1784366470,
  "operator": "ines",
  "event_data": {
    "resources": [
      {
        "digest": "sha256:aa01bb02cc03dd04ee05ff060718293a4b5c6d7e8f90a1b2c3d4e5f601234567",
        "tag": "sha256:aa01bb02cc03dd04ee05ff060718293a4b5c6d7e8f90a1b2c3d4e5f601234567",
        "resource_url": "[2001:db8::7]:8443/harbourside/cart-api@sha256:aa01bb02cc03dd04ee05ff060718293a4b5c6d7e8f90a1b2c3d4e5f601234567"
      }
    ],
    "repository": {
      "date_created": 1718000000,
      "name": "cart-api",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart-api",
      "repo_type": "private"
    }
  }
})";

constexpr std::string_view kPushCloudEvent = R"({
  "specversion": "1.0",
  "id": "7d0d3f0e-58f4-4b6e-9d5c-0b9a2c1f4e77",
  "source": "/projects/4/webhook/policies/9",
  "type": "harbor.artifact.pushed",
  "datacontenttype": "application/json",
  "time": "2026-07-18T09:21:11Z",
  "requestid": "0f6c2ad7-1a8e-4a53-8a1e-1d2a6f0b7c3d",
  "operator": "robot$harbourside+ci",
  "data": {
    "resources": [
      {
        "digest": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
        "tag": "2.14.0",
        "resource_url": "harbor.corp.example/harbourside/cart-api:2.14.0"
      }
    ],
    "repository": {
      "date_created": 1718000000,
      "name": "cart-api",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart-api",
      "repo_type": "private"
    }
  }
})";

constexpr std::string_view kPull = R"({
  "type": "PULL_ARTIFACT",
  "occur_at": 1784366480,
  "operator": "",
  "event_data": {
    "resources": [
      {
        "digest": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
        "tag": "2.14.0",
        "resource_url": "harbor.corp.example/public/base:2.14.0"
      }
    ],
    "repository": {
      "date_created": 1718000000,
      "name": "base",
      "namespace": "public",
      "repo_full_name": "public/base",
      "repo_type": "public"
    }
  }
})";

constexpr std::string_view kDelete = R"({
  "type": "DELETE_ARTIFACT",
  "occur_at": 1784366490,
  "operator": "ines",
  "event_data": {
    "resources": [
      {
        "digest": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
        "tag": "2.14.0",
        "resource_url": "harbor.corp.example/harbourside/cart-api:2.14.0"
      }
    ],
    "repository": {
      "name": "cart-api",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart-api",
      "repo_type": "private"
    }
  }
})";

constexpr std::string_view kScanCompleted = R"({
  "type": "SCANNING_COMPLETED",
  "occur_at": 1784366530,
  "operator": "auto",
  "event_data": {
    "resources": [
      {
        "digest": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
        "tag": "2.14.0",
        "resource_url": "harbor.corp.example/harbourside/cart-api:2.14.0",
        "scan_overview": {
          "application/vnd.security.vulnerability.report; version=1.1": {
            "report_id": "55f3a6de-8b0c-4c50-9a0e-0c7f1b2d3e4f",
            "scan_status": "Success",
            "severity": "High",
            "duration": 12,
            "summary": {
              "total": 3,
              "fixable": 2,
              "summary": {
                "High": 1,
                "Low": 2
              }
            },
            "start_time": "2026-07-18T09:21:58Z",
            "end_time": "2026-07-18T09:22:10Z",
            "scanner": {
              "name": "Trivy",
              "vendor": "Aqua Security",
              "version": "v0.66.0"
            },
            "complete_percent": 100
          }
        }
      }
    ],
    "repository": {
      "name": "cart-api",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart-api",
      "repo_type": "private"
    },
    "scan": {"scan_type": "vulnerability"}
  }
})";

constexpr std::string_view kScanSbom = R"({
  "type": "SCANNING_COMPLETED",
  "occur_at": 1784366542,
  "operator": "auto",
  "event_data": {
    "resources": [
      {
        "digest": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
        "tag": "2.14.0",
        "resource_url": "harbor.corp.example/harbourside/cart-api:2.14.0",
        "sbom_overview": {
          "scan_status": "Success",
          "sbom_digest": "sha256:99887766554433221100ffeeddccbbaa99887766554433221100ffeeddccbbaa",
          "sbom_repository": "harbourside/cart-api",
          "duration": 4
        }
      }
    ],
    "repository": {
      "name": "cart-api",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart-api",
      "repo_type": "private"
    },
    "scan": {"scan_type": "sbom"}
  }
})";

constexpr std::string_view kScanFailed = R"({
  "type": "SCANNING_FAILED",
  "occur_at": 1784366540,
  "operator": "auto",
  "event_data": {
    "resources": [
      {
        "digest": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
        "resource_url": "harbor.corp.example/harbourside/cart-api@sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7"
      }
    ],
    "repository": {
      "name": "cart-api",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart-api",
      "repo_type": "private"
    },
    "scan": {"scan_type": "vulnerability"}
  }
})";

constexpr std::string_view kScanStopped = R"({
  "type": "SCANNING_STOPPED",
  "occur_at": 1784366541,
  "operator": "ines",
  "event_data": {
    "resources": [
      {
        "digest": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
        "tag": "2.14.0",
        "resource_url": "harbor.corp.example/harbourside/cart-api:2.14.0"
      }
    ],
    "repository": {
      "name": "cart-api",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart-api",
      "repo_type": "private"
    },
    "scan": {"scan_type": "vulnerability"}
  }
})";

constexpr std::string_view kQuotaExceed = R"({
  "type": "QUOTA_EXCEED",
  "occur_at": 1784366600,
  "operator": "ines",
  "event_data": {
    "resources": [
      {
        "tag": "2.15.0",
        "digest": "sha256:0e1d2c3b4a5968778695a4b3c2d1e0f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
      }
    ],
    "repository": {
      "name": "cart-api",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart-api",
      "repo_type": "private"
    },
    "custom_attributes": {
      "Details": "adding 240 MiB of storage would exceed the limit of 1 GiB"
    }
  }
})";

constexpr std::string_view kQuotaWarning = R"({
  "type": "QUOTA_WARNING",
  "occur_at": 1784366601,
  "operator": "ines",
  "event_data": {
    "resources": [{}],
    "repository": {
      "name": "cart-api",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart-api",
      "repo_type": "private"
    },
    "custom_attributes": {"Details": "quota usage reached 85%"}
  }
})";

constexpr std::string_view kReplication = R"({
  "type": "REPLICATION",
  "occur_at": 1784366700,
  "operator": "admin",
  "event_data": {
    "replication": {
      "harbor_hostname": "harbor.corp.example",
      "job_status": "Success",
      "description": "copy to the edge",
      "artifact_type": "image",
      "authentication_type": "basic",
      "override_mode": true,
      "trigger_type": "manual",
      "policy_creator": "admin",
      "execution_timestamp": 1784366690,
      "src_resource": {
        "registry_type": "harbor",
        "endpoint": "https://harbor.corp.example",
        "namespace": "harbourside"
      },
      "dest_resource": {
        "registry_name": "edge",
        "registry_type": "harbor",
        "endpoint": "https://edge.corp.example",
        "namespace": "mirror"
      },
      "successful_artifact": [
        {
          "type": "image",
          "status": "Success",
          "name_tag": "cart-api [2 item(s) in total]",
          "references": ["2.14.0", "2.13.4"]
        }
      ],
      "execution_id": 71,
      "task_id": 112
    }
  }
})";

constexpr std::string_view kRetention = R"({
  "type": "TAG_RETENTION",
  "occur_at": 1784366800,
  "operator": "admin",
  "event_data": {
    "retention": {
      "total": 12,
      "retained": 10,
      "harbor_hostname": "harbor.corp.example",
      "project_name": "harbourside",
      "retention_policy_id": 3,
      "retention_rule": [
        {
          "template": "latestPushedK",
          "params": {"latestPushedK": 10},
          "tag_selectors": [
            {
              "kind": "doublestar",
              "decoration": "matches",
              "pattern": "**"
            }
          ],
          "scope_selectors": {
            "repository": [
              {
                "kind": "doublestar",
                "decoration": "repoMatches",
                "pattern": "**"
              }
            ]
          }
        }
      ],
      "result": "SUCCESS",
      "deleted_artifact": [
        {
          "type": "image",
          "status": "SUCCESS",
          "name_tag": "cart-api:2.1.0",
          "references": null
        }
      ]
    }
  }
})";

constexpr std::string_view kUploadChart = R"({
  "type": "UPLOAD_CHART",
  "occur_at": 1650000000,
  "operator": "ines",
  "event_data": {
    "resources": [
      {
        "tag": "1.4.2",
        "resource_url": "https://harbor.corp.example/chartrepo/harbourside/charts/cart-1.4.2.tgz"
      }
    ],
    "repository": {
      "name": "cart",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart",
      "repo_type": "private"
    }
  }
})";

constexpr std::string_view kPushImage = R"({
  "type": "pushImage",
  "occur_at": 1580000000,
  "operator": "ines",
  "event_data": {
    "resources": [
      {
        "digest": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
        "tag": "2.14.0",
        "resource_url": "harbor.corp.example/harbourside/cart-api:2.14.0"
      },
      {
        "digest": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
        "tag": "latest",
        "resource_url": "harbor.corp.example/harbourside/cart-api:latest"
      }
    ],
    "repository": {
      "date_created": 1570000000,
      "name": "cart-api",
      "namespace": "harbourside",
      "repo_full_name": "harbourside/cart-api",
      "repo_type": "private"
    }
  }
})";

constexpr std::string_view kTestEndpoint = R"({"type": "testEndpoint", "occur_at": 1580000000, "operator": "admin"})";

}  // namespace

std::vector<Sample> samples() {
  return {
      {"PUSH_ARTIFACT", "An artifact was pushed by tag.", kPush, Outcome::Pushed},
      {"PUSH_ARTIFACT-untagged", "A manifest was pushed by digest: a platform of a multi-platform image.",
       kPushUntagged, Outcome::Pushed},
      {"harbor.artifact.pushed",
       "An artifact was pushed by tag, as a CloudEvent.",
       kPushCloudEvent,
       Outcome::Pushed,
       {},
       {{"Content-Type", "application/cloudevents+json"}}},
      {"PULL_ARTIFACT", "Somebody without a name pulled an artifact.", kPull, Outcome::Nothing},
      {"DELETE_ARTIFACT", "An artifact was deleted.", kDelete, Outcome::Nothing},
      {"SCANNING_COMPLETED", "A scan for vulnerabilities found some.", kScanCompleted, Outcome::Nothing},
      {"SCANNING_COMPLETED-sbom", "An SBOM was made.", kScanSbom, Outcome::Nothing},
      {"SCANNING_FAILED", "A scan failed.", kScanFailed, Outcome::Nothing},
      {"SCANNING_STOPPED", "Somebody stopped a scan.", kScanStopped, Outcome::Nothing},
      {"QUOTA_EXCEED", "A push was refused because of the quota.", kQuotaExceed, Outcome::Nothing},
      {"QUOTA_WARNING", "A project has used most of its quota.", kQuotaWarning, Outcome::Nothing},
      {"REPLICATION", "A replication task has ended well.", kReplication, Outcome::Nothing},
      {"TAG_RETENTION", "Tag retention has deleted an artifact.", kRetention, Outcome::Nothing},
      {"UPLOAD_CHART", "A chart was uploaded to ChartMuseum (Harbor 2.0 to 2.7).", kUploadChart, Outcome::Pushed},
      {"pushImage", "Two tags were pushed in one event (Harbor 1.9 and 1.10).", kPushImage, Outcome::Pushed},
      {"testEndpoint", "The test of the endpoint (Harbor 1.9 and 1.10).", kTestEndpoint, Outcome::Ping},
  };
}

}  // namespace landfall::harbor
