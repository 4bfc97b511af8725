// SPDX-License-Identifier: Apache-2.0
//
// The layouts of version 1.0, as they were released. They may get longer; what is here does not move.
#include <gtest/gtest.h>

#include <cstddef>

#include "landfall/adapter.h"

namespace {

#define EXPECT_FIELD(type, field, offset, size)                                \
  static_assert(offsetof(type, field) == (offset), #type "." #field " moved"); \
  static_assert(sizeof(type::field) == (size), #type "." #field " changed its size")

#if defined(__LP64__)

EXPECT_FIELD(landfall_str, data, 0, 8);
EXPECT_FIELD(landfall_str, len, 8, 8);
static_assert(sizeof(landfall_str) == 16, "landfall_str has no size field, so it cannot grow");

EXPECT_FIELD(landfall_host, size, 0, 4);
EXPECT_FIELD(landfall_host, abi_major, 4, 2);
EXPECT_FIELD(landfall_host, abi_minor, 6, 2);
EXPECT_FIELD(landfall_host, ctx, 8, 8);
EXPECT_FIELD(landfall_host, log, 16, 8);
EXPECT_FIELD(landfall_host, constant_time_equal, 24, 8);
EXPECT_FIELD(landfall_host, hmac, 32, 8);
static_assert(sizeof(landfall_host) >= 40, "landfall_host got shorter");

EXPECT_FIELD(landfall_header, name, 0, 16);
EXPECT_FIELD(landfall_header, value, 16, 16);
static_assert(sizeof(landfall_header) == 32, "landfall_header has no size field, so it cannot grow");

EXPECT_FIELD(landfall_request, size, 0, 4);
EXPECT_FIELD(landfall_request, method, 8, 16);
EXPECT_FIELD(landfall_request, query, 24, 16);
EXPECT_FIELD(landfall_request, headers, 40, 8);
EXPECT_FIELD(landfall_request, header_count, 48, 8);
EXPECT_FIELD(landfall_request, body, 56, 16);
static_assert(sizeof(landfall_request) >= 72, "landfall_request got shorter");

EXPECT_FIELD(landfall_event, size, 0, 4);
EXPECT_FIELD(landfall_event, action, 4, 4);
EXPECT_FIELD(landfall_event, kind, 8, 16);
EXPECT_FIELD(landfall_event, actor, 24, 16);
EXPECT_FIELD(landfall_event, sender_delivery_id, 40, 16);
EXPECT_FIELD(landfall_event, details, 56, 16);
EXPECT_FIELD(landfall_event, occurred_at_ms, 72, 8);
EXPECT_FIELD(landfall_event, has_occurred_at, 80, 4);
static_assert(sizeof(landfall_event) >= 88, "landfall_event got shorter");

EXPECT_FIELD(landfall_artifact, size, 0, 4);
EXPECT_FIELD(landfall_artifact, flags, 4, 4);
EXPECT_FIELD(landfall_artifact, action, 8, 4);
EXPECT_FIELD(landfall_artifact, repository, 16, 16);
EXPECT_FIELD(landfall_artifact, tag, 32, 16);
EXPECT_FIELD(landfall_artifact, digest, 48, 16);
EXPECT_FIELD(landfall_artifact, media_type, 64, 16);
static_assert(sizeof(landfall_artifact) >= 80, "landfall_artifact got shorter");

EXPECT_FIELD(landfall_out, size, 0, 4);
EXPECT_FIELD(landfall_out, ctx, 8, 8);
EXPECT_FIELD(landfall_out, event, 16, 8);
EXPECT_FIELD(landfall_out, artifact, 24, 8);
EXPECT_FIELD(landfall_out, header, 32, 8);
EXPECT_FIELD(landfall_out, reason, 40, 8);
static_assert(sizeof(landfall_out) >= 48, "landfall_out got shorter");

EXPECT_FIELD(landfall_secret, values, 0, 8);
EXPECT_FIELD(landfall_secret, value_count, 8, 8);
static_assert(sizeof(landfall_secret) == 16, "landfall_secret has no size field, so it cannot grow");

EXPECT_FIELD(landfall_receiver, size, 0, 4);
EXPECT_FIELD(landfall_receiver, options, 8, 16);
EXPECT_FIELD(landfall_receiver, host, 24, 16);
EXPECT_FIELD(landfall_receiver, secrets, 40, 8);
EXPECT_FIELD(landfall_receiver, secret_count, 48, 8);
static_assert(sizeof(landfall_receiver) >= 56, "landfall_receiver got shorter");

EXPECT_FIELD(landfall_option, name, 0, 16);
EXPECT_FIELD(landfall_option, type, 16, 4);
EXPECT_FIELD(landfall_option, required, 20, 4);
EXPECT_FIELD(landfall_option, meaning, 24, 16);
static_assert(sizeof(landfall_option) == 40, "landfall_option has no size field, so it cannot grow");

EXPECT_FIELD(landfall_header_spec, name, 0, 16);
EXPECT_FIELD(landfall_header_spec, flags, 16, 4);
static_assert(sizeof(landfall_header_spec) == 24, "landfall_header_spec has no size field, so it cannot grow");

EXPECT_FIELD(landfall_sample, name, 0, 16);
EXPECT_FIELD(landfall_sample, meaning, 16, 16);
EXPECT_FIELD(landfall_sample, options, 32, 16);
EXPECT_FIELD(landfall_sample, headers, 48, 8);
EXPECT_FIELD(landfall_sample, header_count, 56, 8);
EXPECT_FIELD(landfall_sample, body, 64, 16);
EXPECT_FIELD(landfall_sample, parses_as, 80, 4);
static_assert(sizeof(landfall_sample) == 88, "landfall_sample has no size field, so it cannot grow");

EXPECT_FIELD(landfall_plugin, size, 0, 4);
EXPECT_FIELD(landfall_plugin, abi_major, 4, 2);
EXPECT_FIELD(landfall_plugin, abi_minor, 6, 2);
EXPECT_FIELD(landfall_plugin, id, 8, 16);
EXPECT_FIELD(landfall_plugin, version, 24, 16);
EXPECT_FIELD(landfall_plugin, flags, 40, 4);
EXPECT_FIELD(landfall_plugin, secret_keys, 48, 8);
EXPECT_FIELD(landfall_plugin, secret_key_count, 56, 8);
EXPECT_FIELD(landfall_plugin, options, 64, 8);
EXPECT_FIELD(landfall_plugin, option_count, 72, 8);
EXPECT_FIELD(landfall_plugin, headers, 80, 8);
EXPECT_FIELD(landfall_plugin, header_count, 88, 8);
EXPECT_FIELD(landfall_plugin, samples, 96, 8);
EXPECT_FIELD(landfall_plugin, sample_count, 104, 8);
EXPECT_FIELD(landfall_plugin, create, 112, 8);
EXPECT_FIELD(landfall_plugin, destroy, 120, 8);
EXPECT_FIELD(landfall_plugin, authenticate, 128, 8);
EXPECT_FIELD(landfall_plugin, parse, 136, 8);
EXPECT_FIELD(landfall_plugin, sign, 144, 8);
static_assert(sizeof(landfall_plugin) >= 152, "landfall_plugin got shorter");

#endif

#undef EXPECT_FIELD

// The numbers that travel are frozen like the layouts.
TEST(AbiOfVersion1, KeepsItsNumbers) {
  EXPECT_EQ(LANDFALL_ABI_MAJOR, 1);
  const int statuses[] = {LANDFALL_OK,      LANDFALL_FAILED, LANDFALL_UNAUTHENTICATED, LANDFALL_PUSHED,
                          LANDFALL_NOTHING, LANDFALL_PING,   LANDFALL_UNRECOGNISED,    LANDFALL_MALFORMED};
  for (int i = 0; i < 8; ++i) EXPECT_EQ(statuses[i], i);
  const int actions[] = {LANDFALL_ACTION_OTHER,  LANDFALL_ACTION_PUSH,        LANDFALL_ACTION_DELETE,
                         LANDFALL_ACTION_PULL,   LANDFALL_ACTION_SCAN,        LANDFALL_ACTION_BUILD,
                         LANDFALL_ACTION_MIRROR, LANDFALL_ACTION_REPLICATION, LANDFALL_ACTION_RETENTION,
                         LANDFALL_ACTION_EXPIRY, LANDFALL_ACTION_QUOTA,       LANDFALL_ACTION_PROMOTE,
                         LANDFALL_ACTION_PING};
  for (int i = 0; i < 13; ++i) EXPECT_EQ(actions[i], i);
  const int options[] = {LANDFALL_OPTION_STRING, LANDFALL_OPTION_INTEGER, LANDFALL_OPTION_BOOLEAN, LANDFALL_OPTION_LIST,
                         LANDFALL_OPTION_OBJECT};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(options[i], i + 1);
  EXPECT_EQ(LANDFALL_HMAC_SHA1, 1);
  EXPECT_EQ(LANDFALL_HMAC_SHA256, 2);
  EXPECT_EQ(LANDFALL_LOG_DEBUG, 0);
  EXPECT_EQ(LANDFALL_LOG_ERROR, 3);
  EXPECT_STREQ(LANDFALL_PLUGIN_SYMBOL, "landfall_plugin_v1");
}

}  // namespace
