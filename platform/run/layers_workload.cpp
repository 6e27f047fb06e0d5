// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/block/layer_package.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/workload_kinds.h>

namespace snnvp {
namespace {

/// A network for a block.
struct LayerRun {
  std::string block;  ///< empty: every block that takes one and has none of its own
  LayerTable table;
};

StatValue stat_of(const LayerValue& value) {
  return std::visit([](const auto& v) { return StatValue(v); }, value);
}

nlohmann::ordered_json json_of(const LayerValues& values) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const auto& [name, value] : values)
    std::visit(
        [&, key = name](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>)
            out[key] = nullptr;
          else
            out[key] = v;
        },
        value);
  return out;
}

const LayerValue* find(const LayerValues& values, const std::string& name) {
  for (const auto& [key, value] : values)
    if (key == name) return &value;
  return nullptr;
}

double number(const LayerValues& values, const std::string& name) {
  const LayerValue* v = find(values, name);
  if (v == nullptr) return 0;
  if (const auto* n = std::get_if<std::uint64_t>(v)) return static_cast<double>(*n);
  const auto* d = std::get_if<double>(v);
  return d ? *d : 0;
}

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
    nlohmann::ordered_json section = nlohmann::ordered_json::array();
    std::string csv;
    report.checked = report.checked && computes_;
    report.summary_lines.push_back(fmt::format("  {:14} {:16} {:4} {:>14} {:>12} {:>12} {:>14} {:>6}", "package", "network", "mode",
                                               "cycles", "energy", "d2d packets", "d2d bits", "link"));
    for (const auto& [name, package] : packages_) {
      LayerPackageResult result = package->layer_result();
      nlohmann::ordered_json row{{"block", name}};
      const nlohmann::ordered_json totals = json_of(result.totals);
      for (const auto& [key, value] : totals.items()) row[key] = value;
      double energy = 0;
      if (report.ledger && report.ledger->by_block.count(name)) energy = report.ledger->by_block.at(name).total_j;
      row["energy_j"] = energy;
      row["stages"] = nlohmann::ordered_json::array();
      for (const LayerValues& stage : result.stages) row["stages"].push_back(json_of(stage));
      add_csv(csv, name, result.stages);
      report.compared += result.compared;
      report.mismatches += result.mismatches;
      if (result.mismatches != 0)
        report.diagnosis.push_back(
            {"output_mismatch", "error", name + ": " + result.first_mismatch, "the package's result differs from the golden model"});
      if (section.empty())
        for (const auto& [key, value] : result.totals)
          if (key != "cycles" && key != "network") report.totals.emplace_back(key, stat_of(value));
      if (section.empty()) report.totals.emplace_back("cycles", static_cast<std::uint64_t>(number(result.totals, "cycles")));
      report.summary_lines.push_back(fmt::format("  {:14} {:16} {:4} {:14.0f} {:>9.4g} mJ {:12.0f} {:14.0f} {:5.0f} %", name,
                                                 totals["network"].get<std::string>(), totals["mode"].get<std::string>(),
                                                 number(result.totals, "cycles"), 1e3 * energy, number(result.totals, "d2d_packets"),
                                                 number(result.totals, "d2d_bits"), 100 * number(result.totals, "link_utilisation")));
      section.push_back(std::move(row));
    }
    report.sections["packages"] = std::move(section);
    report.files.emplace_back("stages.csv", csv);
  }

private:
  static void add_csv(std::string& csv, const std::string& block, const std::vector<LayerValues>& stages) {
    for (const LayerValues& stage : stages) {
      if (csv.empty()) {
        csv = "block";
        for (const auto& [key, value] : stage) csv += "," + key;
        csv += "\n";
      }
      csv += block;
      for (const auto& [key, value] : stage) {
        csv += ",";
        if (const auto* n = std::get_if<std::uint64_t>(&value)) csv += std::to_string(*n);
        if (const auto* d = std::get_if<double>(&value)) csv += fmt::format("{:.10g}", *d);
        if (const auto* t = std::get_if<std::string>(&value)) csv += *t;
      }
      csv += "\n";
    }
  }

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
