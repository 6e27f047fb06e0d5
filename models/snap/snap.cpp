// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/snap.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/network/recorded.h>

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

Snap::Snap(const sc_core::sc_module_name& name, const Params& params)
    : sc_module(name),
      in("in", params.initiators.size()),
      out("out", params.targets.size()),
      params_(params),
      clock_(params.config.noc_hz),
      edges_(params.config, clock_, params.initiators, params.targets,
             [this](unsigned j) -> tlm::tlm_fw_transport_if<>& { return *out[j].operator->(); }) {
  for (unsigned i = 0; i < in.size(); ++i) {
    in[i].register_b_transport(this, &Snap::transport, static_cast<int>(i));
    in[i].register_transport_dbg(this, &Snap::debug, static_cast<int>(i));
    in[i].register_get_direct_mem_ptr(this, &Snap::direct, static_cast<int>(i));
  }
  SC_METHOD(run);
  sensitive << again_;
  SC_METHOD(advance_edges);
  sensitive << edges_.wake();
  dont_initialize();
}

void Snap::load(const LayerTable& table, bool computes, std::uint64_t seed) {
  table_ = table;
  computes_ = computes;
  seed_ = params_.config.seed = seed;
  task_.reset();
  if (computes) {
    PackageTask task;
    task.network = std::make_shared<const IntegerNetwork>(snap::draw_network(table, seed));
    const NetworkSample sample = snap::draw_sample(table, seed);
    task.steps = sample.steps;
    task.sample = [sample](std::uint64_t) { return sample; };
    task.done = [](std::uint64_t, const NetworkSample&, const std::vector<IntegerTrace>&) {};
    task_ = std::move(task);
  }
  reset();
}

void Snap::load_network(PackageTask task) {
  task_ = std::move(task);
  computes_ = false;  // whoever gave the network compares
  reset();
}

void Snap::reset() {
  core_.reset();
  function_.reset();
  results_.clear(), paper_.clear();
  done_ = samples_begun_ = sample_stages_ = 0, end_ = ready_ = 0;
  stage_free_.clear();
  edges_.reset();
  sample_.reset();
  is_under_way_ = is_cut_short_ = false;
  if (task_) {
    if (params_.paper_timing)
      throw InputError("timing: paper is the closed form of tables without weights; networks that compute need timing: tile");
    function_ = std::make_shared<snap::NetworkFunction>(task_->network, params_.config.mode);
    core_ = std::make_unique<snap::SnapCore>(params_.config, function_);
    table_ = function_->table();
    const std::uint64_t window = core_->window();
    sample_stages_ = core_->placement().stages.size() * ceil_div(task_->steps, window);
  } else {
    if (table_.layers.empty()) return;
    core_ = std::make_unique<snap::SnapCore>(params_.config, table_);
    paper_ = snap::paper_timing(params_.config, table_);
  }
  again_.notify(sc_core::SC_ZERO_TIME);
}

std::uint64_t Snap::stages_total() const {
  if (core_ == nullptr) return 0;
  if (is_cut_short_) return done_;
  return task_ ? task_->samples * sample_stages_ : core_->stages();
}

std::optional<std::vector<IntegerTrace>> Snap::golden_behind_boundary(const NetworkSample& sample) const {
  if (params_.config.mode != snap::Mode::hnn || !function_) return std::nullopt;
  return snap::golden_behind_boundary(core_->config(), function_->segments(), function_->network(), core_->placement(), sample);
}

/// The next sample of a network with weights; false if there is none.
bool Snap::begin_sample() {
  if (samples_begun_ == task_->samples) return false;
  sample_ = task_->sample(samples_begun_);
  if (!sample_) {
    is_cut_short_ = true;
    return false;
  }
  ++samples_begun_;
  core_->begin_sample(*sample_);
  return true;
}

/// When everything so far ends, if a stage begins as soon as it has its values and is done with the sample, or window, before.
Cycles Snap::pipelined(const snap::StageResult& result) {
  stage_free_.resize(core_->placement().stages.size());
  if (result.stage == 0) {
    // A window of a recurrent network needs the values of the whole one before.
    const bool waits = function_->segments().is_recurrent && core_->turn_first_step() != 0;
    ready_ = waits ? ready_ : 0;
  }
  ready_ = stage_free_[result.stage] = std::max(ready_, stage_free_[result.stage]) + result.cycles;
  return std::max(end_, ready_);
}

/// One activation per stage: the stage that ended is done, the next one is computed and ends in due time.
void Snap::run() {
  if (core_ == nullptr) return;
  if (is_under_way_) {
    is_under_way_ = false;
    ++done_;
    if (sample_ && core_->is_finished()) task_->done(samples_begun_ - 1, *sample_, function_->traces());
  }
  if (task_ && (!sample_ || core_->is_finished()) && !begin_sample()) return;
  if (core_->is_finished()) return;
  const snap::StageResult result = core_->run_stage();
  if (result.stage < results_.size())
    results_[result.stage] += result;
  else
    results_.push_back(result);
  const Cycles closed = task_ ? 0 : static_cast<Cycles>(std::llround(paper_[result.stage].cycles(params_.config.overlap)));
  if (task_ && params_.config.pipeline)
    end_ = pipelined(result);
  else
    end_ += params_.paper_timing ? closed : result.cycles;
  is_under_way_ = true;
  if (trace_) {
    const Cycles last = task_ && params_.config.pipeline ? ready_ : end_, taken = params_.paper_timing && !task_ ? closed : result.cycles;
    trace_->slice(trace_track_, trace_->text(result.name), clock_.time_ps(last - std::min(last, taken)), clock_.time_ps(last),
                  result.stage);
  }
  const Picoseconds at = clock_.time_ps(end_);
  again_.notify(sc_time_of(at > now_ps() ? at - now_ps() : 0));
}

std::string Snap::waiting_for() const {
  return is_finished() ? edges_.waiting_for() : fmt::format("stage {} of {} of {}", done_ + 1, stages_total(), table_.name);
}

void Snap::trace_to(trace::Tracer& tracer, const std::string& block) {
  trace_.set(tracer);
  trace_track_ = tracer.track(block, "stages", trace::TrackKind::slices, "stage", "stage");
}

void Snap::report_stats(StatSink& sink) const {
  const auto count = [&](const char* name, std::uint64_t value) {
    Counter counter;
    counter.add(value);
    sink.count(name, counter);
  };
  count("transactions", edges_.transactions());
  count("spike_packets", edges_.spike_packets());
  count("failed_packets", edges_.failed_packets());
  count("io_flit_hops", edges_.network().flit_hops());
  count("io_d2d_packets", edges_.network().d2d_packets());
  count("io_d2d_bits", edges_.network().d2d_wire_bits());
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
  using snap::StageResult;
  const snap::Config& c = params_.config;
  const auto add = [&counts](std::string key, std::uint64_t n) {
    if (n != 0) counts[std::move(key)] += n;
  };
  const snap::EdgeNetwork& io = edges_.network();
  Cycles worked = 0;
  for (const StageResult& r : results_) worked += r.cycles;
  const std::string router = fmt::format(".{}.5.{}", c.mesh.flit_bits, c.mesh.vcs);
  const std::string weights = fmt::format(".{}.{}", c.axons * c.neurons * c.weight_bits / 8, c.neurons * c.weight_bits);
  if (params_.leaks) {  // while the package works; then it is off
    const std::uint64_t tile_ns = std::uint64_t{c.chips()} * c.tiles_per_chip() * (clock_.duration_ps(end_) / 1000);
    add("sram_leak_ns" + weights, tile_ns);
    add("sram_leak_ns.1024.8", tile_ns);
    if (!params_.lumped_hops) add("router_leak_ns" + router, tile_ns);
  }
  add("mac.8.32", sum_of(results_, &StageResult::macs));
  add("spike_acc.8.16", sum_of(results_, &StageResult::accumulates));
  add("lif.16", sum_of(results_, &StageResult::neuron_updates));
  add("sram_rd" + weights, sum_of(results_, &StageResult::weight_rows));
  add("sram_rd.1024.8", sum_of(results_, &StageResult::value_reads));
  add("sram_wr.1024.8", sum_of(results_, &StageResult::value_writes));
  add("conv_step", sum_of(results_, &StageResult::conversions));
  add("d2d_bit", sum_of(results_, &StageResult::d2d_wire_bits) + io.d2d_wire_bits());
  if (c.d2d.kind == LinkKind::ucie && io.network().links() != 0) {
    // Bits that both directions of all links could have carried and did not.
    const double all = static_cast<double>(worked) * io.network().link(0).peak_bits_per_cycle() * static_cast<double>(c.d2d_hz) /
                       static_cast<double>(c.noc_hz) * 2.0 * static_cast<double>(io.network().links());
    const double used = static_cast<double>(sum_of(results_, &StageResult::d2d_wire_bits));
    add("d2d_idle_bit", static_cast<std::uint64_t>(std::max(0.0, all - used)));
  }
  if (params_.lumped_hops) {
    add("custom.noc_hop_bit", sum_of(results_, &StageResult::hop_bits) + io.flit_hops() * c.mesh.flit_bits);
    return counts;
  }
  const auto add_network = [&](const mesh::NetworkCounts& noc, std::uint64_t hop_bits) {
    add("flit_buf_wr" + router, noc.buffer_writes);
    add("flit_buf_rd" + router, noc.switch_traversals);
    add("flit_xbar" + router, noc.switch_traversals);
    add("flit_alloc" + router, noc.channel_allocations);
    add("router_clk" + router, noc.router_cycles);
    add("link_bit_um", hop_bits * params_.pitch_um);
  };
  for (const StageResult& r : results_) add_network(r.noc, r.hop_bits);
  for (const mesh::MeshNetwork& m : io.network().meshes()) add_network(m.counts(), m.counts().link_traversals * c.mesh.flit_bits);
  return counts;
}

LayerPackageResult Snap::layer_result() const {
  LayerPackageResult found;
  if (core_ == nullptr) return found;
  using snap::StageResult;
  double paper = 0;
  Cycles cycles = 0, busiest = 0;
  for (std::size_t i = 0; i < results_.size(); ++i) {
    const StageResult& r = results_[i];
    const bool has_paper = !paper_.empty();
    const snap::PaperStage p = has_paper ? paper_[i] : snap::PaperStage();
    const auto closed = [has_paper](double value) { return has_paper ? LayerValue(value) : LayerValue(); };
    paper += p.cycles(params_.config.overlap);
    cycles += r.cycles, busiest += r.busiest_link_cycles;
    found.stages.push_back({{"stage", r.name},
                            {"tokens", r.tokens},
                            {"simulated_tokens", r.simulated_tokens},
                            {"cycles", r.cycles},
                            {"paper_cycles", closed(p.cycles(params_.config.overlap))},
                            {"compute_cycles", closed(p.compute)},
                            {"noc_cycles", closed(p.noc)},
                            {"d2d_cycles", closed(p.d2d)},
                            {"convert_cycles", closed(p.convert)},
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
  const Cycles taken = params_.paper_timing || (task_ && params_.config.pipeline) ? end_ : cycles;
  Cycles interval = 0;  // of a pipeline whose stages are all at work
  for (const StageResult& r : results_) interval = std::max(interval, r.cycles);
  if (samples_begun_ > 1) interval /= samples_begun_;
  found.totals = {{"network", table_.name},
                  {"mode", mode_name(params_.config.mode)},
                  {"act_packing", params_.config.packing == snap::ActPacking::burst ? "burst" : "single"},
                  {"slot", params_.config.d2d.fixed_slot ? "fixed" : "actual"},
                  {"encoding", params_.config.auto_encoding ? "auto" : encoding_name(params_.config.encoding)},
                  {"tiles", core_->placement().tiles_used},
                  {"cycles", taken},
                  {"latency_s", static_cast<double>(taken) / static_cast<double>(params_.config.noc_hz)},
                  {"tile_cycles", cycles},
                  {"interval_cycles", params_.config.pipeline ? LayerValue(interval) : LayerValue()},
                  {"paper_cycles", paper_.empty() ? LayerValue() : LayerValue(paper)},
                  {"d2d_packets", sum_of(results_, &StageResult::crossings)},
                  {"eow_packets", sum_of(results_, &StageResult::eow_packets)},
                  {"d2d_bits", sum_of(results_, &StageResult::d2d_wire_bits)},
                  {"flit_hops", sum_of(results_, &StageResult::flit_hops)},
                  {"spikes", sum_of(results_, &StageResult::spikes)},
                  {"late_spikes", sum_of(results_, &StageResult::late_spikes)},
                  {"link_utilisation", cycles == 0 ? 0.0 : static_cast<double>(busiest) / static_cast<double>(cycles)}};
  if (!task_) found.totals.emplace_back("boundary_rate", params_.config.boundary.rate);
  if (params_.lambda) found.totals.emplace_back("lambda", *params_.lambda);
  if (params_.accuracy) found.totals.emplace_back("accuracy", *params_.accuracy);
  if (task_ && samples_begun_ != 0) {
    found.totals.emplace_back("samples", samples_begun_);
    found.totals.emplace_back("cycles_per_sample", static_cast<double>(taken) / static_cast<double>(samples_begun_));
  }
  if (computes_ && is_finished()) compare(found);
  return found;
}

/// A drawn network: all values against the golden model, and what the boundary's code changed at the outputs.
void Snap::compare(LayerPackageResult& found) const {
  const IntegerNetwork& network = function_->network();
  const std::vector<IntegerTrace> plain = IntegerSimulation(network).run(*sample_);
  const std::vector<IntegerTrace> golden = golden_behind_boundary(*sample_).value_or(plain);
  const TraceComparison difference = compare_traces(network, function_->traces(), golden);
  found.compared = difference.compared, found.mismatches = difference.mismatches;
  if (!difference.first.empty()) found.first_mismatch = table_.name + ": " + difference.first;
  const std::vector<std::int32_t>&got = golden.back().values, &wanted = plain.back().values;
  const std::uint64_t width = network.nodes.back().size(), rows = got.size() / width;
  std::uint64_t changed = 0, worst = 0, distance = 0, agree = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const auto d = static_cast<std::uint64_t>(std::abs(std::int64_t{got[i]} - wanted[i]));
    changed += d != 0, worst = std::max(worst, d), distance += d;
  }
  for (std::uint64_t row = 0; row < rows; ++row) {
    const auto best = [&](const std::vector<std::int32_t>& y) {
      const auto first = y.begin() + static_cast<std::ptrdiff_t>(row * width);
      return std::max_element(first, first + static_cast<std::ptrdiff_t>(width)) - first;
    };
    agree += best(got) == best(wanted);
  }
  found.totals.emplace_back("outputs_changed_by_encoding", changed);
  found.totals.emplace_back("worst_change_by_encoding", worst);
  found.totals.emplace_back("mean_change_by_encoding", got.empty() ? 0.0 : static_cast<double>(distance) / static_cast<double>(got.size()));
  found.totals.emplace_back("agreement_with_ann", static_cast<double>(agree) / static_cast<double>(std::max<std::uint64_t>(1, rows)));
}

}  // namespace snnvp
