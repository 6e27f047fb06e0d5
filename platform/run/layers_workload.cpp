// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/block/layer_package.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/layer_report.h>
#include <snnvp/platform/run/workload_kinds.h>

namespace snnvp {
namespace {

/// A network for a block.
struct LayerRun {
  std::string block;  ///< empty: every block that takes one and has none of its own
  LayerTable table;
};

/// Gives networks of layers to the blocks that place and run them, side by side, and tells what each made of it.
class LayersDriver : public WorkloadDriver {
public:
  LayersDriver(std::vector<LayerRun> runs, bool computes, std::uint64_t seed) : runs_(std::move(runs)), computes_(computes), seed_(seed) {}

  void check(const Plan& plan, const SourcePos& pos, Diagnostics& diagnostics) const override {
    std::vector<std::string> names;
    for (const auto& [name, block] : plan.blocks) names.push_back(name);
    for (const LayerRun& run : runs_)
      if (!run.block.empty() && plan.blocks.count(run.block) == 0)
        diagnostics.error(pos, "workload.runs", "there is no block " + quote(run.block), did_you_mean(run.block, names));
  }

  void attach(Platform& platform) override {
    for (const auto& [name, module] : platform.blocks()) {
      auto* package = dynamic_cast<LayerPackage*>(module.get());
      const LayerTable* table = nullptr;
      for (const LayerRun& run : runs_)
        if (run.block == name || (run.block.empty() && table == nullptr)) table = &run.table;
      for (const LayerRun& run : runs_)
        if (run.block == name && package == nullptr) throw InputError("workload.runs: " + name + " takes no network of layers");
      if (package == nullptr || table == nullptr) continue;
      try {
        package->load(*table, computes_, seed_);
      } catch (const InputError& error) {
        throw InputError(name + ": " + error.what());
      }
      packages_.emplace_back(name, package);
    }
    if (packages_.empty()) throw InputError("workload: no block of the platform takes a network of layers; models.snap does");
  }

  bool is_finished() const override {
    for (const auto& [name, package] : packages_)
      if (!package->is_finished()) return false;
    return true;
  }
  std::uint64_t work_done() const override {
    std::uint64_t sum = 0;
    for (const auto& [name, package] : packages_) sum += package->stages_done();
    return sum;
  }
  std::uint64_t work_total() const override {
    std::uint64_t sum = 0;
    for (const auto& [name, package] : packages_) sum += package->stages_total();
    return sum;
  }

  void collect(RunReport& report) override {
    report.checked = report.checked && computes_;
    std::vector<LayerPackageRow> rows;
    for (const auto& [name, package] : packages_) rows.push_back({name, package->layer_result()});
    add_layer_packages(report, rows);
    if (!is_finished()) return;
    // Each stage ends with nothing under way, or the run does not end well.
    double crossed = 0;
    for (const LayerPackageRow& row : rows) crossed += layer_number(row.result.totals, "d2d_packets");
    report.summary_lines.push_back(fmt::format("  packets   {:.0f} over die edges, none left over in any stage: conserved", crossed));
  }

private:
  std::vector<LayerRun> runs_;
  bool computes_;
  std::uint64_t seed_;
  std::vector<std::pair<std::string, LayerPackage*>> packages_;
};

LayerProgram build_layers(const ParamSet& params) {
  LayerProgram program;
  std::vector<LayerRun> runs;
  const auto read = [&](const std::string& block, const std::string& file) {
    runs.push_back({block, read_layer_table(file)});
    program.input_files.push_back(file);
    program.real_files.push_back(file);
  };
  if (!params.is_null("file") && !params.get<std::string>("file").empty()) read("", params.get<std::string>("file"));
  for (const Value& run : params.at("runs").items()) read(run.find("block")->as_text(), run.find("file")->as_text());
  if (runs.empty()) throw InputError("a network is needed: file, or runs: [{ block: ..., file: ... }]");
  program.driver = std::make_shared<LayersDriver>(std::move(runs), params.get<bool>("compute"), params.get<std::uint64_t>("seed"));
  return program;
}

}  // namespace

WorkloadKind layers_workload() {
  WorkloadKind kind;
  kind.kind = "layers";
  kind.doc = "Networks as tables of layers without weights, placed and run by the blocks that take them";
  ParamSpec file = path_param("file", "layer table");
  file.required = true;
  kind.params = {
      path_param("file", "layer table for every block that takes one and is not named in runs").optional_null(),
      list_of("runs", group("run", {required_param("block", ParamType::text, "block"), file}, "a network for a block"),
              "networks by block"),
      param("compute", false, "draw weights and inputs, compute all outputs and compare them with the golden model (chains of fc layers)"),
  };
  kind.main_param = "file";
  kind.uses_engines = false;
  kind.build = build_layers;
  return kind;
}

}  // namespace snnvp
