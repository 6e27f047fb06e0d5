// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/engine.h>

#include <algorithm>

#include <snnvp/platform/registry/registry.h>

namespace snnvp::stack3d {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::Operation;
using engine::Refusal;

namespace {

std::string text(std::uint64_t n) { return std::to_string(n); }

struct Keys {
  std::string acc, weight_rd, weight_wr, spike_rd, spike_wr;
};

Keys keys_of(const Config& c) {
  const std::string weights = text(c.weight_glb / c.cores) + "." + text(c.weight_port),
                    spikes = text(c.spike_glb) + "." + text(c.spike_port);
  return {"spike_acc." + text(c.weight_bits) + "." + text(c.psum_bits), "sram_rd." + weights, "sram_wr." + weights, "sram_rd." + spikes,
          "sram_wr." + spikes};
}

/// Counters of a work and their names, in the order of the report.
struct Named {
  const char* name;
  std::uint64_t Work::*value;
  const char* unit;
  StatKind kind;
  const char* doc;
};
constexpr Named counters[] = {
    {"weight_positions", &Work::weight_positions, "pairs", StatKind::count, "Weights times token-time positions: dense work of the arrays"},
    {"adds", &Work::adds, "additions", StatKind::count, "Weights added to a sum: pairs with a spike"},
    {"and_bits", &Work::and_bits, "bit", StatKind::count, "Bit ANDs of attention mode 1"},
    {"attention_adds", &Work::attention_adds, "additions", StatKind::count, "Additions of attention mode 2"},
    {"attention_work", &Work::attention_bits, "operations", StatKind::count, "Dense work of both attention modes, kept heads only"},
    {"a_bits", &Work::a_bits, "bit", StatKind::count, "Bits of the attention matrices, all kept inside the arrays"},
    {"score_bits", &Work::score_bits, "bit", StatKind::count, "Bits the head scorer counted"},
    {"heads", &Work::heads, "heads", StatKind::count, "Heads of all attention kernels"},
    {"kept_heads", &Work::kept_heads, "heads", StatKind::count, "Heads that were computed"},
    {"rounds", &Work::rounds, "rounds", StatKind::count, "Rounds of kept heads over the cores"},
    {"expert_tokens", &Work::expert_tokens, "tokens", StatKind::count, "Tokens over all experts: tokens x top_k"},
    {"lif_updates", &Work::lif_updates, "updates", StatKind::count, "Neuron updates"},
    {"spikes", &Work::spikes, "spikes", StatKind::count, "Spikes fired"},
    {"weight_in_bits", &Work::weight_in_bits, "bit", StatKind::count, "Weights into the arrays, over bond or wire"},
    {"spike_in_bits", &Work::spike_in_bits, "bit", StatKind::count, "Spikes into the arrays, over bond or wire"},
    {"psum_up_bits", &Work::psum_up_bits, "bit", StatKind::count, "Sums to the membranes, over bond or wire"},
    {"saturations", &Work::saturations, "sums", StatKind::count, "Sums limited to psum_bits"},
    {"weights_clipped", &Work::weights_clipped, "weights", StatKind::count, "Weights limited to weight_bits"},
    {"dram_bits", &Work::dram_bits, "bit", StatKind::count, "Traffic with the memory as the arrays count it"},
    {"compute_cycles", &Work::compute_cycles, "cycles", StatKind::cycles, "Array cycles, summed over the cores"},
    {"attention_cycles", &Work::attention_cycles, "cycles", StatKind::cycles,
     "Scores and both modes in closed form: the `attention` scope"},
    {"route_cycles", &Work::route_cycles, "cycles", StatKind::cycles, "Routing of tokens"},
    {"score_cycles", &Work::score_cycles, "cycles", StatKind::cycles, "Head scores"},
    {"score_exposed_cycles", &Work::score_exposed_cycles, "cycles", StatKind::cycles, "Head scores that do not hide behind Q"},
    {"merge_cycles", &Work::merge_cycles, "cycles", StatKind::cycles, "Concatenation and merge"},
};
// Counters without a statistic of their own.
constexpr std::uint64_t Work::*unnamed[] = {&Work::rate_adds,    &Work::merge_bits,    &Work::merge_adds,
                                            &Work::weight_reads, &Work::weight_writes, &Work::spike_reads,
                                            &Work::spike_writes, &Work::expert_most,   &Work::expert_most_by_all};

}  // namespace

Work& Work::operator+=(const Work& other) {
  for (const Named& c : counters) this->*c.value += other.*c.value;
  for (const auto value : unnamed) this->*value += other.*value;
  return *this;
}

EventCounts events_of(const Config& config, const Links& links, const Work& w) {
  const Keys keys = keys_of(config);
  const Links::Events link = links.events(w.weight_in_bits, w.spike_in_bits, w.psum_up_bits);
  EventCounts events;
  events[keys.acc] = w.adds;
  events[keys.weight_rd] += w.weight_reads;
  events[keys.weight_wr] += w.weight_writes;
  events[keys.spike_rd] += w.spike_reads;
  events[keys.spike_wr] += w.spike_writes;
  events["and_pop_bit"] = w.and_bits + w.score_bits;
  events["add.16"] = w.attention_adds;
  events["add.32"] = w.rate_adds + w.merge_adds;
  events["lif.16"] = w.lif_updates;
  events["reg_bit"] = w.a_bits + w.lif_updates * config.vmem_bits;
  events["mux_bit"] = w.merge_bits;
  events["bond_bit"] = link.bond_bit;
  events["link_bit_um"] = link.link_bit_um;
  return events;
}

EventCounts memory_tier_events(const Config& config, const Links& links, const Work& w) {
  const Placement above = placement_of(links);
  Work part;
  if (above.buffers) {
    part.weight_reads = w.weight_reads, part.weight_writes = w.weight_writes;
    part.spike_reads = w.spike_reads, part.spike_writes = w.spike_writes;
    part.score_bits = w.score_bits, part.rate_adds = w.rate_adds;
  }
  if (above.membranes) part.lif_updates = w.lif_updates, part.merge_bits = w.merge_bits, part.merge_adds = w.merge_adds;
  EventCounts events = events_of(config, links, part);
  add_half(events, links.events(w.weight_in_bits, w.spike_in_bits, w.psum_up_bits));
  return events;
}

std::vector<std::string> StackEngine::event_keys(const Config& config) {
  std::vector<std::string> names;
  for (const auto& [key, count] : events_of(config, Links(config, 1'000'000'000), {})) names.push_back(key);
  return names;
}

std::vector<StatSpec> StackEngine::statistics() {
  std::vector<StatSpec> stats;
  for (const Named& c : counters) stats.push_back({c.name, c.unit, c.kind, c.doc});
  stats.push_back({"a_bits_written", "bit", StatKind::count, "Bits of attention matrices written to a memory: none, the kernel is fused"});
  stats.push_back({"load_imbalance", "", StatKind::ratio, "Tokens at the fullest expert over the mean"});
  stats.push_back({"sites_required", "sites", StatKind::gauge, "Bond sites that the links take, power included; 0 on one die"});
  stats.push_back({"sites_available", "sites", StatKind::gauge, "Bond sites that fit the overlap at this pitch; 0 on one die"});
  stats.push_back({"bond_bits_per_cycle", "bit/cycle", StatKind::gauge, "Width of all bonded links as configured"});
  stats.push_back({"bond_area_mm2", "mm2", StatKind::gauge, "Area of the required sites"});
  stats.push_back({"footprint_mm2", "mm2", StatKind::gauge, "Of the die, or of the stack"});
  stats.push_back({"access_latency_ns", "ns", StatKind::gauge, "Weight buffer to array, link and preset included"});
  return stats;
}

void StackEngine::report_stats(StatSink& sink) const {
  if (used_) {
    for (const Named& c : counters) sink.integer(c.name, work_.*c.value);
    sink.integer("a_bits_written", 0);
    if (work_.expert_tokens != 0)
      sink.real("load_imbalance", static_cast<double>(work_.expert_most_by_all) / static_cast<double>(work_.expert_tokens));
  }
  sink.integer("sites_required", links_.sites_required());
  sink.integer("sites_available", links_.sites_available());
  sink.integer("bond_bits_per_cycle", links_.bits_per_cycle());
  sink.real("bond_area_mm2", links_.bond_area_mm2());
  sink.real("footprint_mm2", links_.footprint_mm2());
  sink.real("access_latency_ns", links_.access_ns());
}

std::uint32_t StackEngine::capabilities() const {
  std::uint32_t bits = 0;
  for (const Operation o : {Operation::gemm, Operation::mha, Operation::moe}) bits |= 1U << static_cast<unsigned>(o);
  return bits;
}

JobOrRefusal StackEngine::start(const JobDescriptor& job) {
  if (job.neuron.present) {
    const NeuronRecord& r = job.neuron.record;
    if (!r.is_plain_lif()) return Refusal{JobStatus::unsupported, "the neurons of the stack are plain LIF"};
    if (r.width_bits > config_.vmem_bits)
      return Refusal{JobStatus::unsupported, "membranes of more than vmem_bits (" + text(config_.vmem_bits) + ")"};
  }
  for (const engine::Operand& o : job.operands)
    if (o.present() && o.stream_port != 0) return Refusal{JobStatus::unsupported, "operands come from memory"};
  switch (job.operation) {
    case Operation::gemm: return make_linear_job(*this, job);
    case Operation::mha: return make_mha_job(*this, job);
    case Operation::moe: return make_moe_job(*this, job);
    default: return Refusal{JobStatus::unsupported, "the stack takes fully connected layers, mha and moe"};
  }
}

}  // namespace snnvp::stack3d
