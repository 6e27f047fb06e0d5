// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/engine.h>

#include <algorithm>

#include <snnvp/models/prosperity/jobs.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp::prosperity {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::LayerRecord;
using engine::Operation;
using engine::Refusal;

namespace {

// Buffers as priced bottom-up (decision 23): bytes and port bits.
constexpr std::uint64_t g_act_bytes = 8192, g_act_bits = 32, g_wgt_bytes = 32768, g_wgt_bits = 1024, g_psum_bytes = 98304,
                        g_psum_bits = 1024;

std::string sram_key(const char* access, std::uint64_t bytes, std::uint64_t bits) {
  return std::string("sram_") + access + "." + std::to_string(bytes) + "." + std::to_string(bits);
}

std::uint64_t accesses(const Counter& bits, std::uint64_t port) { return ceil_div(bits.value(), port); }

}  // namespace

ProsperityEngine::ProsperityEngine(const EngineConfig& config)
    : config_(config), cpu_(config.unit.with_cpu_rules()), executor_(config.unit.tile_m, config.unit.tile_n) {}

std::uint32_t ProsperityEngine::capabilities() const {
  std::uint32_t bits = 0;
  for (const Operation o : {Operation::gemm, Operation::conv2d, Operation::attention, Operation::neuron, Operation::layernorm})
    bits |= 1U << static_cast<unsigned>(o);
  return bits;
}

void ProsperityEngine::reset() {
  state_ = cpu_state_ = {};
  for (Counter* c : {&dram_bits_, &dram_read_, &dram_write_, &g_act_read_, &g_act_write_, &g_wgt_read_, &g_wgt_write_, &g_psum_read_,
                     &g_psum_write_, &adds_, &lif_updates_, &searched_rows_, &tcam_bits_, &rows_zero_, &rows_em_, &rows_pm_, &rows_none_,
                     &detect_cycles_, &compute_cycles_})
    c->reset();
}

std::variant<std::unique_ptr<engine::Job>, Refusal> ProsperityEngine::start(const JobDescriptor& job) {
  if (job.neuron.present) {
    if (job.neuron.record.model != NeuronRecord::Model::lif)
      return Refusal{JobStatus::unsupported, "LIF neurons; models.neuron does the others"};
    if (!neuron_problem(job.neuron.record, engine::neuron_channels(job)).empty())
      return Refusal{JobStatus::unsupported, "neuron record out of range"};
  }
  if (job.neuron.threshold_address != 0 && job.operation != Operation::gemm && job.operation != Operation::conv2d)
    return Refusal{JobStatus::unsupported, "values per channel only behind gemm and conv2d"};
  for (const engine::Operand& operand : job.operands)
    if (!operand.is_dense_memory()) return Refusal{JobStatus::unsupported, "only dense operands in memory"};
  if (job.flags & engine::flag_first) state_ = cpu_state_ = {};
  switch (job.operation) {
    case Operation::gemm:
    case Operation::conv2d: return make_gemm_job(*this, job);
    case Operation::attention: return make_attention_job(*this, job);
    case Operation::layernorm: return make_layernorm_job(*this, job);
    case Operation::neuron: return make_neuron_job(*this, job);
    default: return Refusal{JobStatus::unsupported, "not an operation of this unit"};
  }
}

void ProsperityEngine::add(const Counted& c) {
  const LayerCounts& e = c.events;
  dram_bits_.add(c.reported.traffic.dram());
  dram_read_.add(e.traffic.dram_read), dram_write_.add(e.traffic.dram_write);
  g_act_read_.add(e.traffic.g_act_read), g_act_write_.add(e.traffic.g_act_write);
  g_wgt_read_.add(e.traffic.g_wgt_read), g_wgt_write_.add(e.traffic.g_wgt_write);
  g_psum_read_.add(e.traffic.g_psum_read), g_psum_write_.add(e.traffic.g_psum_write);
  adds_.add(e.adds), lif_updates_.add(e.lif_updates);
  searched_rows_.add(e.searched_rows), tcam_bits_.add(e.tcam_bits);
  rows_zero_.add(e.zero_rows), rows_em_.add(e.em_rows), rows_pm_.add(e.pm_rows), rows_none_.add(e.no_prefix_rows);
  if (e.kind != LayerKind::lif) detect_cycles_.add(e.detect), compute_cycles_.add(e.processor);
}

LayerRecord ProsperityEngine::record(const JobDescriptor& job, unsigned part, const char* kind, const LayerCounts& c) const {
  LayerRecord r;
  r.tag = job.tag;
  r.part = part;
  r.kind = kind;
  const bool product = c.kind == LayerKind::gemm || c.kind == LayerKind::attention;
  const auto if_product = [product](std::uint64_t n) { return product ? std::optional(n) : std::nullopt; };
  r.counts = {{"elements", if_product(c.elements)},
              {"ones", if_product(c.ones)},
              {"pro_ones", if_product(c.pro_ones)},
              {"zero_rows", if_product(c.zero_rows)},
              {"em_rows", if_product(c.em_rows)},
              {"compute_cycles", c.processor},
              {"detect_cycles", if_product(c.detect)},
              {"preprocess_stall_cycles", c.preprocess_stall},
              {"stall_cycles", c.mem_stall}};
  r.total_cycles = c.total;
  r.contribution_cycles = c.contribution;
  r.dram_bits = c.traffic.dram();
  static const char* const sparsity[] = {"product", "bit", "dense"};
  r.texts = {{"sparsity", sparsity[static_cast<std::size_t>(config_.unit.sparsity)]},
             {"timing", is_paper() ? "paper" : "tile"},
             {"path", is_paper() && config_.unit.path == Path::cuda ? "cuda" : "cpu"}};
  return r;
}

void set_measured_cycles(LayerRecord& record, Cycles total, Cycles ideal) {
  for (auto& [name, value] : record.counts) {
    const Cycles compute = record.counts[5].second.value_or(0);
    if (name == "preprocess_stall_cycles" && value) value = ideal - std::min(ideal, compute);
    if (name == "stall_cycles") value = total - std::min(total, ideal);
  }
  record.total_cycles = record.contribution_cycles = total;
}

std::vector<std::string> ProsperityEngine::event_keys() {
  return {sram_key("rd", g_act_bytes, g_act_bits),
          sram_key("wr", g_act_bytes, g_act_bits),
          sram_key("rd", g_wgt_bytes, g_wgt_bits),
          sram_key("wr", g_wgt_bytes, g_wgt_bits),
          sram_key("rd", g_psum_bytes, g_psum_bits),
          sram_key("wr", g_psum_bytes, g_psum_bits),
          "spike_acc.8.16",
          "lif.16",
          "tcam_bit"};
}

EventCounts ProsperityEngine::events() const {
  const auto keys = event_keys();
  return {{keys[0], accesses(g_act_read_, g_act_bits)},
          {keys[1], accesses(g_act_write_, g_act_bits)},
          {keys[2], accesses(g_wgt_read_, g_wgt_bits)},
          {keys[3], accesses(g_wgt_write_, g_wgt_bits)},
          {keys[4], accesses(g_psum_read_, g_psum_bits)},
          {keys[5], accesses(g_psum_write_, g_psum_bits)},
          {keys[6], adds_.value()},
          {keys[7], lif_updates_.value()},
          {keys[8], tcam_bits_.value()}};
}

void ProsperityEngine::report_stats(StatSink& sink) const {
  sink.count("dram_bits", dram_bits_);
  sink.count("dram_read_bits", dram_read_);
  sink.count("dram_write_bits", dram_write_);
  sink.count("g_act_read_bits", g_act_read_);
  sink.count("g_act_write_bits", g_act_write_);
  sink.count("g_wgt_read_bits", g_wgt_read_);
  sink.count("g_wgt_write_bits", g_wgt_write_);
  sink.count("g_psum_read_bits", g_psum_read_);
  sink.count("g_psum_write_bits", g_psum_write_);
  sink.count("adds", adds_);
  sink.count("rows_zero", rows_zero_);
  sink.count("rows_exact_match", rows_em_);
  sink.count("rows_partial_match", rows_pm_);
  sink.count("rows_no_prefix", rows_none_);
  sink.count("searched_rows", searched_rows_);
  sink.count("detect_cycles", detect_cycles_);
  sink.count("compute_cycles", compute_cycles_);
  sink.count("lif_updates", lif_updates_);
}

}  // namespace snnvp::prosperity
