# SPDX-License-Identifier: Apache-2.0
#
# cmake -DCOMPILER=... -DSOURCE=... -DINCLUDES=a,b -DMESSAGE=regex -P compile.cmake
# Proves that SOURCE does not compile and that an error's line says MESSAGE; without MESSAGE, that it
# compiles.
string(REPLACE "," ";-I;" includes "-I,${INCLUDES}")
string(REPLACE "-I;-I" "-I" includes "${includes}")
execute_process(
  COMMAND ${COMPILER} -std=c++20 -fsyntax-only ${includes} ${SOURCE}
  RESULT_VARIABLE status
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)
if(NOT MESSAGE)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "it does not compile:\n${output}")
  endif()
  return()
endif()
if(status EQUAL 0)
  message(FATAL_ERROR "it compiles")
endif()
if(NOT output MATCHES "error:[^\n]*${MESSAGE}")
  message(FATAL_ERROR "no error says ${MESSAGE}:\n${output}")
endif()
