# SPDX-License-Identifier: Apache-2.0
# Installs the SDK, moves it, and builds the installed template against it in a folder that nobody else can write.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND mktemp -d OUTPUT_VARIABLE work OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# Runs a command, and ends the test with its output when it fails.
function(run)
  execute_process(COMMAND ${ARGV} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    file(REMOVE_RECURSE ${work})
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# One exported symbol, or the library could not be unloaded; and the host takes it.
function(check folder)
  run(${nm} -D --defined-only ${folder}/example.so)
  string(REGEX MATCHALL " [A-Za-z] [^ \n]+" symbols "${output}")
  if(NOT symbols STREQUAL " T landfall_plugin_v1")
    file(REMOVE_RECURSE ${work})
    message(FATAL_ERROR "${folder}/example.so exports${symbols}")
  endif()
  run(chmod -R go-w ${folder})
  run(${loader} ${folder})
endfunction()

run(${CMAKE_COMMAND} --install ${build} --component sdk --prefix ${work}/installed)
file(RENAME ${work}/installed ${work}/moved)
set(template ${work}/moved/${share}/landfall/template)

run(${CMAKE_COMMAND} -S ${template} -B ${work}/with-cmake -G ${generator} -D CMAKE_PREFIX_PATH=${work}/moved
  -D CMAKE_CXX_COMPILER=${compiler} "-DCMAKE_CXX_FLAGS=${flags} -Wall -Wextra -Wpedantic -Werror")
run(${CMAKE_COMMAND} --build ${work}/with-cmake)
check(${work}/with-cmake)

set(ENV{PKG_CONFIG_PATH} ${work}/moved/${share}/pkgconfig)
run(${pkg_config} --variable=plugindir landfall-sdk)
if(NOT output MATCHES "/landfall/plugins\n$")
  message(FATAL_ERROR "plugindir is ${output}")
endif()
run(${pkg_config} --cflags landfall-sdk)
separate_arguments(compile_flags UNIX_COMMAND "${flags} ${output}")
run(${pkg_config} --libs landfall-sdk)
separate_arguments(link_flags UNIX_COMMAND "${output}")
file(MAKE_DIRECTORY ${work}/with-pkg-config)
run(${compiler} -std=c++20 -fPIC -shared ${compile_flags} ${template}/example_adapter.cpp ${link_flags}
  -o ${work}/with-pkg-config/example.so)
check(${work}/with-pkg-config)

file(REMOVE_RECURSE ${work})
