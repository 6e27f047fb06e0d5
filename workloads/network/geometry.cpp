// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/geometry.h>

#include <fmt/format.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

namespace {

// One side of a tensor or kernel; keeps every product of two sides within 64 bits.
constexpr std::uint64_t max_side = std::uint64_t{1} << 30;
// Weights (int8) and sums (int32) of one layer.
constexpr std::uint64_t max_elements = std::uint64_t{1} << 32;
// Inputs of one output: with int8 weights every sum then fits int32.
constexpr std::uint64_t max_inputs = std::uint64_t{1} << 24;

bool product_exceeds(std::uint64_t limit, std::initializer_list<std::uint64_t> factors) {
  std::uint64_t product = 1;
  for (const std::uint64_t factor : factors) {
    if (factor == 0) return false;
    if (product > limit / factor) return true;
    product *= factor;
  }
  return false;
}

std::string side_problem(const char* what, std::uint64_t side, std::uint64_t least = 1) {
  if (side < least) return fmt::format("{} is {}, must be at least {}", what, side, least);
  if (side > max_side) return fmt::format("{} is {}, must be at most {}", what, side, max_side);
  return {};
}

}  // namespace

std::string geometry_problem(const GemmGeometry& g) {
  const bool conv = g.kind == GemmGeometry::Kind::conv2d;
  struct Side {
    const char* what;
    std::uint64_t value;
    std::uint64_t least;
  };
  const Side sides[] = {{"T", g.T, 1},
                        {conv ? "input channels C" : "inputs C", g.C, 1},
                        {"H", g.H, 1},
                        {"W", g.W, 1},
                        {"L", g.L, 1},
                        {conv ? "output channels N" : "outputs N", g.N, 1},
                        {"kernel", g.kernel, 1},
                        {"stride", g.stride, 1},
                        {"padding", g.padding, 0}};
  for (const Side& side : sides)
    if (std::string problem = side_problem(side.what, side.value, side.least); !problem.empty()) return problem;
  if (conv && (g.kernel > g.H + 2 * g.padding || g.kernel > g.W + 2 * g.padding))
    return fmt::format("a kernel of {} does not fit an image of {} x {} with padding {}", g.kernel, g.H, g.W, g.padding);
  const bool too_many_inputs =
      conv ? product_exceeds(max_tensor_bits, {g.T, g.C, g.H, g.W}) : product_exceeds(max_tensor_bits, {g.T, g.L, g.C});
  if (too_many_inputs) return fmt::format("the input has more than {} bits", max_tensor_bits);
  if (product_exceeds(max_inputs, {g.C, conv ? g.kernel : 1, conv ? g.kernel : 1}))
    return fmt::format("an output has more than {} inputs", max_inputs);
  if (product_exceeds(max_elements, {g.C, conv ? g.kernel : 1, conv ? g.kernel : 1, g.N}))
    return fmt::format("the layer has more than {} weights", max_elements);
  if (conv ? product_exceeds(max_elements, {g.T, g.out_h(), g.out_w(), g.N}) : product_exceeds(max_elements, {g.T, g.L, g.N}))
    return fmt::format("the layer has more than {} output sums", max_elements);
  return {};
}

std::string geometry_problem(const AttentionGeometry& g) {
  const struct {
    const char* what;
    std::uint64_t value;
  } sides[] = {{"T", g.T}, {"L", g.L}, {"D", g.D}, {"heads", g.heads}};
  for (const auto& side : sides)
    if (std::string problem = side_problem(side.what, side.value); !problem.empty()) return problem;
  if (g.D % g.heads != 0) return fmt::format("D {} is not a multiple of heads {}", g.D, g.heads);
  if (product_exceeds(max_elements, {g.T, g.L, g.D})) return fmt::format("q, k and v have more than {} elements each", max_elements);
  // The largest possible result is L * d.
  if (product_exceeds(max_elements / 2 - 1, {g.L, g.D / g.heads})) return "L times D / heads exceeds what int32 sums can hold";
  if (product_exceeds(max_elements, {g.L, g.L})) return fmt::format("one head has more than {} scores", max_elements);
  return {};
}

std::string neuron_problem(const NeuronRecord& n, std::uint64_t channels) {
  if (n.width_bits < 2 || n.width_bits > 32) return fmt::format("width_bits is {}, must be 2 to 32", n.width_bits);
  if (!n.channel_threshold.empty() && n.channel_threshold.size() != channels)
    return fmt::format("{} channel thresholds for {} channels", n.channel_threshold.size(), channels);
  if (n.leak == NeuronRecord::Leak::multiply && (n.leak_value < 0 || n.leak_value > 65536))
    return fmt::format("the leak factor is {}/65536, must be 0 to 65536", n.leak_value);
  return {};
}

std::string kind_name(GemmGeometry::Kind kind) { return kind == GemmGeometry::Kind::conv2d ? "conv2d" : "fc"; }

std::string kind_name(AttentionGeometry::Kind kind) {
  switch (kind) {
    case AttentionGeometry::Kind::spikformer: return "spikformer";
    case AttentionGeometry::Kind::spikebert: return "spikebert";
    case AttentionGeometry::Kind::sdt: return "sdt";
    case AttentionGeometry::Kind::spikingbert: return "spikingbert";
  }
  return {};
}

}  // namespace snnvp
