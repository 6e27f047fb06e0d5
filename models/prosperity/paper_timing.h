// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/models/prosperity/gemm_analysis.h>
#include <snnvp/models/prosperity/prosperity_core.h>

namespace snnvp::prosperity {

enum class LayerKind { none, gemm, lif, attention, layernorm, maxpool };

/// What one layer leaves behind for the next (decision 12). A chain starts from a fresh state.
struct LayerState {
  bool spikes_in_buffer = false;  ///< the input spikes lie in g_act; changed by LIF and attention only
  LayerKind previous = LayerKind::none;
  Cycles previous_total = 0;
};

/// Whether the operands of a product lie on chip already. Weights do only inside attention.
struct OnChip {
  bool spikes = false, weights = false;
};

/// Bits moved (spec/prosperity.md 5.2 to 5.4).
struct Traffic {
  Bits dram_read = 0, dram_write = 0;
  Bits g_act_read = 0, g_act_write = 0;
  Bits g_wgt_read = 0, g_wgt_write = 0;
  Bits g_psum_read = 0, g_psum_write = 0;

  Bits dram() const { return dram_read + dram_write; }
  Traffic& operator+=(const Traffic& other);
};

/// One layer as the reference reports it: cycles, stalls, traffic, adds. Spike and row counts are times nn, because
/// the unit visits each tile once per n tile (golden/prosperity/README.md).
struct LayerCounts {
  LayerKind kind = LayerKind::none;
  std::uint64_t elements = 0;  ///< M * K * nn
  std::uint64_t ones = 0, pro_ones = 0;
  std::uint64_t zero_rows = 0, em_rows = 0, pm_rows = 0, no_prefix_rows = 0;
  std::uint64_t searched_rows = 0;
  std::uint64_t tcam_bits = 0;
  std::uint64_t adds = 0;
  std::uint64_t lif_updates = 0;

  Cycles processor = 0;         ///< C; a LIF layer's cycles on its lanes
  Cycles detect = 0;            ///< P
  Cycles compute = 0;           ///< max(C, P)
  Cycles preprocess_stall = 0;  ///< max(0, P - C)
  Cycles mem_stall = 0;         ///< memory time that does not overlap
  Cycles total = 0;             ///< compute + mem_stall
  Cycles lif_latency = 0;       ///< LIF only
  Cycles contribution = 0;      ///< what the layer adds to the end-to-end time
  Traffic traffic;
};

/// Perfect double buffering over a whole layer: the `first` bits show, the rest of the `moved` bits only as far as
/// they take longer than `compute` (spec/prosperity.md 5.1).
Cycles exposed_memory_cycles(const Config& config, Bits first, Bits moved, Cycles compute);

/// Cycles and traffic of one product, outside any chain (spec/prosperity.md 5.1, 5.2). `contribution` stays 0.
LayerCounts gemm_counts(const Config& config, const GemmAnalysis& analysis, const OnChip& on_chip);

/// Conv and fc layers. The analysis must have been made with the same tile sizes and issue type.
LayerCounts gemm_layer(const Config& config, const GemmAnalysis& analysis, LayerState& state);
/// A layer of integrate-and-fire neurons on their own lanes (spec/prosperity.md 5.3).
LayerCounts lif_layer(const Config& config, std::uint64_t neurons, std::uint64_t T, LayerState& state);
/// Layer normalisation of `rows` = T * batch * L rows of `width` values (spec/prosperity.md 5.4).
LayerCounts layernorm_layer(const Config& config, std::uint64_t rows, std::uint64_t width, LayerState& state);
/// Costs nothing and moves nothing, but stands between its neighbours.
LayerCounts maxpool_layer(LayerState& state);

/// Sums over the layers of a network.
struct NetworkTotals {
  Cycles cycles = 0;  ///< end to end: sum of contributions
  Cycles mem_stall = 0, preprocess_stall = 0;
  Bits dram_bits = 0;
  std::uint64_t adds = 0;
  std::uint64_t elements = 0, ones = 0, pro_ones = 0;

  void add(const LayerCounts& layer);
  /// Weighted by the number of n tiles (spec/prosperity.md 5.5); 0 without a product.
  double bit_density() const;
  double product_density() const;
};

/// The reference's energy: on-chip power over time plus a constant per DRAM bit (spec/prosperity.md 6.2).
struct EnergyModel {
  double on_chip_mw = 446.5;
  double dram_pj_per_bit = 12.45;
  double dram_ratio = 1.0;
  double clock_hz = 500e6;

  double on_chip_mj(Cycles cycles) const;
  double dram_mj(Bits bits) const;
  double total_mj(Cycles cycles, Bits bits) const { return on_chip_mj(cycles) + dram_mj(bits); }
};

}  // namespace snnvp::prosperity
