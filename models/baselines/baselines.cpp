// SPDX-License-Identifier: Apache-2.0
// The kind models.baselines: a block that estimates and has no sockets.
#include <snnvp/models/baselines/baselines.h>

#include <systemc>

#include <snnvp/models/baselines/energy.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp {
namespace {

using baselines::LoasPacking;

class Baselines : public sc_core::sc_module, public AnalyticModel {
public:
  Baselines(const sc_core::sc_module_name& name, baselines::Model model, const LoasPacking& packing)
      : sc_module(name), model_(model), packing_(packing) {}

  AnalyticResult estimate(const LayerProgram& layers, const std::atomic<bool>& stop) const override {
    return compare_with(model_, packing_, layers, stop);
  }

private:
  baselines::Model model_;
  LoasPacking packing_;
};

}  // namespace

void register_baselines(Registry& registry) {
  const char* code = "authors' simulator; spec/prosperity.md 5.6";
  KindDescriptor d;
  d.kind = "models.baselines";
  d.doc = "Comparison models of the Prosperity authors: analytic, on the layers of the same workload; they compute no values";
  ParamSpec model = param("model", "eyeriss", "which model; stellar and a100 are published constants of a few networks")
                        .choices({"eyeriss", "eyeriss_linear", "mint", "sato", "ptb", "loas", "stellar", "a100"})
                        .from(code);
  model.required = true;
  d.params = {
      model,
      param("packing", "groups", "loas: four groups of time steps (type LoAS), or one map of an older script")
          .choices({"groups", "map"})
          .from(code),
      param("map_over", 1, "loas, map: a bit is set by more spikes than this").range(0, 65535).from(code),
      param("map_rows", "inputs", "loas, map: what the rows of the matrix are").choices({"inputs", "positions"}).from(code),
  };
  d.needs_clock = false;
  d.is_analytic = true;
  d.sources = {
      {"cycles and energies of eyeriss, eyeriss_linear, mint, sato, ptb", Certainty::calibrated,
       "equal to the authors' simulator, commit 6ee1c6f, on every golden row (spec/prosperity.md 5.6, 6.2); closed forms, not "
       "the machines' own timing"},
      {"densities of loas", Certainty::calibrated,
       "equal to the authors' code on every golden row; no cycles exist (spec/prosperity.md 5.6)"},
      {"stellar", Certainty::calibrated,
       "published constants, never modelled: " + baselines::published_networks(baselines::Model::stellar)},
      {"a100", Certainty::calibrated, "published constants, never modelled: " + baselines::published_networks(baselines::Model::a100)},
      {"sato, LIF with T not a power of two", Certainty::assumed, "rounded to whole cycles; the reference keeps the fraction"},
  };
  d.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) -> std::unique_ptr<sc_core::sc_module> {
    LoasPacking packing;
    packing.kind = p.get<std::string>("packing") == "map" ? LoasPacking::Kind::map : LoasPacking::Kind::groups;
    packing.over = p.get<std::uint64_t>("map_over");
    packing.rows = p.get<std::string>("map_rows") == "positions" ? LoasPacking::Rows::positions : LoasPacking::Rows::inputs;
    return std::make_unique<Baselines>(name, baselines::model_of(p.get<std::string>("model")), packing);
  };
  registry.add(std::move(d));
}

}  // namespace snnvp
