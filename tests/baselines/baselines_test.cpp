// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/baselines/baselines_core.h>

#include <algorithm>
#include <map>

#include <snnvp/models/baselines/energy.h>
#include <snnvp/models/baselines/loas.h>
#include <snnvp/models/baselines/row_ones.h>
#include <snnvp/models/prosperity/paper_timing.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/report/technology.h>
#include <snnvp/workloads/formats/manifest.h>
#include <snnvp/workloads/network/geometry.h>
#include <snnvp/workloads/spikes/generators.h>
#include <catch2/catch.hpp>

#include "../support/golden_csv.h"
#include "../support/published_networks.h"
#include "../support/shared.h"

using namespace snnvp;
using namespace snnvp::baselines;
using snnvp::test::GoldenCsv;

namespace {

const char* const recorded[] = {"lenet5_mnist", "vgg9_cifar10", "alexnet_cifar10_loas"};

Model model_of_row(const std::string& accelerator) {
  std::string word = accelerator;
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return model_of(word);
}

LoasPacking packing_of(const std::string& variant) {
  LoasPacking packing;
  if (variant == "LoAS_type") return packing;
  packing.kind = LoasPacking::Kind::map;
  packing.over = variant.find(">0") != std::string::npos ? 0 : 1;
  packing.rows = variant.find("positions") != std::string::npos ? LoasPacking::Rows::positions : LoasPacking::Rows::inputs;
  return packing;
}

GemmGeometry conv(std::uint64_t T, std::uint64_t C, std::uint64_t H, std::uint64_t W, std::uint64_t N, std::uint64_t kernel,
                  std::uint64_t stride, std::uint64_t padding) {
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = T, g.C = C, g.H = H, g.W = W, g.N = N, g.kernel = kernel, g.stride = stride, g.padding = padding;
  return g;
}

GemmGeometry fc(std::uint64_t T, std::uint64_t L, std::uint64_t C, std::uint64_t N) {
  GemmGeometry g;
  g.T = T, g.L = L, g.C = C, g.N = N;
  return g;
}

SpikeTensor spikes_for(const GemmGeometry& g, double density) {
  SpikeRequest request;
  request.name = "baselines";
  request.density = density;
  request.axes = g.kind == GemmGeometry::Kind::conv2d ? "TCHW" : "TLC";
  request.shape =
      g.kind == GemmGeometry::Kind::conv2d ? std::vector<std::uint64_t>{g.T, g.C, g.H, g.W} : std::vector<std::uint64_t>{g.T, g.L, g.C};
  return bernoulli_spikes(request);
}

/// Ones of row (t, position) by the definition of im2col.
std::uint32_t row_ones(const GemmGeometry& g, const SpikeTensor& spikes, std::uint64_t t, std::uint64_t position) {
  std::uint32_t ones = 0;
  if (g.kind == GemmGeometry::Kind::fc) {
    for (std::uint64_t c = 0; c < g.C; ++c) ones += spikes.at((t * g.L + position) * g.C + c);
    return ones;
  }
  const auto signed_of = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
  for (std::uint64_t c = 0; c < g.C; ++c)
    for (std::uint64_t ky = 0; ky < g.kernel; ++ky)
      for (std::uint64_t kx = 0; kx < g.kernel; ++kx) {
        const std::int64_t y = signed_of(position / g.out_w() * g.stride + ky) - signed_of(g.padding);
        const std::int64_t x = signed_of(position % g.out_w() * g.stride + kx) - signed_of(g.padding);
        if (y < 0 || x < 0 || y >= signed_of(g.H) || x >= signed_of(g.W)) continue;
        ones += spikes.at(((t * g.C + c) * g.H + static_cast<std::uint64_t>(y)) * g.W + static_cast<std::uint64_t>(x));
      }
  return ones;
}

}  // namespace

TEST_CASE("prosperity.P11 Eyeriss, MINT, SATO and PTB equal every layer and total of the reference") {
  SNNVP_NEEDS_SHARED(dir);
  const GoldenCsv golden(dir + "/golden/prosperity/baseline_layers.csv"), totals(dir + "/golden/prosperity/baseline_totals.csv");
  std::map<std::string, SpikeNetwork> networks;
  for (const char* name : recorded) networks.emplace(name, read_spike_network(dir + "/spikes/" + name));
  std::map<std::pair<std::string, std::string>, Cycles> sums;
  for (const GoldenCsv::Row& row : golden.rows()) {
    INFO(row["network"] << ' ' << row["accelerator"] << ' ' << row["layer"]);
    const Model model = model_of_row(row["accelerator"]);
    LayerCost cost;
    if (row["op_type"] == "lif") {
      cost = lif_cost(model, row.number("C_out"), row.number("T"));
    } else {
      const SpikeLayer& layer = *networks.at(row["network"]).layer(row["layer"]);
      REQUIRE(gemm_problem(model, layer.geometry).empty());
      cost = gemm_cost(model, layer.geometry, layer.spikes.view());
    }
    CHECK(static_cast<double>(cost.compute) == row.real("compute_cycles"));
    CHECK(cost.stall == row.number("mem_stall_cycles"));
    CHECK(static_cast<double>(cost.total()) == row.real("total_cycles"));
    CHECK(cost.dram_read.value_or(0) == row.number("dram_read_bits_modelled"));
    CHECK(cost.dram_write.value_or(0) == row.number("dram_write_bits_modelled"));
    sums[{row["network"], row["accelerator"]}] += cost.total();
  }
  CHECK(golden.size() == 104);
  CHECK(totals.size() == 12);
  for (const GoldenCsv::Row& row : totals.rows()) {
    INFO(row["network"] << ' ' << row["accelerator"]);
    CHECK(static_cast<double>(sums.at({row["network"], row["accelerator"]})) == row.real("total_cycles"));
  }
}

TEST_CASE("prosperity.P13 LoAS densities equal every layer and total of the reference") {
  SNNVP_NEEDS_SHARED(dir);
  const GoldenCsv golden(dir + "/golden/prosperity/loas_layers.csv"), totals(dir + "/golden/prosperity/loas_totals.csv");
  std::map<std::string, SpikeNetwork> networks;
  for (const char* name : recorded) networks.emplace(name, read_spike_network(dir + "/spikes/" + name));
  prosperity::GemmAnalyzer analyzer;
  std::map<std::pair<std::string, std::string>, LoasTotal> sums;
  for (const GoldenCsv::Row& row : golden.rows()) {
    INFO(row["network"] << ' ' << row["variant"] << ' ' << row["layer"]);
    const LoasPacking packing = packing_of(row["variant"]);
    const SpikeLayer& layer = *networks.at(row["network"]).layer(row["layer"]);
    REQUIRE(loas_problem(packing, layer.geometry).empty());
    const LoasCount count = loas_count(packing, layer.geometry, layer.spikes.view(), analyzer);
    CHECK(count.rows == row.number("rows"));
    CHECK(count.columns == row.number("cols"));
    CHECK(count.elements() == row.number("elements"));
    CHECK(count.ones == row.number("nnz"));
    CHECK(count.pro_ones == row.number("pro_nnz"));
    sums.emplace(std::make_pair(row["network"], row["variant"]), LoasTotal(packing.kind)).first->second.add(count, layer.geometry.N);
  }
  CHECK(golden.size() == 29);
  CHECK(totals.size() == 7);
  for (const GoldenCsv::Row& row : totals.rows()) {
    INFO(row["network"] << ' ' << row["variant"]);
    const LoasTotal& total = sums.at({row["network"], row["variant"]});
    CHECK(total.bit_density() == Approx(row.real("bit_density")).epsilon(1e-12).margin(0));
    CHECK(total.product_density() == Approx(row.real("product_density")).epsilon(1e-12).margin(0));
    if (row["variant"] != "LoAS_type") continue;
    CHECK(total.printed_bit_density() == Approx(row.real("printed_bit_density(last-layer denominator)")).epsilon(1e-12).margin(0));
    CHECK(total.printed_product_density() == Approx(row.real("printed_product_density(last-layer denominator)")).epsilon(1e-12).margin(0));
  }
}

TEST_CASE("prosperity.P14 Eyeriss and Eyeriss_linear take the published time on the sixteen networks") {
  SNNVP_NEEDS_SHARED(shared);
  const GoldenCsv golden(shared + "/golden/prosperity/check_reference_data_independent.csv");
  std::map<std::string, std::pair<double, double>> seconds;
  for (const auto& network : test::read_published_networks(test::source_dir() + "/tests/golden/published_networks.txt")) {
    Cycles plain = 0, linear = 0;
    for (const auto& layer : network.layers) {
      const auto& n = layer.numbers;
      GemmGeometry g = layer.op == "conv" ? conv(network.T, n.at(1), n.at(0), n.at(0), n.at(2), n.at(3), n.at(5), n.at(4))
                       : layer.op == "fc" ? fc(network.T, n.at(2), n.at(0), n.at(1))
                                          : GemmGeometry{};
      Cycles cycles = 0, extra = 0;
      if (layer.op == "conv" || layer.op == "fc") cycles = gemm_cost(Model::eyeriss, g, SpikeView{}).total();
      if (layer.op == "lif") cycles = lif_cost(Model::eyeriss, n.at(0), network.T).total();
      if (layer.op == "attn") extra = attention_cost({network.attention, network.T, n.at(1), n.at(0), n.at(2)}).total();
      if (layer.op == "ln") extra = layernorm_cost(network.T * n.at(1) * n.at(2), n.at(0)).total();
      plain += cycles;
      linear += cycles + extra;
    }
    for (const std::string& name : network.names)
      seconds[name] = {static_cast<double>(plain) / baselines::clock_hz, static_cast<double>(linear) / baselines::clock_hz};
  }
  CHECK(golden.size() == 16);
  for (const GoldenCsv::Row& row : golden.rows()) {
    INFO(row["network"]);
    CHECK(seconds.at(row["network"]).first == Approx(row.real("eyeriss_s_ref")).epsilon(1e-9).margin(0));
    CHECK(seconds.at(row["network"]).second == Approx(row.real("eyeriss_linear_s_ref")).epsilon(1e-9).margin(0));
  }
}

TEST_CASE("prosperity.P15 published times give the published energies of every accelerator") {
  SNNVP_NEEDS_SHARED(shared);
  const GoldenCsv published(shared + "/golden/prosperity/paper_time_energy.csv");
  const GoldenCsv bits(shared + "/golden/prosperity/paper_mem_access_bits.csv");
  std::map<std::string, int> compared;
  for (const GoldenCsv::Row& row : published.rows()) {
    const std::string accelerator = row["accelerator"], network = row["network"];
    INFO(network << ' ' << accelerator);
    ++compared[accelerator];
    if (accelerator == "Prosperity") {
      const prosperity::EnergyModel model;
      CHECK(model.on_chip_mw * row.real("time_s") + model.dram_mj(bits.row(0).number(network)) ==
            Approx(row.real("energy_mJ")).margin(1e-10).epsilon(0));
      continue;
    }
    const Model model = model_of_row(accelerator);
    if (model == Model::a100) {
      const PublishedResult& result = *published_result(model, network);
      CHECK(result.seconds == row.real("time_s"));
      CHECK(1e3 * result.watts * result.seconds == Approx(row.real("energy_mJ")).epsilon(1e-12));
      continue;
    }
    const EnergyConstants constants = *energy_constants(model);
    const double energy = on_chip_mj(constants, row.real("time_s")) + dram_mj(constants, bits.row(0).number(network));
    // The published energies of Stellar lie above the authors' own formula (spec/prosperity.md 6.2).
    const double offset = model == Model::stellar ? 0.13352662317288377 : 0;
    CHECK(energy + offset == Approx(row.real("energy_mJ")).margin(1e-10).epsilon(0));
    if (model == Model::stellar) CHECK(published_result(model, network)->seconds == row.real("time_s"));
  }
  CHECK(compared["Stellar"] == 2);
  CHECK(compared["A100"] == 12);
  CHECK(compared["Eyeriss_linear"] == 16);
  CHECK(compared["PTB"] == 16);
}

TEST_CASE("prosperity.P15 the comparison models use the constants of the technology tables") {
  const Technology technology(test::source_dir() + "/scenarios/tech");
  const std::pair<Model, const char*> names[] = {{Model::eyeriss, "Eyeriss"}, {Model::eyeriss_linear, "Eyeriss"},
                                                 {Model::mint, "MINT"},       {Model::sato, "SATO"},
                                                 {Model::ptb, "PTB"},         {Model::stellar, "Stellar"}};
  for (const auto& [model, name] : names) {
    const std::string table = "platforms.snn_accelerators.";
    CHECK(energy_constants(model)->on_chip_mw == technology.constant(table + "on_chip_power." + name).value);
    CHECK(energy_constants(model)->dram_ratio == technology.constant(table + "dram_traffic_ratio_vs_prosperity." + name).value);
  }
  for (const PublishedResult& result : published_results())
    if (result.model == Model::a100)
      CHECK(result.watts == technology.constant("platforms.snn_accelerators.a100_power_measured." + std::string(result.network)).value);
}

TEST_CASE("prosperity.P11 closed forms on small layers, by hand") {
  const GemmGeometry g = conv(4, 3, 5, 5, 13, 3, 1, 1);  // M 100, K 27
  CHECK(gemm_cost(Model::eyeriss, g, SpikeView{}).total() == 2 * (2700 / 14));
  CHECK(gemm_cost(Model::eyeriss_linear, g, SpikeView{}).total() == 2 * (2700 / 14));
  CHECK(lif_cost(Model::eyeriss, 1000, 11).total() == 0);
  CHECK(lif_cost(Model::eyeriss, 1000, 25).total() == 2 * 1000 / 14);
  CHECK(lif_cost(Model::mint, 1001, 3).total() == 1001 * 9 / 16);
  CHECK(lif_cost(Model::ptb, 1001, 3).total() == 1001 * 9 / 16);
  CHECK(attention_cost({AttentionGeometry::Kind::spikformer, 4, 64, 384, 12}).total() == 2ULL * 64 * 64 * 384 * 4 / 168);
  CHECK(attention_cost({AttentionGeometry::Kind::spikebert, 4, 128, 768, 8}).total() == 2ULL * 128 * 128 * 768 * 4 / 168);
  CHECK(attention_cost({AttentionGeometry::Kind::sdt, 4, 64, 512, 8}).total() == 4ULL * 64 * 512 * 4 / 168);
  CHECK(attention_cost({AttentionGeometry::Kind::spikingbert, 16, 128, 768, 12}).total() ==
        (2ULL * 128 * 128 * 768 * 16 + 2ULL * 128 * 128 * 12 * 16 + 128ULL * 12 * 16) / 168);
  CHECK(layernorm_cost(12, 100).total() == (3 * 9600 + 2 * 96) / 168);
  CHECK_FALSE(gemm_cost(Model::mint, fc(1, 1, 8, 200), SpikeTensor("TC", {1, 8}).view()).dram_read);
}

TEST_CASE("prosperity.P11 SATO gives a row to the unit with the least load") {
  // 128 rows of one spike fill all units; then 3 spikes to unit 0, 1 to unit 1, 2 to unit 2, 2 to unit 3, ...
  GemmGeometry g = fc(1, 256, 4, 10);
  SpikeTensor spikes("TLC", {1, 256, 4});
  for (std::uint64_t l = 0; l < 128; ++l) spikes.set(l * 4);
  const std::uint64_t more[] = {3, 1, 2, 2};
  for (std::uint64_t l = 128; l < 132; ++l)
    for (std::uint64_t c = 0; c < more[l - 128]; ++c) spikes.set(l * 4 + c);
  CHECK(gemm_cost(Model::sato, g, spikes.view()).total() == 4 * 10);  // 1 + 3
  CHECK(gemm_cost(Model::mint, g, spikes.view()).total() == 128 + 8);
  // Rows go in the order (t, position): the long row of the second step comes last and lands on an empty unit.
  g = fc(2, 1, 4, 1);
  SpikeTensor two("TLC", {2, 1, 4});
  for (std::uint64_t i = 3; i < 8; ++i) two.set(i);
  CHECK(gemm_cost(Model::sato, g, two.view()).total() == 4);
}

TEST_CASE("prosperity.P11 SATO's LIF is neurons x (log2 T + 1), to the nearest cycle") {
  CHECK(lif_cost(Model::sato, 120, 1).total() == 120);
  CHECK(lif_cost(Model::sato, 120, 32).total() == 720);
  CHECK(lif_cost(Model::sato, 4294967295, 1).total() == 4294967295);
  CHECK(lif_cost(Model::sato, 4294967295, 1 << 20).total() == 21 * 4294967295ULL);
  CHECK(lif_cost(Model::sato, 1000000, 3).total() == 2584963);        // 1 + 1.5849625007
  CHECK(lif_cost(Model::sato, 1000000000, 5).total() == 3321928095);  // 1 + 2.3219280949
  CHECK(lif_cost(Model::sato, 1000000000, 10).total() == 4321928095);
  CHECK(lif_cost(Model::sato, 1000000000, 1000).total() == 10965784285);  // 1 + 9.9657842847
}

TEST_CASE("prosperity.P11 rows are counted as im2col defines them") {
  const GemmGeometry cases[] = {conv(2, 3, 6, 6, 1, 3, 1, 1),
                                conv(3, 2, 7, 4, 1, 3, 2, 0),
                                conv(1, 5, 4, 9, 1, 4, 3, 3),
                                conv(2, 1, 1, 1, 1, 1, 1, 2),
                                conv(1, 2, 9, 11, 1, 5, 1, 7),
                                fc(3, 1, 130, 1),
                                fc(2, 7, 57, 1),
                                fc(1, 1, 1, 1)};
  for (const GemmGeometry& g : cases) {
    REQUIRE(geometry_problem(g).empty());
    for (const double density : {0.3, 1.0}) {
      const SpikeTensor spikes = spikes_for(g, density);
      RowOnes rows(g, spikes.view());
      std::size_t wrong = 0;
      for (std::uint64_t t = 0; t < g.T; ++t) {
        const auto& ones = rows.of_step(t);
        REQUIRE(ones.size() == g.positions());
        for (std::uint64_t l = 0; l < g.positions(); ++l) wrong += ones[l] != row_ones(g, spikes, t, l);
      }
      CHECK(wrong == 0);
    }
  }
  CHECK_THROWS_AS(RowOnes(fc(1, 1, 8, 1), SpikeTensor("TC", {1, 9}).view()), InputError);
}

TEST_CASE("prosperity.P13 LoAS packs four groups of time steps, padded to a power of two") {
  // T 5 is padded to 8: groups of two steps, the last one silent.
  const GemmGeometry g = fc(5, 1, 4, 1);
  SpikeTensor spikes("TC", {5, 4});
  spikes.set(0 * 4 + 0), spikes.set(1 * 4 + 0), spikes.set(1 * 4 + 1);  // group 0: neurons 0, 1
  spikes.set(2 * 4 + 2), spikes.set(4 * 4 + 2), spikes.set(4 * 4 + 3);  // group 1: 2; group 2: 2, 3
  prosperity::GemmAnalyzer analyzer;
  const LoasCount count = loas_count({}, g, spikes.view(), analyzer);
  CHECK(count.rows == 4);
  CHECK(count.columns == 4);
  CHECK(count.ones == 5);
  CHECK(count.pro_ones == 4);  // {2, 3} reuses {2}
  CHECK(loas_problem({}, fc(2, 1, 4, 1)).find("more than 2 time steps") != std::string::npos);
  CHECK(loas_problem({}, fc(3, 1, 4, 1)).empty());
}

TEST_CASE("prosperity.P13 the map of LoAS counts neurons that spike more than so many times") {
  const GemmGeometry g = conv(3, 1, 2, 2, 7, 2, 1, 1);  // 3 x 3 positions, 4 inputs
  SpikeTensor spikes("TCHW", {3, 1, 2, 2});
  spikes.set(0), spikes.set(4), spikes.set(9);  // pixel 0 twice, pixel 1 once
  prosperity::GemmAnalyzer analyzer;
  const auto count = [&](std::uint64_t over, LoasPacking::Rows rows) {
    LoasPacking packing;
    packing.kind = LoasPacking::Kind::map, packing.over = over, packing.rows = rows;
    REQUIRE(loas_problem(packing, g).empty());
    return loas_count(packing, g, spikes.view(), analyzer);
  };
  CHECK(count(0, LoasPacking::Rows::positions).ones == 8);  // each pixel is seen from four positions
  CHECK(count(1, LoasPacking::Rows::positions).ones == 4);
  CHECK(count(2, LoasPacking::Rows::positions).ones == 0);
  CHECK(count(0, LoasPacking::Rows::inputs).ones == 8);
  CHECK(count(1, LoasPacking::Rows::positions).rows == 9);
  CHECK(count(1, LoasPacking::Rows::inputs).rows == 4);
  CHECK(count(1, LoasPacking::Rows::inputs).columns == 9);
  // Pixel p of one row of inputs against another: rows {p00, p01} hold shifted copies, none contains another.
  CHECK(count(0, LoasPacking::Rows::inputs).pro_ones == 8);
  LoasPacking map;
  map.kind = LoasPacking::Kind::map;
  CHECK(loas_problem(map, fc(4, 1, 4, 1)).find("convolutions only") != std::string::npos);
}

TEST_CASE("prosperity.P11 a model says what it cannot do") {
  for (const Model model : {Model::eyeriss, Model::mint, Model::sato, Model::ptb}) {
    CHECK(attention_problem(model).find("no attention") != std::string::npos);
    CHECK(layernorm_problem(model).find("no layernorm") != std::string::npos);
  }
  CHECK(attention_problem(Model::eyeriss_linear).empty());
  CHECK(layernorm_problem(Model::eyeriss_linear).empty());
  CHECK(gemm_problem(Model::ptb, fc(2, 1, 8, 8)).find("at least 4 time steps") != std::string::npos);
  CHECK(gemm_problem(Model::sato, fc(2, 1, 8, 8)).empty());
  CHECK_FALSE(lif_problem(Model::mint, 4294967295, std::uint64_t{1} << 30).empty());
  CHECK(lif_problem(Model::mint, 4294967295, 4096).empty());
  CHECK_THROWS_AS(gemm_cost(Model::loas, fc(4, 1, 8, 8), SpikeView{}), InternalError);
  CHECK_THROWS_AS(model_of("spinalflow"), InternalError);
  for (const Model model : {Model::eyeriss, Model::loas, Model::a100}) CHECK(model_of(model_name(model)) == model);
}
