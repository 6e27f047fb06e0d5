// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/bishop_engine.h>

#include <algorithm>

namespace snnvp::bishop {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::Operation;
using engine::Refusal;

std::variant<std::unique_ptr<engine::Job>, Refusal> BishopEngine::start(const JobDescriptor& job) {
  if (job.neuron.present && !job.neuron.record.is_plain_lif())
    return Refusal{JobStatus::unsupported, "the spike generator knows the plain LIF only"};
  if (job.neuron.present && job.neuron.record.width_bits > config_.vmem_bits)
    return Refusal{JobStatus::unsupported, "membranes of more than vmem_bits (" + std::to_string(config_.vmem_bits) + ")"};
  switch (job.operation) {
    case Operation::gemm: return make_linear_job(*this, job);
    case Operation::attention: return make_attention_job(*this, job);
    default: return Refusal{JobStatus::unsupported, "the Bishop cores take fully connected layers and attention"};
  }
}

std::uint32_t BishopEngine::capabilities() const {
  return 1U << static_cast<unsigned>(Operation::gemm) | 1U << static_cast<unsigned>(Operation::attention);
}

ResultRule BishopEngine::result_rule() const {
  const Config& c = config_.core;
  return {c.psum_bits, config_.scale_shift, {c.bs_t, c.bs_n, c.ecp_theta_q, c.ecp_theta_k}};
}

EventCounts BishopEngine::events() const {
  EventCounts events = events_of(config_.core, activity_);
  if (!config_.links) return events;
  const LinkBits& bits = activity_.links;
  const stack3d::Links::Events link = config_.links->events(bits.weight_in, bits.spike_in, bits.psum_up);
  events["bond_bit"] = link.bond_bit, events["link_bit_um"] = link.link_bit_um;
  return events;
}

EventCounts BishopEngine::memory_tier_events() const {
  const stack3d::Placement above = config_.links ? stack3d::placement_of(*config_.links) : stack3d::Placement{};
  Activity part;
  if (above.buffers) part.buffers = activity_.buffers;
  if (above.membranes) part.part_adds = activity_.part_adds, part.lif_updates = activity_.lif_updates;
  EventCounts events = events_of(config_.core, part);
  const LinkBits& bits = activity_.links;
  if (config_.links) stack3d::add_half(events, config_.links->events(bits.weight_in, bits.spike_in, bits.psum_up));
  return events;
}

std::vector<std::string> BishopEngine::event_keys(const EngineConfig& config) {
  std::vector<std::string> names;
  for (const auto& [key, count] : BishopEngine(config).events()) names.push_back(key);
  return names;
}

Cycles BishopEngine::link_cycles(const LinkBits& bits) const {
  if (!config_.links) return 0;
  const stack3d::LinkWidths& width = config_.links->widths();
  return std::max({ceil_div(bits.weight_in, width.weight), ceil_div(bits.spike_in, width.spike), ceil_div(bits.psum_up, width.psum)});
}

void BishopEngine::reset() { *this = BishopEngine(config_); }

void BishopEngine::count(Activity activity, bool fires) {
  if (!fires) activity.lif_updates = 0;
  activity_.add(activity);
}

void BishopEngine::add(const LinearCounts& c, bool fires) {
  count(activity_of(config_.core, c), fires);
  dram_bits_.add(c.traffic.bytes() * 8), weight_bits_.add(c.traffic.weight_bytes * 8), spike_bits_.add(c.traffic.spike_bits);
  dense_features_.add(c.dense_features), sparse_features_.add(c.sparse_features);
  bundles_.add(c.bundles * c.in_features), active_bundles_.add(c.active_bundles);
  saturations_.add(c.saturations), memory_cycles_.add(c.memory);
}

void BishopEngine::add(const Shape& shape, const AttentionCounts& c, bool fires) {
  count(activity_of(config_.core, shape, c), fires);
  q_rows_.add(c.q_rows), kept_q_rows_.add(c.kept_q_rows), k_rows_.add(c.k_rows), kept_k_rows_.add(c.kept_k_rows);
  scores_.add(c.scores), kept_scores_.add(c.kept_scores), score_bits_written_.add(c.score_bits_written);
}

void BishopEngine::report_stats(StatSink& sink) const {
  sink.count("dram_bits", dram_bits_);
  sink.count("weight_dram_bits", weight_bits_);
  sink.count("spike_dram_bits", spike_bits_);
  sink.count("dense_features", dense_features_);
  sink.count("sparse_features", sparse_features_);
  sink.count("bundles", bundles_);
  sink.count("active_bundles", active_bundles_);
  sink.count("saturations", saturations_);
  sink.count("memory_cycles", memory_cycles_);
  sink.integer("dense_cycles", activity_.dense);
  sink.integer("sparse_cycles", activity_.sparse);
  sink.integer("attention_cycles", activity_.attention);
  sink.integer("spikegen_cycles", activity_.spikegen);
  sink.integer("adds", activity_.accumulates);
  sink.integer("lif_updates", activity_.lif_updates);
  sink.count("q_rows", q_rows_);
  sink.count("kept_q_rows", kept_q_rows_);
  sink.count("k_rows", k_rows_);
  sink.count("kept_k_rows", kept_k_rows_);
  sink.count("scores", scores_);
  sink.count("kept_scores", kept_scores_);
  sink.count("score_bits_written", score_bits_written_);
  sink.integer("weight_in_bits", activity_.links.weight_in);
  sink.integer("spike_in_bits", activity_.links.spike_in);
  sink.integer("psum_up_bits", activity_.links.psum_up);
  if (config_.links) {
    const stack3d::Links& links = *config_.links;
    sink.integer("sites_required", links.sites_required());
    sink.integer("sites_available", links.sites_available());
    sink.integer("bond_bits_per_cycle", links.bits_per_cycle());
    sink.real("bond_area_mm2", links.bond_area_mm2());
    sink.real("footprint_mm2", links.footprint_mm2());
    sink.real("access_latency_ns", links.access_ns());
  }
}

void add_statistics(std::vector<StatSpec>& stats) {
  const auto bits = [](const char* name, const char* doc) { return StatSpec{name, "bit", StatKind::count, doc}; };
  const auto cycles = [](const char* name, const char* doc) { return StatSpec{name, "cycles", StatKind::cycles, doc}; };
  for (StatSpec& stat : std::vector<StatSpec>{
           bits("dram_bits", "Bishop cores: DRAM traffic of linear layers by the closed form: weights once, active bundles once per pass"),
           bits("weight_dram_bits", "of these, weights"),
           bits("spike_dram_bits", "of these, spikes and bundle tags"),
           {"dense_features", "features", StatKind::count, "Input features that went to the dense core, summed over layers"},
           {"sparse_features", "features", StatKind::count, "Input features that went to the sparse core"},
           {"bundles", "bundles", StatKind::count, "Token-time bundles of linear layers' inputs"},
           {"active_bundles", "bundles", StatKind::count, "Those that hold a spike"},
           {"saturations", "sums", StatKind::count, "Finished sums that were limited to psum_bits"},
           cycles("memory_cycles", "Time the DRAM needs for linear layers"),
           cycles("dense_cycles", "Dense core busy"),
           cycles("sparse_cycles", "Sparse core busy"),
           cycles("attention_cycles", "Attention core busy"),
           cycles("spikegen_cycles", "Spike generator busy"),
           {"adds", "additions", StatKind::count, "Weights added"},
           {"lif_updates", "updates", StatKind::count, "Neuron updates"},
           {"q_rows", "rows", StatKind::count, "Bundle rows of queries, over heads"},
           {"kept_q_rows", "rows", StatKind::count, "Those that error-constrained pruning keeps"},
           {"k_rows", "rows", StatKind::count, "Bundle rows of keys"},
           {"kept_k_rows", "rows", StatKind::count, "Those that are kept"},
           {"scores", "scores", StatKind::count, "Attention scores"},
           {"kept_scores", "scores", StatKind::count, "Those that are computed"},
           bits("score_bits_written", "Attention scores written to a memory: 0"),
           bits("weight_in_bits", "Weight buffer to cores"),
           bits("spike_in_bits", "Spike buffers to cores"),
           bits("psum_up_bits", "Finished sums to the spike generator"),
       })
    if (std::none_of(stats.begin(), stats.end(), [&stat](const StatSpec& s) { return s.name == stat.name; }))
      stats.push_back(std::move(stat));
}

}  // namespace snnvp::bishop
