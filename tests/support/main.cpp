// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#ifdef SNNVP_TEST_WITH_KERNEL
#include <cstdlib>
#include <systemc>

namespace {
const int quiet_kernel = setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
}

// The SystemC library brings main().
int sc_main(int argc, char* argv[]) {
  static_cast<void>(quiet_kernel);
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
#else
int main(int argc, char* argv[]) {
#endif
  return Catch::Session().run(argc, argv);
}
