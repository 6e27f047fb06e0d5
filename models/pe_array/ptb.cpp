// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/ptb.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <snnvp/models/pe_array/line_pairing.h>
#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::pe_array {

namespace {

// The reference's array and window.
constexpr std::uint64_t compat_rows = 16, compat_cols = 8, compat_points = 4;
constexpr Bits compat_port_bits = 1024, compat_first_bits = 1536;
constexpr Cycles compat_cold_start = 32;

std::uint64_t padded_to_power_of_two(std::uint64_t T) {
  std::uint64_t padded = 1;
  while (padded < T) padded *= 2;
  return padded;
}

/// Windows [first, first + count), count <= 64, of an input as the bits of one word.
std::uint64_t window_bits(const TagPyramid& tags, std::uint64_t channel, std::uint64_t pixel, std::uint64_t first, std::uint64_t count) {
  const Word* words = tags.windows_of(channel, pixel);
  Word bits = words[first / 64] >> (first % 64);
  if (first % 64 != 0 && first / 64 + 1 < tags.window_words()) bits |= words[first / 64 + 1] << (64 - first % 64);
  return count >= 64 ? bits : bits & ((Word{1} << count) - 1);
}

/// Calls visit(channel, pixel or none) for the lines of a position in the order (channel, ky, kx).
template <typename Visit>
void for_each_line(const LayerMap& layer, std::uint64_t position, const Visit& visit) {
  for (std::uint64_t channel = 0; channel < layer.channels; ++channel)
    for (std::uint64_t ky = 0; ky < layer.kernel; ++ky)
      for (std::uint64_t kx = 0; kx < layer.kernel; ++kx) {
        std::uint64_t pixel = 0;
        if (layer.pixel_of(position, ky, kx, pixel)) visit(channel, (channel * layer.kernel + ky) * layer.kernel + kx, pixel);
      }
}

/// Cycles of one tile; the chain of membranes over its columns is left to the caller in variant faithful.
Cycles tile_cycles(const Config& config, const PairedLines& paired, std::uint64_t rows, std::uint64_t windows, std::uint64_t points,
                   std::uint64_t window_points) {
  if (config.ptb_variant == PtbVariant::faithful) return paired.slots() * window_points + (config.rows - 1) + (config.cols - 1);
  const std::uint64_t last_points = points - window_points * (windows - 1);
  const Cycles compute = std::max(paired.slots() + rows + points, paired.slots() + rows + windows + last_points);
  return std::max(paired.lines, compute);
}

}  // namespace

PtbLines ptb_lines(const Config& config, const LayerMap& layer, const TagPyramid& tags) {
  if (config.ptb_variant == PtbVariant::prosperity_compat) throw InternalError("prosperity_compat has its own function");
  const bool faithful = config.ptb_variant == PtbVariant::faithful;
  const std::uint64_t full_groups = layer.outputs / config.rows, rest = layer.outputs % config.rows;
  PtbLines run;
  std::vector<std::uint64_t> words;
  for (std::uint64_t first = 0; first < tags.windows(); first += config.cols) {
    const std::uint64_t windows = std::min<std::uint64_t>(config.cols, tags.windows() - first);
    std::uint64_t points = 0;
    for (std::uint64_t w = first; w < first + windows; ++w) points += tags.points_of_window(w);
    // A short last group has fewer columns; a line active in all of those bursts.
    LinePairing pairing(static_cast<std::uint32_t>(windows), faithful ? config.ptb_search_depth : 1);
    for (std::uint64_t position = 0; position < layer.positions(); ++position) {
      words.clear();
      for_each_line(layer, position, [&](std::uint64_t channel, std::uint64_t, std::uint64_t pixel) {
        if (const std::uint64_t bits = window_bits(tags, channel, pixel, first, windows)) words.push_back(bits);
      });
      if (words.empty()) continue;
      const PairedLines paired = pairing.pair(words);
      ++run.tiles;
      run.lines += paired.lines;
      run.bursting += paired.bursting;
      run.slots += paired.slots();
      run.compute += full_groups * tile_cycles(config, paired, config.rows, windows, points, tags.window_points());
      if (rest != 0) run.compute += tile_cycles(config, paired, rest, windows, points, tags.window_points());
    }
  }
  // The chain of membranes runs beside the next tile; that of the last tile shows.
  if (faithful && run.tiles != 0) run.compute += Cycles{config.cols} * tags.window_points();
  return run;
}

std::string ptb_compat_problem(const GemmGeometry& g) {
  if (g.T < compat_points) return fmt::format("the PTB model of the reference needs at least {} time steps, not {}", compat_points, g.T);
  const std::uint64_t rows = padded_to_power_of_two(g.T) / compat_points * g.positions();
  if (!(g.kind == GemmGeometry::Kind::fc && g.L == 1) && rows % compat_cols != 0)
    return fmt::format("the PTB model of the reference cuts {} rows (windows x positions) into {} equal blocks", rows, compat_cols);
  return {};
}

PtbCompat ptb_compat(const GemmGeometry& g, const SpikeView& spikes) {
  if (const std::string problem = ptb_compat_problem(g); !problem.empty()) throw InternalError(problem);
  const LayerMap layer(g);
  const TagPyramid tags(layer, spikes, compat_points, 1);
  PtbCompat run;
  if (layer.single_position()) {
    // One word per input over all windows; the reference never pairs these.
    for (std::uint64_t channel = 0; channel < layer.channels; ++channel) run.length += tags.stride_tag(channel, 0);
    run.lines = run.length;
  } else {
    const std::uint64_t windows = padded_to_power_of_two(g.T) / compat_points, positions = layer.positions();
    const std::uint64_t block = windows * positions / compat_cols;
    LinePairing pairing(compat_cols, LinePairing::unlimited);
    std::vector<std::uint64_t> words(g.K());
    for (std::uint64_t s = 0; s < block; ++s) {
      std::fill(words.begin(), words.end(), 0);
      for (std::uint64_t column = 0; column < compat_cols; ++column) {
        const std::uint64_t row = column * block + s, window = row / positions;
        if (window >= tags.windows()) continue;  // padding in time is silent
        for_each_line(layer, row % positions, [&](std::uint64_t channel, std::uint64_t line, std::uint64_t pixel) {
          words[line] |= static_cast<std::uint64_t>(test_bit(tags.windows_of(channel, pixel), window)) << column;
        });
      }
      const PairedLines paired = pairing.pair(words);
      run.lines += paired.lines;
      run.bursting += paired.bursting;
      run.length += paired.slots();
    }
  }
  const std::uint64_t out_side_squared = g.kind == GemmGeometry::Kind::conv2d ? g.out_h() * g.out_w() : g.L;
  run.compute = run.length * ceil_div(g.N, compat_rows) * compat_points + out_side_squared * compat_cold_start;
  run.dram_read = g.M() * g.K() + g.K() * g.N * 8;
  run.dram_write = g.M() * g.N;
  const Bits bits = run.dram_read + run.dram_write;
  // The first fetch is not hidden behind anything and is the 1 below; fewer bits than it leave nothing to wait for.
  const Cycles words = bits >= compat_first_bits ? (bits - compat_first_bits) / compat_port_bits : 0;
  run.stall = 1 + (words > run.compute ? words - run.compute : 0);
  return run;
}

}  // namespace snnvp::pe_array
