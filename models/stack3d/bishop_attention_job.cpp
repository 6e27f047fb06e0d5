// SPDX-License-Identifier: Apache-2.0
// Attention on given queries, keys and values.
#include <algorithm>

#include <snnvp/models/stack3d/bishop_job.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp::bishop {
namespace {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::Refusal;

/// One item: the operands fit the spike buffers' ping-pong in all published models, and both modes work on what lies there.
class AttentionJob : public BishopJob {
public:
  AttentionJob(BishopEngine& unit, const JobDescriptor& job)
      : BishopJob(unit, job, {job.attention.T, job.attention.L, job.attention.D}, engine::operand::attention_out,
                  engine::operand::attention_spikes),
        q_(job.operands[engine::operand::q]),
        k_(job.operands[engine::operand::k]),
        v_(job.operands[engine::operand::v]) {}

  std::uint64_t items() const override { return 1; }

  void transfers(std::uint64_t, unsigned, engine::TransferList& list) override {
    for (SpikeImage* image : {&q_, &k_, &v_}) image->fetch(list);
    list.port_cycles = memory_cycles(config_, 3 * q_.view().byte_size());
  }

  void execute(std::uint64_t) override {
    counts_ = run_attention(config_, results_, job_.attention.heads, q_.view(), k_.view(), v_.view(), sums_.data());
    if (!fires()) counts_.spikegen = 0;
    scale_down(sums_.data(), sums_.size(), unit_.config().scale_shift);
    if (fires()) fire();
  }

  Cycles cycles(std::uint64_t, unsigned) override {
    return std::max(counts_.total(), unit_.link_cycles(activity_of(config_, results_, counts_).links)) + unit_.link_latency();
  }
  Cycles fixed_duration() override { return counts_.total(); }

  std::vector<engine::LayerRecord> finish(const engine::JobTiming& timing) override {
    unit_.add(results_, counts_, fires());
    engine::LayerRecord row;
    row.kind = "attention";
    row.counts = row_counts(nullptr, &counts_);
    row.counts.emplace_back("lif_updates", fires() ? std::optional(results_.positions() * results_.D) : std::nullopt);
    row.dram_bits = 0;  // operands pass through the spike buffers
    return rows(std::move(row), counts_.total(), timing);
  }

private:
  SpikeImage q_, k_, v_;
  AttentionCounts counts_;
};

}  // namespace

std::variant<std::unique_ptr<engine::Job>, Refusal> make_attention_job(BishopEngine& unit, const JobDescriptor& job) {
  const AttentionGeometry& g = job.attention;
  if (std::string problem = geometry_problem(g); !problem.empty()) return Refusal{JobStatus::bad_shape, std::move(problem)};
  if (g.kind != AttentionGeometry::Kind::spikformer)
    return Refusal{JobStatus::unsupported, "attention without softmax on spikes only (kind spikformer)"};
  const std::uint64_t n = g.T * g.L * g.D;
  for (const unsigned which : {engine::operand::q, engine::operand::k, engine::operand::v})
    if (!is_dense(job.operands[which], engine::Format::spikes, n))
      return Refusal{JobStatus::bad_shape, "q, k and v must be spikes, dense in memory, and fit the geometry"};
  const engine::Operand &sums = job.operands[engine::operand::attention_out], &out = job.operands[engine::operand::attention_spikes];
  if ((sums.present() && !is_dense(sums, engine::Format::int32, n)) ||
      (out.present() && !(job.neuron.present && is_dense(out, engine::Format::spikes, n))))
    return Refusal{JobStatus::bad_shape, "result and output spikes must be dense in memory and fit the geometry"};
  // Operands, results, and one head as rows of words.
  const std::uint64_t row_bits = ceil_div(g.D / g.heads, 64) * 64;
  if (auto refusal = engine::refuse_large(n * 6 + 3 * g.T * g.L * row_bits / 8, 1)) return *refusal;
  return std::make_unique<AttentionJob>(unit, job);
}

}  // namespace snnvp::bishop
