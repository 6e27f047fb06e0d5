# SPDX-License-Identifier: Apache-2.0
# find_package(snnvp-firmware), with the tool-chain file riscv-toolchain.cmake of this folder:
#
#   snnvp_firmware_platform(<name> <scenario.yaml> [RAM_SIZE <bytes>] [STACK_SIZE <bytes>])   targets for programs that run on its platform:
#     <name>::registers      headers: registers of all kinds of blocks, addresses and interrupts of this platform
#     <name>::startup        start-up code, stdio on the UART, what happens with unhandled traps (sources that the program compiles)
#     <name>::linker_script  memory layout: code, data, heap, guard page, stack in all of the platform's program memory, or as much as said
#     <name>::drivers        library of drivers: engines, DMA, interrupts
#     <name>::firmware       all of them
#   snnvp_firmware_run(<program> <scenario.yaml>)     targets <program>-run, and <program>-debug, which waits for gdb at the TCP port
#                                                     SNNVP_GDB_PORT; for the first program also run and debug
#
# For the platform of scenarios/firmware.yaml they are there without a call: snnvp::firmware and the others.
cmake_minimum_required(VERSION 3.25)
get_filename_component(snnvp_firmware_root ${CMAKE_CURRENT_LIST_DIR} REALPATH)
get_filename_component(snnvp_firmware_root ${snnvp_firmware_root} DIRECTORY)
set(snnvp_firmware_root ${snnvp_firmware_root} CACHE INTERNAL "start-up code and drivers of snnvp-firmware")

if(NOT CMAKE_C_COMPILER OR NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "riscv32")
  set(snnvp-firmware_FOUND FALSE)
  set(snnvp-firmware_NOT_FOUND_MESSAGE
      "it is for programs that are cross-compiled: cmake --toolchain ${snnvp_firmware_root}/cmake/riscv-toolchain.cmake, and C among the languages of project()")
  return()
endif()
enable_language(ASM)

# The program: as the project was made with it, of the same installation, else as the shell finds it.
find_program(SNNVP_EXECUTABLE snnvp HINTS ${snnvp_firmware_root}/../../../bin)
if(NOT SNNVP_EXECUTABLE)
  set(snnvp-firmware_FOUND FALSE)
  set(snnvp-firmware_NOT_FOUND_MESSAGE "there is no program snnvp: put it in PATH, or give -DSNNVP_EXECUTABLE=<file>")
  return()
endif()

set(SNNVP_GDB_PORT 3333 CACHE STRING "TCP port of 127.0.0.1 at which the targets debug wait for gdb")

function(snnvp_firmware_platform name scenario)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "RAM_SIZE;STACK_SIZE" "")
  if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "snnvp_firmware_platform(<name> <scenario.yaml> [RAM_SIZE <bytes>] [STACK_SIZE <bytes>]): not understood: "
                        "${arg_UNPARSED_ARGUMENTS}${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  get_filename_component(scenario ${scenario} ABSOLUTE)
  set(include ${CMAKE_CURRENT_BINARY_DIR}/snnvp/${name})
  # When the project is configured, and again when the scenario or the program changed; only headers that differ are written.
  execute_process(COMMAND ${SNNVP_EXECUTABLE} firmware headers ${scenario} --out ${include}
                  RESULT_VARIABLE failed OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(failed)
    string(REPLACE "\n" "\n  " text "${text}")  # indented lines are not wrapped
    message(FATAL_ERROR "snnvp_firmware_platform(${name} ...):\n  ${text}")
  endif()
  get_filename_component(folder ${scenario} DIRECTORY)
  file(GLOB beside ${folder}/*.yaml)  # it may extend them
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${beside} ${SNNVP_EXECUTABLE})

  set(sdk ${snnvp_firmware_root}/sdk)
  add_library(${name}_registers INTERFACE)
  target_include_directories(${name}_registers SYSTEM INTERFACE ${include} ${sdk})
  add_library(${name}_startup INTERFACE)
  target_sources(${name}_startup INTERFACE ${sdk}/crt0.S ${sdk}/stdio.c ${sdk}/trap.c)
  target_link_libraries(${name}_startup INTERFACE ${name}_registers)
  add_library(${name}_linker_script INTERFACE)
  # Where programs lie: as the map says, at most 256 MiB.
  file(STRINGS ${include}/platform_map.h memory REGEX "SNN_MAP_PROGRAM_")
  string(REGEX MATCHALL "0x[0-9a-f]+" memory "${memory}")
  list(LENGTH memory numbers)
  if(NOT numbers EQUAL 2)
    message(FATAL_ERROR "snnvp_firmware_platform(${name} ...): ${scenario} has no hart that reaches a memory")
  endif()
  list(GET memory 0 base)
  list(GET memory 1 size)
  if(size GREATER 0x10000000)
    set(size 0x10000000)
  endif()
  if(arg_RAM_SIZE)
    set(size ${arg_RAM_SIZE})
  endif()
  set(layout -Wl,--defsym=__ram_base=${base},--defsym=__ram_size=${size})
  if(arg_STACK_SIZE)
    string(APPEND layout ,--defsym=__stack_size=${arg_STACK_SIZE})
  endif()
  target_link_options(${name}_linker_script INTERFACE -nostartfiles -Wl,--gc-sections ${layout} -T ${sdk}/snnvp.ld)
  set_property(TARGET ${name}_linker_script PROPERTY INTERFACE_LINK_DEPENDS ${sdk}/snnvp.ld)
  # A library: a program that uses no interrupts from here has its own trap handler.
  add_library(${name}_drivers STATIC EXCLUDE_FROM_ALL ${sdk}/engine.c ${sdk}/irq.c)
  target_link_libraries(${name}_drivers PUBLIC ${name}_registers)
  add_library(${name}_firmware INTERFACE)
  target_link_libraries(${name}_firmware INTERFACE ${name}_startup ${name}_linker_script ${name}_drivers)
  foreach(part registers startup linker_script drivers firmware)
    add_library(${name}::${part} ALIAS ${name}_${part})
  endforeach()
endfunction()

function(snnvp_firmware_run program scenario)
  get_filename_component(scenario ${scenario} ABSOLUTE)
  set_target_properties(${program} PROPERTIES SUFFIX .elf)
  set(command ${SNNVP_EXECUTABLE} run ${scenario} --set workload.elf=$<TARGET_FILE:${program}>)
  foreach(kind run debug)
    set(targets ${program}-${kind})
    if(NOT TARGET ${kind})
      list(APPEND targets ${kind})
    endif()
    foreach(target ${targets})
      add_custom_target(${target} COMMAND ${command} DEPENDS ${program} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} USES_TERMINAL VERBATIM)
    endforeach()
    list(APPEND command --gdb ${SNNVP_GDB_PORT})
  endforeach()
endfunction()

if(NOT TARGET snnvp::firmware)
  foreach(data ${snnvp_firmware_root}/.. ${snnvp_firmware_root}/../../scenarios)
    if(EXISTS ${data}/firmware.yaml)
      snnvp_firmware_platform(snnvp ${data}/firmware.yaml)
      break()
    endif()
  endforeach()
endif()
