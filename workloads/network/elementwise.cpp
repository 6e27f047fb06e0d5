// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/elementwise.h>

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp {

namespace {

// floor(sqrt(x)), bit by bit: no libm, equal on every host.
std::uint64_t integer_sqrt(std::uint64_t x) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 62; bit != 0; bit >>= 2) {
    if (x >= root + bit) {
      x -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return root;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

}  // namespace

std::string geometry_problem(const PoolGeometry& g) {
  GemmGeometry window;
  window.kind = GemmGeometry::Kind::conv2d;
  window.C = g.C;
  window.H = g.H;
  window.W = g.W;
  window.N = 1;
  window.kernel = g.kernel;
  window.stride = g.stride;
  window.padding = g.padding;
  return geometry_problem(window);
}

SpikeTensor max_pool(const PoolGeometry& g, const SpikeView& input) {
  if (input.shape.size() != 4 || input.shape[1] != g.C || input.shape[2] != g.H || input.shape[3] != g.W)
    throw InputError(fmt::format("max pooling of ({}, {}, {}) got a tensor of shape ({})", g.C, g.H, g.W, shape_text(input.shape)));
  const std::uint64_t T = input.shape[0];
  SpikeTensor out("TCHW", {T, g.C, g.out_h(), g.out_w()});
  std::uint64_t to = 0;
  for (std::uint64_t plane = 0; plane < T * g.C; ++plane)
    for (std::uint64_t oy = 0; oy < g.out_h(); ++oy)
      for (std::uint64_t ox = 0; ox < g.out_w(); ++ox, ++to)
        for (std::uint64_t ky = 0; ky < g.kernel; ++ky)
          for (std::uint64_t kx = 0; kx < g.kernel; ++kx) {
            const std::uint64_t y = oy * g.stride + ky - g.padding;  // wraps above the image: out of range
            const std::uint64_t x = ox * g.stride + kx - g.padding;
            if (y < g.H && x < g.W && input.at((plane * g.H + y) * g.W + x)) out.set(to);
          }
  return out;
}

void integer_layernorm(std::uint64_t rows, std::uint64_t width, const std::int32_t* in, std::int32_t* out) {
  if (width == 0 || width > max_norm_width) throw InternalError("integer_layernorm: impossible width");
  constexpr std::int64_t limit = std::int64_t{1} << 24;
  for (std::uint64_t r = 0; r < rows; ++r, in += width, out += width) {
    std::int64_t sum = 0;
    for (std::uint64_t i = 0; i < width; ++i) sum += in[i];
    const std::int64_t mean = floor_div(sum, static_cast<std::int64_t>(width));
    const auto centred = [&](std::uint64_t i) { return std::clamp(in[i] - mean, -limit, limit); };
    std::uint64_t squares = 0;
    for (std::uint64_t i = 0; i < width; ++i) squares += static_cast<std::uint64_t>(centred(i) * centred(i));
    const auto deviation = static_cast<std::int64_t>(std::max<std::uint64_t>(1, integer_sqrt(squares / width)));
    for (std::uint64_t i = 0; i < width; ++i) out[i] = static_cast<std::int32_t>(64 * centred(i) / deviation);
  }
}

void saturating_add(std::uint64_t count, const std::int32_t* a, const std::int32_t* b, std::int32_t* out) {
  constexpr std::int64_t low = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t high = std::numeric_limits<std::int32_t>::max();
  for (std::uint64_t i = 0; i < count; ++i) out[i] = static_cast<std::int32_t>(std::clamp(std::int64_t{a[i]} + b[i], low, high));
}

}  // namespace snnvp
