// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <snnvp/models/prosperity/attention_timing.h>
#include <snnvp/models/prosperity/paper_timing.h>

namespace snnvp::test {

/// One network of a list in the grammar of spec/prosperity.md 7.2: geometry only.
struct PublishedNetwork {
  struct Layer {
    std::string op;  ///< conv, fc, lif, attn, ln, pool
    std::vector<std::uint64_t> numbers;
  };
  std::vector<std::string> names;  ///< networks that share this geometry
  std::uint64_t T = 1;
  AttentionGeometry::Kind attention = AttentionGeometry::Kind::spikformer;
  std::vector<Layer> layers;
};

inline AttentionGeometry::Kind attention_kind(const std::string& name) {
  using Kind = AttentionGeometry::Kind;
  if (name == "spikformer") return Kind::spikformer;
  if (name == "spikebert") return Kind::spikebert;
  if (name == "sdt") return Kind::sdt;
  if (name == "spikingbert") return Kind::spikingbert;
  throw std::runtime_error("unknown attention type " + name);
}

/// "net NAME... : T=n [type=KIND]", then layers until the next "net" or "end".
inline std::vector<PublishedNetwork> read_published_networks(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::vector<PublishedNetwork> networks;
  std::vector<std::size_t> open_block;  // "n x {" may not nest in these lists
  std::uint64_t repeat = 1;
  for (std::string line; std::getline(in, line) && line != "end";) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::vector<std::string> tokens;
    for (std::string word; words >> word;) tokens.push_back(word);
    if (tokens.front() == "net") {
      PublishedNetwork& network = networks.emplace_back();
      for (std::size_t i = 1; i < tokens.size(); ++i) {
        if (tokens[i] == ":") continue;
        if (tokens[i].rfind("T=", 0) == 0) {
          network.T = std::stoull(tokens[i].substr(2));
        } else if (tokens[i].rfind("type=", 0) == 0) {
          network.attention = attention_kind(tokens[i].substr(5));
        } else {
          network.names.push_back(tokens[i]);
        }
      }
      continue;
    }
    std::vector<PublishedNetwork::Layer>& layers = networks.back().layers;
    for (std::size_t i = 0; i < tokens.size();) {
      if (tokens[i] == "|") {
        ++i;
      } else if (i + 1 < tokens.size() && tokens[i + 1] == "x") {
        repeat = std::stoull(tokens[i]);
        open_block.push_back(layers.size());
        i += 3;
      } else if (tokens[i] == "}") {
        const std::vector<PublishedNetwork::Layer> block(layers.begin() + static_cast<std::ptrdiff_t>(open_block.back()), layers.end());
        for (std::uint64_t n = 1; n < repeat; ++n) layers.insert(layers.end(), block.begin(), block.end());
        open_block.pop_back();
        ++i;
      } else {
        PublishedNetwork::Layer layer{tokens[i++], {}};
        while (i < tokens.size() && tokens[i].find_first_not_of("0123456789") == std::string::npos &&
               !(i + 1 < tokens.size() && tokens[i + 1] == "x")) {
          layer.numbers.push_back(std::stoull(tokens[i++]));
        }
        layers.push_back(layer);
      }
    }
  }
  return networks;
}

/// What depends on geometry only, such as DRAM bits, in `paper` timing.
inline prosperity::NetworkTotals run_without_spikes(const prosperity::Config& config, const PublishedNetwork& network) {
  prosperity::NetworkTotals totals;
  prosperity::LayerState state;
  for (const PublishedNetwork::Layer& layer : network.layers) {
    const auto& number = layer.numbers;
    GemmGeometry gemm;
    gemm.T = network.T;
    if (layer.op == "conv") {
      gemm.kind = GemmGeometry::Kind::conv2d;
      gemm.H = gemm.W = number.at(0);
      gemm.C = number.at(1);
      gemm.N = number.at(2);
      gemm.kernel = number.at(3);
      gemm.padding = number.at(4);
      gemm.stride = number.at(5);
    } else if (layer.op == "fc") {
      gemm.C = number.at(0);
      gemm.N = number.at(1);
      gemm.L = number.at(2);
    }
    if (layer.op == "conv" || layer.op == "fc") {
      totals.add(gemm_layer(config, prosperity::GemmAnalysis::without_spikes(config, gemm), state));
    } else if (layer.op == "lif") {
      totals.add(lif_layer(config, number.at(0), network.T, state));
    } else if (layer.op == "attn") {
      const AttentionGeometry geometry{network.attention, network.T, number.at(1), number.at(0), number.at(2)};
      totals.add(attention_layer(config, prosperity::AttentionAnalysis::without_spikes(config, geometry), state));
    } else if (layer.op == "ln") {
      totals.add(layernorm_layer(config, network.T * number.at(1) * number.at(2), number.at(0), state));
    } else if (layer.op == "pool") {
      totals.add(prosperity::maxpool_layer(state));
    } else {
      throw std::runtime_error("unknown layer " + layer.op);
    }
  }
  return totals;
}

}  // namespace snnvp::test
