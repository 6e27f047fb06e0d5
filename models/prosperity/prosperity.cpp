// SPDX-License-Identifier: Apache-2.0
// The kind models.prosperity: a ProsperityEngine behind the common front end.
#include <snnvp/models/prosperity/prosperity.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp::text {
extern const char* const prosperity_registers;
}

namespace snnvp {
namespace {

using prosperity::Config;
using prosperity::EngineConfig;

std::vector<ParamSpec> parameters() {
  const char* code = "authors' simulator; spec/prosperity.md 3";
  const auto unit_count = [code](const char* name, int value, const char* doc) {
    return param(name, value, doc).range(1, 4096).from(code);
  };
  ParamSpec path = param("path", "cuda", "which code path of the reference `paper` timing follows; default: cuda where it exists, else cpu")
                       .choices({"cuda", "cpu"})
                       .optional_null()
                       .from(code);
  path.default_value = Value();
  return {
      param("tile_m", 256, "rows of a tile; tile_m * tile_k <= 32768").range(1, Config::max_tile_m).unit("rows").from(code),
      param("tile_k", 16, "columns of a tile").range(1, Config::max_tile_k).unit("columns").from(code),
      param("tile_n", 128, "adders: weights per weight row").range(1, 65536).unit("adders").from(code),
      param("timing", "tile", "tile: what the tile pipeline does; paper: the closed form of the authors' simulator")
          .choices({"tile", "paper"}),
      param("sparsity", "product", "what is skipped: nothing, zeros, or zeros and shared prefixes")
          .choices({"product", "bit", "dense"})
          .from(code),
      param("issue", "sorted", "row order: by popcount (issue type 2) or a walk of the prefix forest (issue type 1)")
          .choices({"sorted", "tree"})
          .from(code),
      path,
      param("prefetch_tiles", 16, "tiles fetched ahead (tile timing)")
          .range(2, 16)
          .unit("tiles")
          .from("decision: what the real SRAMs hold"),
      param("reuse_detection", false, "tile timing: prefixes found for the first n tile serve all").from("assumed: an ablation"),
      unit_count("lif_lanes", 32, "neurons updated per cycle"),
      unit_count("popcount_rows", 8, "rows counted per cycle"),
      unit_count("multipliers", 32, "for softmax and layernorm"),
      unit_count("exp_units", 8, "for softmax"),
      unit_count("dividers", 1, "for softmax and layernorm"),
      param("spike_bits", 1, "bits of a spike in traffic counts").range(1, 64).unit("bit").from(code),
      param("weight_bits", 8, "bits of a weight in traffic counts; the data are int8").range(1, 64).unit("bit").from(code),
      param("psum_bits", 8, "bits of a sum or membrane in traffic counts; the data are int32").range(1, 64).unit("bit").from(code),
      param("dram_bits_per_cycle", 1024, "width of the DMA port (64 GB/s at 500 MHz); null: unlimited, transfers take no port time")
          .range(1, 1e9)
          .unit("bit/cycle")
          .optional_null()
          .from(code),
  };
}

EngineConfig config_of(const ParamSet& p) {
  EngineConfig c;
  Config& u = c.unit;
  u.tile_m = p.get<std::uint32_t>("tile_m"), u.tile_k = p.get<std::uint32_t>("tile_k"), u.tile_n = p.get<std::uint32_t>("tile_n");
  u.lif_lanes = p.get<std::uint32_t>("lif_lanes"), u.popcount_rows = p.get<std::uint32_t>("popcount_rows");
  u.multipliers = p.get<std::uint32_t>("multipliers"), u.exp_units = p.get<std::uint32_t>("exp_units"),
  u.dividers = p.get<std::uint32_t>("dividers");
  u.dram_bits_per_cycle = p.get_optional<Bits>("dram_bits_per_cycle").value_or(0);
  u.spike_bits = p.get<std::uint32_t>("spike_bits"), u.weight_bits = p.get<std::uint32_t>("weight_bits"),
  u.psum_bits = p.get<std::uint32_t>("psum_bits");
  const std::string sparsity = p.get<std::string>("sparsity");
  u.sparsity = sparsity == "product" ? prosperity::Sparsity::product
               : sparsity == "bit"   ? prosperity::Sparsity::bit
                                     : prosperity::Sparsity::dense;
  u.issue = p.get<std::string>("issue") == "tree" ? prosperity::Issue::tree : prosperity::Issue::sorted;
  const bool cuda_exists = u.sparsity == prosperity::Sparsity::product && u.issue == prosperity::Issue::sorted;
  const auto path = p.get_optional<std::string>("path");
  u.path = path          ? (*path == "cuda" ? prosperity::Path::cuda : prosperity::Path::cpu)
           : cuda_exists ? prosperity::Path::cuda
                         : prosperity::Path::cpu;
  u.reuse_detection = p.get<bool>("reuse_detection");
  c.timing = p.get<std::string>("timing") == "paper" ? prosperity::Timing::paper : prosperity::Timing::tile;
  c.prefetch_tiles = p.get<std::uint32_t>("prefetch_tiles");
  return c;
}

void check_between(const ParamSet& p, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  const EngineConfig c = config_of(p);
  const bool paper = c.timing == prosperity::Timing::paper;
  if (std::uint64_t{c.unit.tile_m} * c.unit.tile_k > Config::max_tile_bits)
    diagnostics.error(
        pos, path,
        "tile_m * tile_k is " + std::to_string(std::uint64_t{c.unit.tile_m} * c.unit.tile_k) + ", more than the tile buffer holds",
        "allowed: tile_m * tile_k <= 32768");
  const bool cuda_exists = c.unit.sparsity == prosperity::Sparsity::product && c.unit.issue == prosperity::Issue::sorted;
  if (p.get_optional<std::string>("path") == "cuda" && !cuda_exists)
    diagnostics.error(pos, path + ".path", "the cuda path of the reference knows only sparsity: product with issue: sorted",
                      "leave `path` out, or set path: cpu");
  if (paper && !c.unit.dram_bits_per_cycle)
    diagnostics.error(pos, path + ".dram_bits_per_cycle", "paper timing needs a width", "set it to a number, or use timing: tile");
  if (paper && c.unit.reuse_detection)
    diagnostics.error(pos, path + ".reuse_detection", "the reference repeats detection for each n tile", "use timing: tile");
}

std::vector<StatSpec> statistics() {
  std::vector<StatSpec> stats = engine::accelerator_stats();
  const auto bits = [&stats](const char* name, const char* doc) { stats.push_back({name, "bit", StatKind::count, doc}); };
  bits("dram_bits", "DRAM traffic as the layers report it; what calibrated prices are multiplied with");
  bits("dram_read_bits", "DRAM bits read, cpu rules of the reference");
  bits("dram_write_bits", "DRAM bits written");
  bits("g_act_read_bits", "Spike buffer bits read");
  bits("g_act_write_bits", "Spike buffer bits written");
  bits("g_wgt_read_bits", "Weight buffer bits read");
  bits("g_wgt_write_bits", "Weight buffer bits written");
  bits("g_psum_read_bits", "Output buffer bits read");
  bits("g_psum_write_bits", "Output buffer bits written");
  const auto count = [&stats](const char* name, const char* unit, const char* doc) { stats.push_back({name, unit, StatKind::count, doc}); };
  count("adds", "additions", "Weights added");
  count("rows_zero", "rows", "Tile rows without a spike");
  count("rows_exact_match", "rows", "Tile rows equal to their prefix");
  count("rows_partial_match", "rows", "Tile rows with a prefix and spikes left");
  count("rows_no_prefix", "rows", "Tile rows with spikes and no prefix");
  count("searched_rows", "rows", "Tile rows with at least two spikes");
  stats.push_back({"detect_cycles", "cycles", StatKind::cycles, "Detector and popcount cycles"});
  stats.push_back({"compute_cycles", "cycles", StatKind::cycles, "Processor cycles"});
  count("lif_updates", "updates", "Neuron updates");
  return stats;
}

}  // namespace

Prosperity::Prosperity(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& clock)
    : Accelerator(name, std::make_unique<prosperity::ProsperityEngine>(params),
                  parse_register_map(text::prosperity_registers, "models.prosperity", engine::common_registers), clock,
                  Options{params.unit.dram_bits_per_cycle,
                          1,
                          {{"tile_m", params.unit.tile_m}, {"tile_k", params.unit.tile_k}, {"tile_n", params.unit.tile_n}}}) {}

void register_prosperity(Registry& registry) {
  KindDescriptor d;
  d.kind = "models.prosperity";
  d.doc = "Product-sparsity unit (Prosperity, HPCA 2025): adds only what a spike row has beyond its best prefix row";
  d.params = parameters();
  d.ports = engine::accelerator_ports();
  d.stats = statistics();
  d.events = [](const ParamSet&) { return prosperity::ProsperityEngine::event_keys(); };
  d.macros = [](const ParamSet&) {
    return std::vector<MacroSpec>{{"g_act", 8192, 32, 1}, {"g_wgt", 32768, 1024, 1}, {"g_psum", 98304, 1024, 1}};
  };
  d.logic_area_mm2 = 0.226;
  d.units = {"engine"};
  d.takes_jobs = true;
  d.registers = text::prosperity_registers;
  d.registers_head = engine::common_registers;
  d.window = [](const ParamSet&, const std::string&) { return std::uint64_t{4096}; };
  d.check = check_between;
  d.refusal = [](const ParamSet& p, const engine::JobDescriptor& job) {
    prosperity::ProsperityEngine unit(config_of(p));
    return engine::refusal_of(unit, job);
  };
  d.sources = {
      {"paper timing", Certainty::calibrated,
       "equal to the authors' simulator, commit 6ee1c6f, on every committed and golden row (spec/prosperity.md 5.1 to 5.4)"},
      {"tile timing", Certainty::structural,
       "three-stage tile pipeline over the modelled memory (spec/prosperity.md 5.7); our reconstruction, not published"},
      {"prices prosperity_paper", Certainty::calibrated, "the authors' power and energy per DRAM bit (spec/prosperity.md 6.2)"},
      {"prices bottom-up", Certainty::assumed,
       "counts x technology tables; the published power is about 5 times higher (spec/energy.md 9)"},
      {"neuron, softmax, layernorm values", Certainty::assumed,
       "the reference computes no values; equations are ours (models/prosperity/README.md)"},
  };
  d.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<Prosperity>(name, config_of(p), ClockDomain(p.clock()));
  };
  registry.add(std::move(d));
}

}  // namespace snnvp
