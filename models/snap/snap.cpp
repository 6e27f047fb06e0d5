// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/snap.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

const char* mode_name(snap::Mode mode) { return mode == snap::Mode::ann ? "ann" : mode == snap::Mode::snn ? "snn" : "hnn"; }

template <typename Member>
std::uint64_t sum_of(const std::vector<snap::StageResult>& results, Member member) {
  std::uint64_t sum = 0;
  for (const snap::StageResult& r : results) sum += r.*member;
  return sum;
}

}  // namespace

Snap::Snap(const sc_core::sc_module_name& name, const Params& params) : sc_module(name), params_(params), clock_(params.config.noc_hz) {
  SC_METHOD(run);
  sensitive << again_;
}

void Snap::load(const LayerTable& table, bool computes, std::uint64_t seed) {
  table_ = table;
  computes_ = computes;
  seed_ = params_.config.seed = seed;
  reset();
}

void Snap::reset() {
  core_.reset();
  results_.clear(), paper_.clear();
  done_ = 0, end_ = 0;
  if (table_.layers.empty()) return;
  values_.reset();
  if (computes_) {
    values_ = snap::draw_values(params_.config, table_, seed_);
    params_.config.sample_tokens = 0;
  }
  core_ = std::make_unique<snap::SnapCore>(params_.config, table_, values_);
  paper_ = snap::paper_timing(params_.config, table_);
  again_.notify(sc_core::SC_ZERO_TIME);
}

/// One activation per stage: the stage that ended is done, the next one is computed and ends in due time.
void Snap::run() {
  if (core_ == nullptr) return;
  done_ = results_.size();
  if (core_->is_finished()) return;
  results_.push_back(core_->run_stage());
  const snap::PaperStage& paper = paper_[results_.size() - 1];
  const Cycles tile = results_.back().cycles;
  const auto closed = static_cast<Cycles>(std::llround(paper.cycles(params_.config.overlap)));
  end_ += params_.paper_timing ? closed : tile;
  const Picoseconds at = clock_.time_ps(end_);
  again_.notify(sc_time_of(at > now_ps() ? at - now_ps() : 0));
}

std::string Snap::waiting_for() const {
  return is_finished() ? std::string() : fmt::format("stage {} of {} of {}", done_ + 1, core_->stages(), table_.name);
}

void Snap::report_stats(StatSink& sink) const {
  const auto count = [&](const char* name, std::uint64_t value) {
    Counter counter;
    counter.add(value);
    sink.count(name, counter);
  };
  if (core_ == nullptr) return;
  using snap::StageResult;
  Cycles cycles = 0, busiest = 0;
  for (const StageResult& r : results_) cycles += r.cycles, busiest += r.busiest_link_cycles;
  count("cycles", cycles);
  count("tiles", core_->placement().tiles_used);
  count("packets", sum_of(results_, &StageResult::packets));
  count("noc_flit_hops", sum_of(results_, &StageResult::flit_hops));
  count("noc_hop_bits", sum_of(results_, &StageResult::hop_bits));
  count("d2d_packets", sum_of(results_, &StageResult::crossings));
  count("d2d_payload_bits", sum_of(results_, &StageResult::d2d_payload_bits));
  count("d2d_wire_bits", sum_of(results_, &StageResult::d2d_wire_bits));
  count("d2d_flits", sum_of(results_, &StageResult::d2d_flits));
  count("d2d_replays", sum_of(results_, &StageResult::d2d_replays));
  count("nop_bytes", sum_of(results_, &StageResult::nop_bytes));
  count("eow_packets", sum_of(results_, &StageResult::eow_packets));
  count("spikes", sum_of(results_, &StageResult::spikes));
  count("late_spikes", sum_of(results_, &StageResult::late_spikes));
  count("corrupt_windows", core_->corrupt_windows());
  sink.real("link_utilisation", cycles == 0 ? std::nullopt : std::optional(static_cast<double>(busiest) / static_cast<double>(cycles)));
  sink.text("mode", mode_name(params_.config.mode));
}

EventCounts Snap::events() const {
  EventCounts counts;
  if (core_ == nullptr) return counts;
  using snap::StageResult;
  const snap::Config& c = params_.config;
  const auto add = [&counts](std::string key, std::uint64_t n) {
    if (n != 0) counts[std::move(key)] += n;
  };
  add("mac.8.32", sum_of(results_, &StageResult::macs));
  add("spike_acc.8.16", sum_of(results_, &StageResult::accumulates));
  add("lif.16", sum_of(results_, &StageResult::neuron_updates));
  add(fmt::format("sram_rd.{}.{}", c.axons * c.neurons * c.weight_bits / 8, c.neurons * c.weight_bits),
      sum_of(results_, &StageResult::weight_rows));
  add("sram_rd.1024.8", sum_of(results_, &StageResult::value_reads));
  add("sram_wr.1024.8", sum_of(results_, &StageResult::value_writes));
  add("conv_step", sum_of(results_, &StageResult::conversions));
  add("d2d_bit", sum_of(results_, &StageResult::d2d_wire_bits));
  if (c.d2d.kind == LinkKind::ucie) {
    // Bits that both directions of all links could have carried and did not.
    const double peak = core_->network().links() == 0 ? 0 : core_->network().link(0).peak_bits_per_cycle();
    double cycles = 0;
    for (const StageResult& r : results_) cycles += static_cast<double>(r.cycles);
    const double all =
        cycles * peak * static_cast<double>(c.d2d_hz) / static_cast<double>(c.noc_hz) * 2.0 * static_cast<double>(core_->network().links());
    const double used = static_cast<double>(sum_of(results_, &StageResult::d2d_wire_bits));
    add("d2d_idle_bit", static_cast<std::uint64_t>(std::max(0.0, all - used)));
  }
  if (params_.lumped_hops) {
    add("custom.noc_hop_bit", sum_of(results_, &StageResult::hop_bits));
    return counts;
  }
  const std::string router = fmt::format(".{}.5.{}", c.mesh.flit_bits, c.mesh.vcs);
  for (const StageResult& r : results_) {
    add("flit_buf_wr" + router, r.noc.buffer_writes);
    add("flit_buf_rd" + router, r.noc.switch_traversals);
    add("flit_xbar" + router, r.noc.switch_traversals);
    add("flit_alloc" + router, r.noc.channel_allocations);
    add("router_clk" + router, r.noc.router_cycles);
    add("link_bit_um", r.noc.link_traversals * c.mesh.flit_bits * params_.pitch_um);
  }
  return counts;
}

LayerPackageResult Snap::layer_result() const {
  LayerPackageResult out;
  if (core_ == nullptr) return out;
  using snap::StageResult;
  double paper = 0;
  Cycles cycles = 0, busiest = 0;
  for (std::size_t i = 0; i < results_.size(); ++i) {
    const StageResult& r = results_[i];
    const snap::PaperStage& p = paper_[i];
    paper += p.cycles(params_.config.overlap);
    cycles += r.cycles, busiest += r.busiest_link_cycles;
    out.stages.push_back({{"stage", r.name},
                          {"tokens", r.tokens},
                          {"simulated_tokens", r.simulated_tokens},
                          {"cycles", r.cycles},
                          {"paper_cycles", p.cycles(params_.config.overlap)},
                          {"compute_cycles", p.compute},
                          {"noc_cycles", p.noc},
                          {"d2d_cycles", p.d2d},
                          {"convert_cycles", p.convert},
                          {"packets", r.packets},
                          {"d2d_packets", r.crossings},
                          {"eow_packets", r.eow_packets},
                          {"d2d_bits", r.d2d_wire_bits},
                          {"flit_hops", r.flit_hops},
                          {"spikes", r.spikes},
                          {"late_spikes", r.late_spikes},
                          {"busiest_link", r.busiest_link},
                          {"busiest_link_cycles", r.busiest_link_cycles}});
  }
  const Cycles taken = params_.paper_timing ? end_ : cycles;
  out.totals = {{"network", table_.name},
                {"mode", mode_name(params_.config.mode)},
                {"slot", params_.config.d2d.fixed_slot ? "fixed" : "actual"},
                {"encoding", params_.config.auto_encoding ? "auto" : encoding_name(params_.config.encoding)},
                {"tiles", core_->placement().tiles_used},
                {"cycles", taken},
                {"latency_s", static_cast<double>(taken) / static_cast<double>(params_.config.noc_hz)},
                {"tile_cycles", cycles},
                {"paper_cycles", paper},
                {"d2d_packets", sum_of(results_, &StageResult::crossings)},
                {"eow_packets", sum_of(results_, &StageResult::eow_packets)},
                {"d2d_bits", sum_of(results_, &StageResult::d2d_wire_bits)},
                {"flit_hops", sum_of(results_, &StageResult::flit_hops)},
                {"spikes", sum_of(results_, &StageResult::spikes)},
                {"late_spikes", sum_of(results_, &StageResult::late_spikes)},
                {"link_utilisation", cycles == 0 ? 0.0 : static_cast<double>(busiest) / static_cast<double>(cycles)}};
  if (params_.accuracy) out.totals.emplace_back("accuracy", *params_.accuracy);
  if (!values_ || !core_->is_finished()) return out;
  const bool is_coded = params_.config.mode == snap::Mode::hnn;
  const std::vector<std::uint32_t> plain = snap::golden_outputs(params_.config, table_, *values_, nullptr);
  const std::vector<std::uint32_t> golden = is_coded ? snap::golden_outputs(params_.config, table_, *values_, &core_->placement()) : plain;
  const std::vector<std::uint32_t> got = core_->outputs();
  std::uint64_t changed = 0, worst = 0, distance = 0, agree = 0;
  for (std::size_t i = 0; i < golden.size(); ++i) {
    ++out.compared;
    if (i >= got.size() || got[i] != golden[i]) {
      if (out.mismatches++ == 0)
        out.first_mismatch =
            fmt::format("{}: output {} is {}, the golden model has {}", table_.name, i, i < got.size() ? got[i] : 0, golden[i]);
    }
    const std::uint64_t d = golden[i] > plain[i] ? golden[i] - plain[i] : plain[i] - golden[i];
    changed += d != 0, worst = std::max(worst, d), distance += d;
  }
  const std::uint64_t width = table_.layers.back().out;
  for (std::size_t row = 0; row + width <= golden.size(); row += width) {
    const auto best = [&](const std::vector<std::uint32_t>& y) { return std::max_element(&y[row], &y[row] + width) - &y[row]; };
    agree += best(golden) == best(plain);
  }
  out.totals.emplace_back("outputs_changed_by_encoding", changed);
  out.totals.emplace_back("worst_change_by_encoding", worst);
  out.totals.emplace_back("mean_change_by_encoding",
                          golden.empty() ? 0.0 : static_cast<double>(distance) / static_cast<double>(golden.size()));
  out.totals.emplace_back("agreement_with_ann",
                          static_cast<double>(agree) / static_cast<double>(std::max<std::uint64_t>(1, golden.size() / width)));
  return out;
}

}  // namespace snnvp
