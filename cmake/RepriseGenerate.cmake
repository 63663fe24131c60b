# SPDX-License-Identifier: Apache-2.0
#
# reprise_generate(TARGET SCHEMAS a.capnp... [IMPORT_PATHS dir...])
#
# Compiles Cap'n Proto schemas with capnpc-reprise, adds the result to TARGET and links it with
# reprise::messages. For trip.capnp, `#include "trip.reprise.hpp"`. A schema in a subfolder of the
# current source folder keeps its path: `#include "sub/trip.reprise.hpp"`.
#
# Schemas that import each other belong in one call, or the imported one's target must be linked:
# each schema must be generated once in a program. IMPORT_PATHS are searched for
# `import "/x.capnp"`; reprise/schema.capnp is always found.
# Works the same in Reprise's own tree and with the installed package.

# Where reprise/schema.capnp lies in this tree; the installed package's config sets its own.
set(REPRISE_SCHEMA_PATH ${CMAKE_CURRENT_LIST_DIR}/../include)

function(reprise_generate target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SCHEMAS;IMPORT_PATHS")
  if(NOT arg_SCHEMAS OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "reprise_generate(${target} SCHEMAS a.capnp... [IMPORT_PATHS dir...])")
  endif()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}_schemas)
  set(imports -I${REPRISE_SCHEMA_PATH} -I${CAPNP_INCLUDE_DIRECTORY})
  foreach(path IN LISTS arg_IMPORT_PATHS)
    get_filename_component(path ${path} ABSOLUTE)
    list(APPEND imports -I${path})
  endforeach()
  set(schemas)
  foreach(schema IN LISTS arg_SCHEMAS)
    get_filename_component(schema ${schema} ABSOLUTE)
    list(APPEND schemas ${schema})
  endforeach()

  foreach(schema IN LISTS schemas)
    set(prefix ${CMAKE_CURRENT_SOURCE_DIR})
    cmake_path(IS_PREFIX prefix ${schema} inside)
    if(NOT inside)
      get_filename_component(prefix ${schema} DIRECTORY)
    endif()
    file(RELATIVE_PATH name ${prefix} ${schema})
    string(REGEX REPLACE "\\.capnp$" "" base ${name})
    set(wire ${out}/${name}.c++ ${out}/${name}.h)
    set(code ${out}/${base}.reprise.cpp ${out}/${base}.reprise.hpp)
    # All schemas of the call are dependencies, because they may import each other.
    add_custom_command(
      OUTPUT ${wire} ${code}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
      COMMAND ${CAPNP_EXECUTABLE} compile
              -o$<TARGET_FILE:reprise::capnpc-reprise>:${out} --src-prefix=${prefix} ${imports}
              ${schema}
      DEPENDS ${schemas} ${REPRISE_SCHEMA_PATH}/reprise/schema.capnp reprise::capnpc-reprise
      COMMENT "Generating ${base}.reprise.hpp"
      VERBATIM)
    target_sources(${target} PRIVATE ${wire} ${code})
    # Cap'n Proto's own code is not ours to make free of warnings.
    set_source_files_properties(${out}/${name}.c++ TARGET_DIRECTORY ${target}
      PROPERTIES COMPILE_OPTIONS -w)
  endforeach()
  # As a system folder, so that a strict build of the user's need not agree with generated code.
  target_include_directories(${target} SYSTEM PUBLIC $<BUILD_INTERFACE:${out}>)
  target_link_libraries(${target} PUBLIC reprise::messages)
endfunction()
