/* SPDX-License-Identifier: Apache-2.0 */
/* A healthy plugin, for the animals of the zoo to be ill in one place each. */
#ifndef LANDFALL_ZOO_H
#define LANDFALL_ZOO_H

#include <stddef.h>

#include "landfall/adapter.h"

#define ZOO_STR(text) \
  { text, sizeof(text) - 1 }

static landfall_str zoo_str(const char* text) {
  landfall_str str = {text, 0};
  while (text[str.len] != 0) ++str.len;
  return str;
}

static int zoo_is(landfall_str text, const char* other) {
  const landfall_str that = zoo_str(other);
  if (text.len != that.len) return 0;
  for (size_t i = 0; i < text.len; ++i) {
    if (text.data[i] != that.data[i]) return 0;
  }
  return 1;
}

/* The adapter of a healthy animal: it takes a request whose X-Zoo header says "bread", and every body is a push. */
static landfall_status zoo_create(const landfall_host* host, const landfall_receiver* receiver, const landfall_out* out,
                                  landfall_adapter** made) {
  static char keeper;
  (void)host, (void)receiver, (void)out;
  *made = (landfall_adapter*)&keeper;
  return LANDFALL_OK;
}

static void zoo_destroy(landfall_adapter* adapter) { (void)adapter; }

static landfall_status zoo_authenticate(const landfall_adapter* adapter, const landfall_request* request,
                                        const landfall_out* out) {
  (void)adapter, (void)out;
  if (request->header_count != 1) return LANDFALL_UNAUTHENTICATED;
  return zoo_is(request->headers[0].value, "bread") ? LANDFALL_OK : LANDFALL_UNAUTHENTICATED;
}

static landfall_status zoo_parse(const landfall_adapter* adapter, const landfall_request* request,
                                 const landfall_out* out) {
  landfall_artifact artifact = {0};
  (void)adapter, (void)request;
  artifact.size = sizeof artifact;
  artifact.action = LANDFALL_ACTION_PUSH;
  artifact.repository = zoo_str("registry.example/shop/api");
  artifact.tag = zoo_str("1.2.3");
  out->artifact(out->ctx, &artifact);
  return LANDFALL_PUSHED;
}

static landfall_status zoo_sign(const landfall_adapter* adapter, const landfall_request* request,
                                const landfall_out* out) {
  (void)adapter, (void)request;
  out->header(out->ctx, zoo_str("X-Zoo"), zoo_str("bread"));
  return LANDFALL_OK;
}

static const landfall_str zoo_secret_keys[] = {ZOO_STR("secret")};
static const landfall_header_spec zoo_headers[] = {{ZOO_STR("X-Zoo"), LANDFALL_HEADER_CREDENTIAL}};
static const landfall_sample zoo_samples[] = {
    {ZOO_STR("push"), ZOO_STR("A tag was pushed."), ZOO_STR("{}"), NULL, 0, ZOO_STR("{}"), LANDFALL_PUSHED}};

static landfall_plugin zoo_plugin(const char* id) {
  landfall_plugin plugin = {0};
  plugin.size = sizeof plugin;
  plugin.abi_major = LANDFALL_ABI_MAJOR;
  plugin.abi_minor = LANDFALL_ABI_MINOR;
  plugin.id = zoo_str(id);
  plugin.version = zoo_str("1.0.0");
  plugin.secret_keys = zoo_secret_keys;
  plugin.secret_key_count = 1;
  plugin.headers = zoo_headers;
  plugin.header_count = 1;
  plugin.samples = zoo_samples;
  plugin.sample_count = 1;
  plugin.create = zoo_create;
  plugin.destroy = zoo_destroy;
  plugin.authenticate = zoo_authenticate;
  plugin.parse = zoo_parse;
  plugin.sign = zoo_sign;
  return plugin;
}

#endif
