// SPDX-License-Identifier: Apache-2.0
// The kind models.stack3d: a StackEngine, or the Bishop cores, behind the common front end.
#include <snnvp/models/stack3d/bishop_params.h>
#include <snnvp/models/stack3d/engine.h>
#include <snnvp/platform/block/result_rule.h>
#include <snnvp/platform/block/stacked.h>
#include <snnvp/platform/block/tiered.h>
#include <snnvp/platform/engine/accelerator.h>

#include <cmath>

#include <snnvp/platform/base/text.h>

namespace snnvp {
namespace {

using stack3d::Config;

ParamSpec null_by_default(ParamSpec spec) {
  spec.default_value = Value();
  return spec.optional_null();
}

std::vector<ParamSpec> parameters() {
  const char* choice = "assumed: spec/stack3d.md 3.1";
  const char* second = "ICCAD 2024 as reported; spec/stack3d.md 3.1";
  const char* bishop = "Bishop (arXiv 2505.12281)";
  const auto count = [](const char* name, int value, double lo, double hi, const char* unit, const char* doc, const char* source) {
    return param(name, value, doc).range(lo, hi).unit(unit).from(source);
  };
  const auto width = [choice](const char* name, const char* doc) {
    return null_by_default(param(name, 1, doc).range(1, 65536).unit("bit/cycle").from(choice));
  };
  return {
      param("variant", "3d", "3d: two bonded tiers; 2d: the same units on one die, planar wires in place of the bonds")
          .choices({"3d", "2d"}),
      param("core_type", "array", "array: integration arrays; bishop: Bishop's dense, sparse and attention core, set by the group bishop")
          .choices({"array", "bishop"}),
      param("partition", "both", "what crosses the bond: sums (logic_on_logic), weights and spikes (memory_on_logic), or both")
          .choices({"both", "logic_on_logic", "memory_on_logic"})
          .from(second),
      param("preset", "none", "what only place and route can tell, as an input: multipliers on a 2D run, for variant 3d")
          .choices({"none", "f2f_iccad24_mlp", "f2f_iccad24_ssa", "f2f_2412_moe", "f2f_iccad25"})
          .from("spec/stack3d.md 3.4"),
      param("timing", "tile", "tile: what the cores' pipelines do; paper: the closed forms").choices({"tile", "paper"}),
      count("cores", 4, 1, 16, "cores", "spiking-expert cores; attention cores in modes 1 and 2", second),
      count("rows", 16, 4, 128, "rows", "R: output features of an array", choice),
      count("cols", 16, 4, 128, "columns", "C: token-time positions of an array", choice),
      count("weight_bits", 8, 2, 8, "bit", "of a weight; the data are int8, larger ones are limited", second),
      count("psum_bits", 16, 8, 31, "bit", "finished sums saturate to it", second),
      count("vmem_bits", 16, 8, 32, "bit", "most that a neuron's membrane may have", choice),
      count("kappa", 1, 1, 64, "cycles", "per streamed weight", choice),
      param("fill_overlap", false, "false: each tile pays R + C - 2 cycles of fill; true: once per layer").from(choice),
      param("skip_silent_features", false, "features without a spike in a tile take no cycle in it").from(choice),
      count("popcnt_width", 128, 1, 65536, "bit/cycle", "head scorer", choice),
      param("score_overlap", true, "head scores are counted while Q is projected").from(choice),
      count("route_width", 16, 1, 65536, "positions/cycle", "router: rates read", choice),
      count("route_lanes", 256, 1, 65536, "additions/cycle", "router: gate sums", choice),
      count("merge_width", 512, 1, 65536, "bit/cycle", "merge and concatenation", choice),
      count("lif_lanes", 16, 1, 65536, "updates/cycle", "neurons of a core", choice),
      null_by_default(param("fmax_scale", 1.0, "variant 3d: clock over the block's clock domain; null: the preset's, else 1")
                          .range(0.5, 2)
                          .from("place and route: an input")),
      quantity("weight_glb", Dimension::bytes, 144 * 1024, "weight buffer, a slice per core").range(1024, 1 << 30).from(bishop),
      count("weight_port", 512, 8, 4096, "bit", "port of a slice", bishop),
      quantity("spike_glb", Dimension::bytes, 12 * 1024, "each of two halves of the spike buffer").range(64, 1 << 30).from(bishop),
      count("spike_port", 128, 8, 4096, "bit", "port of a half; serves the cores in fixed turns", "assumed"),
      param("glb_access_ns", 2.66, "access time of the weight buffer")
          .range(0.05, 100)
          .unit("ns")
          .from("CACTI table, 144 KiB x 512 bit, corrected; spec/stack3d.md 5.4"),
      param("dram_bits_per_cycle", 1228, "width of the DMA port (76.8 GB/s at 500 MHz); null: unlimited, transfers take no port time")
          .range(1, 1e9)
          .unit("bit/cycle")
          .optional_null()
          .from(bishop),
      param("sink_side", "memory", "tier on the heat sink's side").choices({"memory", "logic"}).from("choice: arrays beside the I/O"),
      param("area_2d_mm2", 3.0, "die of variant 2d").range(0.01, 1e4).unit("mm2").from("assumed; Bishop is 2.96"),
      null_by_default(param("footprint_scale", 0.5, "footprint of the stack over area_2d_mm2; null: the preset's, else 0.5")
                          .range(0.1, 1)
                          .from("place and route: an input")),
      param("wire_ps_per_mm", 100.0, "delay of planar wires").range(1, 1e4).unit("ps/mm").from("noc technology table, 60 to 220"),
      group("bond",
            {
                param("pitch", 1.0, "of the sites").range(0.1, 100).unit("um").from("assumed; 9 um is production hybrid bonding"),
                null_by_default(param("overlap_area", 1.0, "area that carries sites; null: the footprint").range(1e-4, 1e4).unit("mm2")),
                param("signal_fraction", 0.5, "sites that carry data").range(0.01, 1).from("assumed, 0.3 to 0.7"),
                width("width_weight", "weights into a core; null: rows x weight_bits"),
                width("width_spike", "spikes into a core; null: cols"),
                width("width_psum", "sums out of a core; null: rows x psum_bits"),
                param("limit", "report", "too few sites: report tells, enforce narrows the links").choices({"report", "enforce"}),
                param("latency_cycles", 0, "0: within the cycle, 1: registered").range(0, 1).unit("cycles").from("assumed"),
            },
            "the vertical links; widths also hold for the wires of variant 2d"),
      bishop::bishop_params(),
  };
}

bool has_bishop_cores(const ParamSet& p) { return p.get<std::string>("core_type") == "bishop"; }

Config config_of(const ParamSet& p) {
  Config c;
  c.cores = p.get<std::uint64_t>("cores"), c.rows = p.get<std::uint64_t>("rows"), c.cols = p.get<std::uint64_t>("cols");
  c.weight_bits = p.get<unsigned>("weight_bits"), c.psum_bits = p.get<unsigned>("psum_bits"), c.vmem_bits = p.get<unsigned>("vmem_bits");
  c.kappa = p.get<std::uint64_t>("kappa"), c.fill_overlap = p.get<bool>("fill_overlap");
  c.skip_silent_features = p.get<bool>("skip_silent_features");
  c.popcnt_width = p.get<std::uint64_t>("popcnt_width"), c.score_overlap = p.get<bool>("score_overlap");
  c.route_width = p.get<std::uint64_t>("route_width"), c.route_lanes = p.get<std::uint64_t>("route_lanes");
  c.merge_width = p.get<std::uint64_t>("merge_width"), c.lif_lanes = p.get<std::uint64_t>("lif_lanes");
  c.timing = p.get<std::string>("timing") == "paper" ? stack3d::Timing::paper : stack3d::Timing::tile;
  c.weight_glb = p.get<Bytes>("weight_glb"), c.spike_glb = p.get<Bytes>("spike_glb");
  c.weight_port = p.get<std::uint64_t>("weight_port"), c.spike_port = p.get<std::uint64_t>("spike_port");
  c.glb_access_ns = p.get<double>("glb_access_ns");
  c.dram_bits_per_cycle = p.get_optional<Bits>("dram_bits_per_cycle").value_or(0);
  c.variant = p.get<std::string>("variant") == "2d" ? stack3d::Variant::planar : stack3d::Variant::stacked;
  const std::string partition = p.get<std::string>("partition");
  c.partition = partition == "logic_on_logic"    ? stack3d::Partition::logic_on_logic
                : partition == "memory_on_logic" ? stack3d::Partition::memory_on_logic
                                                 : stack3d::Partition::both;
  if (c.variant == stack3d::Variant::stacked) c.preset = stack3d::find_preset(p.get<std::string>("preset")).value();
  if (const auto scale = p.get_optional<double>("footprint_scale")) c.preset.footprint = *scale;
  if (const auto scale = p.get_optional<double>("fmax_scale"); scale && c.variant == stack3d::Variant::stacked) c.preset.fmax = *scale;
  c.memory_faces_sink = p.get<std::string>("sink_side") == "memory";
  c.area_2d_mm2 = p.get<double>("area_2d_mm2");
  c.wire_ps_per_mm = p.get<double>("wire_ps_per_mm");
  c.field.pitch_um = p.get<double>("bond.pitch");
  c.field.overlap_mm2 = p.get_optional<double>("bond.overlap_area").value_or(c.area_2d_mm2 * c.preset.footprint);
  c.field.signal_fraction = p.get<double>("bond.signal_fraction");
  c.limit = p.get<std::string>("bond.limit") == "enforce" ? bond::Limit::enforce : bond::Limit::report;
  c.bond_latency = p.get<Cycles>("bond.latency_cycles");
  c.width_weight = p.get_optional<std::uint64_t>("bond.width_weight");
  c.width_spike = p.get_optional<std::uint64_t>("bond.width_spike");
  c.width_psum = p.get_optional<std::uint64_t>("bond.width_psum");
  if (has_bishop_cores(p)) {
    // One set of cores: a port of each buffer, and a sum per lane of the spike generator (spec/stack3d.md 5.4).
    c.cores = 1;
    c.spike_port = c.weight_port;
    if (!c.width_weight) c.width_weight = c.weight_port;
    if (!c.width_spike) c.width_spike = c.spike_port;
    if (!c.width_psum) c.width_psum = p.get<std::uint64_t>("bishop.spikegen_lanes") * c.psum_bits;
  }
  return c;
}

/// The clock of the block's domain, scaled by what place and route gives the stack.
std::uint64_t clock_of(const ParamSet& p, const Config& c) {
  return static_cast<std::uint64_t>(std::llround(static_cast<double>(p.clock()) * c.preset.fmax));
}

/// The Bishop cores of such a block.
bishop::EngineConfig bishop_config(const ParamSet& p) {
  const Config stack = config_of(p);
  bishop::EngineConfig c;
  c.core = bishop::config_of(p);
  c.core.psum_bits = stack.psum_bits;
  c.core.weight_glb = stack.weight_glb, c.core.spike_glb = stack.spike_glb;
  c.core.glb_port_bits = static_cast<unsigned>(stack.weight_port);
  c.core.clock_hz = clock_of(p, stack);
  c.is_paper = stack.timing == stack3d::Timing::paper;
  c.scale_shift = p.get<unsigned>("bishop.scale_shift");
  c.vmem_bits = stack.vmem_bits;
  c.links.emplace(stack, c.core.clock_hz);
  return c;
}

void check_between(const ParamSet& p, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  const Config c = config_of(p);
  if (c.weight_glb / c.cores < 64)
    diagnostics.error(pos, path + ".weight_glb", "less than 64 B for each core", "enlarge it, or take fewer cores");
  const double footprint = c.area_2d_mm2 * c.preset.footprint;
  if (c.variant == stack3d::Variant::stacked && c.field.overlap_mm2 > footprint * (1 + 1e-9))
    diagnostics.error(pos, path + ".bond.overlap_area", "larger than the footprint of the stack",
                      "allowed: at most " + shortest_double(footprint) + " mm2");
}

/// The shell: the common front end, and what the stack looks like.
class Stack3d : public engine::Accelerator, public StackedBlock, public TieredBlock, public ResultRuleProvider {
public:
  Stack3d(const sc_core::sc_module_name& name, std::unique_ptr<stack3d::TwoTierEngine> cores, const Config& config, std::uint64_t hz)
      : Stack3d(name, cores.release(), config, hz) {}

  ResultRule result_rule() const override {
    ResultRule rule;
    rule.sum_bits = config_.psum_bits;
    return rule;
  }

  unsigned tiers() const override { return config_.variant == stack3d::Variant::stacked ? 2 : 1; }

  EventCounts tier_events(unsigned tier) const override {
    EventCounts all = engine_->events();
    if (tiers() == 1) return all;
    EventCounts memory = engine_->memory_tier_events();
    if (tier == memory_tier()) return memory;
    for (auto& [key, count] : all)
      if (const auto it = memory.find(key); it != memory.end()) count -= it->second;
    return all;
  }

  std::optional<unsigned> tier_of(const std::string& part) const override {
    if (part == "dram") return outside;  // the published power of memory beside the stack
    if (tiers() == 1) return 0;
    const auto is_memory = stack3d::is_on_memory_tier(stack3d::placement_of(links_), part);
    if (!is_memory) return std::nullopt;
    return *is_memory ? memory_tier() : 1 - memory_tier();
  }

  StackFigures stack_figures() const override {
    StackFigures f;
    f.variant = config_.variant == stack3d::Variant::stacked ? "3d" : "2d";
    f.preset = config_.preset.name, f.preset_source = config_.preset.source;
    f.hz = hz_;
    f.bits_per_cycle = links_.bits_per_cycle();
    f.sites_required = links_.sites_required(), f.sites_available = links_.sites_available();
    f.pitch_um = config_.field.pitch_um;
    f.bond_area_mm2 = links_.bond_area_mm2(), f.footprint_mm2 = links_.footprint_mm2();
    f.access_ns = links_.access_ns(), f.access_2d_ns = links_.access_2d_ns();
    if (config_.variant == stack3d::Variant::planar) return f;
    for (const double pitch : {0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 9.0, 10.0}) {
      bond::Field field = config_.field;
      field.pitch_um = pitch;
      PitchFigures row;
      row.pitch_um = pitch;
      row.sites_available = field.sites_available();
      row.sites_required = field.sites_needed(f.bits_per_cycle);
      row.area_mm2 = field.area_mm2(row.sites_required);
      row.share = row.area_mm2 / field.overlap_mm2;
      row.bits_granted = std::min(f.bits_per_cycle, field.bits_available());
      row.pj_per_bit = bond::energy_pj_per_bit(pitch);
      f.pitches.push_back(row);
    }
    return f;
  }

private:
  Stack3d(const sc_core::sc_module_name& name, stack3d::TwoTierEngine* cores, const Config& config, std::uint64_t hz)
      : Accelerator(name, std::unique_ptr<engine::EngineCore>(cores), parse_register_map(engine::common_registers, "models.stack3d"),
                    ClockDomain(hz), engine::Accelerator::Options{config.dram_bits_per_cycle, 1, {}}),
        engine_(cores),
        config_(config),
        links_(config, hz),
        hz_(hz) {}

  unsigned memory_tier() const { return config_.memory_faces_sink ? 1 : 0; }

  const stack3d::TwoTierEngine* engine_;  // owned by the front end
  Config config_;
  stack3d::Links links_;
  std::uint64_t hz_;
};

/// The same around Bishop's cores, with what else a run wants to know of them.
class BishopStack : public Stack3d {
public:
  BishopStack(const sc_core::sc_module_name& name, std::unique_ptr<bishop::BishopEngine> cores, const Config& config, std::uint64_t hz)
      : BishopStack(name, cores.release(), config, hz) {}

  ResultRule result_rule() const override { return cores_->result_rule(); }
  std::map<std::string, Cycles> unit_busy_cycles() const override {
    std::map<std::string, Cycles> units = Accelerator::unit_busy_cycles();
    const bishop::Activity& a = cores_->activity();
    units["dense"] = a.dense, units["sparse"] = a.sparse, units["attention"] = a.attention, units["spikegen"] = a.spikegen;
    return units;
  }

private:
  BishopStack(const sc_core::sc_module_name& name, bishop::BishopEngine* cores, const Config& config, std::uint64_t hz)
      : Stack3d(name, std::unique_ptr<stack3d::TwoTierEngine>(cores), config, hz), cores_(cores) {}

  const bishop::BishopEngine* cores_;  // owned by the front end
};

}  // namespace

void register_stack3d(Registry& registry) {
  KindDescriptor d;
  d.kind = "models.stack3d";
  d.doc = "Two-tier stack for spiking transformers: mixture of experts, multi-head attention with head pruning, over bonds or wires";
  d.params = parameters();
  d.ports = engine::accelerator_ports();
  d.stats = engine::accelerator_stats();
  for (StatSpec& stat : stack3d::StackEngine::statistics()) d.stats.push_back(std::move(stat));
  bishop::add_statistics(d.stats);
  d.events = [](const ParamSet& p) {
    return has_bishop_cores(p) ? bishop::BishopEngine::event_keys(bishop_config(p)) : stack3d::StackEngine::event_keys(config_of(p));
  };
  d.macros = [](const ParamSet& p) {
    const Config c = config_of(p);
    return std::vector<MacroSpec>{
        {"weight_glb", c.weight_glb / c.cores, static_cast<unsigned>(c.weight_port), static_cast<unsigned>(c.cores)},
        {"spike_glb", c.spike_glb, static_cast<unsigned>(c.spike_port), 2}};
  };
  d.price_hints = [](const ParamSet& p) {
    const Config c = config_of(p);
    PriceHints hints;
    hints.bond_pitch_um = c.field.pitch_um;
    hints.energy_factor = c.preset.energy;
    hints.energy_factor_source = c.preset.source;
    return hints;
  };
  d.units = {"engine", "dense", "sparse", "attention", "spikegen"};
  d.takes_jobs = true;
  d.registers = engine::common_registers;
  d.window = [](const ParamSet&, const std::string&) { return std::uint64_t{4096}; };
  d.check = check_between;
  d.refusal = [](const ParamSet& p, const engine::JobDescriptor& job) {
    const Config c = config_of(p);
    if (has_bishop_cores(p)) {
      bishop::BishopEngine unit(bishop_config(p));
      return engine::refusal_of(unit, job);
    }
    stack3d::StackEngine unit(c, clock_of(p, c));
    return engine::refusal_of(unit, job);
  };
  d.sources = {
      {"paper timing", Certainty::structural, "closed forms of an array per core (spec/stack3d.md 5.1); array size and widths are assumed"},
      {"tile timing", Certainty::structural,
       "five-stage pipeline per core with double buffers over the modelled memory (spec/stack3d.md 5.2)"},
      {"Bishop cores", Certainty::structural,
       "closed forms from the published element counts; within 15 % of the published times of model 3 (spec/stack3d.md 8.2)"},
      {"prices bishop_paper", Certainty::calibrated, "published core powers times busy time (arXiv 2505.12281)"},
      {"presets", Certainty::assumed, "echo of what the papers' place and route found; inputs, not results"},
      {"bond and wire energy", Certainty::assumed, "bond_bit by pitch, link_bit_um by length (technology tables)"},
      {"prices bottom-up", Certainty::assumed, "counts x technology tables; no power of the stack is published"},
  };
  d.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) -> std::unique_ptr<sc_core::sc_module> {
    const Config config = config_of(p);
    const std::uint64_t hz = clock_of(p, config);
    if (has_bishop_cores(p))
      return std::make_unique<BishopStack>(name, std::make_unique<bishop::BishopEngine>(bishop_config(p)), config, hz);
    return std::make_unique<Stack3d>(name, std::make_unique<stack3d::StackEngine>(config, hz), config, hz);
  };
  registry.add(std::move(d));
}

}  // namespace snnvp
