# SPDX-License-Identifier: Apache-2.0
# snnvp_add_plugin(<target> <source>...): a plug-in for `snnvp run --plugin lib<target>.so`. C++17 without extensions, hidden
# visibility, SystemC's shared library, our headers and none of our archives (their singletons would exist twice). With BUILD_TESTING
# a ctest loads it.
include_guard(GLOBAL)

function(snnvp_add_plugin target)
  add_library(${target} MODULE ${ARGN})
  target_link_libraries(${target} PRIVATE snnvp::headers snnvp::systemc)
  set_target_properties(${target} PROPERTIES PREFIX lib SUFFIX .so CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
                        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  if(BUILD_TESTING AND TARGET snnvp::snnvp)
    add_test(NAME ${target}.loads COMMAND snnvp::snnvp list --plugin $<TARGET_FILE:${target}>)
  endif()
endfunction()
