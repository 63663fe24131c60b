# SPDX-License-Identifier: Apache-2.0
#
# reprise_add_component(NAME SOURCES a.cpp... [DEPENDS reprise::x...] [PRIVATE_DEPENDS y...])
#
# One folder, one static library reprise_NAME with the alias reprise::NAME. DEPENDS is what the
# folder's own headers need; PRIVATE_DEPENDS only its sources. Public headers lie in include/reprise
# and belong to the component `base`, on which all others rest.

function(reprise_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  # GCC 12 sees overlapping copies in every std::string::insert that it inlines (GCC bug 105651), and
  # at -O2 uninitialised members in moved std::variants, and reads and writes beyond short strings;
  # the sanitizers look for those instead.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    set(optimised_only -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overread
      -Wno-stringop-overflow)
    target_compile_options(${target} PRIVATE
      "$<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>"
      "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:Release,RelWithDebInfo>>:${optimised_only}>")
  endif()
  if(REPRISE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# reprise_precompiled(TARGET [FROM OTHER | HEADERS <a> "b.hpp"...])
#
# What most sources include of the standard library is compiled once, for components, programs and
# tests: it is half of what a small source takes to compile. With HEADERS a target compiles its own
# beside them, and those that say FROM take it there. Sources include what they use all the same;
# scripts/lint reads them without this.
option(REPRISE_PRECOMPILED "Compile headers of the standard library only once" ON)
set(REPRISE_STANDARD_HEADERS <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint>
  <cstring> <deque> <filesystem> <functional> <map> <memory> <mutex> <optional> <set> <span> <string>
  <string_view> <thread> <tuple> <utility> <variant> <vector>)
function(reprise_precompiled name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FROM" "HEADERS")
  if(NOT REPRISE_PRECOMPILED)
    return()
  endif()
  if(arg_FROM)
    target_precompile_headers(${name} REUSE_FROM ${arg_FROM})
  elseif(arg_HEADERS)
    target_precompile_headers(${name} PRIVATE ${REPRISE_STANDARD_HEADERS} ${arg_HEADERS})
  else()
    target_precompile_headers(${name} REUSE_FROM reprise_standard_headers)
  endif()
endfunction()
if(REPRISE_PRECOMPILED)
  # Without definitions of its own: a compiler refuses them where one is missing, not where one is new.
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/standard_headers.cpp CONTENT "")
  add_library(reprise_standard_headers OBJECT ${PROJECT_BINARY_DIR}/standard_headers.cpp)
  target_precompile_headers(reprise_standard_headers PRIVATE ${REPRISE_STANDARD_HEADERS})
  reprise_warnings(reprise_standard_headers)
endif()

function(reprise_add_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS")
  add_library(reprise_${name} STATIC ${arg_SOURCES})
  add_library(reprise::${name} ALIAS reprise_${name})
  set_target_properties(reprise_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(reprise_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  target_compile_features(reprise_${name} PUBLIC cxx_std_20)
  target_link_libraries(reprise_${name} PUBLIC ${arg_DEPENDS} PRIVATE ${arg_PRIVATE_DEPENDS})
  reprise_warnings(reprise_${name})
  reprise_precompiled(reprise_${name})
  set_property(GLOBAL APPEND PROPERTY REPRISE_COMPONENTS reprise_${name})
endfunction()

# reprise_add_program(NAME SOURCES a.cpp... DEPENDS ... [FROM OTHER | HEADERS <a> "b.hpp"...])
#
# A program in bin/. FROM and HEADERS as for reprise_precompiled().
function(reprise_add_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FROM" "SOURCES;DEPENDS;HEADERS")
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS})
  reprise_warnings(${name})
  reprise_precompiled(${name} FROM ${arg_FROM} HEADERS ${arg_HEADERS})
endfunction()
