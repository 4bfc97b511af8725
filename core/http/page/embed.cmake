# SPDX-License-Identifier: Apache-2.0
# cmake -DFOLDER=<files> -DGZIP=<program> -DOUTPUT=<.cpp> -P embed.cmake: writes every file of FOLDER, as it is and
# compressed, as a constant of assets.h.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

# The bytes of a file as a C++ string view; `gzip -n` leaves out name and time, so equal files make equal programs.
function(bytes_of file into)
  file(READ ${file} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(..)" "\\\\x\\1" escaped "${hex}")
  set(${into} "std::string_view(\"${escaped}\", ${size})" PARENT_SCOPE)
endfunction()

file(GLOB files ${FOLDER}/*)
list(SORT files)
set(entries "")
list(LENGTH files count)
foreach(file ${files})
  get_filename_component(name ${file} NAME)
  get_filename_component(extension ${file} LAST_EXT)
  string(SUBSTRING ${extension} 1 -1 extension)
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "${file}: no content type is known for .${extension}; add it to embed.cmake")
  endif()
  if(name STREQUAL "index.html")
    set(path "/")
  else()
    set(path "/assets/${name}")
  endif()
  execute_process(COMMAND ${GZIP} -9 -n -c INPUT_FILE ${file} OUTPUT_FILE ${OUTPUT}.gz COMMAND_ERROR_IS_FATAL ANY)
  bytes_of(${file} plain)
  bytes_of(${OUTPUT}.gz compressed)
  file(SHA256 ${file} hash)
  string(APPEND entries "    {\"${path}\", \"${type_${extension}}\", \"${hash}\",\n     ${plain},\n     ${compressed}},\n")
endforeach()
file(REMOVE ${OUTPUT}.gz)
file(WRITE ${OUTPUT} "// SPDX-License-Identifier: Apache-2.0
// Made by embed.cmake from src/; changes belong there.
#include <array>

#include \"core/http/page/assets.h\"

namespace landfall::http {

std::span<const Asset> assets() {
  static constexpr std::array<Asset, ${count}> kAssets{{
${entries}  }};
  return kAssets;
}

}  // namespace landfall::http
")
