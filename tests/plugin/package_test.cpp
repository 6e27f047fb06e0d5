// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>
#include <regex>

#include "../support/process.h"
#include "outside.h"

using namespace snnvp::test;
namespace fs = std::filesystem;

TEST_CASE("tlm.V7 an installed package has headers, both libraries, package files, tool, data and docs at their places") {
  const std::string prefix = outside::prefix();
  for (const char* file : {"include/snnvp/models/prosperity/prosperity.h", "include/snnvp/plugin.h", "include/snnvp/plugin_abi.h",
                           "include/snnvp/width_adapter.h", "lib/libsnnvp_prosperity.a", "lib/libsnnvp.so",
                           "lib/cmake/snnvp/snnvp-config.cmake", "lib/pkgconfig/snnvp.pc", "bin/snnvp", "share/snnvp/quickstart.yaml",
                           "share/snnvp/tech/sram.yaml", "share/doc/snnvp/docs/co-simulation.md", "share/doc/snnvp/LICENSE"}) {
    INFO(file);
    CHECK(fs::exists(prefix + "/" + file));
  }
  CHECK_FALSE(fs::exists(prefix + "/include/snnvp/platform/plugin/public"));
}

TEST_CASE("tlm.V7 the installed tool finds its data beside itself and runs a scenario of its own") {
  const ProcessResult run =
      run_process({outside::tool(), "run", outside::prefix() + "/share/snnvp/product_sparsity.yaml", "--json", "--quiet"}, "/");
  INFO(run.err);
  CHECK(run.exit_code == 0);
  // The same bytes as from the build tree.
  const ProcessResult here = run_snnvp({"run", outside::prefix() + "/share/snnvp/product_sparsity.yaml", "--json", "--quiet"});
  CHECK(run.out == here.out);
}

TEST_CASE("tlm.V7 a program with the static and one with the shared library run an engine in a platform of their own") {
  for (const char* build : {"outside", "shared"}) {
    const ProcessResult run = run_process({outside::folder(build) + "/in_your_sc_main"}, "/");
    INFO(build << ": " << run.out << run.err);
    CHECK(run.exit_code == 0);
    CHECK(run.out.find("0 of 768 sums wrong") != std::string::npos);
  }
  const ProcessResult needs = run_process({"/usr/bin/env", "ldd", outside::folder("shared") + "/in_your_sc_main"}, "/");
  CHECK(needs.out.find("libsnnvp.so") != std::string::npos);
}

TEST_CASE(
    "tlm.E12 foreign initiators get the same sums in the same engine time: one wait per access, decoupled, four phases, 64 bits wide") {
  const std::string program = outside::folder("outside") + "/in_your_sc_main";
  const ProcessResult reference = run_process({program, "lt"}, "/");
  REQUIRE(reference.exit_code == 0);
  // Documented in examples/in_your_sc_main/README.md.
  const std::string readme = slurp(std::string(SNNVP_SOURCE_DIR) + "/examples/in_your_sc_main/README.md");
  std::smatch cycles;
  REQUIRE(std::regex_search(reference.out, cycles, std::regex("(\\d+) engine cycles")));
  CHECK(readme.find(cycles[1].str() + " engine cycles") != std::string::npos);
  std::smatch energy;
  REQUIRE(std::regex_search(reference.out, energy, std::regex("energy [0-9.]+ pJ")));
  CHECK(readme.find(energy[0].str()) != std::string::npos);
  for (const char* mode : {"decoupled", "at", "wide"}) {
    const ProcessResult run = run_process({program, mode}, "/");
    INFO(mode << ": " << run.out << run.err);
    CHECK(run.exit_code == 0);
    CHECK(run.out == reference.out);
  }
}

TEST_CASE("tlm.V7 the package's pkg-config file leads to headers and library") {
  const std::string pc = outside::prefix() + "/lib/pkgconfig";
  const ProcessResult flags = run_process({"/usr/bin/env", "PKG_CONFIG_PATH=" + pc, "pkg-config", "--cflags", "--libs", "snnvp"}, "/");
  INFO(flags.err);
  CHECK(flags.exit_code == 0);
  CHECK(flags.out.find("-lsnnvp") != std::string::npos);
  std::smatch folder;
  REQUIRE(std::regex_search(flags.out, folder, std::regex("-I(\\S+)")));
  CHECK(fs::exists(folder[1].str() + "/snnvp/plugin.h"));
}

TEST_CASE("tlm.K5 the project works as a part of another one, and sets nothing there") {
  const ScratchFolder scratch;
  scratch.write("main.cpp", "#include <snnvp/platform/base/quantity.h>\nint main() { return snnvp::parse_integer(\"7\") ? 0 : 1; }\n");
  scratch.write("CMakeLists.txt", std::string("cmake_minimum_required(VERSION 3.25)\nproject(outer LANGUAGES CXX)\n") +
                                      "add_subdirectory(" + SNNVP_SOURCE_DIR +
                                      " snnvp)\nadd_executable(outer main.cpp)\ntarget_link_libraries(outer PRIVATE snnvp::base)\n" +
                                      "if(CMAKE_BUILD_TYPE OR CMAKE_CXX_STANDARD)\n  message(FATAL_ERROR \"changed\")\nendif()\n");
  const std::string build = scratch.path() + "/build";
  const ProcessResult configured = run_process({"/usr/bin/env", "cmake", "-S", scratch.path(), "-B", build, "-G", "Ninja"}, "/");
  INFO(configured.out << configured.err);
  REQUIRE(configured.exit_code == 0);
  // Without building it: the target, and the folder of headers it would be compiled with, are there.
  const ProcessResult targets = run_process({"/usr/bin/env", "ninja", "-C", build, "-t", "query", "outer"}, "/");
  CHECK(targets.out.find("libsnnvp_base.a") != std::string::npos);
  CHECK(fs::exists(build + "/snnvp/include/snnvp/platform"));
}

TEST_CASE("tlm.K8 cpack makes Debian packages that name what they need") {
  if (!fs::exists("/usr/bin/dpkg-deb") || !fs::exists("/usr/bin/dpkg-shlibdeps")) {
    WARN("SKIPPED: dpkg-deb and dpkg-shlibdeps (dpkg-dev) are needed");
    return;
  }
  const ScratchFolder scratch;
  const ProcessResult made = run_process({"/usr/bin/env", "cpack", "-G", "DEB", "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", "--config",
                                          std::string(SNNVP_BUILD_DIR) + "/CPackConfig.cmake", "-B", scratch.path()},
                                         scratch.path(), 280);
  INFO(made.out << made.err);
  REQUIRE(made.exit_code == 0);
  std::string tool, dev;
  for (const auto& file : fs::directory_iterator(scratch.path()))
    if (file.path().extension() == ".deb") (file.path().filename().string().rfind("snnvp-dev", 0) == 0 ? dev : tool) = file.path();
  REQUIRE_FALSE(tool.empty());
  REQUIRE_FALSE(dev.empty());
  CHECK(run_process({"/usr/bin/dpkg-deb", "-f", tool, "Depends"}).out.find("libsystemc") != std::string::npos);
  CHECK(run_process({"/usr/bin/dpkg-deb", "-f", dev, "Depends"}).out.find("libsystemc-dev") != std::string::npos);
  const std::string files = run_process({"/usr/bin/dpkg-deb", "-c", tool}).out;
  for (const char* file :
       {"./usr/bin/snnvp", "./usr/share/cmake/snnvp-firmware/snnvp-firmware-config.cmake", "./usr/share/snnvp/firmware-sdk/sdk/crt0.S",
        "./usr/share/snnvp/firmware-sdk/template/.vscode/launch.json", "./usr/share/snnvp/firmware/hello.elf",
        "./usr/share/man/man1/snnvp.1", "./usr/share/bash-completion/completions/snnvp", "./usr/share/zsh/vendor-completions/_snnvp",
        "./usr/share/fish/vendor_completions.d/snnvp.fish", "./usr/lib/python3/dist-packages/snnvp.py"}) {
    INFO(file);
    CHECK(files.find(file) != std::string::npos);
  }
  CHECK(run_process({"/usr/bin/dpkg-deb", "-f", tool, "Suggests"}).out.find("gcc-riscv64-unknown-elf") != std::string::npos);
  CHECK(run_process({"/usr/bin/dpkg-deb", "-c", dev}).out.find("./usr/include/snnvp/plugin.h") != std::string::npos);
}
