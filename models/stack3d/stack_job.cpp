// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/stack_job.h>

#include <algorithm>

#include <snnvp/models/stack3d/paper_timing.h>
#include <snnvp/workloads/network/lif.h>

namespace snnvp::stack3d {
namespace {

std::vector<std::uint32_t> token_major(std::uint64_t T, std::uint64_t tokens) {
  std::vector<std::uint32_t> rows;
  rows.reserve(T * tokens);
  for (std::uint64_t n = 0; n < tokens; ++n)
    for (std::uint64_t t = 0; t < T; ++t) rows.push_back(static_cast<std::uint32_t>(t * tokens + n));
  return rows;
}

}  // namespace

StackJob::StackJob(StackEngine& engine, const engine::JobDescriptor& job, std::uint64_t T, std::uint64_t tokens, std::uint64_t d_in)
    : engine_(engine),
      config_(engine.config()),
      job_(job),
      T_(T),
      tokens_(tokens),
      x_(T * tokens, d_in),
      packed_((T * tokens * d_in + 7) / 8),
      all_positions_(token_major(T, tokens)),
      done_(config_.cores),
      pipelines_(config_, engine.links()) {
  set_phases(1);
}

void StackJob::add_layer(unsigned phase, std::optional<std::uint64_t> core, Unit unit, std::uint64_t d_out) {
  const Address first = unit.weights;
  for (std::uint64_t tile = 0; tile < tiles_of(d_out); ++tile) {
    unit.first = tile * config_.rows;
    unit.rows = std::min(config_.rows, d_out - unit.first);
    unit.weights = first + unit.first * unit.row_stride;
    const std::uint64_t at = core.value_or(tile % config_.cores);
    unit.opens_layer = core ? tile == 0 : tile < config_.cores;
    add_unit(phase, at, unit);
  }
}

/// To the next phase that has units left; false: there is none.
bool StackJob::advance_phase() {
  for (;;) {
    for (std::uint64_t c = 0; c < config_.cores; ++c)
      if (done_[c] < phases_[phase_][c].size()) return true;
    if (phase_ + 1 >= phases_.size()) return false;
    // What the next phase needs is known when the last core is done and the scores are counted, hidden or not.
    const Cycles end = std::max(pipelines_.end(), moments_[0]);
    phase_begin_ = config_.score_overlap ? std::max(end, first_end_ + score_) : end + score_;
    phase_done(phase_++);
    std::fill(done_.begin(), done_.end(), 0);
  }
}

/// The core that may ask for weights first takes the item; equal times: the lower number.
void StackJob::choose() {
  unit_ = nullptr;
  if (!advance_phase()) return;
  const Cycles begin = std::max(phase_begin_, head_cycles_ != 0 ? moments_[0] : 0);
  for (std::uint64_t c = 0; c < config_.cores; ++c) {
    if (done_[c] == phases_[phase_][c].size()) continue;
    const Unit& unit = phases_[phase_][c][done_[c]];
    const Cycles at = unit.is_attention ? 0 : std::max(begin, pipelines_.buffer_free(c));
    if (unit_ == nullptr || at < fetch_at_) unit_ = &unit, core_ = c, fetch_at_ = at;
  }
  ++done_[core_];
}

Cycles StackJob::not_before(std::uint64_t item, unsigned) {
  if (item == 0 || is_last(item)) return 0;
  choose();
  return unit_ == nullptr || is_paper() ? 0 : fetch_at_;
}

void StackJob::transfers(std::uint64_t item, unsigned, engine::TransferList& list) {
  const auto port = [this](Bits bits) { return config_.dram_bits_per_cycle == 0 ? 0 : ceil_div(bits, config_.dram_bits_per_cycle); };
  if (item == 0) {
    list.timed.push_back({job_.operands[engine::operand::input].address, packed_.data(), packed_.size()});
    fetch_more(list);
    Bits bits = 0;
    for (const engine::Transfer& t : list.timed) bits += t.bytes * 8;
    list.port_cycles = port(bits);
    work_.dram_bits += bits;
    return;
  }
  if (is_last(item) || unit_ == nullptr || unit_->is_attention) return;
  const Unit& u = *unit_;
  weights_.resize(u.rows * u.d_in);
  auto* data = reinterpret_cast<std::uint8_t*>(weights_.data());
  if (u.column_stride == 1 && u.row_stride == u.d_in) {
    list.timed.push_back({u.weights, data, weights_.size()});
  } else if (u.column_stride == 1) {
    for (std::uint64_t r = 0; r < u.rows; ++r) list.timed.push_back({u.weights + r * u.row_stride, data + r * u.d_in, u.d_in});
  } else {  // output features lie side by side
    for (std::uint64_t d = 0; d < u.d_in; ++d) list.timed.push_back({u.weights + d * u.column_stride, data + d * u.rows, u.rows});
  }
  const Bits bits = weights_.size() * config_.weight_bits;
  list.port_cycles = port(bits);
  work_.dram_bits += bits;
}

void StackJob::execute(std::uint64_t item) {
  if (item == 0) {
    x_.load(packed_.data());
    input_arrived();
    busy_.assign(phases_.size(), std::vector<Cycles>(config_.cores));
    return;
  }
  if (is_last(item)) {
    merge();
    work_.merge_cycles = merge_cycles_;
    work_.route_cycles = head_cycles_;
    work_.score_cycles = score_;
    work_.score_exposed_cycles = exposed_score();
    fixed_ = head_cycles_ + work_.score_exposed_cycles + merge_cycles_;
    for (std::size_t p = 0; p < phases_.size(); ++p) fixed_ += longest(p);
    work_ += attention_;
    engine_.book(work_);
    return;
  }
  if (unit_ == nullptr) return;
  if (!unit_->is_attention) {
    run_linear(*unit_);
    return account(*unit_);
  }
  std::swap(work_, attention_);
  attend_unit(*unit_);
  count_attention(*unit_);
  account(*unit_);
  std::swap(work_, attention_);
}

void StackJob::run_linear(const Unit& u) {
  if (u.column_stride == 1) {
    array_.load_weights(weights_.data(), u.rows, u.d_in, u.d_in, config_.weight_bits);
  } else {
    std::vector<std::int8_t> turned(weights_.size());
    for (std::uint64_t r = 0; r < u.rows; ++r)
      for (std::uint64_t d = 0; d < u.d_in; ++d) turned[r * u.d_in + d] = weights_[d * u.rows + r];
    array_.load_weights(turned.data(), u.rows, u.d_in, u.d_in, config_.weight_bits);
  }
  work_.weights_clipped += array_.clipped();
  sums_.resize(u.positions->size() * u.rows);
  for (std::size_t p = 0; p < u.positions->size(); ++p) array_.integrate(u.in->row((*u.positions)[p]), sums_.data() + p * u.rows);
  if (u.sum_bits < 32)
    for (std::int32_t& sum : sums_) sum = saturated(sum, u.sum_bits, work_.saturations);
  count_linear(u);
  sums_made(u, sums_);
}

std::uint64_t StackJob::features_in(const Unit& u, std::uint64_t from) const {
  if (!config_.skip_silent_features) return u.d_in;
  return active_features(*u.in, u.positions->data() + from, std::min(config_.cols, u.positions->size() - from));
}

void StackJob::count_linear(const Unit& u) {
  std::uint64_t ones = 0;
  for (const std::uint32_t p : *u.positions) ones += u.in->row_count(p);
  work_.adds += ones * u.rows;
  work_.weight_positions += u.positions->size() * u.d_in * u.rows;
  work_.weight_writes += ceil_div(u.rows * u.d_in * config_.weight_bits, config_.weight_port);
  for (std::uint64_t from = 0; from < u.positions->size(); from += config_.cols) {
    const std::uint64_t columns = std::min(config_.cols, u.positions->size() - from), features = features_in(u, from);
    const std::uint64_t weights = features * u.rows * config_.weight_bits, spikes = features * columns, outputs = u.rows * columns;
    work_.weight_in_bits += weights;
    work_.spike_in_bits += spikes;
    work_.psum_up_bits += outputs * u.sum_bits;
    work_.weight_reads += ceil_div(weights, config_.weight_port);
    work_.spike_reads += ceil_div(spikes, config_.spike_port);
    work_.spike_writes += ceil_div(outputs, config_.spike_port);
  }
}

void StackJob::count_attention(const Unit& u) {
  const std::uint64_t row_tiles = ceil_div(tokens_, config_.rows), column_tiles = ceil_div(tokens_, config_.cols), d = u.d_in;
  // A row tile of Q comes once per column tile, K and V once per row tile.
  const std::uint64_t bits = T_ * tokens_ * d * (column_tiles + 2 * row_tiles);
  work_.spike_in_bits += bits;
  work_.spike_reads += ceil_div(bits, config_.spike_port);
  work_.psum_up_bits += T_ * tokens_ * d * config_.psum_bits;
  work_.spike_writes += ceil_div(T_ * tokens_ * d, config_.spike_port);
}

/// Array cycles of the unit in closed form.
void StackJob::account(const Unit& u) {
  Cycles compute = 0;
  if (u.is_attention) {
    compute = 2 * mode_cycles(config_, T_, tokens_, u.d_in);
  } else {
    const Cycles fill = config_.fill_overlap ? 0 : config_.fill();
    for (std::uint64_t from = 0; from < u.positions->size(); from += config_.cols) compute += features_in(u, from) * config_.kappa + fill;
    if (config_.fill_overlap && u.opens_layer) compute += config_.fill();
  }
  work_.compute_cycles += compute;
  if (!u.is_attention && config_.dram_bits_per_cycle != 0) {
    // The weights of the next tile of every active core load meanwhile.
    const auto active = static_cast<std::uint64_t>(
        std::count_if(phases_[phase_].begin(), phases_[phase_].end(), [](const auto& units) { return !units.empty(); }));
    compute = std::max(compute, ceil_div(active * u.d_in * config_.rows * config_.weight_bits, config_.dram_bits_per_cycle));
  }
  busy_[phase_][core_] += compute;
}

Cycles StackJob::longest(std::size_t phase) const { return *std::max_element(busy_[phase].begin(), busy_[phase].end()); }

Cycles StackJob::exposed_score() const { return config_.score_overlap ? score_ - std::min(score_, longest(0)) : score_; }

void StackJob::time_unit(const Unit& u, Cycles arrived) {
  if (moments_.size() <= std::max(u.needs, u.makes)) moments_.resize(std::max(u.needs, u.makes) + 1);
  pipelines_.begin(core_, arrived, std::max(moments_[u.needs], phase_begin_));
  Cycles end = 0;
  if (u.is_attention) {
    const TileTimes inner = attention_tile(config_, engine_.links(), u.d_in, false),
                    outer = attention_tile(config_, engine_.links(), u.d_in, true);
    const std::uint64_t columns = ceil_div(tokens_, config_.cols), tiles = T_ * ceil_div(tokens_, config_.rows) * columns;
    for (std::uint64_t i = 0; i < tiles; ++i) end = std::max(end, pipelines_.tile(core_, (i + 1) % columns == 0 ? outer : inner));
  } else {
    TileTimes times = linear_tile(config_, engine_.links(), u.d_in, u.sum_bits);
    for (std::uint64_t from = 0; from < u.positions->size(); from += config_.cols) {
      if (config_.skip_silent_features) times = linear_tile(config_, engine_.links(), features_in(u, from), u.sum_bits);
      end = std::max(end, pipelines_.tile(core_, times));
    }
    pipelines_.free_weights(core_, weight_buffers(config_, u.d_in));
  }
  if (u.makes != 0) moments_[u.makes] = std::max(moments_[u.makes], end);
  if (!any_end_) any_end_ = true, first_end_ = end;
}

Cycles StackJob::stores(std::uint64_t item, Cycles end, engine::TransferList& list) {
  if (item == 0) {
    moments_[0] = end + head_cycles_;
    return 0;
  }
  if (!is_last(item)) {
    if (unit_ != nullptr && !is_paper()) time_unit(*unit_, unit_->is_attention ? 0 : end);
    return 0;
  }
  add_results(list);
  Bits bits = 0;
  for (const engine::Transfer& t : list.timed) bits += t.bytes * 8;
  list.port_cycles = config_.dram_bits_per_cycle == 0 ? 0 : ceil_div(bits, config_.dram_bits_per_cycle);
  return std::max(pipelines_.end(), moments_[0]) + merge_cycles_;
}

void StackJob::fire(const std::vector<std::uint32_t>& positions, const std::int32_t* sums, std::uint64_t first, std::uint64_t count,
                    BitRows& out) {
  NeuronRecord record = job_.neuron.record;
  if (!record.channel_threshold.empty())
    record.channel_threshold = {record.channel_threshold.begin() + static_cast<std::ptrdiff_t>(first),
                                record.channel_threshold.begin() + static_cast<std::ptrdiff_t>(first + count)};
  LifState state(record, count, 1);
  std::vector<std::uint8_t> fired(count);
  for (std::size_t p = 0; p < positions.size(); ++p) {
    if (p % T_ == 0) state.reset();  // another token
    state.step(0, count, sums + p * count, fired.data());
    for (std::uint64_t i = 0; i < count; ++i)
      if (fired[i] != 0) out.set(positions[p], first + i), ++work_.spikes;
  }
  work_.lif_updates += positions.size() * count;
}

std::vector<engine::LayerRecord> StackJob::finish(const engine::JobTiming& timing) {
  engine::LayerRecord r;
  r.tag = job_.tag;
  r.kind = kind();
  r.total_cycles = r.contribution_cycles = is_paper() ? fixed_ : timing.end - timing.start;
  r.counts = {{"compute_cycles", work_.compute_cycles}};
  for (std::size_t p = 0; p < phases_.size(); ++p) r.counts.emplace_back("array_cycles_" + std::to_string(p), longest(p));
  r.dram_bits = work_.dram_bits;
  r.bus_bytes = timing.bus_bytes_read + timing.bus_bytes_written;
  r.texts = {{"timing", is_paper() ? "paper" : "tile"}, {"variant", config_.variant == Variant::stacked ? "3d" : "2d"}};
  r.events = events_of(config_, engine_.links(), work_);
  describe(r);
  return {r};
}

std::string operand_problem(const engine::Operand& operand, engine::Format format, std::uint64_t elements, const char* name) {
  if (operand.format != format || operand.elements() != elements) return std::string(name) + " has another format or size than the job";
  if (!operand.is_dense_memory()) return std::string(name) + " must be dense";
  return {};
}

unsigned weight_buffers(const Config& config, std::uint64_t d_in) {
  const Bytes tile = ceil_div(config.rows * d_in * config.weight_bits, 8);
  return static_cast<unsigned>(std::min<Bytes>(2, config.weight_glb / config.cores / tile));
}

std::string buffer_problem(const Config& config, std::uint64_t d_in) {
  if (weight_buffers(config, d_in) != 0) return {};
  return "the weights of a tile (" + std::to_string(config.rows) + " x " + std::to_string(d_in) +
         ") do not fit a core's share of the weight buffer";
}

}  // namespace snnvp::stack3d
