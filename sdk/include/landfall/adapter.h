/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landfall's adapter ABI, version 1.0. C11; the C++ layer on top of it is adapter.hpp.
 *
 * An adapter is a shared library that knows one registry: how its webhooks are authenticated and what they say. The
 * host loads it into its own process: an adapter is trusted code with all the rights of the host.
 *
 * Conventions, for everything below:
 *  - Strings are landfall_str: pointer and length, UTF-8 unless said otherwise, not NUL-terminated, borrowed. What the
 * host passes is dead when the call returns; what hangs on landfall_plugin lives as long as the library is loaded.
 *  - Results are pushed to the host through landfall_out and copied before the push returns: nothing is ever freed by
 * the other side, and no allocation, exception or C++ type crosses the line.
 *  - Structs that may grow begin with `size`, the sizeof as their writer was compiled. A field exists only if it ends
 *    within `size`. Minor versions append fields and nothing else; a major version changes the symbol's name.
 *  - [setup]       called while no other call on this adapter runs.
 *  - [any-thread]  may be called from many threads at once; the adapter does not change after create.
 *  - [caller]      to be called only during the call that was given the pointer, on the same thread.
 */
#ifndef LANDFALL_ADAPTER_H
#define LANDFALL_ADAPTER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LANDFALL_ABI_MAJOR 1
#define LANDFALL_ABI_MINOR 0

typedef struct landfall_str {
  const char* data; /* may be NULL when len is 0 */
  size_t len;
} landfall_str;

/* What a call came to. A status names the host's next step; only the host turns it into HTTP. */
typedef int32_t landfall_status;
#define LANDFALL_OK 0     /* create, sign: done. authenticate: authentic */
#define LANDFALL_FAILED 1 /* the adapter could not do it (create: options or secrets do not fit); reason says why */
#define LANDFALL_UNAUTHENTICATED 2 /* authenticate: wrong or missing credential */
#define LANDFALL_PUSHED 3  /* parse: artifacts were pushed; at least one artifact() call with LANDFALL_ACTION_PUSH */
#define LANDFALL_NOTHING 4 /* parse: understood, refreshes nothing (a delete, a scan, an event type not wanted) */
#define LANDFALL_PING 5    /* parse: the sender's test */
#define LANDFALL_UNRECOGNISED 6 /* parse: well-formed, but of a shape this adapter does not know; reason says what */
#define LANDFALL_MALFORMED 7    /* parse: not the content type's own format (JSON) at all; reason says where */

/* What happened to an artifact, or what an event is about. Only PUSH refreshes. */
typedef int32_t landfall_action;
#define LANDFALL_ACTION_OTHER 0
#define LANDFALL_ACTION_PUSH 1
#define LANDFALL_ACTION_DELETE 2
#define LANDFALL_ACTION_PULL 3
#define LANDFALL_ACTION_SCAN 4
#define LANDFALL_ACTION_BUILD 5
#define LANDFALL_ACTION_MIRROR 6
#define LANDFALL_ACTION_REPLICATION 7
#define LANDFALL_ACTION_RETENTION 8
#define LANDFALL_ACTION_EXPIRY 9
#define LANDFALL_ACTION_QUOTA 10
#define LANDFALL_ACTION_PROMOTE 11
#define LANDFALL_ACTION_PING 12

typedef int32_t landfall_log_level;
#define LANDFALL_LOG_DEBUG 0
#define LANDFALL_LOG_INFO 1
#define LANDFALL_LOG_WARNING 2
#define LANDFALL_LOG_ERROR 3

typedef int32_t landfall_hmac_algorithm;
#define LANDFALL_HMAC_SHA1 1   /* 20 bytes */
#define LANDFALL_HMAC_SHA256 2 /* 32 bytes */

/* What the host does for adapters. Lives as long as the library is loaded. */
typedef struct landfall_host {
  uint32_t size;
  uint16_t abi_major;
  uint16_t abi_minor;
  void* ctx; /* first argument of every function here */
  /* [any-thread] One line into the host's log under the plugin's id. Never give it a secret or a credential. */
  void (*log)(void* ctx, landfall_log_level level, landfall_str message);
  /* [any-thread] 1 when both are the same bytes, else 0; in time that depends on the lengths only. */
  int32_t (*constant_time_equal)(void* ctx, landfall_str a, landfall_str b);
  /* [any-thread] Writes the HMAC (RFC 2104) to `out` (room for 32 bytes) and returns its length; 0 for an unknown
   * algorithm. */
  size_t (*hmac)(void* ctx, landfall_hmac_algorithm algorithm, landfall_str key, landfall_str message, uint8_t* out);
} landfall_host;

typedef struct landfall_header {
  landfall_str name; /* as the plugin declared it */
  landfall_str value;
} landfall_header;

/* One webhook request. Headers are those the plugin declared and no others, one entry per occurrence, in the order they
 * came; authenticate sees them all, parse only those without LANDFALL_HEADER_CREDENTIAL (what a replay has, too). */
typedef struct landfall_request {
  uint32_t size;
  landfall_str method; /* "POST" */
  landfall_str query;  /* what stands behind `?`, as it came; authenticate only, empty for parse */
  const landfall_header* headers;
  size_t header_count;
  landfall_str body; /* any bytes */
} landfall_request;

/* What the event as a whole says. Empty strings mean that the payload does not say. */
typedef struct landfall_event {
  uint32_t size;
  landfall_action action;
  landfall_str kind;               /* the sender's own word: "repo_push", "PUSH_ARTIFACT" */
  landfall_str actor;              /* who did it */
  landfall_str sender_delivery_id; /* constant over the sender's retries of one delivery; leave empty if it is not */
  landfall_str details;            /* a JSON object of what else the payload says */
  int64_t occurred_at_ms;          /* UTC, since 1970; used only when has_occurred_at is 1 */
  int32_t has_occurred_at;
} landfall_event;

#define LANDFALL_ARTIFACT_HOST_UNKNOWN 1u     /* repository is a path whose registry nobody could tell */
#define LANDFALL_ARTIFACT_CHART_REPOSITORY 2u /* repository is a classic chart repository, without its http(s):// */

typedef struct landfall_artifact {
  uint32_t size;
  uint32_t flags; /* LANDFALL_ARTIFACT_* */
  landfall_action action;
  landfall_str repository; /* host[:port]/path, no scheme (charts: as subscribed to), no tag, no digest; never empty */
  landfall_str tag;        /* empty: none. Never a digest */
  landfall_str digest;     /* empty: none. algorithm:hex, lower case */
  landfall_str media_type; /* empty: unknown */
} landfall_artifact;

/* Where results go. Every function here is [caller]. A function that a call does not need is NULL. */
typedef struct landfall_out {
  uint32_t size;
  void* ctx;                                                        /* first argument of every function here */
  void (*event)(void* ctx, const landfall_event* event);            /* parse: at most once */
  void (*artifact)(void* ctx, const landfall_artifact* artifact);   /* parse: 0..n times */
  void (*header)(void* ctx, landfall_str name, landfall_str value); /* sign: a header to add, 0..n times */
  void (*reason)(void* ctx, landfall_str text);                     /* any: at most once; no secrets */
} landfall_out;

typedef struct landfall_adapter landfall_adapter; /* the plugin's own */

/* The values of one generation of a receiver's Secret, in the order of landfall_plugin.secret_keys. Raw bytes. */
typedef struct landfall_secret {
  const landfall_str* values;
  size_t value_count;
} landfall_secret;

typedef struct landfall_receiver {
  uint32_t size;
  landfall_str options; /* a JSON object; the host has checked names, types and required ones against the table */
  landfall_str host; /* the registry's host as the receiver configures it, for payloads that carry none; may be empty */
  const landfall_secret* secrets; /* newest first; any of them is good (rotation). Each value is at least one byte */
  size_t secret_count;
} landfall_receiver;

typedef int32_t landfall_option_type;
#define LANDFALL_OPTION_STRING 1
#define LANDFALL_OPTION_INTEGER 2
#define LANDFALL_OPTION_BOOLEAN 3
#define LANDFALL_OPTION_LIST 4   /* what is inside is for create to check */
#define LANDFALL_OPTION_OBJECT 5 /* what is inside is for create to check */

typedef struct landfall_option {
  landfall_str name; /* camelCase, stands beside secretRef */
  landfall_option_type type;
  int32_t required;     /* 1: a receiver without it is a configuration error */
  landfall_str meaning; /* one sentence for people */
} landfall_option;

#define LANDFALL_HEADER_CREDENTIAL 1u /* never stored, never logged, not given to parse */

typedef struct landfall_header_spec {
  landfall_str name; /* compared without regard to case */
  uint32_t flags;    /* LANDFALL_HEADER_* */
} landfall_header_spec;

/* A request as the registry sends it, for `landfall send` and `landfall plugin test`. */
typedef struct landfall_sample {
  landfall_str name;    /* "repo_push": how people ask for it; unique in the plugin. The first is the default */
  landfall_str meaning; /* one sentence for people */
  landfall_str options; /* a JSON object: the receiver's options it goes with; empty: none */
  const landfall_header* headers; /* without the credential: sign adds it */
  size_t header_count;
  landfall_str body;
  landfall_status parses_as; /* what parse must come to */
} landfall_sample;

#define LANDFALL_PLUGIN_URL_IS_CREDENTIAL 1u        /* authenticate accepts everything: the secret is in the URL */
#define LANDFALL_PLUGIN_SENDER_PUNISHES_REFUSALS 2u /* a malformed body is answered 200, not 400 */

/* Static storage in the library. */
typedef struct landfall_plugin {
  uint32_t size;
  uint16_t abi_major;
  uint16_t abi_minor;
  landfall_str id; /* [a-z][a-z0-9-]*, for ever: the receiver's key in the manifests and the first part of its path */
  landfall_str version;            /* of the plugin: "1.0.0" */
  uint32_t flags;                  /* LANDFALL_PLUGIN_* */
  const landfall_str* secret_keys; /* keys of the receiver's Secret that must be there, at least one */
  size_t secret_key_count;
  const landfall_option* options;
  size_t option_count;
  const landfall_header_spec* headers;
  size_t header_count;
  const landfall_sample* samples; /* at least one */
  size_t sample_count;

  /* [setup] Makes the adapter of one receiver and stores it in *made. Any other status than OK: *made is untouched,
   * destroy is not called, reason says what is wrong with the options or secrets. */
  landfall_status (*create)(const landfall_host* host, const landfall_receiver* receiver, const landfall_out* out,
                            landfall_adapter** made);
  /* [setup] After the last call on the adapter returned. Joins whatever create started. */
  void (*destroy)(landfall_adapter* adapter);
  /* [any-thread] OK, UNAUTHENTICATED or FAILED. Reads headers, query and raw bytes of the body: parses nothing, does no
   * I/O, compares through the host. No reason is needed, and none reaches the sender. */
  landfall_status (*authenticate)(const landfall_adapter* adapter, const landfall_request* request,
                                  const landfall_out* out);
  /* [any-thread] PUSHED, NOTHING, PING, UNRECOGNISED, MALFORMED or FAILED, only for requests that authenticate
   * accepted. No I/O. Artifacts of a status other than PUSHED and NOTHING are dropped. */
  landfall_status (*parse)(const landfall_adapter* adapter, const landfall_request* request, const landfall_out* out);
  /* [any-thread] Pushes the headers that make `request` authentic with the newest secret; what authenticate then
   * accepts. */
  landfall_status (*sign)(const landfall_adapter* adapter, const landfall_request* request, const landfall_out* out);
  /* 1.1 appends here and nowhere else. */
} landfall_plugin;

/* The only exported symbol. Cheap, no side effects; the same pointer each time. NULL: the library cannot work here. */
#define LANDFALL_PLUGIN_SYMBOL "landfall_plugin_v1"
typedef const landfall_plugin* (*landfall_plugin_entry)(void);
#if defined(__GNUC__)
#define LANDFALL_EXPORT __attribute__((visibility("default"))) /* also where everything else is compiled hidden */
#else
#define LANDFALL_EXPORT
#endif
LANDFALL_EXPORT const landfall_plugin* landfall_plugin_v1(void);

#ifdef __cplusplus
}
#endif
#endif
