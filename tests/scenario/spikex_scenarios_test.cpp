// SPDX-License-Identifier: Apache-2.0
// The SpikeX scenarios through the program: the paper's figures, the policies side by side, and the search for window sizes.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include <snnvp/workloads/formats/npy.h>

#include "../support/process.h"
#include "../support/shared.h"

using namespace snnvp;
using namespace snnvp::test;
using nlohmann::json;

namespace {

json run(const std::string& scenario, const std::vector<std::string>& overrides) {
  std::vector<std::string> arguments{"run", "scenarios/papers/" + scenario, "--json", "--quiet"};
  for (const std::string& text : overrides) arguments.insert(arguments.end(), {"--set", text});
  const ProcessResult result = run_snnvp(arguments);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  json report = json::parse(result.out);
  REQUIRE(report.at("status") == "ok");
  return report;
}

const std::string pe = "platform.blocks.pe.params.";

double cycles_of(const json& report) { return report.at("totals").at("cycles"); }
double energy_of(const json& report) { return report.at("energy").at("total_j"); }

std::string set(const std::string& key, double value) { return fmt::format("{}={}", key, value); }

/// What docs/validation.md prints as simulated at a rate of figure 10.
std::string documented_gain(double rate) {
  std::map<std::string, std::vector<std::string>> rows;
  std::istringstream page(slurp(SNNVP_SOURCE_DIR "/docs/validation.md"));
  for (std::string line; std::getline(page, line);) {
    std::vector<std::string> cells;
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, '|');) cells.push_back(cell.size() > 2 ? cell.substr(1, cell.size() - 2) : "");
    if (cells.size() == 16 + 1) rows.emplace(cells[1], cells);
  }
  for (std::size_t i = 2; i < rows["rate"].size(); ++i)
    if (std::abs(std::stod(rows["rate"][i]) - rate) < 1e-9) return rows["simulated"][i];
  return "no column for this rate";
}

}  // namespace

TEST_CASE("spikex.X1 the scenario of figure 10 meets the paper's gain at the nine asserted rates") {
  const std::array<std::pair<double, double>, 9> paper{
      {{.0003, 7.02}, {.0004, 6.78}, {.0005, 6.51}, {.001, 5.43}, {.002, 3.96}, {.003, 3.07}, {.004, 2.48}, {.005, 2.09}, {.01, 1.39}}};
  for (const auto& [rate, expected] : paper) {
    std::map<std::string, double> cycles;
    for (const char* dispatch : {"spatial", "ptb_group"})
      cycles[dispatch] =
          cycles_of(run("spikex_fig10.yaml", {set("workload.rate", rate), pe + "dispatch=" + dispatch, "run.check_output=false"}));
    const double gain = cycles.at("ptb_group") / cycles.at("spatial");
    INFO("rate " << rate);
    CHECK(fmt::format("{:.2f}", gain) == documented_gain(rate));
    CHECK(gain == Approx(expected).epsilon(0.03));
    CHECK(gain <= 8);
  }
}

TEST_CASE("spikex.X2 spikex.X3 energy and latency of N-MNIST CONV1 fall with the rate at every window size") {
  const std::array<double, 6> rates{.005, .002, .001, .0005, .0002, .0001};
  std::map<double, std::pair<int, double>> best;  // spikex.X4: window and EDP by rate
  for (const int tws : {2, 3, 5, 10}) {
    double last_energy = 1e300, last_cycles = 1e300;
    for (const double rate : rates) {
      INFO("tws " << tws << " rate " << rate);
      const json report = run("spikex_nmnist_rate.yaml", {set("workload.rate", rate), set(pe + "tws", tws)});
      CHECK(energy_of(report) < last_energy);
      CHECK(cycles_of(report) < last_cycles);
      last_energy = energy_of(report), last_cycles = cycles_of(report);
      const double edp = report.at("totals").at("edp_js");
      if (!best.count(rate) || edp < best.at(rate).second) best[rate] = {tws, edp};
    }
  }
  CHECK(best.at(rates.front()).first != best.at(rates.back()).first);
}

TEST_CASE("spikex.X5 spikex.X6 the price list of published shares gives them back and moves as the paper says") {
  std::map<int, std::map<std::string, double>> shares;
  for (const int tws : {4, 8}) {
    const json report = run("spikex_shares.yaml", {set(pe + "tws", tws)});
    for (const json& source : report.at("energy").at("sources")) shares[tws][source.at("path")] = 100 * source.at("share").get<double>();
    bool warned = false;
    for (const json& item : report.at("diagnosis")) warned = warned || item.at("rule") == "energy.price_list";
    CHECK(warned);
  }
  const std::string prefix = "spikex.paper_shares.";
  const std::map<std::string, double> figure{
      {"add", 38.0}, {"register_access", 39.5}, {"lbuf_access", 13.4}, {"glb_access", 7.3}, {"dram_bit", 1.7}};
  for (const auto& [part, share] : figure) CHECK(shares.at(4).at(prefix + part) == Approx(share).margin(0.1));
  // Weights dominate DRAM, and additions' registers hold them: both lose share with longer windows. Sums and spikes are in the LBUF.
  CHECK(shares.at(8).at(prefix + "dram_bit") < shares.at(4).at(prefix + "dram_bit"));
  CHECK(shares.at(8).at(prefix + "lbuf_access") > shares.at(4).at(prefix + "lbuf_access"));
}

namespace {

/// All policies on one network: exact outputs, and what holds between them (decision 30).
void compare_policies(const std::string& network) {
  for (const char* timing : {"paper", "tile"}) {
    std::vector<std::string> overrides{"workload.network=" + network};
    const std::array<const char*, 7> open{"serial", "ptb_group", "ptb_faithful", "ptb_pipeline", "temporal", "spatial", "auto"};
    for (const char* name : open) overrides.push_back(fmt::format("platform.blocks.{}.params.timing={}", name, timing));
    const json report = run("spikex_policies.yaml", overrides);
    CHECK(report.at("check").at("mismatches") == 0);
    CHECK(report.at("check").at("compared").get<std::uint64_t>() > 0);
    CHECK(report.at("engines").size() == 9);
    std::map<std::string, std::map<std::string, std::uint64_t>> cycles;  // engine, layer
    for (const json& layer : report.at("layers")) cycles[layer.at("engine")][layer.at("name")] = layer.at("contribution_cycles");
    INFO(network << " " << timing);
    // In `tile` the memory decides some layers; a burst more or less may then meet a refresh or a bus edge.
    const double slack = std::string(timing) == "tile" ? 1.001 : 1;
    for (const auto& [layer, count] : cycles.at("spatial")) {
      INFO(layer);
      CHECK(static_cast<double>(count) <= slack * static_cast<double>(cycles.at("ptb_group").at(layer)));
    }
    for (const auto& [name, engine] : report.at("engines").items()) {
      INFO(name);
      CHECK(engine.at("energy_j").get<double>() > 0);
      CHECK(engine.at("weight_bytes").get<double>() > 0);
    }
  }
}

}  // namespace

TEST_CASE("spikex.S1 every policy computes the network of windows exactly and spatial is never slower than ptb_group") {
  compare_policies("scenarios/networks/own_windows");
}

TEST_CASE("spikex.S1 every policy computes the recorded networks exactly and spatial is never slower than ptb_group") {
  SNNVP_NEEDS_SHARED(shared);
  for (const char* network : {"lenet5_mnist", "vgg9_cifar10", "alexnet_cifar10_loas"}) compare_policies(shared + "/spikes/" + network);
}

TEST_CASE("formats.F18 the dense scenario takes the closed systolic forms for all dataflows") {
  const auto ceil_div = [](std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; };
  for (const std::string dataflow : {"ws", "is", "os"})
    for (const auto& [m, k, n, rows, cols] :
         {std::array<std::uint64_t, 5>{7, 5, 3, 4, 4}, {64, 100, 33, 8, 16}, {1, 1, 1, 1, 1}, {130, 17, 65, 32, 8}}) {
      const json report =
          run("systolic_dense.yaml", {fmt::format("workload.m={}", m), fmt::format("workload.k={}", k), fmt::format("workload.n={}", n),
                                      fmt::format("{}rows={}", pe, rows), fmt::format("{}cols={}", pe, cols), pe + "dataflow=" + dataflow});
      const std::uint64_t s_r = dataflow == "os" ? m : k, s_c = dataflow == "is" ? m : n,
                          t = dataflow == "ws"   ? m
                              : dataflow == "is" ? n
                                                 : k;
      const std::uint64_t fold = (dataflow == "os" ? rows : 2 * rows) + cols + t - 2;
      INFO(dataflow << " " << m << " x " << k << " x " << n << " on " << rows << " x " << cols);
      CHECK(report.at("totals").at("cycles") == fold * ceil_div(s_r, rows) * ceil_div(s_c, cols) - 1);
    }
}

TEST_CASE("the search for window sizes finds what its own runs add up to, on any number of processes") {
  ScratchFolder scratch;
  std::map<std::string, std::string> result;
  for (const std::string jobs : {"1", "3"}) {
    const ProcessResult found = run_snnvp(
        {"search", "scenarios/papers/spikex_tws.yaml", "--json", "--quiet", "--jobs", jobs, "--out", scratch.path() + "/" + jobs});
    INFO(found.err);
    REQUIRE(found.exit_code == 0);
    result[jobs] = found.out;
    CHECK(slurp(scratch.path() + "/" + jobs + "/search.json") == found.out);
  }
  CHECK(result.at("1") == result.at("3"));
  CHECK(slurp(scratch.path() + "/1/edp_fit.csv") == slurp(scratch.path() + "/3/edp_fit.csv"));
  const json search = json::parse(result.at("1"));
  CHECK(search.at("method") == "exhaustive");
  CHECK(search.at("combinations").at("looked_at") == 6561);
  CHECK(search.at("best").at("cycles") == search.at("confirmed").at("cycles"));
  CHECK(search.at("confirmed").at("energy_mj").get<double>() == Approx(1e3 * search.at("best").at("energy_j").get<double>()).epsilon(1e-9));
  CHECK(search.at("gain_over_best_uniform").get<double>() >= 1);
  CHECK(search.at("fit").at("fits").size() == 4 * 9);
  for (const json& fit : search.at("fit").at("fits"))
    for (std::size_t i = 0; i + 1 < fit.at("edp_js").size(); ++i) CHECK(fit.at("edp_js")[i] <= fit.at("edp_js")[i + 1]);
}

TEST_CASE("a search over whole runs looks at every point or descends") {
  ScratchFolder scratch;
  const auto search = [&](const std::string& method) {
    const std::string file =
        scratch.write(method + ".yaml", "search: 1\nbase: " + std::string(SNNVP_SOURCE_DIR) +
                                            "/scenarios/papers/spikex_tws_base.yaml\nmethod: " + method +
                                            "\nobjective: latency\nspace:\n"
                                            "  - { name: rows, key: platform.blocks.pe.params.rows, values: [4, 8, 16] }\n"
                                            "  - { name: cols, key: platform.blocks.pe.params.cols, values: [4, 8, 16] }\n");
    const ProcessResult found = run_snnvp({"search", file, "--json", "--quiet"});
    INFO(found.err);
    REQUIRE(found.exit_code == 0);
    return json::parse(found.out);
  };
  const json all = search("exhaustive"), descent = search("coordinate_descent");
  CHECK(all.at("combinations").at("looked_at") == 9);
  CHECK(descent.at("best") == all.at("best"));
}

TEST_CASE("spikes of a user's own replace the drawn ones of a layer") {
  ScratchFolder scratch;
  NpyArray spikes = NpyArray::of({NpyType::Kind::boolean, 1}, {30, 2, 34, 34});
  for (const std::size_t t : {0, 7, 29}) spikes.data[(t * 2 * 34 + 5) * 34 + 9] = 1;  // one neuron of channel 0, three spikes
  write_npy(scratch.path() + "/conv1.npy", spikes);
  const json report = run("spikex_tws_base.yaml", {"workload.spikes=" + scratch.path(), pe + "tws=10"});
  CHECK(report.at("layers")[0].at("filled_windows") == 2);  // steps 0 and 7 share a window of ten
  CHECK(report.at("layers")[0].at("adds") == 3 * 9 * 12);   // in nine footprints of twelve channels
  CHECK(report.at("layers")[2].at("filled_windows").get<int>() > 100);
  CHECK(report.at("inputs")[0].at("path").get<std::string>().find("conv1.npy") != std::string::npos);
  const auto refused = [&](const NpyArray& array, const std::string& expected) {
    write_npy(scratch.path() + "/conv1.npy", array);
    const ProcessResult result = run_snnvp({"run", "scenarios/papers/spikex_tws_base.yaml", "--set", "workload.spikes=" + scratch.path()});
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find(expected) != std::string::npos);
  };
  spikes.data[100] = 2;
  spikes.fields[0].type.kind = NpyType::Kind::unsigned_integer;
  refused(spikes, "element 100 is 2, the layer needs zeros and ones of shape (30, 2, 34, 34), axes TCHW");
  refused(NpyArray::of({NpyType::Kind::boolean, 1}, {30, 2, 34, 33}), "the file has shape (30, 2, 34, 33)");
  refused(NpyArray::of({NpyType::Kind::real, 4}, {30, 2, 34, 34}), "the layer needs zeros and ones");
}

TEST_CASE("a search that cannot be is refused with its place and what is allowed") {
  ScratchFolder scratch;
  const auto refused = [&](const std::string& text, const std::string& expected) {
    const ProcessResult result = run_snnvp({"search", scratch.write("bad.yaml", text)});
    INFO(text << "\n" << result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find(expected) != std::string::npos);
  };
  const std::string base = "search: 1\nbase: " + std::string(SNNVP_SOURCE_DIR) + "/scenarios/papers/spikex_tws_base.yaml\n";
  const std::string axis = "{ name: tws, key: platform.blocks.pe.params.layer_tws, values: [1, 2], per: layer }";
  refused("base: x\n", "search: the key is missing");
  refused(base, "space");
  refused(base + "space: [" + axis + "]\nobjektive: edp\n", "objective");
  refused(base + "space: [" + axis + ", { name: rows, key: a.b, values: [1] }]\n", "stands alone");
  refused(base + "space: [{ name: rows, key: platform.blocks.pe.params.rowz, values: [1, 2] }]\n", "rows");
  refused(base + "space: [{ name: rows, key: platform.blocks.pe.params.rows, values: [0, 2] }]\n", "1..4096");
  refused(base + "space: [{ name: rows, key: platform.blocks.pe.params.rows, values: [2, 2] }]\n", "listed twice");
  refused("search: 1\nbase: nowhere.yaml\nspace: [" + axis + "]\n", "nowhere.yaml");
  refused(base + "space: [" + axis + "]\nfit: { key: workload.density }\n", "needs values");
}
