// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/routes.h"

/// docs/openapi.yaml in JSON; made at build time.
extern const char* const landfall_openapi_json;

namespace landfall::http {

Response getOpenApi(const ApiCall&) {
  return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = landfall_openapi_json};
}

}  // namespace landfall::http
