// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <snnvp/platform/base/types.h>
#include <snnvp/workloads/network/layers.h>

namespace snnvp::pe_array {

/// How work is put on the array (spec/spikex.md 4.3, 5.2, 5.5; decision 28).
enum class Dispatch {
  time_serial,  ///< one time point after the other, no tags
  ptb_group,    ///< PTB seen per input channel: groups of consecutive windows
  ptb_lines,    ///< PTB with its own pairing of lines (`PtbVariant`)
  temporal,     ///< columns are the active windows of one neuron
  spatial,      ///< columns are active windows of any neurons that share weights
  automatic,    ///< temporal or spatial per layer, by the paper's rule
  dense         ///< no spikes considered: the closed systolic forms
};
enum class Dataflow { ws, is, os };
/// Cycles per streamed weight (spec/spikex.md 5.3).
enum class Kappa { tws, one, popcount };
/// Where partial sums wait between the passes of different input channels (spec/spikex.md 5.4).
enum class PsumPolicy { spill, stationary };
enum class PtbVariant { faithful, pipeline, prosperity_compat };

/// Parameters of the array (spec/spikex.md 3).
struct Config {
  static constexpr std::uint32_t max_side = 4096;
  static constexpr std::uint32_t max_tws = 65536;
  static constexpr std::uint32_t max_line_cols = 64;    ///< a line's tag word, `ptb_lines` only
  static constexpr std::uint32_t block_positions = 64;  ///< output positions of a memory block between GLB and LBUF (4.4)

  std::uint32_t rows = 8, cols = 8;
  std::uint32_t tws = 5;         ///< time points of a window
  std::uint32_t tws_per_tb = 8;  ///< windows of a time block
  Dispatch dispatch = Dispatch::spatial;
  Dataflow dataflow = Dataflow::ws;  ///< `dense` only
  bool weight_tailoring = true;
  Kappa kappa = Kappa::tws;
  PsumPolicy psum = PsumPolicy::spill;
  bool lif_overlap = true, fill_overlap = true, tag_overlap = true, double_buffered = true;
  bool spike_gating = true;
  double fixed_overhead_frac = 0.0012;  ///< of the dense work
  std::uint64_t glb_filter_bytes = 32 * 1024;
  std::uint32_t glb_port_bits = 64;  ///< per cycle and partition; 0: unlimited
  std::uint32_t tags_per_cycle = 64;
  double dram_bits_per_cycle = 480;  ///< 30 GB/s at 500 MHz; 0: unlimited
  std::uint32_t weight_bits = 8, psum_bits = 16;
  PtbVariant ptb_variant = PtbVariant::faithful;
  std::uint32_t ptb_search_depth = 16;  ///< lines looked ahead, variant faithful

  /// Points of a window for T time steps: time-serial work has windows of one point, and none is longer than T.
  std::uint32_t window_points(std::uint64_t T) const;
  /// Windows of a time block likewise.
  std::uint32_t block_windows() const { return dispatch == Dispatch::time_serial ? 1 : tws_per_tb; }
  bool uses_tags() const { return dispatch != Dispatch::time_serial && dispatch != Dispatch::dense; }
};

/// What is wrong with the parameters, in words for a person; empty if nothing is.
std::string check(const Config& config);

/// A conv or fc layer as the array sees it: maps of inputs, kernels of taps, output positions that share weights.
/// An fc layer over a sequence is a 1 x 1 convolution over its tokens; a plain fc layer has one position.
struct LayerMap {
  std::uint64_t T = 1, channels = 1, height = 1, width = 1;
  std::uint64_t kernel = 1, stride = 1, padding = 0;
  std::uint64_t out_h = 1, out_w = 1;
  std::uint64_t outputs = 1;  ///< M: output channels or outputs
  bool channel_major = true;  ///< input stored [T][channel][pixel], else [T][pixel][channel]

  LayerMap() = default;
  /// From a geometry that passed geometry_problem().
  explicit LayerMap(const GemmGeometry& geometry);

  std::uint64_t pixels() const { return height * width; }
  std::uint64_t positions() const { return out_h * out_w; }
  std::uint64_t taps() const { return kernel * kernel; }
  bool single_position() const { return positions() == 1 && taps() == 1; }
  /// First position along an axis whose footprint may hold coordinate `at`, and one past the last.
  struct Span {
    std::uint64_t first = 0, end = 0;
  };
  Span covering(std::uint64_t at, std::uint64_t out_side) const;
  /// Input pixel of tap (ky, kx) of a position; false if it lies outside the map.
  bool pixel_of(std::uint64_t position, std::uint64_t ky, std::uint64_t kx, std::uint64_t& pixel) const;
};

}  // namespace snnvp::pe_array
