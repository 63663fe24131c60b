# SPDX-License-Identifier: Apache-2.0
#
# Installs a build into a folder of its own, then configures, builds and runs the consumer project
# against it, as a user would.
#
#   cmake -DBUILD=... -DSCRATCH=... -DGENERATOR=... -DCOMPILER=... -P consume_installed.cmake
set(prefix ${SCRATCH}/prefix)
set(consumer ${SCRATCH}/build)
file(REMOVE_RECURSE ${SCRATCH})

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${consumer} -G ${GENERATOR}
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_BUILD_TYPE=Debug)
run(${CMAKE_COMMAND} --build ${consumer})
run(${consumer}/consumer)

# What was installed must not point back to where it was built.
file(GLOB package_files ${prefix}/lib/cmake/reprise/*.cmake ${prefix}/lib/*/cmake/reprise/*.cmake)
foreach(file ${package_files})
  file(READ ${file} text)
  string(FIND "${text}" "${SOURCE}" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "${file} names the source folder ${SOURCE}")
  endif()
endforeach()
file(REMOVE_RECURSE ${SCRATCH})
