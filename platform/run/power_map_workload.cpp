// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/thermal_model.h>
#include <snnvp/platform/run/workload_kinds.h>

namespace snnvp {
namespace {

/// Constant power on the tiers of the platform's stack; nothing is simulated.
class PowerMapDriver : public WorkloadDriver, public PowerMaps {
public:
  PowerMapDriver(std::vector<GridMap> power, std::vector<GridMap> leakage, Picoseconds duration)
      : power_(std::move(power)), leakage_(std::move(leakage)), duration_(duration) {}

  void check(const Plan&, const SourcePos&, Diagnostics&) const override {}
  void attach(Platform&) override {}
  bool is_finished() const override { return true; }
  std::uint64_t work_done() const override { return 0; }
  void collect(RunReport& report) override {
    double total = 0;
    for (const GridMap& map : power_) total += map.sum();
    report.totals.emplace_back("power_w", total);
  }

  const std::vector<GridMap>& power_maps() const override { return power_; }
  const std::vector<GridMap>& leakage_maps() const override { return leakage_; }
  Picoseconds duration() const override { return duration_; }

private:
  std::vector<GridMap> power_, leakage_;
  Picoseconds duration_;
};

std::vector<GridMap> read_maps(const ParamSet& params, const char* name, LayerProgram& program) {
  std::vector<GridMap> maps;
  for (const Value& path : params.at(name).items()) {
    constexpr std::uint64_t limit = 64ULL << 20;
    std::string problem;
    const auto text = read_file(path.as_text(), problem, limit);
    if (!text) throw InputError(problem);
    maps.push_back(read_grid_csv(*text, path.as_text()));
    program.input_files.push_back(path.as_text());
  }
  return maps;
}

LayerProgram build(const ParamSet& params) {
  LayerProgram program;
  std::vector<GridMap> power = read_maps(params, "power_maps", program), leakage = read_maps(params, "leakage_maps", program);
  if (!leakage.empty() && leakage.size() != power.size()) throw InputError("leakage_maps: as many as power_maps are needed, or none");
  program.real_files = program.input_files;
  program.driver =
      std::make_shared<PowerMapDriver>(std::move(power), std::move(leakage), params.get_optional<Picoseconds>("duration").value_or(0));
  return program;
}

}  // namespace

WorkloadKind power_map_workload() {
  WorkloadKind kind;
  kind.kind = "power_map";
  kind.doc = "Constant power on the tiers of a models.thermal block, from CSV files; nothing else is simulated";
  ParamSpec maps =
      list_of("power_maps", path_param("map", "CSV file"), "one CSV per tier, far tier first: W per cell, row 0 at the smallest y");
  maps.required = true;
  maps.min = 1;
  maps.max = 64;
  kind.params = {
      maps,
      list_of("leakage_maps", path_param("map", "CSV file"), "likewise: W per cell at 350 K that grow with temperature; none: no leakage"),
      quantity("duration", Dimension::time, Value(), "mode transient: how long the power lasts; null: one epoch without length")
          .at_least(1)
          .optional_null(),
  };
  kind.main_param = "power_maps";
  kind.uses_engines = false;
  kind.build = build;
  return kind;
}

}  // namespace snnvp
