// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/stack_job.h>

namespace snnvp::stack3d {

namespace operand = engine::operand;
using engine::Format;
using engine::JobStatus;
using engine::Refusal;

namespace {

/// A fully connected layer on spikes [T][L][C], output features dealt out over the cores; neurons behind it if the job has them.
class LinearJob : public StackJob {
public:
  LinearJob(StackEngine& engine, const engine::JobDescriptor& job)
      : StackJob(engine, job, job.gemm.T, job.gemm.L, job.gemm.C), fires_(job.operands[operand::spikes_out].present()) {
    const GemmGeometry& g = job.gemm;
    const engine::Operand& w = job.operands[operand::weights];
    sums_.resize(g.T * g.L * g.N);
    if (fires_) spikes_ = BitRows(g.T * g.L, g.N);
    Unit unit;
    unit.d_in = g.C;
    unit.in = &x_;
    unit.positions = &all_positions_;
    unit.weights = w.address;
    unit.sum_bits = config_.psum_bits;
    const bool output_major = !w.is_dense_memory();
    unit.column_stride = output_major ? 1 : g.N;
    unit.row_stride = output_major ? g.C : 1;
    add_layer(0, std::nullopt, unit, g.N);
    unit_slots_ = tiles_of(g.N);
  }

protected:
  void sums_made(const Unit& u, std::vector<std::int32_t>& sums) override {
    for (std::size_t p = 0; p < all_positions_.size(); ++p)
      for (std::uint64_t r = 0; r < u.rows; ++r) sums_[all_positions_[p] * job_.gemm.N + u.first + r] = sums[p * u.rows + r];
    if (fires_) fire(all_positions_, sums.data(), u.first, u.rows, spikes_);
  }
  void merge() override {
    if (!fires_) return;
    packed_.assign((spikes_.rows() * spikes_.bits() + 7) / 8, 0);
    spikes_.store(packed_.data());
  }
  void add_results(engine::TransferList& list) override {
    if (fires_) list.timed.push_back({job_.operands[operand::spikes_out].address, packed_.data(), packed_.size()});
    const engine::Operand& sums = job_.operands[operand::sums];
    if (!sums.present()) return;
    auto& where = (job_.flags & engine::flag_store_sums) != 0 ? list.timed : list.untimed;
    where.push_back({sums.address, reinterpret_cast<std::uint8_t*>(sums_.data()), sums_.size() * 4});
  }
  const char* kind() const override { return "fc"; }
  void describe(engine::LayerRecord& r) const override { r.M = job_.gemm.M(), r.K = job_.gemm.C, r.N = job_.gemm.N; }

private:
  bool fires_;
  std::vector<std::int32_t> sums_;
  BitRows spikes_;
};

}  // namespace

JobOrRefusal make_linear_job(StackEngine& engine, const engine::JobDescriptor& job) {
  const GemmGeometry& g = job.gemm;
  if (auto problem = operand_problem(job.operands[operand::input], Format::spikes, g.T * g.L * g.C, "the input"); !problem.empty())
    return Refusal{JobStatus::bad_shape, problem};
  const engine::Operand& w = job.operands[operand::weights];
  if (w.format != Format::int8 || w.elements() != g.C * g.N || w.stream_port != 0)
    return Refusal{JobStatus::bad_shape, "the weights must be K x N int8"};
  const bool output_major = w.stride == std::array<std::uint32_t, 4>{1, static_cast<std::uint32_t>(g.C), 0, 0};
  if (!w.is_dense_memory() && !output_major)
    return Refusal{JobStatus::unsupported, "weights lie dense, or output feature by output feature (strides 1, K)"};
  const engine::Operand &sums = job.operands[operand::sums], &spikes = job.operands[operand::spikes_out];
  for (const auto& [o, format] : {std::pair(&sums, Format::int32), std::pair(&spikes, Format::spikes)})
    if (o->present())
      if (auto problem = operand_problem(*o, format, g.T * g.L * g.N, "the result"); !problem.empty())
        return Refusal{JobStatus::bad_shape, problem};
  if (!sums.present() && !spikes.present()) return Refusal{JobStatus::bad_shape, "neither sums nor spikes are wanted"};
  if (spikes.present() && !job.neuron.present) return Refusal{JobStatus::bad_shape, "spikes need a neuron record"};
  if (auto problem = buffer_problem(engine.config(), g.C); !problem.empty()) return Refusal{JobStatus::unsupported, problem};
  if (auto refusal = engine::refuse_large(g.T * g.L * (g.C / 4 + 4 * g.N + 16) + g.C * 64 * engine.config().rows, g.N)) return *refusal;
  return std::make_unique<LinearJob>(engine, job);
}

}  // namespace snnvp::stack3d
