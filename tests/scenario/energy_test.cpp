// SPDX-License-Identifier: Apache-2.0
// Energy in real reports: parts add up, and energy follows counts.
#include <catch2/catch.hpp>

#include <filesystem>
#include <map>

#include "../support/shared.h"
#include "prosperity_report.h"

using namespace snnvp::test;
using nlohmann::json;

namespace {

const std::string pu = "platform.blocks.pu.params.";

double sum_of(const json& object, const char* field = nullptr) {
  double sum = 0;
  for (const auto& [key, value] : object.items()) sum += field ? value.at(field).get<double>() : value.get<double>();
  return sum;
}

Approx close_to(double value) { return Approx(value).epsilon(1e-9).margin(0); }

void expect_parts_to_add_up(const json& report) {
  const json& energy = report.at("energy");
  const double total = energy.at("total_j");
  CHECK(total > 0);
  CHECK(energy.at("static_j").get<double>() + energy.at("dynamic_j").get<double>() == close_to(total));
  CHECK(sum_of(energy.at("by_block"), "total_j") == close_to(total));
  CHECK(sum_of(energy.at("by_event")) == close_to(total));
  CHECK(sum_of(energy.at("by_block"), "static_j") == Approx(energy.at("static_j").get<double>()).epsilon(1e-9).margin(1e-30));
  CHECK(sum_of(energy.at("by_block"), "dynamic_j") == close_to(energy.at("dynamic_j")));
  for (const auto& [name, block] : energy.at("by_block").items())
    CHECK(block.at("static_j").get<double>() + block.at("dynamic_j").get<double>() == close_to(block.at("total_j")));
  CHECK(report.at("totals").at("energy_mj").get<double>() == close_to(1e3 * total));
  CHECK(report.at("totals").at("edp_js").get<double>() == close_to(total * report.at("totals").at("seconds").get<double>()));
}

/// Price of one event of each kind: energy over count.
std::map<std::string, double> unit_prices(const json& report) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& block : report.at("blocks"))
    for (const auto& [key, count] : block.at("events").items()) counts[key] += count.get<std::uint64_t>();
  std::map<std::string, double> prices;
  for (const auto& [key, count] : counts)
    if (count != 0) prices[key] = report.at("energy").at("by_event").at(key).get<double>() / static_cast<double>(count);
  return prices;
}

}  // namespace

TEST_CASE("energy.E26 the parts of every report's energy add up to its total") {
  const std::string folder = own_network().folder;
  for (const char* preset : {"prosperity_paper", "generic28"})
    for (const char* timing : {"paper", "tile"}) {
      INFO(preset << " " << timing);
      expect_parts_to_add_up(run_prosperity(folder, {std::string("technology.preset=") + preset, pu + "timing=" + timing}));
    }
  expect_parts_to_add_up(run_prosperity(folder, {"technology.preset=generic28", pu + "sparsity=dense"}));
}

TEST_CASE("energy.E26 the rows of a calibrated report add up to its total") {
  const json report = run_prosperity(own_network().folder, {pu + "timing=paper"});
  double rows = 0;
  for (const auto& layer : report.at("layers")) rows += layer.at("energy_mj").get<double>();
  CHECK(rows == close_to(report.at("totals").at("energy_mj")));
}

TEST_CASE("energy.E22 an event costs the same in every run whatever its count") {
  SNNVP_NEEDS_SHARED(shared);
  const std::string preset = "technology.preset=generic28";
  const auto reference = unit_prices(run_prosperity(own_network().folder, {preset}));
  CHECK(reference.size() >= 10);
  const json runs[] = {run_prosperity(shared + "/spikes/lenet5_mnist", {preset}),
                       run_prosperity(own_network().folder, {preset, pu + "sparsity=bit"}),
                       run_prosperity(own_network().folder, {preset, pu + "timing=tile", pu + "tile_k=4"})};
  for (const json& run : runs)
    for (const auto& [key, price] : unit_prices(run)) {
      INFO(key);
      if (reference.count(key)) CHECK(price == Approx(reference.at(key)).epsilon(1e-12).margin(0));
    }
}

TEST_CASE("energy.E22 energy of the paper's price list is linear in cycles and DRAM bits") {
  const json report = run_prosperity(own_network().folder, {pu + "timing=paper"});
  const double cycles = report.at("totals").at("cycles"), bits = report.at("totals").at("dram_bits");
  CHECK(report.at("energy").at("total_j").get<double>() == close_to(0.4465 * cycles / 500e6 + 12.45e-12 * bits));
}

TEST_CASE("energy.E24 a price list that lacks a block is an input error before anything runs") {
  const ScratchFolder scratch;
  const std::string file = scratch.write("no_price.yaml", R"(scenario: 1
name: no_price
platform:
  extends: )" + source_dir() + R"(/scenarios/platforms/one_engine.yaml
  blocks:
    - { name: pu, kind: models.prosperity, clock: core }
  links:
    - { from: pu.dma, to: bus.in }
    - { from: pu.irq, to: "host.irq[0]" }
  maps:
    - { through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB }
workload:
  kind: trace
  network: )" + own_network().folder + R"(
technology:
  preset: generic28
  prices:
    spike_accumulate.8: { value: 1, unit: pJ, lo: 1, hi: 1, status: guess, source: test }
)");
  const ProcessResult result = run_snnvp({"run", file, "--quiet", "--out", scratch.path() + "/out"});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK(result.err.find("spike_accumulate.8") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(scratch.path() + "/out/report.json"));
}
