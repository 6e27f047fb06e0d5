// SPDX-License-Identifier: Apache-2.0
// The comparison table from the command line: papers/snn_baselines.yaml against golden data, and what it says where a model
// has no answer.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "../support/network_builder.h"
#include "../support/shared.h"
#include "prosperity_report.h"

using namespace snnvp;
using namespace snnvp::test;
using nlohmann::json;

namespace {

const char* const scenario = "scenarios/papers/snn_baselines.yaml";
const char* const models[] = {"eyeriss", "eyeriss_linear", "mint", "sato", "ptb"};

ProcessResult run_table(const std::vector<std::string>& overrides, const std::vector<std::string>& options = {}) {
  std::vector<std::string> arguments{"run", scenario, "--quiet"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  for (const std::string& text : overrides) arguments.insert(arguments.end(), {"--set", text});
  ProcessResult result = run_snnvp(arguments);
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
  return result;
}

/// The section `baselines` by row name.
std::map<std::string, json> table(const std::vector<std::string>& overrides) {
  std::map<std::string, json> rows;
  const json report = json::parse(run_table(overrides, {"--json"}).out);
  for (const json& row : report.at("baselines").at("rows")) rows[row.at("name")] = row;
  return rows;
}

/// Overrides that turn three blocks into the packings that the scenario itself does not show; loas and loas_map stay.
std::vector<std::string> all_packings(const std::string& network) {
  const auto map = [](const std::string& block, const char* over, const char* rows) {
    return "platform.blocks." + block + ".params={ model: loas, packing: map, map_over: " + over + ", map_rows: " + rows + " }";
  };
  return {"workload.network=" + network, map("a100", "0", "positions"), map("stellar", "0", "inputs"), map("sato", "1", "positions")};
}
const std::map<std::string, std::string> packing_blocks = {{"loas_groups", "loas"},
                                                           {"loas_map_0_positions", "a100"},
                                                           {"loas_map_0_inputs", "stellar"},
                                                           {"loas_map_1_positions", "sato"},
                                                           {"loas_map_1_inputs", "loas_map"}};

const json& layer_of_row(const json& row, const std::string& name) {
  for (const json& layer : row.at("layers"))
    if (layer.at("name") == name) return layer;
  throw std::runtime_error("no layer " + name);
}

std::uint64_t or_zero(const json& layer, const char* key) { return layer.contains(key) ? layer.at(key).get<std::uint64_t>() : 0; }

bool close(const json& is, double should, double relative) { return std::abs(is.get<double>() - should) <= relative * std::abs(should); }

}  // namespace

TEST_CASE("prosperity.P11 the table of the command line equals every golden row of the comparison models") {
  SNNVP_NEEDS_SHARED(shared);
  const GoldenCsv layers(shared + "/golden/prosperity/baseline_layers.csv"), totals(shared + "/golden/prosperity/baseline_totals.csv");
  std::map<std::string, std::map<std::string, json>> tables;
  for (const char* name : {"lenet5_mnist", "vgg9_cifar10", "alexnet_cifar10_loas"})
    tables[name] = table({"workload.network=" + shared + "/spikes/" + name});
  const auto row_of = [&tables](const GoldenCsv::Row& golden) -> const json& {
    std::string word = golden["accelerator"];
    for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return tables.at(golden["network"]).at(word);
  };
  std::map<const json*, std::size_t> seen;
  for (const GoldenCsv::Row& golden : layers.rows()) {
    INFO(golden["network"] << ' ' << golden["accelerator"] << ' ' << golden["layer"]);
    const json& row = row_of(golden);
    const json& layer = row.at("layers").at(seen[&row]++);  // in the same order
    CHECK(layer.at("name") == golden["layer"]);
    CHECK(layer.at("kind") == golden["op_type"]);
    CHECK(layer.at("compute_cycles").get<std::uint64_t>() == golden.number("compute_cycles"));
    CHECK(layer.at("stall_cycles").get<std::uint64_t>() == golden.number("mem_stall_cycles"));
    CHECK(static_cast<double>(layer.at("cycles").get<std::uint64_t>()) == golden.real("total_cycles"));
    CHECK(or_zero(layer, "dram_read_bits") == golden.number("dram_read_bits_modelled"));
    CHECK(or_zero(layer, "dram_write_bits") == golden.number("dram_write_bits_modelled"));
  }
  CHECK(layers.size() == 104);
  for (const GoldenCsv::Row& golden : totals.rows()) {
    INFO(golden["network"] << ' ' << golden["accelerator"]);
    const json& row = row_of(golden);
    CHECK(row.at("layers").size() == seen[&row]);
    CHECK(row.at("complete") == true);
    CHECK(row.at("computes") == false);
    CHECK(static_cast<double>(row.at("cycles").get<std::uint64_t>()) == golden.real("total_cycles"));
    CHECK(close(row.at("seconds"), golden.real("time_s"), 1e-12));
    CHECK(close(row.at("on_chip_energy_mj"), golden.real("onchip_energy_mJ"), 1e-9));
    CHECK(close(row.at("dram_energy_mj"), golden.real("dram_energy_mJ(prosperity_dram_bits*ratio)"), 1e-9));
    CHECK(close(row.at("energy_mj"), golden.real("energy_mJ"), 1e-9));
    // Without attention the two are the same model.
    const json& linear = tables.at(golden["network"]).at("eyeriss_linear");
    CHECK(linear.at("cycles") == tables.at(golden["network"]).at("eyeriss").at("cycles"));
    CHECK(close(row.at("speedup"), linear.at("cycles").get<double>() / row.at("cycles").get<double>(), 1e-12));
    CHECK(close(row.at("energy_gain"), linear.at("energy_mj").get<double>() / row.at("energy_mj").get<double>(), 1e-12));
  }
  // The simulated unit stands beside them with its own golden figures.
  const json& unit = tables.at("vgg9_cifar10").at("prosperity");
  CHECK(unit.at("computes") == true);
  CHECK(unit.at("cycles") == 360240);
  CHECK(close(unit.at("energy_mj"), .9925871712, 1e-9));
  CHECK(close(unit.at("speedup"), 3892326.0 / 360240, 1e-12));
}

TEST_CASE("prosperity.P13 the table of the command line equals every golden row of LoAS") {
  SNNVP_NEEDS_SHARED(shared);
  const GoldenCsv layers(shared + "/golden/prosperity/loas_layers.csv"), totals(shared + "/golden/prosperity/loas_totals.csv");
  std::map<std::string, std::map<std::string, json>> tables;
  for (const char* name : {"lenet5_mnist", "vgg9_cifar10", "alexnet_cifar10_loas"})
    tables[name] = table(all_packings(shared + "/spikes/" + name));
  const auto row_of = [&tables](const GoldenCsv::Row& golden) -> const json& {
    const std::string variant = golden["variant"];
    std::string packing = "loas_groups";
    if (variant != "LoAS_type")
      packing = std::string("loas_map_") + (variant.find(">0") != std::string::npos ? "0_" : "1_") +
                (variant.find("positions") != std::string::npos ? "positions" : "inputs");
    return tables.at(golden["network"]).at(packing_blocks.at(packing));
  };
  for (const GoldenCsv::Row& golden : layers.rows()) {
    INFO(golden["network"] << ' ' << golden["variant"] << ' ' << golden["layer"]);
    const json& layer = layer_of_row(row_of(golden), golden["layer"]);
    const std::pair<const char*, const char*> columns[] = {
        {"rows", "rows"}, {"columns", "cols"}, {"elements", "elements"}, {"ones", "nnz"}, {"pro_ones", "pro_nnz"}};
    for (const auto& [field, column] : columns) CHECK(layer.at(field).get<std::uint64_t>() == golden.number(column));
    CHECK(close(layer.at("bit_density"), golden.real("bit_density"), 1e-12));
    CHECK(close(layer.at("product_density"), golden.real("product_density"), 1e-12));
  }
  CHECK(layers.size() == 29);
  for (const GoldenCsv::Row& golden : totals.rows()) {
    INFO(golden["network"] << ' ' << golden["variant"]);
    const json& row = row_of(golden);
    CHECK(row.at("cycles").is_null());
    CHECK(close(row.at("bit_density"), golden.real("bit_density"), 1e-12));
    CHECK(close(row.at("product_density"), golden.real("product_density"), 1e-12));
    if (!golden.has("printed_bit_density(last-layer denominator)")) continue;
    CHECK(close(row.at("printed_bit_density"), golden.real("printed_bit_density(last-layer denominator)"), 1e-12));
    CHECK(close(row.at("printed_product_density"), golden.real("printed_product_density(last-layer denominator)"), 1e-12));
  }
}

TEST_CASE("prosperity.P11 the table of our own network equals its committed golden data") {
  const GoldenCsv golden(source_dir() + "/tests/golden/own_small_baselines.csv");
  const std::string folder = source_dir() + "/scenarios/networks/own_small";
  const auto plain = table({"workload.network=" + folder}), packed = table(all_packings(folder));
  std::size_t compared = 0;
  for (const GoldenCsv::Row& want : golden.rows()) {
    INFO(want["model"] << ' ' << want["layer"]);
    const bool density = want["model"].rfind("loas", 0) == 0;
    const json& row = density ? packed.at(packing_blocks.at(want["model"])) : plain.at(want["model"]);
    ++compared;
    if (want["layer"] == "TOTAL") {
      if (density) {
        CHECK(close(row.at("bit_density"), want.real("bit_density"), 1e-12));
        CHECK(close(row.at("product_density"), want.real("product_density"), 1e-12));
      } else {
        CHECK(row.at("cycles").get<std::uint64_t>() == want.number("total_cycles"));
        CHECK(close(row.at("on_chip_energy_mj"), want.real("onchip_energy_mJ"), 1e-9));
        CHECK(close(row.at("energy_mj"), want.real("energy_mJ"), 1e-9));
      }
      continue;
    }
    const json& layer = layer_of_row(row, want["layer"]);
    CHECK(layer.at("kind") == want["op_type"]);
    CHECK(layer.at("left_out").is_null() != want.has("left_out"));
    if (want.has("left_out")) continue;
    if (density) {
      CHECK(layer.at("elements").get<std::uint64_t>() == want.number("elements"));
      CHECK(layer.at("ones").get<std::uint64_t>() == want.number("nnz"));
      CHECK(layer.at("pro_ones").get<std::uint64_t>() == want.number("pro_nnz"));
      continue;
    }
    CHECK(layer.at("cycles").get<std::uint64_t>() == want.number("total_cycles"));
    CHECK(layer.at("compute_cycles").get<std::uint64_t>() == want.number("compute_cycles"));
    CHECK(layer.at("stall_cycles").get<std::uint64_t>() == want.number("mem_stall_cycles"));
    if (want.has("dram_read_bits_modelled")) CHECK(or_zero(layer, "dram_read_bits") == want.number("dram_read_bits_modelled"));
  }
  CHECK(compared == golden.size());
  CHECK(compared == 5 * 7 + 5 * 4);
}

TEST_CASE("prosperity.P11 a model without attention and layernorm names what it leaves out") {
  const ScratchFolder scratch;
  NetworkBuilder network;
  network.fc("fc", 4, 8, 16, 32).lif("lif_1", 256, 4).attention("attn", AttentionGeometry::Kind::spikformer, 4, 8, 32, 4);
  network.lif("lif_2", 256, 4).fc("fc_2", 4, 8, 32, 24).layernorm("norm", 32, 24).lif("lif_3", 192, 4);
  const std::string folder = network.write(scratch);
  const auto rows = table({"workload.network=" + folder});
  for (const char* name : {"eyeriss", "mint", "sato", "ptb"}) {
    INFO(name);
    const json& row = rows.at(name);
    CHECK(row.at("complete") == false);
    CHECK(layer_of_row(row, "attn").at("left_out") == "the model has no attention");
    CHECK(layer_of_row(row, "norm").at("left_out") == "the model has no layernorm");
    CHECK(layer_of_row(row, "attn").at("cycles").is_null());
    CHECK(row.at("energy_gain").is_null());  // its energy is not that of the whole network
  }
  // Eyeriss_linear has both, and is what the others are compared with, on the layers they share.
  const json &linear = rows.at("eyeriss_linear"), &eyeriss = rows.at("eyeriss");
  CHECK(linear.at("complete") == true);
  const std::uint64_t attention = 2ULL * 8 * 8 * 32 * 4 / 168, norm = (3 * 8 * 32 * 24 + 2 * 8 * 32) / 168;
  CHECK(layer_of_row(linear, "attn").at("cycles") == attention);
  CHECK(layer_of_row(linear, "norm").at("cycles") == norm);
  CHECK(linear.at("cycles").get<std::uint64_t>() == eyeriss.at("cycles").get<std::uint64_t>() + attention + norm);
  CHECK(eyeriss.at("speedup") == 1.0);
  CHECK(rows.at("prosperity").at("speedup").get<double>() ==
        Approx(linear.at("cycles").get<double>() / rows.at("prosperity").at("cycles").get<double>()).epsilon(1e-12));
  // The energy's base is the DRAM traffic of the unit beside it, in the same timing.
  CHECK(linear.at("prosperity_dram_bits") ==
        json::parse(run_table({"workload.network=" + folder}, {"--json"}).out).at("totals").at("dram_bits"));
  const std::string text = run_table({"workload.network=" + folder}).out;
  CHECK(text.find("ptb: without attn (the model has no attention); without norm (the model has no layernorm)") != std::string::npos);
  CHECK(text.find("loas: without attn, norm (the model has densities of conv and fc layers only)") != std::string::npos);
}

TEST_CASE("prosperity.P20 Stellar and A100 are constants of the networks they were published for") {
  const ScratchFolder scratch;
  NetworkBuilder vgg("vgg16_cifar10"), sdt("sdt_cifar10");
  vgg.fc("fc", 4, 1, 16, 32);
  sdt.fc("fc", 4, 1, 16, 32);
  const ScratchFolder other;
  const auto first = table({"workload.network=" + vgg.write(scratch)}), second = table({"workload.network=" + sdt.write(other)});
  CHECK(first.at("stellar").at("seconds") == 0.040187906453781515);
  CHECK(first.at("stellar").at("cycles").is_null());
  CHECK(first.at("stellar").at("basis") == "published constant");
  CHECK(first.at("stellar").at("on_chip_energy_mj").get<double>() == Approx(834.0 * 0.040187906453781515).epsilon(1e-12));
  CHECK(first.at("stellar").at("complete") == true);
  CHECK(first.at("a100").at("complete") == false);
  CHECK(first.at("a100").at("seconds").is_null());
  CHECK(first.at("a100").at("notes").at(0).get<std::string>().find("nothing published for this network") != std::string::npos);
  CHECK(second.at("a100").at("seconds") == 0.017);
  CHECK(second.at("a100").at("energy_mj").get<double>() == Approx(1547).epsilon(1e-12));
  CHECK(second.at("stellar").at("seconds").is_null());
}

TEST_CASE("a platform of comparison models alone needs a workload and nothing else") {
  const ScratchFolder scratch;
  const std::string head =
      "scenario: 1\nname: only\nplatform:\n  blocks:\n    - { name: a, kind: models.baselines, params: { model: eyeriss } }\n"
      "    - { name: b, kind: models.baselines, params: { model: mint } }\n";
  const std::string file =
      scratch.write("only.yaml", head +
                                     "workload: { kind: synthetic, T: 16, layers: [ { type: conv2d, C: 3, H: 8, N: 12 }, "
                                     "{ C: 768, N: 10 } ] }\n");
  const ProcessResult result = run_snnvp({"run", file, "--quiet", "--json"});
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
  const json report = json::parse(result.out);
  CHECK(report.at("status") == "ok");
  CHECK(report.at("time").at("cycles") == 0);
  const json& rows = report.at("baselines").at("rows");
  REQUIRE(rows.size() == 2);
  CHECK(report.at("baselines").at("speedup_over") == "a");
  // 1024 x 27 x 12, then its LIF, then 16 x 768 x 10 and its LIF.
  CHECK(rows[0].at("cycles") == 1024 * 27 / 14 + 768 / 14 + 16 * 768 / 14 + 10 / 14);
  CHECK(rows[0].at("layers").size() == 4);
  CHECK(rows[1].at("speedup").get<double>() ==
        Approx(rows[0].at("cycles").get<double>() / rows[1].at("cycles").get<double>()).epsilon(1e-12));

  const ProcessResult idle = run_snnvp({"check", scratch.write("idle.yaml", head)});
  CHECK(idle.exit_code == 2);
  CHECK(idle.err.find("the platform has analytic models (a, b) but there is no workload for them") != std::string::npos);
}

TEST_CASE("the comparison table is written beside the report, and is no part of the platform's energy") {
  const ScratchFolder scratch;
  const std::string folder = scratch.path() + "/out";
  const std::string text = run_table({"workload.network=" + source_dir() + "/scenarios/networks/own_small"}, {"--out", folder}).out;
  CHECK(text.find("  comparison: speed-up and energy gain over eyeriss_linear, on the layers that both cover\n") != std::string::npos);
  const std::string comparison =
      text.substr(text.find("  comparison: "), text.find("\n\n", text.find("  comparison: ")) - text.find("  comparison: "));
  std::istringstream in(comparison);
  int lines = 0;
  for (std::string line; std::getline(in, line); ++lines) CHECK(line.size() <= 100);
  CHECK(lines >= 12);
  CHECK(text.find("not counted: bus, dram, host\n") != std::string::npos);
  const GoldenCsv totals(folder + "/baselines.csv");
  CHECK(totals.size() == 10);
  CHECK(totals.row(0)["name"] == "prosperity");
  CHECK(totals.row(0)["computes"] == "true");
  const json report = json::parse(slurp(folder + "/report.json"));
  for (const GoldenCsv::Row& row : totals.rows())
    for (const json& in_report : report.at("baselines").at("rows"))
      if (in_report.at("name") == row["name"] && row.has("cycles")) CHECK(in_report.at("cycles") == row.number("cycles"));
  CHECK(slurp(folder + "/baselines_layers.csv").find("\nptb,ptb,fc_0,fc,1653,1652,1,,,,,,,,91812,680,") != std::string::npos);
  CHECK(report.at("energy").at("by_block").contains("ptb") == false);
  CHECK(report.at("totals").at("energy_mj").get<double>() == Approx(0.0180919966).epsilon(1e-9).margin(0));
  // The same bytes whether or not someone compares.
  const json alone = run_prosperity(source_dir() + "/scenarios/networks/own_small", {});
  CHECK(alone.at("layers").size() == report.at("layers").size());
  CHECK(alone.at("totals").at("cycles") == report.at("totals").at("cycles"));
  CHECK_FALSE(alone.contains("baselines"));
}
