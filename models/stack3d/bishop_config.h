// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <snnvp/platform/base/types.h>

// Bishop (ISCA 2025): spiking transformers on a dense, a sparse and an attention core that share a spike generator.
// Sections named in this folder are those of spec/stack3d.md.
namespace snnvp::bishop {

/// How the cores are built and run (section 3.3).
struct Config {
  unsigned dense_bundles = 16, dense_features = 32;      ///< elements of the dense core: bundles x output features
  unsigned sparse_units = 128;                           ///< bundle units of the sparse core
  unsigned attention_bundles = 16, attention_keys = 32;  ///< elements of the attention core: query bundles x key tokens
  unsigned spikegen_lanes = 512;                         ///< neurons updated per cycle
  unsigned spikes_per_cycle = 10;                        ///< spikes of a bundle that one unit takes per cycle
  unsigned bs_t = 2, bs_n = 2;                           ///< bundle: time steps x tokens
  std::optional<std::uint64_t> theta_s;                  ///< a feature with more active bundles is dense; empty: balanced per layer
  unsigned ecp_theta_q = 0, ecp_theta_k = 0;             ///< bundle rows with fewer active bundles are removed; 0 or 1 lose nothing
  bool fill_overlap = false;                             ///< arrays fill while the tile before drains
  unsigned psum_bits = 16;                               ///< a finished sum saturates to this width
  Bytes weight_glb = 147456, spike_glb = 12288;          ///< one weight buffer, two spike buffers
  unsigned glb_port_bits = 512;
  std::uint64_t dram_bytes_per_second = 76'800'000'000, clock_hz = 500'000'000;

  unsigned bundle_volume() const { return bs_t * bs_n; }
  /// Cycles that a bundle occupies a unit: s of section 5.3.
  Cycles bundle_cycles() const { return ceil_div(bundle_volume(), spikes_per_cycle); }
  /// Cycles to fill and drain an array, per tile: f.
  Cycles dense_fill() const { return fill_overlap ? 0 : dense_bundles + dense_features - 2; }
  Cycles attention_fill() const { return fill_overlap ? 0 : attention_bundles + attention_keys - 2; }
};

/// Spikes [T][N][D]: time steps, tokens, features.
struct Shape {
  std::uint64_t T = 1, N = 1, D = 1;
  std::uint64_t positions() const { return T * N; }
};

}  // namespace snnvp::bishop
