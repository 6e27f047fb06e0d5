// SPDX-License-Identifier: Apache-2.0
// Every scenario in tests/scenario/broken is refused with exactly the message that stands beside it.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "../support/process.h"

namespace fs = std::filesystem;
using snnvp::test::ProcessResult;
using snnvp::test::run_snnvp;
using snnvp::test::slurp;

namespace {

const std::string folder = "tests/scenario/broken";

/// The names in the folder with this extension, sorted.
std::vector<std::string> names_with(const std::string& extension) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(SNNVP_SOURCE_DIR "/" + folder))
    if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("every broken scenario is refused with exactly the expected message") {
  const std::vector<std::string> names = names_with(".yaml");
  CHECK(names.size() >= 40);
  CHECK(names_with(".txt") == names);
  for (const std::string& name : names) {
    INFO(name);
    const ProcessResult result = run_snnvp({"check", folder + "/" + name + ".yaml"});
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(result.err == slurp(SNNVP_SOURCE_DIR "/" + folder + "/" + name + ".txt"));
  }
}

TEST_CASE("what the broken scenarios extend is itself correct") {
  const ProcessResult result = run_snnvp({"check", folder + "/parts/good.yaml"});
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  const ProcessResult layers = run_snnvp({"check", folder + "/parts/synthetic.yaml", "--set", "workload.layers=[{C: 8, N: 8}]"});
  CHECK(layers.exit_code == 0);
  CHECK(layers.err.empty());
}

TEST_CASE("run refuses a broken scenario like check and leaves nothing behind") {
  const snnvp::test::ScratchFolder scratch;
  const std::string out = scratch.path() + "/out";
  const ProcessResult result = run_snnvp({"run", folder + "/several_errors.yaml", "--out", out});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK(result.err == slurp(SNNVP_SOURCE_DIR "/" + folder + "/several_errors.txt"));
  CHECK_FALSE(fs::exists(out));
}
