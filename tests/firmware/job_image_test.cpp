// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "../support/process.h"

using namespace snnvp::test;

TEST_CASE("firmware.F28 the memory images that ship are what make_firmware_data makes of the shipped networks") {
  const ScratchFolder folder;
  const std::string scenarios = std::string(SNNVP_SOURCE_DIR) + "/scenarios";
  const ProcessResult made = run_process({SNNVP_MAKE_FIRMWARE_DATA, scenarios, folder.path()});
  INFO(made.err);
  REQUIRE(made.exit_code == 0);
  for (const char* name : {"/layers.bin", "/classify.bin"}) {
    INFO(name << ": call tools/make_firmware_data after a change of the networks, the job format or the layout");
    CHECK((slurp(folder.path() + name) == slurp(scenarios + "/firmware" + name)));
  }
}
