# SPDX-License-Identifier: Apache-2.0
# Finds jemalloc, which ships no package file of its own, and defines jemalloc::jemalloc: linked to a
# program, it takes the place of the C library's malloc.
find_library(jemalloc_LIBRARY jemalloc)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(jemalloc REQUIRED_VARS jemalloc_LIBRARY)
if(jemalloc_FOUND AND NOT TARGET jemalloc::jemalloc)
  add_library(jemalloc::jemalloc UNKNOWN IMPORTED)
  set_target_properties(jemalloc::jemalloc PROPERTIES IMPORTED_LOCATION ${jemalloc_LIBRARY})
endif()
mark_as_advanced(jemalloc_LIBRARY)
