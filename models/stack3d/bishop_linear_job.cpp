// SPDX-License-Identifier: Apache-2.0
// A fully connected layer over tokens on the dense and the sparse core.
#include <algorithm>

#include <snnvp/models/stack3d/bishop_job.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp::bishop {
namespace {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::Refusal;
using engine::TransferList;

/// An item is a pass: the spikes once, and the weights of as many output features as fit half of the weight buffer.
class LinearJob : public BishopJob {
public:
  LinearJob(BishopEngine& unit, const JobDescriptor& job)
      : BishopJob(unit, job, {job.gemm.T, job.gemm.L, job.gemm.N}, engine::operand::sums, engine::operand::spikes_out),
        g_(job.gemm),
        traffic_(linear_traffic(config_, g_.C, g_.N, 0, 0)),
        image_(job.operands[engine::operand::input]),
        weights_(g_.C * g_.N) {}

  std::uint64_t items() const override { return traffic_.passes; }

  void transfers(std::uint64_t item, unsigned, TransferList& list) override {
    image_.fetch(list);
    const std::uint64_t first = item * traffic_.columns, width = columns(item);
    const Address base = job_.operands[engine::operand::weights].address;
    auto* data = reinterpret_cast<std::uint8_t*>(weights_.data());
    if (width == g_.N)
      list.timed.push_back({base, data, weights_.size()});
    else
      for (std::uint64_t d = 0; d < g_.C; ++d) list.timed.push_back({base + d * g_.N + first, data + d * g_.N + first, width});
    list.port_cycles = memory_cycles(config_, image_.view().byte_size() + g_.C * width);
  }

  void execute(std::uint64_t item) override {
    if (item == 0) {
      rows_.emplace(image_.view(), Shape{g_.T, g_.L, g_.C});
      layer_.emplace(config_, *rows_, g_.N);
    }
    now_ = pass_cycles(config_, counts(), columns(item), item == 0);
    if (fires()) now_ = std::max(now_, spikegen_cycles(config_, counts().positions * columns(item)));
    now_ = std::max(now_, pass_share(unit_.link_cycles(activity_of(config_, counts()).links), item));
    if (item == 0) now_ += unit_.link_latency();
    if (item + 1 != items()) return;
    layer_->run(weights_.data(), sums_.data());  // the last columns are there
    if (fires()) fire();
  }

  Cycles cycles(std::uint64_t, unsigned) override { return now_; }
  Cycles fixed_duration() override { return counts().total(); }

  std::vector<engine::LayerRecord> finish(const engine::JobTiming& timing) override {
    const LinearCounts c = counts();
    unit_.add(c, fires());
    engine::LayerRecord row;
    row.kind = "fc";
    row.M = g_.M(), row.K = g_.K(), row.N = g_.N;
    row.counts = row_counts(&c, nullptr);
    row.counts.emplace_back("lif_updates", fires() ? std::optional(c.positions * c.out_features) : std::nullopt);
    row.dram_bits = c.traffic.bytes() * 8;
    return rows(std::move(row), c.total(), timing);
  }

private:
  /// The layer's, without the spike generator if nothing fires.
  LinearCounts counts() const {
    LinearCounts c = layer_->counts();
    if (!fires()) c.spikegen = 0;
    return c;
  }
  /// A pass's part of cycles that the whole layer takes, by its columns; the parts add up exactly.
  Cycles pass_share(Cycles whole, std::uint64_t item) const {
    const auto until = [&](std::uint64_t column) { return whole / g_.N * column + whole % g_.N * column / g_.N; };
    const std::uint64_t first = item * traffic_.columns;
    return until(first + columns(item)) - until(first);
  }
  std::uint64_t columns(std::uint64_t item) const { return std::min(traffic_.columns, g_.N - item * traffic_.columns); }

  GemmGeometry g_;
  LinearTraffic traffic_;
  SpikeImage image_;
  std::vector<std::int8_t> weights_;  // [in][out]
  std::optional<SpikeRows> rows_;
  std::optional<LinearLayer> layer_;
  Cycles now_ = 0;
};

}  // namespace

std::variant<std::unique_ptr<engine::Job>, Refusal> make_linear_job(BishopEngine& unit, const JobDescriptor& job) {
  const GemmGeometry& g = job.gemm;
  if (std::string problem = geometry_problem(g); !problem.empty()) return Refusal{JobStatus::bad_shape, std::move(problem)};
  if (!is_dense(job.operands[engine::operand::input], engine::Format::spikes, g.input_bits()) ||
      !is_dense(job.operands[engine::operand::weights], engine::Format::int8, g.K() * g.N))
    return Refusal{JobStatus::bad_shape, "input spikes and int8 weights must be dense in memory and fit the geometry"};
  const engine::Operand &sums = job.operands[engine::operand::sums], &out = job.operands[engine::operand::spikes_out];
  if ((sums.present() && !is_dense(sums, engine::Format::int32, g.M() * g.N)) ||
      (out.present() && !(job.neuron.present && is_dense(out, engine::Format::spikes, g.M() * g.N))))
    return Refusal{JobStatus::bad_shape, "sums and output spikes must be dense in memory and fit the geometry"};
  // Spikes twice (packed and as rows of words), weights, sums, output spikes.
  const std::uint64_t row_bits = ceil_div(g.C, 64) * 64;
  if (auto refusal = engine::refuse_large((g.input_bits() + g.M() * row_bits) / 8 + g.K() * g.N + g.M() * g.N * 5, 1)) return *refusal;
  return std::make_unique<LinearJob>(unit, job);
}

}  // namespace snnvp::bishop
