// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <snnvp/models/stack3d/stack_job.h>

namespace snnvp::stack3d {

namespace operand = engine::operand;
using engine::Format;
using engine::JobStatus;
using engine::Refusal;
using Merge = TransformerGeometry::Merge;

namespace {

constexpr unsigned first_layer = 1, second_layer = 2;

/// Mixture of experts (spec/stack3d.md 4.6): routing of tokens, two layers per expert, merge in token order.
class MoeJob : public StackJob {
public:
  MoeJob(StackEngine& engine, const engine::JobDescriptor& job)
      : StackJob(engine, job, job.transformer.T, job.transformer.tokens, job.transformer.D),
        g_(job.transformer),
        router_(g_.experts * g_.D),
        sums_(sums_merge() ? T_ * tokens_ * g_.D : 0),
        counts_(g_.merge == Merge::spike_sum ? T_ * tokens_ * g_.D : 0) {
    out_ = BitRows(T_ * tokens_, g_.D);
    head_cycles_ = ceil_div(tokens_ * T_, config_.route_width) + ceil_div(tokens_ * g_.D * g_.experts, config_.route_lanes);
    merge_cycles_ = ceil_div(g_.top_k * tokens_ * T_ * g_.D, config_.merge_width);
    unit_slots_ = g_.experts * (tiles_of(g_.hidden) + tiles_of(g_.D));
  }

protected:
  void fetch_more(engine::TransferList& list) override {
    list.timed.push_back({job_.operands[operand::moe_router].address, reinterpret_cast<std::uint8_t*>(router_.data()), router_.size()});
  }

  void input_arrived() override {
    const auto lists = route(x_, T_, tokens_, router_.data(), g_.experts, g_.top_k);
    work_.rate_adds = tokens_ * g_.D * g_.experts * T_;
    work_.expert_tokens = g_.top_k * tokens_;
    positions_.resize(g_.experts);
    hidden_of_.resize(g_.experts);
    for (std::uint64_t e = 0; e < g_.experts; ++e) {
      work_.expert_most = std::max<std::uint64_t>(work_.expert_most, lists[e].size());
      for (const std::uint32_t n : lists[e])
        for (std::uint64_t t = 0; t < T_; ++t) positions_[e].push_back(static_cast<std::uint32_t>(t * tokens_ + n));
      if (!lists[e].empty()) add_expert(e);
    }
    work_.expert_most_by_all = work_.expert_most * g_.experts;
  }

  void sums_made(const Unit& u, std::vector<std::int32_t>& sums) override {
    const std::vector<std::uint32_t>& positions = positions_[u.index];
    if (u.what == first_layer) {
      if (u.first == 0) hidden_of_[u.index] = BitRows(T_ * tokens_, g_.hidden);
      return fire(positions, sums.data(), u.first, u.rows, hidden_of_[u.index]);
    }
    if (sums_merge()) {
      for (std::size_t p = 0; p < positions.size(); ++p)
        for (std::uint64_t r = 0; r < u.rows; ++r) sums_[positions[p] * g_.D + u.first + r] += sums[p * u.rows + r];
      return;
    }
    BitRows own(T_ * tokens_, g_.D);
    fire(positions, sums.data(), u.first, u.rows, own);
    for (const std::uint32_t p : positions)
      for (std::uint64_t f = u.first; f < u.first + u.rows; ++f) {
        if (!own.at(p, f)) continue;
        out_.set(p, f);
        if (!counts_.empty()) ++counts_[p * g_.D + f];
      }
  }

  void merge() override {
    work_.merge_bits = g_.top_k * tokens_ * T_ * g_.D;
    if (sums_merge()) {
      work_.merge_adds = (g_.top_k - 1) * tokens_ * T_ * g_.D;
      std::vector<std::int32_t> in_order(sums_.size());
      for (std::size_t p = 0; p < all_positions_.size(); ++p)
        for (std::uint64_t f = 0; f < g_.D; ++f) {
          std::int32_t& sum = sums_[all_positions_[p] * g_.D + f];
          in_order[p * g_.D + f] = sum = saturated(sum, config_.psum_bits, work_.saturations);
        }
      fire(all_positions_, in_order.data(), 0, g_.D, out_);
    }
    if (!counts_.empty()) return;
    packed_.assign((T_ * tokens_ * g_.D + 7) / 8, 0);
    out_.store(packed_.data());
  }

  void add_results(engine::TransferList& list) override {
    const engine::Operand& out = job_.operands[operand::moe_out];
    if (!counts_.empty())
      list.timed.push_back({out.address, counts_.data(), counts_.size()});
    else
      list.timed.push_back({out.address, packed_.data(), packed_.size()});
    if (const engine::Operand& sums = job_.operands[operand::moe_sums]; sums.present()) {
      auto& where = (job_.flags & engine::flag_store_sums) != 0 ? list.timed : list.untimed;
      where.push_back({sums.address, reinterpret_cast<std::uint8_t*>(sums_.data()), sums_.size() * 4});
    }
  }
  const char* kind() const override { return "moe"; }
  void describe(engine::LayerRecord& r) const override {
    r.M = T_ * tokens_, r.K = g_.D, r.N = g_.hidden;
    r.counts.emplace_back("route_cycles", head_cycles_);
    r.counts.emplace_back("merge_cycles", merge_cycles_);
    r.counts.emplace_back("experts", g_.experts);
    r.counts.emplace_back("most_tokens", work_.expert_most);
    r.counts.emplace_back("expert_tokens", work_.expert_tokens);
    r.counts.emplace_back("weight_positions", work_.weight_positions);
  }

private:
  bool sums_merge() const { return g_.merge == Merge::place || g_.merge == Merge::psum_sum; }

  void add_expert(std::uint64_t e) {
    const std::uint64_t core = e % config_.cores;
    Unit unit;
    unit.index = e;
    unit.positions = &positions_[e];
    unit.what = first_layer;
    unit.d_in = unit.row_stride = g_.D;
    unit.weights = job_.operands[operand::moe_w1].address + e * g_.hidden * g_.D;
    unit.in = &x_;
    unit.makes = 1 + static_cast<unsigned>(e);
    unit.sum_bits = config_.psum_bits;
    add_layer(0, core, unit, g_.hidden);
    unit.what = second_layer;
    unit.d_in = unit.row_stride = g_.hidden;
    unit.weights = job_.operands[operand::moe_w2].address + e * g_.D * g_.hidden;
    unit.in = &hidden_of_[e];
    unit.needs = unit.makes;
    unit.makes = 0;
    // Sums that are added first keep 32 bits on their way to the merge unit.
    unit.sum_bits = g_.merge == Merge::psum_sum ? 32 : config_.psum_bits;
    add_layer(0, core, unit, g_.D);
  }

  TransformerGeometry g_;
  std::vector<std::int8_t> router_;
  std::vector<std::int32_t> sums_;    ///< [T][tokens][D]
  std::vector<std::uint8_t> counts_;  ///< [T][tokens][D]
  BitRows out_;
  std::vector<BitRows> hidden_of_;                     ///< by expert
  std::vector<std::vector<std::uint32_t>> positions_;  ///< by expert, token-major
};

}  // namespace

JobOrRefusal make_moe_job(StackEngine& engine, const engine::JobDescriptor& job) {
  const TransformerGeometry& g = job.transformer;
  const std::uint64_t values = g.T * g.tokens * g.D, weights = g.experts * g.hidden * g.D;
  std::string problem = operand_problem(job.operands[operand::moe_in], Format::spikes, values, "the input");
  for (const unsigned w : {operand::moe_w1, operand::moe_w2})
    if (problem.empty()) problem = operand_problem(job.operands[w], Format::int8, weights, "a weight matrix");
  if (problem.empty()) problem = operand_problem(job.operands[operand::moe_router], Format::int8, g.experts * g.D, "the router");
  const bool counts = g.merge == Merge::spike_sum;
  if (problem.empty())
    problem = operand_problem(job.operands[operand::moe_out], counts ? Format::uint8 : Format::spikes, values, "the result");
  const engine::Operand& sums = job.operands[operand::moe_sums];
  if (problem.empty() && sums.present()) problem = operand_problem(sums, Format::int32, values, "the sums");
  if (!problem.empty()) return Refusal{JobStatus::bad_shape, problem};
  if (sums.present() && (counts || g.merge == Merge::spike_or)) return Refusal{JobStatus::unsupported, "merged spikes leave no sums"};
  if (counts && g.top_k > 255) return Refusal{JobStatus::unsupported, "sums of spikes beyond 8 bits"};
  if (!job.neuron.present || !job.neuron.record.channel_threshold.empty())
    return Refusal{JobStatus::unsupported, "a mixture of experts needs a neuron record, one threshold for all"};
  if (problem = buffer_problem(engine.config(), std::max(g.D, g.hidden)); !problem.empty()) return Refusal{JobStatus::unsupported, problem};
  const std::uint64_t hidden_words = (g.hidden + 63) / 64;
  const std::uint64_t row_bytes = 10 * g.D + g.experts * hidden_words * 8 + g.top_k * 4;
  if (auto refusal = engine::refuse_large(
          g.T * g.tokens * row_bytes + g.experts * g.D + 64 * engine.config().rows * std::max(g.D, g.hidden), g.experts * (g.D + g.hidden)))
    return *refusal;
  return std::make_unique<MoeJob>(engine, job);
}

}  // namespace snnvp::stack3d
