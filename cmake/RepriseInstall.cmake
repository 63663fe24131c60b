# SPDX-License-Identifier: Apache-2.0
#
# What `cmake --install` puts where, so that find_package(reprise) works from there: all components
# as static libraries, reprise::reprise that stands for all of them, public headers and schemas,
# capnpc-reprise with reprise_generate(), the find modules of dependencies that ship no package
# file, and the command-line tool.
include(CMakePackageConfigHelpers)

get_property(components GLOBAL PROPERTY REPRISE_COMPONENTS)
add_library(reprise_all INTERFACE)
add_library(reprise::reprise ALIAS reprise_all)
set_target_properties(reprise_all PROPERTIES EXPORT_NAME reprise)
target_link_libraries(reprise_all INTERFACE ${components})

install(TARGETS reprise_all ${components} EXPORT reprise-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET capnpc-reprise)
  install(TARGETS capnpc-reprise EXPORT reprise-targets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
# Not exported: reprise::reprise is the library, and nobody links the tool.
if(TARGET reprise)
  install(TARGETS reprise RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/reprise DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.capnp")

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/reprise)
install(EXPORT reprise-targets NAMESPACE reprise:: DESTINATION ${package_folder})
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/reprise-config.cmake.in ${PROJECT_BINARY_DIR}/reprise-config.cmake
  INSTALL_DESTINATION ${package_folder} PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
# Before 1.0, each minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/reprise-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(
  FILES
    ${PROJECT_BINARY_DIR}/reprise-config.cmake
    ${PROJECT_BINARY_DIR}/reprise-config-version.cmake
    ${PROJECT_SOURCE_DIR}/cmake/RepriseGenerate.cmake
    ${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake
    ${PROJECT_SOURCE_DIR}/cmake/FindLMDB.cmake
    ${PROJECT_SOURCE_DIR}/cmake/FindRaft.cmake
    ${PROJECT_SOURCE_DIR}/cmake/FindSodium.cmake
    ${PROJECT_SOURCE_DIR}/cmake/FindxxHash.cmake
  DESTINATION ${package_folder})
