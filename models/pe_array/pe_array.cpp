// SPDX-License-Identifier: Apache-2.0
// The kinds models.pe_array and models.spikex: a PeArrayEngine behind the common front end.
#include <cmath>

#include <snnvp/models/pe_array/engine.h>
#include <snnvp/platform/engine/accelerator.h>

namespace snnvp::text {
extern const char* const pe_array_registers;
}

namespace snnvp {
namespace {

using pe_array::Config;
using pe_array::Dispatch;
using pe_array::EngineConfig;

const std::vector<std::string> dispatch_words = {"spatial", "temporal", "auto", "ptb_group", "ptb_lines", "time_serial", "dense"};

std::vector<ParamSpec> parameters() {
  const char *paper = "SpikeX paper; spec/spikex.md 3", *choice = "assumed; spec/spikex.md 3";
  const auto flag = [choice](const char* name, bool value, const char* doc) { return param(name, value, doc).from(choice); };
  ParamSpec window = param("", 1, "");
  window.range(1, Config::max_tws);
  return {
      param("rows", 8, "rows: output channels at a time").range(1, Config::max_side).unit("PE").from(paper),
      param("cols", 8, "columns: work units at a time").range(1, Config::max_side).unit("PE").from(paper),
      param("dispatch", "spatial", "which work shares a pass; spatial on a plain fc layer falls back to temporal")
          .choices(dispatch_words)
          .from(choice),
      param("dataflow", "ws", "dispatch dense: what stays in the array").choices({"ws", "is", "os"}),
      param("tws", 5, "time points of a window; more than the layer has means all")
          .range(1, Config::max_tws)
          .unit("time points")
          .from(choice),
      list_of("layer_tws", window, "time points of a window in each layer of a workload, over and over; empty: tws in all"),
      param("tws_per_tb", 8, "windows of a time block, the granule of loads").range(1, 65536).unit("windows").from(choice),
      param("timing", "tile", "tile: pass groups over the modelled memory; paper: the closed form").choices({"tile", "paper"}).from(choice),
      param("weight_tailoring", true, "kernels of silent input channels are not fetched").from(paper),
      param("kappa", "tws", "cycles per streamed weight").choices({"tws", "one", "popcount"}).from(choice),
      param("psum", "spill", "where partial sums wait between passes").choices({"spill", "stationary"}).from(choice),
      flag("lif_overlap", true, "LIF steps hide behind the next pass"),
      flag("fill_overlap", true, "the array is filled once per group of output channels, not per pass"),
      flag("tag_overlap", true, "tags are scanned beside the work before"),
      param("double_buffered", true, "all memory levels work ahead").from(paper),
      flag("spike_gating", true, "additions are counted per spike, not per PE cycle"),
      param("fixed_overhead_frac", 0.0012, "cycles every layer takes, as a part of its dense work")
          .range(0, 1)
          .from("fitted to figure 10; spec/spikex.md 5.7"),
      quantity("glb_bytes", Dimension::bytes, 55296, "global buffer").range(64, 1e9).from(paper),
      quantity("glb_filter_bytes", Dimension::bytes, 32768, "its part for weights").range(1, 1e9).from(choice),
      quantity("lbuf_bytes", Dimension::bytes, 2048, "local buffer").range(64, 1e9).from(paper),
      param("glb_port_bits", 64, "port of each part of the global buffer").range(1, 65536).unit("bit/cycle").from(choice),
      param("tags_per_cycle", 64, "tags scanned per cycle").range(1, 65536).from(choice),
      quantity("dram_bandwidth", Dimension::bandwidth, 30e9, "of the DMA port; null: unlimited, transfers take no port time")
          .range(1e3, 1e15)
          .optional_null()
          .from(paper),
      param("weight_bits", 8, "bits of a weight in traffic counts; the data are int8").range(8, 32).unit("bit").from(paper),
      param("psum_bits", 16, "bits of a sum or membrane in traffic counts; the data are int32").range(8, 32).unit("bit").from(choice),
      group("ptb",
            {
                param("variant", "faithful",
                      "dispatch ptb_lines: the model; prosperity_compat is the PTB of the public Prosperity simulator, 16 x 8 with windows "
                      "of 4")
                    .choices({"faithful", "pipeline", "prosperity_compat"})
                    .from("spec/spikex.md 5.5"),
                param("search_depth", 16, "variant faithful: lines looked ahead for a partner").range(1, 65536).unit("lines").from(choice),
            },
            "PTB with its own pairing of lines"),
  };
}

Dispatch dispatch_of(const std::string& word) {
  for (const Dispatch d :
       {Dispatch::time_serial, Dispatch::ptb_group, Dispatch::ptb_lines, Dispatch::temporal, Dispatch::automatic, Dispatch::dense})
    if (word == pe_array::dispatch_name(d)) return d;
  return Dispatch::spatial;
}

EngineConfig config_of(const ParamSet& p, std::uint64_t clock_hz) {
  EngineConfig e;
  Config& c = e.array;
  c.rows = p.get<std::uint32_t>("rows"), c.cols = p.get<std::uint32_t>("cols");
  c.tws = p.get<std::uint32_t>("tws"), c.tws_per_tb = p.get<std::uint32_t>("tws_per_tb");
  c.dispatch = dispatch_of(p.get<std::string>("dispatch"));
  const std::string dataflow = p.get<std::string>("dataflow"), kappa = p.get<std::string>("kappa"),
                    variant = p.get<std::string>("ptb.variant");
  c.dataflow = dataflow == "ws" ? pe_array::Dataflow::ws : dataflow == "is" ? pe_array::Dataflow::is : pe_array::Dataflow::os;
  c.kappa = kappa == "tws" ? pe_array::Kappa::tws : kappa == "one" ? pe_array::Kappa::one : pe_array::Kappa::popcount;
  c.ptb_variant = variant == "faithful"   ? pe_array::PtbVariant::faithful
                  : variant == "pipeline" ? pe_array::PtbVariant::pipeline
                                          : pe_array::PtbVariant::prosperity_compat;
  c.ptb_search_depth = p.get<std::uint32_t>("ptb.search_depth");
  c.psum = p.get<std::string>("psum") == "spill" ? pe_array::PsumPolicy::spill : pe_array::PsumPolicy::stationary;
  c.weight_tailoring = p.get<bool>("weight_tailoring");
  c.lif_overlap = p.get<bool>("lif_overlap"), c.fill_overlap = p.get<bool>("fill_overlap"), c.tag_overlap = p.get<bool>("tag_overlap");
  c.double_buffered = p.get<bool>("double_buffered"), c.spike_gating = p.get<bool>("spike_gating");
  c.fixed_overhead_frac = p.get<double>("fixed_overhead_frac");
  c.glb_filter_bytes = p.get<std::uint64_t>("glb_filter_bytes");
  c.glb_port_bits = p.get<std::uint32_t>("glb_port_bits"), c.tags_per_cycle = p.get<std::uint32_t>("tags_per_cycle");
  c.weight_bits = p.get<std::uint32_t>("weight_bits"), c.psum_bits = p.get<std::uint32_t>("psum_bits");
  const auto bandwidth = p.get_optional<double>("dram_bandwidth");
  c.dram_bits_per_cycle = bandwidth && clock_hz != 0 ? *bandwidth * 8 / static_cast<double>(clock_hz) : 0;
  for (const Value& size : p.at("layer_tws").items()) e.layer_tws.push_back(static_cast<std::uint32_t>(size.as_u64()));
  e.glb_bytes = p.get<std::uint64_t>("glb_bytes"), e.lbuf_bytes = p.get<std::uint64_t>("lbuf_bytes");
  e.timing = p.get<std::string>("timing") == "paper" ? pe_array::Timing::paper : pe_array::Timing::tile;
  return e;
}

void check_between(const ParamSet& p, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  const EngineConfig e = config_of(p, 0);
  if (const std::string problem = check(e.array); !problem.empty()) diagnostics.error(pos, path, problem);
  if (e.array.glb_filter_bytes > e.glb_bytes)
    diagnostics.error(pos, path + ".glb_filter_bytes", "the part for weights is larger than the global buffer",
                      "allowed: at most glb_bytes");
}

KindDescriptor descriptor(const char* kind, const char* doc) {
  KindDescriptor d;
  d.kind = kind;
  d.doc = doc;
  d.params = parameters();
  d.ports = engine::accelerator_ports();
  d.stats = engine::accelerator_stats();
  for (StatSpec& stat : pe_array::pe_array_stats()) d.stats.push_back(std::move(stat));
  d.events = [](const ParamSet& p) { return pe_array::PeArrayEngine::event_keys(config_of(p, 0)); };
  d.macros = [](const ParamSet& p) {
    const EngineConfig e = config_of(p, 0);
    return std::vector<MacroSpec>{{"glb", e.glb_bytes, e.array.glb_port_bits, 1}, {"lbuf", e.lbuf_bytes, 64, 1}};
  };
  d.units = {"engine"};
  d.takes_jobs = true;
  d.registers = text::pe_array_registers;
  d.registers_head = engine::common_registers;
  d.window = [](const ParamSet&, const std::string&) { return std::uint64_t{4096}; };
  d.check = check_between;
  d.refusal = [](const ParamSet& p, const engine::JobDescriptor& job) {
    pe_array::PeArrayEngine unit(config_of(p, 0));
    return engine::refusal_of(unit, job);
  };
  d.sources = {
      {"gain of spatial over ptb_group", Certainty::calibrated,
       "figure 10 of the SpikeX paper at nine firing rates, within 3 % (spec/spikex.md 5.7)"},
      {"cycles per weight, psum policy, GLB ports, window default", Certainty::assumed, "not in the paper (spec/spikex.md 10)"},
      {"ptb_lines, variant prosperity_compat", Certainty::calibrated,
       "equal to the public Prosperity simulator on every golden row (spec/prosperity.md 5.6)"},
      {"dense cycles", Certainty::calibrated, "closed forms, exact against SCALE-Sim (spec/formats.md 11.1)"},
      {"prices bottom-up", Certainty::assumed, "counts x technology tables; the paper publishes no energy per access (spec/spikex.md 6)"},
  };
  d.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) -> std::unique_ptr<sc_core::sc_module> {
    const ClockDomain clock(p.clock());
    const EngineConfig config = config_of(p, clock.hz());
    const Config& c = config.array;
    RegisterMap registers = parse_register_map(text::pe_array_registers, "models.pe_array", engine::common_registers);
    const Bits port_bits = c.dram_bits_per_cycle > 0 ? std::max<Bits>(1, static_cast<Bits>(std::floor(c.dram_bits_per_cycle))) : 0;
    return std::make_unique<engine::Accelerator>(
        name, std::make_unique<pe_array::PeArrayEngine>(config), std::move(registers), clock,
        engine::Accelerator::Options{port_bits, 1, {{"rows", c.rows}, {"cols", c.cols}, {"tws", c.tws}}});
  };
  return d;
}

}  // namespace

void register_pe_array(Registry& registry) {
  registry.add(descriptor("models.pe_array",
                          "Systolic PE array for spiking layers: SpikeX, PTB, time-serial and dense as dispatch policies of one model"));
  registry.add(
      descriptor("models.spikex", "SpikeX (IEEE TCAD 2025): the PE array with spatial dispatch of active windows and weight tailoring"));
}

}  // namespace snnvp
