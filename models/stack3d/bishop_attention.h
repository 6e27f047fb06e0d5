// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/models/stack3d/bishop_bundles.h>
#include <snnvp/models/stack3d/bishop_config.h>

// Spiking self-attention on the attention core (sections 4.4 and 4.7): mode 1 counts A = popcount(q AND k) into the elements, mode 2
// selects and adds the A they hold. A is never written to a memory.
namespace snnvp::bishop {

/// Error-constrained pruning of one head's queries or keys: which bundle rows stay.
struct KeptRows {
  std::uint64_t rows_n = 0;
  std::vector<std::uint8_t> keeps;    ///< [bt][bn]
  std::vector<std::uint64_t> rows;    ///< kept bundle rows, by bt
  std::vector<std::uint64_t> tokens;  ///< tokens in them, by bt
  bool at(std::uint64_t bt, std::uint64_t bn) const { return keeps[bt * rows_n + bn] != 0; }
};

/// Rows with fewer than `theta` active bundles over the head's features go.
KeptRows keep_rows(const SpikeRows& spikes, const Config& config, unsigned theta);

/// What an attention layer took and did, summed over heads.
struct AttentionCounts {
  std::uint64_t heads = 0, head_width = 0;
  std::uint64_t q_rows = 0, k_rows = 0, kept_q_rows = 0, kept_k_rows = 0;          ///< bundle rows
  std::uint64_t q_tokens = 0, k_tokens = 0, kept_q_tokens = 0, kept_k_tokens = 0;  ///< tokens by time step
  std::uint64_t scores = 0, kept_scores = 0;                                       ///< entries of A
  std::uint64_t and_bits = 0;                                                      ///< mode 1: bits ANDed and counted
  std::uint64_t adds = 0;                                                          ///< mode 2: A selected and added
  std::uint64_t v_bits = 0, v_bits_read = 0;                                       ///< V is not read where K is gone
  Bits score_bits_written = 0;                                                     ///< to a memory: always 0
  std::uint64_t tiles = 0;                                                         ///< per mode
  Cycles cycles = 0, spikegen = 0;
  /// With nearly everything pruned the spike generator is what takes longest.
  Cycles total() const { return cycles > spikegen ? cycles : spikegen; }
  /// Share of the scores that is computed.
  double work_left() const { return scores ? static_cast<double>(kept_scores) / static_cast<double>(scores) : 0.0; }
};

/// One attention layer of q, k, v [T][N][D] in D / heads wide heads. `sums`, if not null, receives Y [T][N][D], before the shift.
AttentionCounts run_attention(const Config& config, const Shape& shape, std::uint64_t heads, const SpikeView& q, const SpikeView& k,
                              const SpikeView& v, std::int32_t* sums);

/// Z = Y >> shift, rounded down, in place.
void scale_down(std::int32_t* values, std::uint64_t count, unsigned shift);

}  // namespace snnvp::bishop
