# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` and `cpack` deliver: headers, static and shared library, CMake package, snnvp.pc, tool, data, docs.
include_guard(GLOBAL)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(snnvp_libraries GLOBAL PROPERTY SNNVP_LIBRARIES)
get_property(snnvp_dependencies GLOBAL PROPERTY SNNVP_DEPENDENCIES)
list(REMOVE_DUPLICATES snnvp_dependencies)

# Everything at once, by name and as one shared library of the same objects.
set(snnvp_static_targets ${snnvp_libraries})
list(TRANSFORM snnvp_static_targets PREPEND snnvp_)
add_library(snnvp_all INTERFACE)
add_library(snnvp::all ALIAS snnvp_all)
set_target_properties(snnvp_all PROPERTIES EXPORT_NAME all)
target_link_libraries(snnvp_all INTERFACE ${snnvp_static_targets})

set(snnvp_objects ${snnvp_static_targets})
list(TRANSFORM snnvp_objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
add_library(snnvp_shared SHARED ${snnvp_objects})
add_library(snnvp::shared ALIAS snnvp_shared)
set_target_properties(snnvp_shared PROPERTIES OUTPUT_NAME snnvp EXPORT_NAME shared VERSION ${PROJECT_VERSION} LINKER_LANGUAGE CXX
                      SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_link_libraries(snnvp_shared PUBLIC snnvp_options ${snnvp_dependencies})

if(NOT SNNVP_INSTALL)
  set_target_properties(snnvp_shared PROPERTIES EXCLUDE_FROM_ALL ON)
  return()
endif()
set(CMAKE_EXPORT_PACKAGE_REGISTRY OFF)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # what is built is installed; nothing is built for it
set(SNNVP_PYTHON_DIR lib/python3/dist-packages CACHE STRING "Where snnvp.py, the loader of results, is installed")
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/snnvp)
set(data_dir ${CMAKE_INSTALL_DATADIR}/snnvp)  # <executable>/../share/snnvp

install(TARGETS snnvp EXPORT snnvp-tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tool)
install(DIRECTORY scenarios/ DESTINATION ${data_dir} COMPONENT tool)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT tool)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT tool)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT tool)
# Firmware: start-up code, drivers, tool-chain file, template of a project, and find_package(snnvp-firmware), which leads there.
foreach(folder sdk cmake template examples)
  install(DIRECTORY workloads/firmware/${folder} DESTINATION ${data_dir}/firmware-sdk COMPONENT tool)
endforeach()
file(WRITE ${PROJECT_BINARY_DIR}/snnvp-firmware-config.cmake "include(\${CMAKE_CURRENT_LIST_DIR}/../../snnvp/firmware-sdk/cmake/snnvp-firmware-config.cmake)\n")
write_basic_package_version_file(${PROJECT_BINARY_DIR}/snnvp-firmware-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/snnvp-firmware-config.cmake ${PROJECT_BINARY_DIR}/snnvp-firmware-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_DATADIR}/cmake/snnvp-firmware COMPONENT tool)

install(FILES tools/python/snnvp.py DESTINATION ${SNNVP_PYTHON_DIR} COMPONENT tool)
# What the program tells of itself: the manual page, and completion where shells look for it.
foreach(made "man:snnvp.1:${CMAKE_INSTALL_MANDIR}/man1" "completion bash:snnvp:${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
             "completion zsh:_snnvp:${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions" "completion fish:snnvp.fish:${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
  string(REPLACE ":" ";" made "${made}")
  list(GET made 0 words)
  list(GET made 1 file)
  list(GET made 2 folder)
  string(REPLACE " " "_" scratch "${PROJECT_BINARY_DIR}/made/${words}")
  string(REPLACE " " ";" words "${words}")
  install(CODE "file(MAKE_DIRECTORY \"${scratch}\")
                execute_process(COMMAND \"$<TARGET_FILE:snnvp>\" ${words} OUTPUT_FILE \"${scratch}/${file}\" COMMAND_ERROR_IS_FATAL ANY)" COMPONENT tool)
  install(FILES ${scratch}/${file} DESTINATION ${folder} COMPONENT tool)
endforeach()

install(TARGETS ${snnvp_static_targets} snnvp_all snnvp_options EXPORT snnvp-static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(TARGETS snnvp_shared snnvp_options EXPORT snnvp-shared
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT tool NAMELINK_COMPONENT dev)
foreach(export tool static shared)
  install(EXPORT snnvp-${export} NAMESPACE snnvp:: FILE snnvp-${export}-targets.cmake DESTINATION ${package_dir} COMPONENT dev)
endforeach()
foreach(folder platform models interconnect workloads)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/snnvp COMPONENT dev FILES_MATCHING PATTERN "*.h"
          PATTERN sdk EXCLUDE PATTERN public EXCLUDE PATTERN examples EXCLUDE)
endforeach()
install(FILES ${SNNVP_INCLUDE_DIR}/snnvp/trace_config.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/snnvp COMPONENT dev)
install(DIRECTORY platform/plugin/public/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/snnvp COMPONENT dev)

configure_package_config_file(cmake/snnvp-config.cmake.in ${PROJECT_BINARY_DIR}/snnvp-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/snnvp-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/snnvp-config.cmake ${PROJECT_BINARY_DIR}/snnvp-config-version.cmake cmake/SnnvpDependencies.cmake cmake/SnnvpSystemC.cmake
              cmake/SnnvpHdf5.cmake cmake/SnnvpPlugin.cmake DESTINATION ${package_dir} COMPONENT dev)
file(RELATIVE_PATH pc_includedir /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix/${CMAKE_INSTALL_INCLUDEDIR})
configure_file(cmake/snnvp.pc.in ${PROJECT_BINARY_DIR}/snnvp.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/snnvp.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)

# `cpack -G DEB`: snnvp (tool, data, docs) and snnvp-dev.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME snnvp)
set(CPACK_PACKAGE_CONTACT "The SNN-VP authors <snnvp@example.org>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL tool dev)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION electronics)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOL_PACKAGE_NAME snnvp)
set(CPACK_DEBIAN_TOOL_PACKAGE_SUGGESTS "cmake, ninja-build, gcc-riscv64-unknown-elf, picolibc-riscv64-unknown-elf, gdb-multiarch, gnuplot-nox, python3-pandas")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME snnvp-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "snnvp (= ${PROJECT_VERSION}), libsystemc-dev, libyaml-cpp-dev, libfmt-dev, nlohmann-json3-dev, libboost-dev, libboost-filesystem-dev, libssl-dev, zlib1g-dev, libhdf5-dev, libelf-dev, libdw-dev, libeigen3-dev, libsqlite3-dev, libmuparser-dev")
set(CPACK_COMPONENT_TOOL_DESCRIPTION "${PROJECT_DESCRIPTION}")
set(CPACK_COMPONENT_DEV_DESCRIPTION "Headers and libraries of SNN-VP for SystemC programs and plug-ins")
include(CPack)
