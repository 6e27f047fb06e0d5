# SPDX-License-Identifier: Apache-2.0
# cmake -DBUILD=... -DSOURCE=... -DTO=... -DCXX=... -DFLAGS=... -P: installs BUILD to an empty TO/prefix and builds outside projects against it.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE failed OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(failed)
    string(JOIN " " command ${ARGV})
    message(FATAL_ERROR "${command}\n${out}")
  endif()
endfunction()

file(REMOVE_RECURSE ${TO}/prefix ${TO}/outside ${TO}/shared)
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${TO}/prefix)
set(examples ${TO}/prefix/share/doc/snnvp/examples)  # as installed
set(common -G Ninja "-DCMAKE_CXX_FLAGS=-O0 ${FLAGS}" -DCMAKE_PREFIX_PATH=${TO}/prefix -DCMAKE_CXX_COMPILER=${CXX})
if(LAUNCHER)
  list(APPEND common -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
endif()
# All plug-ins and one program with the static libraries; the program once more, by itself, with the shared one.
run(${CMAKE_COMMAND} -S ${SOURCE}/tests/plugin/outside -B ${TO}/outside ${common} -DEXAMPLES=${examples})
run(${CMAKE_COMMAND} --build ${TO}/outside)
run(${CMAKE_COMMAND} -S ${examples}/in_your_sc_main -B ${TO}/shared ${common} -DSNNVP_LINKAGE=shared)
run(${CMAKE_COMMAND} --build ${TO}/shared)
