// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/paper_timing.h>

#include <functional>
#include <sstream>

#include <catch2/catch.hpp>

#include "../support/golden_csv.h"
#include "../support/prosperity_run.h"
#include "../support/shared.h"

using namespace snnvp;
using namespace snnvp::prosperity;
using snnvp::test::Analyses;
using snnvp::test::GoldenCsv;
using snnvp::test::PaperRun;

namespace {

const char* const networks[] = {"lenet5_mnist", "vgg9_cifar10", "alexnet_cifar10_loas"};

/// The run that a golden row belongs to.
Config config_of(const GoldenCsv::Row& row) {
  Config config;
  config.tile_m = static_cast<std::uint32_t>(row.number("tile_M"));
  config.tile_k = static_cast<std::uint32_t>(row.number("tile_K"));
  config.tile_n = static_cast<std::uint32_t>(row.number("tile_N"));
  config.path = row["path"] == "cpu" ? Path::cpu : Path::cuda;
  config.issue = row["issue_type"] == "1" ? Issue::tree : Issue::sorted;
  if (row["accelerator"] == "Prosperity_bit_sparsity") config.sparsity = Sparsity::bit;
  if (row["accelerator"] == "Prosperity_dense") config.sparsity = Sparsity::dense;
  return config;
}

std::string key_of(const GoldenCsv::Row& row) {
  std::string key;
  for (const char* column : {"network", "accelerator", "path", "issue_type", "tile_M", "tile_K", "tile_N"}) key += row[column] + ' ';
  return key;
}

/// Lists each cell of a golden row that differs.
class Comparison {
public:
  explicit Comparison(const GoldenCsv::Row& row) : row_(row) {}
  void whole(const char* column, std::uint64_t actual) {
    if (row_.has(column) && row_.number(column) != actual) difference(column, std::to_string(actual));
  }
  void real(const char* column, double actual, double relative) {
    if (row_.has(column) && actual != Approx(row_.real(column)).epsilon(relative).margin(0)) difference(column, std::to_string(actual));
  }
  std::string differences() const { return differences_.str(); }

private:
  void difference(const char* column, const std::string& actual) {
    differences_ << key_of(row_) << row_["layer"] << ": " << column << " is " << actual << ", golden " << row_[column] << '\n';
  }
  const GoldenCsv::Row& row_;
  std::ostringstream differences_;
};

std::string differences(const GoldenCsv::Row& row, const Config& config, const LayerCounts& layer) {
  Comparison cell(row);
  if (config.sparsity == Sparsity::product) {  // the reference leaves these 0 in bit-sparse and dense runs
    cell.whole("elements_x_tileN", layer.elements);
    cell.whole("nnz_x_tileN", layer.ones);
    cell.whole("pro_nnz_x_tileN", layer.pro_ones);
    NetworkTotals alone;
    alone.add(layer);
    cell.real("bit_density", alone.bit_density(), 1e-12);
    cell.real("product_density", alone.product_density(), 1e-12);
  }
  cell.whole("rows_zero", layer.zero_rows);
  cell.whole("rows_exact_match", layer.em_rows);
  cell.whole("rows_partial_match", layer.pm_rows);
  cell.whole("rows_no_prefix", layer.no_prefix_rows);
  cell.whole("compute_cycles_raw", layer.processor);
  cell.whole("compute_cycles", layer.compute);
  cell.whole("preprocess_stall_cycles", layer.preprocess_stall);
  cell.whole("mem_stall_cycles", layer.mem_stall);
  cell.whole("total_cycles", layer.total);
  cell.whole("lif_latency_cycles", layer.lif_latency);
  cell.whole("end_to_end_contribution_cycles", layer.contribution);
  cell.whole("num_ops_add", layer.adds);
  const Traffic& traffic = layer.traffic;
  cell.whole("dram_read_bits", traffic.dram_read);
  cell.whole("dram_write_bits", traffic.dram_write);
  cell.whole("g_act_read_bits", traffic.g_act_read);
  cell.whole("g_act_write_bits", traffic.g_act_write);
  cell.whole("g_wgt_read_bits", traffic.g_wgt_read);
  cell.whole("g_wgt_write_bits", traffic.g_wgt_write);
  cell.whole("g_psum_read_bits", traffic.g_psum_read);
  cell.whole("g_psum_write_bits", traffic.g_psum_write);
  const EnergyModel energy;
  cell.real("onchip_energy_mJ", energy.on_chip_mj(layer.contribution), 1e-9);
  cell.real("dram_energy_mJ", energy.dram_mj(traffic.dram()), 1e-9);
  cell.real("energy_mJ", energy.total_mj(layer.contribution, traffic.dram()), 1e-9);
  return cell.differences();
}

std::string differences(const GoldenCsv::Row& row, const Config& config, const NetworkTotals& totals) {
  Comparison cell(row);
  cell.whole("total_cycles", totals.cycles);
  cell.real("time_s", static_cast<double>(totals.cycles) / 500e6, 1e-12);
  cell.whole("mem_stall_cycles_sum", totals.mem_stall);
  cell.whole("preprocess_stall_cycles_sum", totals.preprocess_stall);
  if (config.sparsity == Sparsity::product) {
    cell.real("bit_density", totals.bit_density(), 1e-12);
    cell.real("product_density", totals.product_density(), 1e-12);
  }
  cell.whole("dram_bits", totals.dram_bits);
  const EnergyModel energy;
  cell.real("onchip_energy_mJ", energy.on_chip_mj(totals.cycles), 1e-9);
  cell.real("dram_energy_mJ", energy.dram_mj(totals.dram_bits), 1e-9);
  cell.real("energy_mJ", energy.total_mj(totals.cycles, totals.dram_bits), 1e-9);
  cell.whole("num_ops_add", totals.adds);
  return cell.differences();
}

using Wanted = std::function<bool(const GoldenCsv::Row&)>;

/// Runs every wanted run of the two tables, each analysis once, and compares row by row. Returns the rows compared.
struct Compared {
  std::size_t layers = 0, totals = 0;
  std::string differences;
};
Compared compare(const std::string& folder, const std::vector<SpikeNetwork>& recorded, const std::string& layers_csv,
                 const std::string& totals_csv, const Wanted& wanted) {
  const GoldenCsv layers(folder + "/" + layers_csv), totals(folder + "/" + totals_csv);
  std::map<std::string, SpikeNetwork const*> by_name;
  for (const SpikeNetwork& network : recorded) by_name[network.name] = &network;
  std::map<std::string, Analyses> analyses;
  std::map<std::string, PaperRun> runs;
  Compared result;
  for (const GoldenCsv::Row& row : totals.rows()) {
    if (!wanted(row) || by_name.count(row["network"]) == 0) continue;
    const Config config = config_of(row);
    const SpikeNetwork& network = *by_name[row["network"]];
    Analyses& analysis = analyses[row["network"] + ' ' + row["tile_M"] + ' ' + row["tile_K"] + ' ' + row["issue_type"]];
    if (analysis.empty()) analysis = test::analyze(config, network);
    const PaperRun& run = runs[key_of(row)] = test::run_paper(config, network, analysis);
    result.differences += differences(row, config, run.totals);
    ++result.totals;
  }
  for (const GoldenCsv::Row& row : layers.rows()) {
    const auto run = runs.find(key_of(row));
    if (run == runs.end()) continue;
    const PaperRun::Layer& layer = run->second.layers.at(row.number("layer_idx"));
    if (layer.name != row["layer"]) result.differences += "layer " + layer.name + " instead of " + row["layer"] + '\n';
    result.differences += differences(row, config_of(row), layer.counts);
    ++result.layers;
  }
  return result;
}

std::vector<SpikeNetwork> read_networks(const std::string& shared) {
  std::vector<SpikeNetwork> recorded;
  for (const char* network : networks) recorded.push_back(read_spike_network(shared + "/spikes/" + network));
  return recorded;
}

bool is_product(const GoldenCsv::Row& row) { return row["accelerator"] == "Prosperity"; }
bool is_default_tile(const GoldenCsv::Row& row) { return row["tile_M"] == "256" && row["tile_K"] == "16"; }

NetworkTotals totals_of(const std::string& shared, const std::string& network, const Config& config) {
  return test::run_paper(config, read_spike_network(shared + "/spikes/" + network)).totals;
}

}  // namespace

TEST_CASE("prosperity.P4 the default run takes the published cycles", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  CHECK(totals_of(shared, "lenet5_mnist", Config{}).cycles == 41178);
  CHECK(totals_of(shared, "vgg9_cifar10", Config{}).cycles == 360240);
  CHECK(totals_of(shared, "alexnet_cifar10_loas", Config{}).cycles == 284142);
}

TEST_CASE("prosperity.P5 every layer of the sweep over tiles and paths equals the reference", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  const Compared result =
      compare(shared + "/golden/prosperity", read_networks(shared), "prosperity_layers.csv", "prosperity_totals.csv", is_product);
  CHECK(result.differences == "");
  CHECK(result.layers == 624);
  CHECK(result.totals == 72);
}

TEST_CASE("prosperity.P6 bit-sparse and dense runs equal the reference", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  const Compared result = compare(shared + "/golden/prosperity", read_networks(shared), "prosperity_layers.csv", "prosperity_totals.csv",
                                  [](const GoldenCsv::Row& row) { return !is_product(row); });
  CHECK(result.differences == "");
  CHECK(result.layers == 52);
  Config bit, dense;
  bit.path = dense.path = Path::cpu;
  bit.sparsity = Sparsity::bit;
  dense.sparsity = Sparsity::dense;
  CHECK(totals_of(shared, "lenet5_mnist", bit).cycles == 183492);
  CHECK(totals_of(shared, "vgg9_cifar10", bit).cycles == 833348);
  CHECK(totals_of(shared, "alexnet_cifar10_loas", bit).cycles == 781956);
  CHECK(totals_of(shared, "lenet5_mnist", dense).cycles == 715999);
  CHECK(totals_of(shared, "vgg9_cifar10", dense).cycles == 6040684);
  CHECK(totals_of(shared, "alexnet_cifar10_loas", dense).cycles == 4579408);
}

TEST_CASE("prosperity.P7 issue by tree equals the reference on the cpu path", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  const Compared result = compare(shared + "/golden/prosperity", read_networks(shared), "prosperity_issue1_layers.csv",
                                  "prosperity_issue1_totals.csv", [](const GoldenCsv::Row& row) { return row["path"] == "cpu"; });
  CHECK(result.differences == "");
  CHECK(result.layers == 26);
  Config tree;
  tree.path = Path::cpu;
  tree.issue = Issue::tree;
  CHECK(totals_of(shared, "lenet5_mnist", tree).cycles == 52606);
  CHECK(totals_of(shared, "vgg9_cifar10", tree).cycles == 440639);
  CHECK(totals_of(shared, "alexnet_cifar10_loas", tree).cycles == 330127);
}

TEST_CASE("prosperity.P8 the default run moves the published DRAM bits", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  CHECK(totals_of(shared, "lenet5_mnist", Config{}).dram_bits == 1102848);
  CHECK(totals_of(shared, "vgg9_cifar10", Config{}).dram_bits == 53886976);
  CHECK(totals_of(shared, "alexnet_cifar10_loas", Config{}).dram_bits == 18776064);
}

TEST_CASE("prosperity.P9 densities equal the golden ones and those the authors publish", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  const auto equal = [](const NetworkTotals& totals, const GoldenCsv::Row& row) {
    CHECK(totals.bit_density() == Approx(row.real("bit_density")).epsilon(1e-12).margin(0));
    CHECK(totals.product_density() == Approx(row.real("product_density")).epsilon(1e-12).margin(0));
  };
  const GoldenCsv golden(shared + "/golden/prosperity/prosperity_totals.csv"), paper(shared + "/golden/prosperity/paper_density.csv");
  std::map<std::string, NetworkTotals> totals;
  for (const char* network : networks) totals[network] = totals_of(shared, network, Config{});
  for (const GoldenCsv::Row& row : golden.rows()) {
    if (is_product(row) && is_default_tile(row)) equal(totals.at(row["network"]), row);
  }
  std::size_t published = 0;
  for (const GoldenCsv::Row& row : paper.rows()) {
    if (totals.count(row["network"]) == 0) continue;
    equal(totals.at(row["network"]), row);
    ++published;
  }
  CHECK(published == 2);
  CHECK(totals["lenet5_mnist"].bit_density() == Approx(.253640).margin(5e-7));
  CHECK(totals["alexnet_cifar10_loas"].product_density() == Approx(.039595).margin(5e-7));
}

TEST_CASE("prosperity.P10 the default run takes the golden energy", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  const Compared result =
      compare(shared + "/golden/prosperity", read_networks(shared), "prosperity_layers.csv", "prosperity_totals.csv",
              [](const GoldenCsv::Row& row) { return is_product(row) && is_default_tile(row) && row["path"] == "cuda"; });
  CHECK(result.differences == "");
  const NetworkTotals vgg9 = totals_of(shared, "vgg9_cifar10", Config{});
  CHECK(EnergyModel{}.total_mj(vgg9.cycles, vgg9.dram_bits) == Approx(0.9925872).epsilon(1e-7));
}

TEST_CASE("prosperity.P19 larger tile_m never raises product density nor costs cycles", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  for (const SpikeNetwork& network : read_networks(shared)) {
    for (const Path path : {Path::cuda, Path::cpu}) {
      NetworkTotals smaller;
      for (const std::uint32_t tile_m : {32U, 64U, 128U, 256U, 512U, 1024U, 2048U}) {
        INFO(network.name << " tile_m " << tile_m);
        Config config;
        config.tile_m = tile_m;
        config.path = path;
        const NetworkTotals totals = test::run_paper(config, network).totals;
        if (smaller.cycles != 0) {
          CHECK(totals.product_density() <= smaller.product_density());
          CHECK(totals.cycles <= smaller.cycles);
        }
        smaller = totals;
      }
    }
  }
}

TEST_CASE("paper timing of the repository's own network equals its committed golden", "[prosperity]") {
  const std::vector<SpikeNetwork> own = {read_spike_network(test::source_dir() + "/scenarios/networks/own_small")};
  const Compared result = compare(test::source_dir() + "/tests/golden", own, "own_small_layers.csv", "own_small_totals.csv",
                                  [](const GoldenCsv::Row& row) { return row["path"] == "cpu" || row["issue_type"] != "1"; });
  CHECK(result.differences == "");
  CHECK(result.layers == GoldenCsv(test::source_dir() + "/tests/golden/own_small_layers.csv").size());
}

TEST_CASE("event counts do not depend on the path once the cpu rules are asked for", "[prosperity]") {
  const SpikeNetwork own = read_spike_network(test::source_dir() + "/scenarios/networks/own_small");
  Config cuda, cpu;
  cpu.path = Path::cpu;
  const PaperRun a = test::run_paper(cuda.with_cpu_rules(), own), b = test::run_paper(cpu, own);
  CHECK(a.totals.adds > 0);
  CHECK(a.totals.adds == b.totals.adds);
  CHECK(a.totals.dram_bits == b.totals.dram_bits);
}

TEST_CASE("a LIF that follows another LIF or a pool hides nothing", "[prosperity]") {
  const Config config;
  LayerState state;
  const LayerCounts first = lif_layer(config, 65536, 4, state);
  CHECK(first.contribution == first.total);
  maxpool_layer(state);
  CHECK(lif_layer(config, 65536, 4, state).contribution == first.total);
}

TEST_CASE("a LIF after attention shows only what the attention does not hide", "[prosperity]") {
  const Config config;
  LayerState after_long{false, LayerKind::attention, 1000000}, after_short{false, LayerKind::attention, 100};
  const LayerCounts hidden = lif_layer(config, 65536, 4, after_long), shown = lif_layer(config, 65536, 4, after_short);
  CHECK(hidden.contribution == hidden.lif_latency);
  CHECK(shown.contribution == shown.total - 100);
}

TEST_CASE("spikes stay in the buffer only if they are fewer than it holds", "[prosperity]") {
  const Config config;  // 4096 bits
  LayerState state;
  CHECK(lif_layer(config, 1024, 4, state).traffic.dram_write == 4096);
  CHECK_FALSE(state.spikes_in_buffer);
  CHECK(lif_layer(config, 1023, 4, state).traffic.g_act_write == 4092);
  CHECK(state.spikes_in_buffer);
}

TEST_CASE("weights are read once if they fit their buffer or if there is one tile of columns", "[prosperity]") {
  const Config config = Config{}.with_cpu_rules();
  const auto weight_bits = [&](std::uint64_t K, std::uint64_t N) {
    return gemm_counts(config, GemmAnalysis::without_spikes(config, 600, K, N), {}).traffic.g_wgt_write;
  };
  CHECK(weight_bits(32, 64) == 32 * 64 * 8);  // exactly full
  CHECK(weight_bits(32, 65) == 32 * 65 * 8 * 3);
  CHECK(weight_bits(16, 1000) == 16 * 1000 * 8);
}

TEST_CASE("impossible parameters are named", "[prosperity]") {
  CHECK(check(Config{}).empty());
  Config config;
  config.tile_m = 2048;
  config.tile_k = 32;
  CHECK_THAT(check(config), Catch::Contains("65536; at most 32768"));
  config = {};
  config.tile_k = 0;
  CHECK_THAT(check(config), Catch::Contains("tile_k is 0; allowed: 1..128"));
  config = {};
  config.sparsity = Sparsity::bit;
  CHECK_THAT(check(config), Catch::Contains("path: cpu"));
  CHECK(check(config.with_cpu_rules()).empty());
}
