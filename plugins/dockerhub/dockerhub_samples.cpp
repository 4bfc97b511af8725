// SPDX-License-Identifier: Apache-2.0
#include "dockerhub_samples.h"

namespace landfall::dockerhub {
namespace {

constexpr std::string_view kPush = R"json({
  "callback_url": "https://registry.hub.docker.com/u/harbourside/cart-api/hook/2b1f0/",
  "push_data": {
    "pushed_at": 1784366471,
    "pusher": "ines",
    "tag": "2.14.0",
    "images": [],
    "media_type": "application/vnd.docker.container.image.v1+json"
  },
  "repository": {
    "comment_count": 0,
    "date_created": 1718000000,
    "description": "Cart service",
    "dockerfile": "",
    "full_description": null,
    "is_official": false,
    "is_private": true,
    "is_trusted": false,
    "name": "cart-api",
    "namespace": "harbourside",
    "owner": "harbourside",
    "repo_name": "harbourside/cart-api",
    "repo_url": "https://hub.docker.com/r/harbourside/cart-api",
    "star_count": 0,
    "status": "Active"
  }
}
)json";

constexpr std::string_view kPushChart = R"json({
  "callback_url": "https://registry.hub.docker.com/u/harbourside/cart-chart/hook/2b1f0/",
  "push_data": {
    "pushed_at": 1784366471,
    "pusher": "ines",
    "tag": "2.14.0",
    "images": [],
    "media_type": "application/vnd.cncf.helm.config.v1+json"
  },
  "repository": {
    "comment_count": 0,
    "date_created": 1718000000,
    "description": "Chart of the cart service",
    "dockerfile": "",
    "full_description": null,
    "is_official": false,
    "is_private": true,
    "is_trusted": false,
    "name": "cart-chart",
    "namespace": "harbourside",
    "owner": "harbourside",
    "repo_name": "harbourside/cart-chart",
    "repo_url": "https://hub.docker.com/r/harbourside/cart-chart",
    "star_count": 0,
    "status": "Active"
  }
}
)json";

constexpr std::string_view kPush2015 = R"json({
  "push_data": {
    "pushed_at": 1.417566161e+09,
    "images": [
      "imagehash1",
      "imagehash2"
    ],
    "pusher": "ines",
    "tag": "2.14.0"
  },
  "callback_url": "https://registry.hub.docker.com/u/harbourside/cart-api/hook/2b1f0/",
  "repository": {
    "status": "Active",
    "description": null,
    "is_trusted": true,
    "full_description": null,
    "repo_url": "https://hub.docker.com/r/harbourside/cart-api",
    "owner": "harbourside",
    "is_official": false,
    "is_private": false,
    "name": "cart-api",
    "namespace": "harbourside",
    "star_count": 1,
    "comment_count": 1,
    "date_created": 1.417494799e+09,
    "dockerfile": null,
    "repo_name": "harbourside/cart-api"
  }
}
)json";

constexpr std::string_view kPushImagesNull = R"json({
  "callback_url": "https://registry.hub.docker.com/u/harbourside/cart-api/hook/2b1f0/",
  "push_data": {
    "pushed_at": 1784366471,
    "pusher": "ines",
    "tag": "2.14.0",
    "images": null
  },
  "repository": {
    "comment_count": 0,
    "date_created": 1718000000,
    "description": "Cart service",
    "dockerfile": "",
    "full_description": null,
    "is_official": false,
    "is_private": true,
    "is_trusted": true,
    "name": "cart-api",
    "namespace": "harbourside",
    "owner": "harbourside",
    "repo_name": "harbourside/cart-api",
    "repo_url": "https://hub.docker.com/r/harbourside/cart-api",
    "star_count": 0,
    "status": "Active"
  }
}
)json";

constexpr std::string_view kPushOfficial = R"json({
  "callback_url": "https://registry.hub.docker.com/u/library/busybox/hook/2b1f0/",
  "push_data": {
    "pushed_at": 1784366471,
    "pusher": "stackbrew",
    "tag": "1.37.0",
    "images": [],
    "media_type": "application/vnd.docker.container.image.v1+json"
  },
  "repository": {
    "comment_count": 0,
    "date_created": 1718000000,
    "description": "Busybox base image.",
    "dockerfile": "",
    "full_description": null,
    "is_official": true,
    "is_private": false,
    "is_trusted": false,
    "name": "busybox",
    "namespace": "library",
    "owner": "library",
    "repo_name": "library/busybox",
    "repo_url": "https://hub.docker.com/_/busybox",
    "star_count": 0,
    "status": "Active"
  }
}
)json";

}  // namespace

std::vector<Sample> samples() {
  return {
      {"push", "A push of an image.", kPush, Outcome::Pushed},
      {"push_chart", "A push of a Helm chart.", kPushChart, Outcome::Pushed},
      {"push_2015", "A push in the form of 2015: times are floats, images are listed, no media type.", kPush2015,
       Outcome::Pushed},
      {"push_images_null", "A push of an automated build that is not finished: images is null.", kPushImagesNull,
       Outcome::Pushed},
      {"push_official", "A push of an official image.", kPushOfficial, Outcome::Pushed},
  };
}

}  // namespace landfall::dockerhub
