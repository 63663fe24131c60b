# SPDX-License-Identifier: Apache-2.0
# cmake -DFROM=folder -DTO=folder -P refresh_golden.cmake: takes over generated code as reviewed.
file(GLOB files ${FROM}/*.reprise.hpp ${FROM}/*.reprise.cpp)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  execute_process(COMMAND sed -E "/^( *0x[0-9a-f]{16},)+$/d" ${file} OUTPUT_FILE ${TO}/${name})
endforeach()
