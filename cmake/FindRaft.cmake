# SPDX-License-Identifier: Apache-2.0
# Finds libraft's static archive, which ships no package file of its own, and defines Raft::raft.
#
# The archive, because the shared library does not export what a storage of one's own needs; nothing
# of libuv or lz4 is linked then. Ask for a version: find_package(Raft 0.22.1 REQUIRED). Older ones
# commit entries that a later leader overwrites.
find_path(Raft_INCLUDE_DIR raft.h)
find_library(Raft_LIBRARY NAMES libraft.a)
if(Raft_INCLUDE_DIR AND EXISTS ${Raft_INCLUDE_DIR}/raft.h)
  foreach(part MAJOR MINOR RELEASE)
    file(STRINGS ${Raft_INCLUDE_DIR}/raft.h raft_line REGEX "define RAFT_VERSION_${part} +[0-9]+")
    string(REGEX REPLACE ".*RAFT_VERSION_${part} +([0-9]+).*" "\\1" raft_${part} "${raft_line}")
  endforeach()
  # Old headers do not say what they are.
  if(raft_RELEASE MATCHES "^[0-9]+$")
    set(Raft_VERSION ${raft_MAJOR}.${raft_MINOR}.${raft_RELEASE})
  else()
    set(Raft_VERSION 0)
  endif()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Raft
  REQUIRED_VARS Raft_LIBRARY Raft_INCLUDE_DIR VERSION_VAR Raft_VERSION)
if(Raft_FOUND AND NOT TARGET Raft::raft)
  add_library(Raft::raft STATIC IMPORTED)
  set_target_properties(Raft::raft PROPERTIES
    IMPORTED_LOCATION ${Raft_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${Raft_INCLUDE_DIR})
endif()
mark_as_advanced(Raft_INCLUDE_DIR Raft_LIBRARY)
