// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/engine.h>

#include <fmt/format.h>

#include <algorithm>

#include <snnvp/workloads/network/geometry.h>

namespace snnvp::pe_array {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::Operation;
using engine::Refusal;

namespace {

constexpr std::uint64_t lbuf_port_bits = 64;  // (spec/energy.md 6.8)

/// Ports of the GLB as priced: an unlimited one is counted in words of the buffer below.
std::uint64_t glb_port(const EngineConfig& c) { return c.array.glb_port_bits == 0 ? lbuf_port_bits : c.array.glb_port_bits; }

}  // namespace

const char* dispatch_name(Dispatch dispatch) {
  switch (dispatch) {
    case Dispatch::time_serial: return "time_serial";
    case Dispatch::ptb_group: return "ptb_group";
    case Dispatch::ptb_lines: return "ptb_lines";
    case Dispatch::temporal: return "temporal";
    case Dispatch::spatial: return "spatial";
    case Dispatch::automatic: return "auto";
    case Dispatch::dense: return "dense";
  }
  return "";
}

bool PeArrayEngine::fixed_timing() const {
  const Config& c = config_.array;
  const bool compat = c.dispatch == Dispatch::ptb_lines && c.ptb_variant == PtbVariant::prosperity_compat;
  return config_.timing == Timing::paper || c.dispatch == Dispatch::dense || compat;
}

std::uint32_t PeArrayEngine::capabilities() const {
  return 1U << static_cast<unsigned>(Operation::gemm) | 1U << static_cast<unsigned>(Operation::conv2d);
}

std::uint32_t PeArrayEngine::configure(const std::string& /*setting*/, std::uint32_t value) {
  written_tws_ = std::clamp(value, 1U, Config::max_tws);
  return *written_tws_;
}

Config PeArrayEngine::next_layer_config(bool starts_chain) {
  if (starts_chain) layer_ = 0;
  Config config = config_.array;
  if (written_tws_)
    config.tws = *written_tws_;
  else if (!config_.layer_tws.empty())
    config.tws = config_.layer_tws[layer_ % config_.layer_tws.size()];
  ++layer_;
  return config;
}

std::variant<std::unique_ptr<engine::Job>, Refusal> PeArrayEngine::start(const JobDescriptor& job) {
  const Config config = next_layer_config((job.flags & engine::flag_first) != 0);
  if (job.operation != Operation::gemm && job.operation != Operation::conv2d)
    return Refusal{JobStatus::unsupported, "the array runs conv2d and gemm jobs"};
  if (job.neuron.present) {
    if (job.neuron.record.model != NeuronRecord::Model::lif)
      return Refusal{JobStatus::unsupported, "LIF neurons; models.neuron does the others"};
    if (!neuron_problem(job.neuron.record, engine::neuron_channels(job)).empty())
      return Refusal{JobStatus::unsupported, "neuron record out of range"};
  }
  for (const engine::Operand& operand : job.operands) {
    if (operand.stream_port != 0) return Refusal{JobStatus::unsupported, "operands come from memory"};
    for (const std::uint32_t stride : operand.stride)
      if (stride != 0) return Refusal{JobStatus::unsupported, "dense operands only"};
  }
  return make_layer_job(*this, config, job);
}

void PeArrayEngine::reset() {
  for (Counter* c : {&dram_bits_, &glb_bits_, &lbuf_bits_, &passes_, &final_passes_, &lines_, &slots_, &adds_, &lif_updates_, &rf_accesses_,
                     &tags_scanned_, &pe_active_cycles_})
    c->reset();
  for (TrafficCounters* t : {&dram_read_, &dram_write_, &glb_read_, &glb_write_, &lbuf_read_, &lbuf_write_}) t->reset();
  layer_ = 0;
  written_tws_.reset();
  events_ = events_of({});
}

void PeArrayEngine::add(const LayerCounts& c) {
  dram_bits_.add(c.traffic.dram());
  glb_bits_.add(c.traffic.glb_read.total() + c.traffic.glb_write.total());
  lbuf_bits_.add(c.traffic.lbuf_read.total() + c.traffic.lbuf_write.total());
  passes_.add(c.passes), final_passes_.add(c.final_passes), lines_.add(c.lines), slots_.add(c.slots);
  adds_.add(c.adds), lif_updates_.add(c.lif_updates), rf_accesses_.add(c.rf_accesses);
  tags_scanned_.add(c.tags_scanned), pe_active_cycles_.add(c.pe_active_cycles);
  dram_read_.add(c.traffic.dram_read), dram_write_.add(c.traffic.dram_write);
  glb_read_.add(c.traffic.glb_read), glb_write_.add(c.traffic.glb_write);
  lbuf_read_.add(c.traffic.lbuf_read), lbuf_write_.add(c.traffic.lbuf_write);
  for (const auto& [key, count] : events_of(c)) events_[key] += count;
}

std::vector<std::string> PeArrayEngine::event_keys(const EngineConfig& c) {
  const auto glb = [&c](const char* access) { return fmt::format("sram_{}.{}.{}", access, c.glb_bytes, glb_port(c)); };
  const auto lbuf = [&c](const char* access) { return fmt::format("sram_{}.{}.{}", access, c.lbuf_bytes, lbuf_port_bits); };
  return {glb("rd"), glb("wr"), lbuf("rd"), lbuf("wr"), "spike_acc.8.16", "lif.16", "reg_bit"};
}

EventCounts PeArrayEngine::events_of(const LayerCounts& c) const {
  const auto keys = event_keys(config_);
  const Traffic& t = c.traffic;
  const std::uint64_t counts[] = {ceil_div(t.glb_read.total(), glb_port(config_)), ceil_div(t.glb_write.total(), glb_port(config_)),
                                  ceil_div(t.lbuf_read.total(), lbuf_port_bits), ceil_div(t.lbuf_write.total(), lbuf_port_bits), c.adds,
                                  c.lif_updates,
                                  // The price of an addition holds its register; only the LIF's own accesses come on top.
                                  2 * c.lif_updates * config_.array.psum_bits};
  EventCounts events;
  for (std::size_t i = 0; i < keys.size(); ++i) events[keys[i]] += counts[i];  // both buffers may have the same size
  return events;
}

std::vector<StatSpec> pe_array_stats() {
  std::vector<StatSpec> stats;
  const auto count = [&stats](std::string name, const char* unit, std::string doc) {
    stats.push_back({std::move(name), unit, StatKind::count, std::move(doc)});
  };
  count("dram_bits", "bit", "DRAM traffic as the layers report it");
  count("glb_bits", "bit", "Bits read from and written to the global buffer");
  count("lbuf_bits", "bit", "Bits read from and written to the local buffer");
  count("passes", "passes", "Passes of weights past the columns; lines for fc layers");
  count("final_passes", "passes", "Passes of LIF steps");
  count("lines", "lines", "Weights streamed, one per row");
  count("slots", "slots", "The same after pairing of lines");
  count("adds", "additions", "Weights added");
  count("lif_updates", "updates", "Neuron updates");
  count("rf_accesses", "accesses", "Register accesses of additions and neuron updates");
  count("tags_scanned", "tags", "Window tags of inputs looked at");
  stats.push_back({"pe_active_cycles", "cycles", StatKind::cycles, "Cycles in which a PE integrates, summed over PEs"});
  for (const char* level : {"dram", "glb", "lbuf"})
    for (const char* access : {"read", "write"})
      for (const auto& [part, what] :
           {std::pair{"ifm", "input spikes"}, {"filter", "weights"}, {"ofm", "output spikes"}, {"psum", "partial sums"}})
        count(fmt::format("{}_{}_bits_{}", level, access, part), "bit", fmt::format("Bits of {}, {} of the {} level", what, access, level));
  return stats;
}

void PeArrayEngine::report_stats(StatSink& sink) const {
  sink.count("dram_bits", dram_bits_);
  sink.count("glb_bits", glb_bits_);
  sink.count("lbuf_bits", lbuf_bits_);
  sink.count("passes", passes_);
  sink.count("final_passes", final_passes_);
  sink.count("lines", lines_);
  sink.count("slots", slots_);
  sink.count("adds", adds_);
  sink.count("lif_updates", lif_updates_);
  sink.count("rf_accesses", rf_accesses_);
  sink.count("tags_scanned", tags_scanned_);
  sink.count("pe_active_cycles", pe_active_cycles_);
  const auto traffic = [&sink](const std::string& name, const TrafficCounters& t) {
    sink.count(name + "_ifm", t.ifm);
    sink.count(name + "_filter", t.filter);
    sink.count(name + "_ofm", t.ofm);
    sink.count(name + "_psum", t.psum);
  };
  traffic("dram_read_bits", dram_read_);
  traffic("dram_write_bits", dram_write_);
  traffic("glb_read_bits", glb_read_);
  traffic("glb_write_bits", glb_write_);
  traffic("lbuf_read_bits", lbuf_read_);
  traffic("lbuf_write_bits", lbuf_write_);
}

}  // namespace snnvp::pe_array
