# SPDX-License-Identifier: Apache-2.0
# Build rules shared by all folders: C++17, warnings, one library per folder, embedded text files.
include_guard(GLOBAL)

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_CXX_STANDARD 17)
  set(CMAKE_CXX_STANDARD_REQUIRED ON)
  set(CMAKE_CXX_EXTENSIONS OFF)
  if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
  endif()
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  find_program(SNNVP_CCACHE ccache)
  if(SNNVP_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${SNNVP_CCACHE})
  endif()
endif()

# Headers have the same path in the tree and installed: <snnvp/models/prosperity/prosperity.h>.
set(SNNVP_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${SNNVP_INCLUDE_DIR}/snnvp)
foreach(folder platform models interconnect workloads)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${SNNVP_INCLUDE_DIR}/snnvp/${folder} SYMBOLIC)
endforeach()
# Those for authors of plug-ins and adapters: <snnvp/plugin.h>.
foreach(header plugin.h plugin_abi.h width_adapter.h)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/platform/plugin/public/${header} ${SNNVP_INCLUDE_DIR}/snnvp/${header} SYMBOLIC)
endforeach()

# What recording sites are made of (platform/trace/hook.h); a file of its own, so that only those who record are built anew.
file(CONFIGURE OUTPUT ${SNNVP_INCLUDE_DIR}/snnvp/trace_config.h @ONLY CONTENT
     "// SPDX-License-Identifier: Apache-2.0\n// Made by the build.\n#pragma once\n#cmakedefine SNNVP_TRACE\n")

# What users include and plug-ins are compiled with; warnings and code generation are ours alone.
add_library(snnvp_options INTERFACE)
add_library(snnvp::headers ALIAS snnvp_options)
set_target_properties(snnvp_options PROPERTIES EXPORT_NAME headers)
target_include_directories(snnvp_options INTERFACE $<BUILD_INTERFACE:${SNNVP_INCLUDE_DIR}> $<INSTALL_INTERFACE:include>)
target_compile_features(snnvp_options INTERFACE cxx_std_17)
# No fused multiply-add, no fast-math, no -march=native: equal bytes on every host (spec/formats.md 5.1).
add_library(snnvp_build_flags INTERFACE)
target_compile_options(snnvp_build_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers -ffp-contract=off
                       $<$<BOOL:${SNNVP_WERROR}>:-Werror>)

# snnvp_library(<name> SOURCES ... LINK ...): static library snnvp_<name>; its objects are also part of the shared library.
function(snnvp_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_library(snnvp_${name} STATIC ${arg_SOURCES})
  add_library(snnvp::${name} ALIAS snnvp_${name})
  target_link_libraries(snnvp_${name} PUBLIC snnvp_options $<BUILD_INTERFACE:snnvp_build_flags> ${arg_LINK})
  set_target_properties(snnvp_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY SNNVP_LIBRARIES ${name})
  foreach(item ${arg_LINK})
    if(NOT item MATCHES "^snnvp::" OR item MATCHES "^snnvp::(systemc|hdf5)$")
      set_property(GLOBAL APPEND PROPERTY SNNVP_DEPENDENCIES ${item})
    endif()
  endforeach()
  if("systemc" IN_LIST arg_LINK OR "snnvp::systemc" IN_LIST arg_LINK)
    snnvp_use_systemc_pch(snnvp_${name})
  endif()
endfunction()

# snnvp_embed_text(<target> <file> <symbol>): the file's text as `const char* const snnvp::text::<symbol>`,
# so that a single description (registers.yaml) is the source of what the model does.
function(snnvp_embed_text target file symbol)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cpp)
  get_filename_component(file ${file} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} content)
  set(generated "namespace snnvp::text {\nextern const char* const ${symbol};\nconst char* const ${symbol} = R\"~~~(${content})~~~\";\n}\n")
  file(CONFIGURE OUTPUT ${out} CONTENT "@generated@" @ONLY)
  target_sources(${target} PRIVATE ${out})
  set_source_files_properties(${out} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
