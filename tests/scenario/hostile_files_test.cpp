// SPDX-License-Identifier: Apache-2.0
// Network folders that are damaged or lie: an error with a place, never a crash and never another network.
#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/formats/manifest.h>

#include "../support/process.h"

namespace fs = std::filesystem;
using namespace snnvp;
using snnvp::test::ProcessResult;
using snnvp::test::run_snnvp;
using snnvp::test::ScratchFolder;
using snnvp::test::slurp;

namespace {

const std::string own_small = SNNVP_SOURCE_DIR "/scenarios/networks/own_small";
const std::vector<std::string> data_files{"conv2d_1.npy", "conv2d_2.npy", "fc_0.npy"};

void copy_own_small(const ScratchFolder& scratch) {
  for (const auto& entry : fs::directory_iterator(own_small)) scratch.write(entry.path().filename().string(), slurp(entry.path().string()));
}

bool same_spikes(const SpikeNetwork& a, const SpikeNetwork& b) {
  if (a.layers.size() != b.layers.size()) return false;
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    const SpikeTensor &x = a.layers[i].spikes, &y = b.layers[i].spikes;
    if (x.shape() != y.shape() || !std::equal(x.data(), x.data() + x.byte_size(), y.data(), y.data() + y.byte_size())) return false;
  }
  return true;
}

enum class Outcome { refused, unchanged, other };

/// Reads the folder; anything but an InputError that names a file of it escapes and fails the test.
Outcome outcome_of(const std::string& folder, const SpikeNetwork& original) {
  try {
    return same_spikes(read_spike_network(folder), original) ? Outcome::unchanged : Outcome::other;
  } catch (const InputError& error) {
    return std::string(error.what()).find(folder) != std::string::npos ? Outcome::refused : Outcome::other;
  }
}

}  // namespace

TEST_CASE("a data file that ends early or goes on is refused at every length") {
  const SpikeNetwork original = read_spike_network(own_small);
  const ScratchFolder scratch;
  copy_own_small(scratch);
  for (const std::string& name : data_files) {
    const std::string whole = slurp(own_small + "/" + name);
    for (std::size_t length = 0; length < whole.size(); length += length < 200 ? 1 : 97) {
      scratch.write(name, whole.substr(0, length));
      INFO(name << " cut to " << length);
      REQUIRE(outcome_of(scratch.path(), original) == Outcome::refused);
    }
    scratch.write(name, whole + "x");
    CHECK(outcome_of(scratch.path(), original) == Outcome::refused);
    scratch.write(name, whole);
    REQUIRE(outcome_of(scratch.path(), original) == Outcome::unchanged);
  }
}

TEST_CASE("a flipped bit in a data file is refused or changes nothing") {
  const SpikeNetwork original = read_spike_network(own_small);
  const ScratchFolder scratch;
  copy_own_small(scratch);
  RandomStream random(1, "flipped bits");
  for (const std::string& name : data_files) {
    const std::string whole = slurp(own_small + "/" + name);
    for (int round = 0; round < 300; ++round) {
      std::string changed = whole;
      const std::size_t at = random.below(whole.size());
      changed[at] = static_cast<char>(changed[at] ^ 1 << random.below(8));
      scratch.write(name, changed);
      INFO(name << " changed at " << at);
      REQUIRE(outcome_of(scratch.path(), original) != Outcome::other);
    }
    scratch.write(name, whole);
  }
}

TEST_CASE("a damaged manifest is refused or still describes the same spikes") {
  const SpikeNetwork original = read_spike_network(own_small);
  const ScratchFolder scratch;
  copy_own_small(scratch);
  const std::string whole = slurp(own_small + "/manifest.json");
  for (std::size_t length = 0; length + 2 < whole.size(); length += 13) {
    scratch.write("manifest.json", whole.substr(0, length));
    INFO("cut to " << length);
    REQUIRE(outcome_of(scratch.path(), original) == Outcome::refused);
  }
  RandomStream random(1, "manifest");
  const std::string alphabet = "0123456789-.,:[]{}\"\\ aTfn\x80";
  for (int round = 0; round < 500; ++round) {
    std::string changed = whole;
    for (std::uint64_t n = 0; n <= random.below(3); ++n) changed[random.below(changed.size())] = alphabet[random.below(alphabet.size())];
    scratch.write("manifest.json", changed);
    INFO("round " << round);
    REQUIRE(outcome_of(scratch.path(), original) != Outcome::other);
  }
}

TEST_CASE("a manifest that lies about one number is refused") {
  const ScratchFolder scratch;
  copy_own_small(scratch);
  const std::string whole = slurp(own_small + "/manifest.json");
  const SpikeNetwork original = read_spike_network(own_small);
  const std::vector<std::pair<std::string, std::string>> lies{{"\"nnz\": 453", "\"nnz\": 454"},
                                                              {"\"crc32\": \"8ae11c73\"", "\"crc32\": \"8ae11c74\""},
                                                              {"\"bits\": 2025", "\"bits\": 2024"},
                                                              {"\"bytes\": 254", "\"bytes\": 253"},
                                                              {"\"M\": 405", "\"M\": 404"},
                                                              {"\"K\": 1197", "\"K\": 1196"},
                                                              {"\"density\": 0.2237", "\"density\": 0.3237"},
                                                              {"\"stride\": 2", "\"stride\": 1"},
                                                              {"\"kernel\": 3", "\"kernel\": 30"},
                                                              {"\"C_in\": 133", "\"C_in\": 0"},
                                                              {"\"H_out\": 5", "\"H_out\": -5"},
                                                              {"\"C_out\": 136", "\"C_out\": 1e99"},
                                                              {"\"T\": 5", "\"T\": \"5\""},
                                                              {"\"file\": \"fc_0.npy\"", "\"file\": \"/etc/passwd\""},
                                                              {"\"file\": \"fc_0.npy\"", "\"file\": \"conv2d_1.npy\""}};
  for (const auto& [truth, lie] : lies) {
    std::string changed = whole;
    const auto at = changed.find(truth);
    INFO(lie);
    REQUIRE(at != std::string::npos);
    scratch.write("manifest.json", changed.replace(at, truth.size(), lie));
    CHECK(outcome_of(scratch.path(), original) == Outcome::refused);
  }
}

TEST_CASE("run tells where the scenario names a damaged network") {
  const ScratchFolder scratch;
  copy_own_small(scratch);
  const std::string network = "workload.network=" + scratch.path();
  CHECK(run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--set", network}).exit_code == 0);
  scratch.write("fc_0.npy", slurp(own_small + "/fc_0.npy").substr(0, 150));
  const ProcessResult cut = run_snnvp({"run", "scenarios/product_sparsity.yaml", "--set", network});
  CHECK(cut.exit_code == 2);
  CHECK(cut.out.empty());
  CHECK(cut.err.rfind("--set " + network + ":1:18: workload.network: " + scratch.path() + "/fc_0.npy: ", 0) == 0);
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), std::string("null"), std::string(100000, '['), std::string(2000, '\0')}) {
    scratch.write("manifest.json", text);
    const ProcessResult result = run_snnvp({"check", "scenarios/product_sparsity.yaml", "--set", network});
    CHECK(result.exit_code == 2);
    CHECK(result.err.find("1 error, nothing was simulated") != std::string::npos);
  }
}
