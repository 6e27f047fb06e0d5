# SPDX-License-Identifier: Apache-2.0
# cmake --toolchain: Debian's RISC-V cross compiler with picolibc for the platform's harts, and find_package(snnvp-firmware) beside it.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

find_program(SNNVP_RISCV_CC riscv64-unknown-elf-gcc)
if(NOT SNNVP_RISCV_CC)
  message(FATAL_ERROR "There is no riscv64-unknown-elf-gcc. On Debian:\n  apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf")
endif()
# -misa-spec=2.2 makes CSR instructions part of rv32imac; with an explicit _zicsr no multilib of Debian's packages matches.
set(flags "--specs=picolibc.specs -march=rv32imac -misa-spec=2.2 -mabi=ilp32")
execute_process(COMMAND ${SNNVP_RISCV_CC} --specs=picolibc.specs -march=rv32imac -mabi=ilp32 -include stdio.h -E -x c /dev/null
                OUTPUT_QUIET ERROR_QUIET RESULT_VARIABLE refused)
if(refused)
  message(FATAL_ERROR "${SNNVP_RISCV_CC} has no picolibc. On Debian:\n  apt-get install picolibc-riscv64-unknown-elf")
endif()
set(CMAKE_C_COMPILER ${SNNVP_RISCV_CC})
set(CMAKE_ASM_COMPILER ${SNNVP_RISCV_CC})
foreach(language C ASM)
  set(CMAKE_${language}_FLAGS_INIT "${flags} -ffunction-sections -fdata-sections")
  set(CMAKE_${language}_FLAGS_DEBUG_INIT "-Og")
endforeach()

set(snnvp-firmware_DIR ${CMAKE_CURRENT_LIST_DIR}/../../../cmake/snnvp-firmware)  # with its version, when installed
if(NOT EXISTS ${snnvp-firmware_DIR})
  set(snnvp-firmware_DIR ${CMAKE_CURRENT_LIST_DIR})
endif()
