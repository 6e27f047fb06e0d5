// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/baselines/loas.h>

#include <vector>

#include <fmt/format.h>

namespace snnvp::baselines {

namespace {

constexpr std::uint64_t groups = 4;

std::uint64_t padded_steps(std::uint64_t T) {
  std::uint64_t padded = 1;
  while (padded < T) padded *= 2;
  return padded;
}

/// The input with fewer steps: bit i of step `to_step(t)` is set by `enough` of the spikes of i in the steps t that lead there.
template <typename ToStep>
SpikeTensor pack(const GemmGeometry& g, const SpikeView& spikes, std::uint64_t steps, std::uint64_t enough, const ToStep& to_step) {
  std::vector<std::uint64_t> shape = spikes.shape;
  shape.front() = steps;
  SpikeTensor packed(spikes.axes, shape);
  const std::uint64_t neurons = g.input_bits() / g.T;
  std::vector<std::uint32_t> count(neurons, 0);
  for (std::uint64_t t = 0; t < g.T; ++t) {
    for (std::uint64_t i = 0; i < neurons; ++i)
      if (spikes.at(t * neurons + i) && ++count[i] == enough) packed.set(to_step(t) * neurons + i);
    if (t + 1 < g.T && to_step(t + 1) != to_step(t)) count.assign(neurons, 0);
  }
  return packed;
}

/// The transpose of a convolution's im2col matrix for one step: C * kernel^2 rows, positions as columns.
SpikeTensor transposed_im2col(const GemmGeometry& g, const SpikeTensor& image) {
  SpikeTensor matrix("TC", {g.K(), g.positions()});
  for (std::uint64_t c = 0, row = 0; c < g.C; ++c)
    for (std::uint64_t ky = 0; ky < g.kernel; ++ky)
      for (std::uint64_t kx = 0; kx < g.kernel; ++kx, ++row)
        for (std::uint64_t oy = 0, column = 0; oy < g.out_h(); ++oy) {
          const std::uint64_t y = oy * g.stride + ky - g.padding;  // outside the image if beyond H, as unsigned too
          for (std::uint64_t ox = 0; ox < g.out_w(); ++ox, ++column) {
            const std::uint64_t x = ox * g.stride + kx - g.padding;
            if (y < g.H && x < g.W && image.at((c * g.H + y) * g.W + x)) matrix.set(row * g.positions() + column);
          }
        }
  return matrix;
}

LoasCount count_of(const prosperity::GemmAnalysis& analysis) {
  return {analysis.tiling.M, analysis.tiling.K, analysis.sums.ones, analysis.sums.pro_ones};
}

}  // namespace

std::string loas_problem(const LoasPacking& packing, const GemmGeometry& g) {
  if (packing.kind == LoasPacking::Kind::groups)
    return padded_steps(g.T) < groups ? fmt::format("{} groups need more than {} time steps", groups, g.T) : std::string();
  if (g.kind != GemmGeometry::Kind::conv2d) return "the map is of convolutions only";
  if (packing.rows == LoasPacking::Rows::inputs && g.K() > max_tensor_bits / g.positions())
    return fmt::format("the matrix has more than {} elements", max_tensor_bits);
  return {};
}

LoasCount loas_count(const LoasPacking& packing, const GemmGeometry& geometry, const SpikeView& spikes,
                     prosperity::GemmAnalyzer& analyzer) {
  const prosperity::Config unit;
  GemmGeometry packed_geometry = geometry;
  if (packing.kind == LoasPacking::Kind::groups) {
    const std::uint64_t steps = padded_steps(geometry.T) / groups;
    packed_geometry.T = groups;
    const SpikeTensor packed = pack(geometry, spikes, groups, 1, [steps](std::uint64_t t) { return t / steps; });
    return count_of(analyzer.analyze(unit, packed_geometry, packed.view()));
  }
  packed_geometry.T = 1;
  const SpikeTensor map = pack(geometry, spikes, 1, packing.over + 1, [](std::uint64_t) { return std::uint64_t{0}; });
  if (packing.rows == LoasPacking::Rows::positions) return count_of(analyzer.analyze(unit, packed_geometry, map.view()));
  const SpikeTensor matrix = transposed_im2col(geometry, map);
  prosperity::SpikeMatrix::Strides strides;
  strides.outer_stride = geometry.positions();
  return count_of(analyzer.analyze(unit, prosperity::SpikeMatrix(matrix.data(), geometry.K(), geometry.positions(), strides), geometry.N));
}

void LoasTotal::add(const LoasCount& layer, std::uint64_t N) {
  const double weight = weighted_ ? static_cast<double>(N) : 1;
  last_elements_ = weight * static_cast<double>(layer.elements());
  elements_ += last_elements_;
  ones_ += weight * static_cast<double>(layer.ones);
  pro_ones_ += weight * static_cast<double>(layer.pro_ones);
}

}  // namespace snnvp::baselines
