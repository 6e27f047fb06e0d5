// SPDX-License-Identifier: Apache-2.0
#include "prosperity_report.h"

#include <cmath>
#include <map>
#include <stdexcept>

namespace snnvp::test {
namespace {

using Json = nlohmann::json;

/// Collects what differs, each with its place.
class Comparison {
public:
  void equal(const std::string& what, const Json& is, std::uint64_t should) {
    if (!is.is_number_unsigned() || is.get<std::uint64_t>() != should) note(what, is, std::to_string(should));
  }
  void close(const std::string& what, const Json& is, double should, double relative) {
    if (!is.is_number() || std::abs(is.get<double>() - should) > relative * std::abs(should)) note(what, is, std::to_string(should));
  }
  void text(const std::string& what, const Json& is, const std::string& should) {
    if (is != should) note(what, is, should);
  }
  std::vector<std::string> take() { return std::move(found_); }

private:
  void note(const std::string& what, const Json& is, const std::string& should) {
    found_.push_back(what + " is " + is.dump() + " instead of " + should);
  }
  std::vector<std::string> found_;
};

bool is_run(const GoldenCsv::Row& row, const GoldenCsv::Row& run) {
  for (const char* column : {"network", "accelerator", "path", "issue_type", "tile_M", "tile_K", "tile_N"})
    if (row[column] != run[column]) return false;
  return true;
}

bool is_product(const GoldenCsv::Row& run) { return run["accelerator"] == "Prosperity" || run["accelerator"] == "Prosperity_issue_type_1"; }

void compare_layer(const GoldenCsv::Row& golden, const Json& layer, Comparison& c) {
  const std::string at = golden["layer"] + ".";
  const auto equal = [&](const char* field, const char* column) { c.equal(at + field, layer.at(field), golden.number(column)); };
  const bool gemm = golden["op_type"] != "lif";
  c.text(at + "name", layer.at("name"), golden["layer"]);
  c.text(at + "kind", layer.at("kind"), golden["op_type"]);
  c.text(at + "path", layer.at("path"), golden["path"]);
  equal("compute_cycles", "compute_cycles_raw");
  equal("preprocess_stall_cycles", "preprocess_stall_cycles");
  equal("stall_cycles", "mem_stall_cycles");
  equal("total_cycles", "total_cycles");
  equal("contribution_cycles", "end_to_end_contribution_cycles");
  c.equal(at + "dram_bits", layer.at("dram_bits"), golden.number("dram_read_bits") + golden.number("dram_write_bits"));
  c.close(at + "energy_mj", layer.at("energy_mj"), golden.real("energy_mJ"), 1e-9);
  if (!gemm) {
    for (const char* field : {"M", "K", "N", "ones", "pro_ones", "zero_rows", "em_rows", "detect_cycles"})
      if (!layer.at(field).is_null()) c.text(at + field, layer.at(field), "null");
    return;
  }
  equal("M", "M_rows");
  equal("K", "K_cols");
  equal("N", "N_cols");
  if (is_product(golden)) {
    equal("elements", "elements_x_tileN");
    equal("ones", "nnz_x_tileN");
    equal("pro_ones", "pro_nnz_x_tileN");
  }
  if (golden.has("rows_zero") && is_product(golden)) {
    equal("zero_rows", "rows_zero");
    equal("em_rows", "rows_exact_match");
  }
  // P has no column of its own: max(C, P) and max(0, P - C) bound it.
  const std::uint64_t C = golden.number("compute_cycles_raw"), stall = golden.number("preprocess_stall_cycles");
  const auto P = layer.at("detect_cycles").get<std::uint64_t>();
  if (stall != 0 ? P != C + stall : P > C) c.equal(at + "detect_cycles", layer.at("detect_cycles"), C + stall);
}

/// Event counts follow the cpu rules whatever `path` says (decision 21): sums over the layers of the golden cpu run.
void compare_traffic(const GoldenCsv& layers, const GoldenCsv::Row& run, const Json& stats, Comparison& c) {
  static const std::map<std::string, std::string> columns = {
      {"dram_read_bits", "dram_read_bits"},     {"dram_write_bits", "dram_write_bits"},     {"g_act_read_bits", "g_act_read_bits"},
      {"g_act_write_bits", "g_act_write_bits"}, {"g_wgt_read_bits", "g_wgt_read_bits"},     {"g_wgt_write_bits", "g_wgt_write_bits"},
      {"g_psum_read_bits", "g_psum_read_bits"}, {"g_psum_write_bits", "g_psum_write_bits"}, {"adds", "num_ops_add"}};
  for (const auto& [stat, column] : columns) {
    std::uint64_t sum = 0;
    for (const GoldenCsv::Row& row : layers.rows()) {
      bool same = row["path"] == "cpu";
      for (const char* key : {"network", "accelerator", "tile_M", "tile_K", "tile_N"}) same = same && row[key] == run[key];
      if (same) sum += row.number(column);
    }
    // Never touched is null, not 0.
    if (sum != 0 || !stats.at(stat).is_null()) c.equal("stats." + stat, stats.at(stat), sum);
  }
}

}  // namespace

nlohmann::json run_prosperity(const std::string& network_folder, const std::vector<std::string>& overrides) {
  std::vector<std::string> arguments{"run",   "scenarios/papers/prosperity.yaml",  "--json", "--quiet",
                                     "--set", "workload.network=" + network_folder};
  for (const std::string& override_text : overrides) arguments.insert(arguments.end(), {"--set", override_text});
  const ProcessResult result = run_snnvp(arguments);
  if (result.exit_code != 0) throw std::runtime_error("exit code " + std::to_string(result.exit_code) + ": " + result.err + result.out);
  return Json::parse(result.out);
}

std::vector<std::string> paper_overrides(const GoldenCsv::Row& row) {
  const std::string pu = "platform.blocks.pu.params.";
  std::vector<std::string> overrides{pu + "timing=paper", pu + "tile_m=" + row["tile_M"], pu + "tile_k=" + row["tile_K"],
                                     pu + "tile_n=" + row["tile_N"]};
  if (row["accelerator"] == "Prosperity_bit_sparsity") overrides.push_back(pu + "sparsity=bit");
  if (row["accelerator"] == "Prosperity_dense") overrides.push_back(pu + "sparsity=dense");
  if (row["issue_type"] == "1") overrides.push_back(pu + "issue=tree");
  if (row["accelerator"] == "Prosperity") overrides.push_back(pu + "path=" + row["path"]);
  return overrides;
}

std::vector<std::string> differences(const GoldenNetwork& network, const GoldenCsv& layers, const GoldenCsv::Row& totals) {
  const Json report = run_prosperity(network.folder, paper_overrides(totals));
  Comparison c;
  std::size_t row = 0;
  for (const GoldenCsv::Row& golden : layers.rows()) {
    if (!is_run(golden, totals)) continue;
    if (row == report.at("layers").size()) throw std::runtime_error("the report has too few layers");
    compare_layer(golden, report.at("layers").at(row++), c);
  }
  c.equal("number of layers", report.at("layers").size(), row);
  const Json& sums = report.at("totals");
  c.equal("totals.cycles", sums.at("cycles"), totals.number("total_cycles"));
  c.equal("totals.dram_bits", sums.at("dram_bits"), totals.number("dram_bits"));
  c.close("totals.energy_mj", sums.at("energy_mj"), totals.real("energy_mJ"), 1e-9);
  c.close("totals.seconds", sums.at("seconds"), totals.real("time_s"), 1e-12);
  c.close("energy.total_j", report.at("energy").at("total_j"), totals.real("energy_mJ") * 1e-3, 1e-9);
  if (is_product(totals)) {
    c.close("totals.bit_density", sums.at("bit_density"), totals.real("bit_density"), 1e-12);
    c.close("totals.product_density", sums.at("product_density"), totals.real("product_density"), 1e-12);
  }
  compare_traffic(layers, totals, block_of(report, "pu").at("stats"), c);
  c.equal("check.mismatches", report.at("check").at("mismatches"), 0);
  return c.take();
}

}  // namespace snnvp::test
