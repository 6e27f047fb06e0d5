// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Networks as tables of layers without weights (spec/chiplet.md 7): what a mapper and a traffic model need to know.
namespace snnvp {

/// One layer. A convolution is its im2col product: fan-in `in` x kernel^2, `tokens` output pixels.
struct LayerRecord {
  /// The last three come from networks with weights, not from tables: a grouped convolution (`in` channels of a group), an input, and
  /// nodes without weights.
  enum class Type { fc, conv, dwconv, gconv, io, nodes };
  std::string name;
  Type type = Type::fc;
  std::uint64_t in = 1, out = 1;  ///< channels or features
  std::uint64_t kernel = 1, stride = 1;
  std::uint64_t taps = 0;             ///< of a kernel that is not square; 0: kernel^2
  std::uint64_t tokens = 1;           ///< output pixels, or rows
  std::optional<double> density;      ///< spikes per neuron and step of its outputs; null: the boundary's default
  std::vector<std::size_t> inputs;    ///< layers whose outputs it reads; empty: the network's input
  std::vector<std::size_t> skips;     ///< layers whose outputs are added to its own
  std::optional<std::uint64_t> chip;  ///< placement asked for

  bool has_weights() const { return type != Type::io && type != Type::nodes; }
  std::uint64_t window() const { return taps != 0 ? taps : kernel * kernel; }
  std::uint64_t fan_in() const { return type == Type::dwconv || !has_weights() ? window() : in * window(); }
  std::uint64_t macs_per_token() const { return has_weights() ? fan_in() * out : 0; }
  std::uint64_t macs() const { return macs_per_token() * tokens; }
  std::uint64_t weights() const { return macs_per_token(); }
  std::uint64_t outputs() const { return out * tokens; }
};

struct LayerTable {
  std::string name;
  std::vector<LayerRecord> layers;  ///< in execution order; inputs come before their readers

  std::uint64_t macs() const;
  std::uint64_t weights() const;
};

/// Reads a layer table (YAML: `network`, `layers: [{name, type, in, out, kernel, stride, tokens, density, inputs, skips, chip}]`).
/// Without `inputs` a layer reads the one before it. Throws InputError with every fault and its place.
LayerTable read_layer_table(const std::string& file);
LayerTable parse_layer_table(const std::string& text, const std::string& name);

}  // namespace snnvp
