// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <snnvp/models/prosperity/gemm_analysis.h>
#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// LoAS has no cycles: how dense its packed spikes are before and after product sparsity (spec/prosperity.md 5.6).
namespace snnvp::baselines {

/// How the time steps of a neuron are packed into bits.
struct LoasPacking {
  enum class Kind {
    groups,  ///< type "LoAS" of the authors' simulator: four groups of steps, a bit is the OR of its group
    map      ///< an older script of theirs: one map, a bit says that the neuron spikes in more than `over` steps
  };
  enum class Rows {
    positions,  ///< rows are output positions, columns inputs of one output (C * kernel^2)
    inputs      ///< the transpose, as in that script
  };
  Kind kind = Kind::groups;
  std::uint64_t over = 1;
  Rows rows = Rows::inputs;
};

/// One layer: the matrix that is left, its ones, and what product sparsity leaves of them in tiles of 256 x 16.
struct LoasCount {
  std::uint64_t rows = 0, columns = 0;
  std::uint64_t ones = 0, pro_ones = 0;
  std::uint64_t elements() const { return rows * columns; }
};

/// What keeps a layer from this packing, as a clause, or an empty string: groups need four steps, a map is of images.
std::string loas_problem(const LoasPacking& packing, const GemmGeometry& geometry);
/// The geometry must have no loas_problem(); InputError if a matrix would exceed max_tensor_bits.
LoasCount loas_count(const LoasPacking& packing, const GemmGeometry& geometry, const SpikeView& spikes, prosperity::GemmAnalyzer& analyzer);

/// Densities of a network: groups are weighted by N, a map is not.
class LoasTotal {
public:
  explicit LoasTotal(LoasPacking::Kind kind) : weighted_(kind == LoasPacking::Kind::groups) {}
  void add(const LoasCount& layer, std::uint64_t N);
  bool empty() const { return elements_ == 0; }
  double bit_density() const { return ones_ / elements_; }
  double product_density() const { return pro_ones_ / elements_; }
  /// What the authors' simulator prints for type "LoAS": the same sums over the size of the last layer alone.
  double printed_bit_density() const { return ones_ / last_elements_; }
  double printed_product_density() const { return pro_ones_ / last_elements_; }

private:
  bool weighted_;
  double elements_ = 0, ones_ = 0, pro_ones_ = 0, last_elements_ = 0;  // whole numbers
};

}  // namespace snnvp::baselines
