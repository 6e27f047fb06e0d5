# SPDX-License-Identifier: Apache-2.0
# Defines snnvp::hdf5, the plain C library of HDF5: from pkg-config (its own libraries only), else CMake's module.
include_guard(GLOBAL)

add_library(snnvp_hdf5 INTERFACE IMPORTED GLOBAL)
add_library(snnvp::hdf5 ALIAS snnvp_hdf5)
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(SNNVP_HDF5 QUIET IMPORTED_TARGET GLOBAL hdf5)
endif()
if(SNNVP_HDF5_FOUND)
  target_link_libraries(snnvp_hdf5 INTERFACE PkgConfig::SNNVP_HDF5)
else()
  enable_language(C)  # the module asks the C compiler
  find_package(HDF5 REQUIRED COMPONENTS C)
  target_link_libraries(snnvp_hdf5 INTERFACE hdf5::hdf5)
endif()
