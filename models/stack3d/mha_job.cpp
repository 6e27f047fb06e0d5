// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include <snnvp/models/stack3d/paper_timing.h>
#include <snnvp/models/stack3d/stack_job.h>

namespace snnvp::stack3d {

namespace operand = engine::operand;
using engine::Format;
using engine::JobStatus;
using engine::Refusal;

namespace {

/// Multi-head self-attention (spec/stack3d.md 4.4 and 4.5): Q of all heads, selection of heads, K, V and both modes of the kept heads,
/// concatenation. Without pruning there is nothing to wait for between Q and the rest.
class MhaJob : public StackJob {
public:
  MhaJob(StackEngine& engine, const engine::JobDescriptor& job)
      : StackJob(engine, job, job.transformer.T, job.transformer.tokens, job.transformer.D), g_(job.transformer), d_(g_.D / g_.heads) {
    for (auto* tensors : {&q_, &k_, &v_}) tensors->assign(g_.heads, BitRows(T_ * tokens_, d_));
    out_ = BitRows(T_ * tokens_, g_.D);
    sums_.resize(T_ * tokens_ * d_);
    merge_cycles_ = ceil_div(T_ * tokens_ * g_.D, config_.merge_width);
    unit_slots_ = g_.heads * tiles_of(d_) + g_.kept * (2 * tiles_of(d_) + 1);
    set_phases(g_.prunes() ? 2 : 1);
    for (std::uint64_t h = 0; h < g_.heads; ++h) project(0, h % config_.cores, h, operand::mha_wq);
    if (g_.prunes()) {
      score_ = ceil_div(T_ * tokens_ * g_.D, config_.popcnt_width);
      attention_.score_bits = T_ * tokens_ * g_.D;
    } else {
      kept_.resize(g_.heads);
      std::iota(kept_.begin(), kept_.end(), 0U);
      attend_heads(0);
    }
    const MhaCycles closed = mha_cycles(config_, g_);
    work_.attention_cycles = closed.attention();
    work_.heads = g_.heads, work_.kept_heads = g_.kept, work_.rounds = closed.rounds;
  }

protected:
  void phase_done(unsigned) override {
    std::vector<std::int64_t> scores;
    for (const BitRows& head : q_) scores.push_back(static_cast<std::int64_t>(head.count()));
    kept_ = largest(scores, g_.kept);
    attend_heads(1);
  }

  void sums_made(const Unit& u, std::vector<std::int32_t>& sums) override {
    BitRows& head = (u.what == operand::mha_wq ? q_ : u.what == operand::mha_wk ? k_ : v_)[u.index];
    fire(all_positions_, sums.data(), u.first, u.rows, head);
  }

  void attend_unit(const Unit& u) override {
    const AttentionWork done = attend(q_[u.index], k_[u.index], v_[u.index], T_, tokens_, sums_.data());
    work_.and_bits += done.and_bits;
    work_.attention_adds += done.adds;
    work_.attention_bits += 2 * done.and_bits;
    work_.a_bits += done.a_bits;
    std::vector<std::int32_t> z(sums_.size());
    for (std::size_t p = 0; p < all_positions_.size(); ++p)
      for (std::uint64_t f = 0; f < d_; ++f) z[p * d_ + f] = sums_[all_positions_[p] * d_ + f] >> g_.scale_shift;
    BitRows head(T_ * tokens_, d_);
    fire(all_positions_, z.data(), 0, d_, head);
    for (std::uint64_t r = 0; r < head.rows(); ++r)
      for (std::uint64_t f = 0; f < d_; ++f)
        if (head.at(r, f)) out_.set(r, u.index * d_ + f);
  }

  void merge() override {
    work_.merge_bits = T_ * tokens_ * g_.D;
    out_.store(packed_.data());
  }
  void add_results(engine::TransferList& list) override {
    list.timed.push_back({job_.operands[operand::mha_out].address, packed_.data(), packed_.size()});
  }
  const char* kind() const override { return "mha"; }
  /// Beside the kernel's row one of its attention, the scope of the published figures of head pruning; it adds nothing to totals.
  std::vector<engine::LayerRecord> finish(const engine::JobTiming& timing) override {
    std::vector<engine::LayerRecord> rows = StackJob::finish(timing);
    engine::LayerRecord attention;
    attention.tag = job_.tag;
    attention.part = 1;
    attention.kind = "attention";
    attention.M = attention.N = tokens_, attention.K = d_;
    attention.total_cycles = work_.attention_cycles;
    attention.counts = {{"compute_cycles", attention_.compute_cycles}, {"attention_work", attention_.attention_bits}};
    attention.texts = {{"timing", "closed form, part of the row before"}};
    attention.events = events_of(config_, engine_.links(), attention_);
    rows.push_back(std::move(attention));
    return rows;
  }
  void describe(engine::LayerRecord& r) const override {
    r.M = T_ * tokens_, r.K = g_.D, r.N = g_.D;
    r.counts.emplace_back("attention_cycles", work_.attention_cycles);
    r.counts.emplace_back("score_cycles", work_.score_cycles);
    r.counts.emplace_back("score_exposed_cycles", work_.score_exposed_cycles);
    r.counts.emplace_back("merge_cycles", merge_cycles_);
    r.counts.emplace_back("kept_heads", g_.kept);
    r.counts.emplace_back("rounds", work_.rounds);
    r.counts.emplace_back("and_bits", work_.and_bits);
  }

private:
  void project(unsigned phase, std::uint64_t core, std::uint64_t head, unsigned weights) {
    Unit unit;
    unit.what = weights;
    unit.index = head;
    unit.d_in = g_.D;
    unit.row_stride = g_.D;
    unit.weights = job_.operands[weights].address + head * d_ * g_.D;
    unit.in = &x_;
    unit.positions = &all_positions_;
    unit.makes = 1 + static_cast<unsigned>(head);
    unit.sum_bits = config_.psum_bits;
    add_layer(phase, core, unit, d_);
  }

  void attend_heads(unsigned phase) {
    for (std::uint64_t j = 0; j < kept_.size(); ++j) {
      project(phase, j % config_.cores, kept_[j], operand::mha_wk);
      project(phase, j % config_.cores, kept_[j], operand::mha_wv);
      Unit unit;
      unit.is_attention = true;
      unit.index = kept_[j];
      unit.d_in = d_;
      unit.needs = 1 + kept_[j];
      add_unit(phase, j % config_.cores, unit);
    }
  }

  TransformerGeometry g_;
  std::uint64_t d_;
  std::vector<BitRows> q_, k_, v_;  ///< by head
  std::vector<std::uint32_t> kept_;
  BitRows out_;
  std::vector<std::int32_t> sums_;
};

}  // namespace

JobOrRefusal make_mha_job(StackEngine& engine, const engine::JobDescriptor& job) {
  const TransformerGeometry& g = job.transformer;
  const std::uint64_t values = g.T * g.tokens * g.D;
  std::string problem = operand_problem(job.operands[operand::mha_in], Format::spikes, values, "the input");
  for (const unsigned w : {operand::mha_wq, operand::mha_wk, operand::mha_wv})
    if (problem.empty()) problem = operand_problem(job.operands[w], Format::int8, g.D * g.D, "a weight matrix");
  if (problem.empty()) problem = operand_problem(job.operands[operand::mha_out], Format::spikes, values, "the result");
  if (!problem.empty()) return Refusal{JobStatus::bad_shape, problem};
  if (!job.neuron.present || !job.neuron.record.channel_threshold.empty())
    return Refusal{JobStatus::unsupported, "attention needs a neuron record, one threshold for all"};
  if (problem = buffer_problem(engine.config(), g.D); !problem.empty()) return Refusal{JobStatus::unsupported, problem};
  if (g.tokens * (g.D / g.heads) > 0x7FFFFFFF) return Refusal{JobStatus::unsupported, "sums of attention beyond 32 bits"};
  // Q, K, V and the result by rows of whole words, and one head's sums.
  const std::uint64_t d = g.D / g.heads, row_bytes = 3 * g.heads * ((d + 63) / 64) * 8 + g.D + 12 * d;
  if (auto refusal = engine::refuse_large(g.T * g.tokens * row_bytes + g.D * 64 * engine.config().rows, 3 * g.D + 4)) return *refusal;
  return std::make_unique<MhaJob>(engine, job);
}

}  // namespace snnvp::stack3d
