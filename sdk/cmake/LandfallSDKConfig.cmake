# SPDX-License-Identifier: Apache-2.0
# Landfall::sdk, the headers, and landfall_add_adapter(). json.hpp also wants nlohmann/json in the include path, and
# testing.hpp OpenSSL's libcrypto: whoever includes them finds those.
include(${CMAKE_CURRENT_LIST_DIR}/LandfallSDKTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/LandfallAdapter.cmake)
