// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/geometry.h>

#include <fmt/format.h>

#include <algorithm>

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
  const struct {
    const char* what;
    const std::vector<std::int32_t>& values;
  } per_channel[] = {{"thresholds", n.channel_threshold},       {"leaks", n.channel_leak},
                     {"reset values", n.channel_reset},         {"biases", n.channel_bias},
                     {"synapse leaks", n.channel_synapse_leak}, {"synapse biases", n.channel_synapse_bias}};
  for (const auto& [what, values] : per_channel)
    if (!values.empty() && values.size() != channels) return fmt::format("{} channel {} for {} channels", values.size(), what, channels);
  const auto bad_factor = [](std::int32_t factor) { return factor < 0 || factor > 65536; };
  const auto factor_problem = [&](const char* what, std::int32_t all, const std::vector<std::int32_t>& each) -> std::string {
    const auto bad = std::find_if(each.begin(), each.end(), bad_factor);
    if (bad == each.end() && (!each.empty() || !bad_factor(all))) return {};
    return fmt::format("the {} factor is {}/65536, must be 0 to 65536", what, bad != each.end() ? *bad : all);
  };
  if (n.leak == NeuronRecord::Leak::multiply)
    if (std::string problem = factor_problem("leak", n.leak_value, n.channel_leak); !problem.empty()) return problem;
  if (n.has_current())
    if (std::string problem = factor_problem("synapse leak", n.synapse_leak, n.channel_synapse_leak); !problem.empty()) return problem;
  if (n.model == NeuronRecord::Model::i && n.leak != NeuronRecord::Leak::none) return "a neuron of model i has no leak";
  if (n.input_shift > max_neuron_shift || n.synapse_shift > max_neuron_shift) return fmt::format("shifts are at most {}", max_neuron_shift);
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
