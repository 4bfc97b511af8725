# SPDX-License-Identifier: Apache-2.0

# landfall_add_adapter(<name> SOURCES <file>... [LINK <target>...])
#
# Builds <name>.so, a Landfall adapter: hidden visibility, one exported symbol (so that it can be unloaded), nothing left
# undefined. LINK names what it needs beside the SDK.
function(landfall_add_adapter name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE Landfall::sdk ${ARG_LINK})
  # CMAKE_CURRENT_FUNCTION_LIST_DIR: a plain variable would be gone when the caller is another folder.
  set(export_list ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/adapter.map)
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${export_list})
  target_link_options(${name} PRIVATE -Wl,--version-script=${export_list})
  string(FIND "${CMAKE_CXX_FLAGS} ${CMAKE_C_FLAGS}" "-fsanitize" sanitized)
  if(NOT (sanitized GREATER -1 AND CMAKE_CXX_COMPILER_ID MATCHES "Clang"))
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
endfunction()
