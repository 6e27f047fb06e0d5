// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <snnvp/workloads/network/elementwise.h>
#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// Network folders in the format `snn-spikes-v1`: a manifest.json and one npy file of packed spikes per layer
// (spec/formats.md 4.4, decision 14). Readers verify everything the manifest claims; InputError names file and key.
namespace snnvp {

/// The recorded input of one conv or fc layer.
struct SpikeLayer {
  std::string name;
  GemmGeometry geometry;  ///< of a layer that is not simulated only T, C, H, W and L are known; N is then 0
  SpikeTensor spikes;     ///< TCHW (conv), TC or TLC / TLD (fc)
  bool simulated = true;  ///< false: outside the sequence (analog first conv, classifier)
  std::string file;       ///< relative to the folder
  std::string note;       ///< the manifest's own words, may be empty
};

/// Spiking attention with its recorded operands, each (T, L, D).
struct AttentionLayer {
  std::string name;
  AttentionGeometry geometry;
  SpikeTensor q, k, v;
};

/// Rows = T * f * L, each of `width` values (spec/prosperity.md 5.4).
struct LayerNormGeometry {
  std::uint64_t rows = 0;
  std::uint64_t width = 0;
};

/// One operation of a network, in execution order.
struct SequenceOp {
  enum class Kind { conv2d, fc, lif, maxpool2d, attention, layernorm, add };
  Kind kind = Kind::fc;
  std::string name;
  std::vector<std::string> inputs;  ///< names of earlier operations; the previous one if the manifest names none, empty for the first
  std::size_t index = 0;            ///< conv2d, fc: in SpikeNetwork::layers; attention: in SpikeNetwork::attentions
  std::uint64_t neurons = 0;        ///< lif, as the manifest says; need not fit the layer (decision 15)
  std::uint64_t T = 0;              ///< lif
  PoolGeometry pool;                ///< maxpool2d; the source's own geometry, which need not match the next layer
  LayerNormGeometry norm;           ///< layernorm
};

/// "conv2d", "lif", ...
std::string op_name(SequenceOp::Kind kind);

struct SpikeNetwork {
  std::string name;
  std::string folder;
  std::string source;  ///< where the data are from, may be empty
  std::vector<SequenceOp> sequence;
  std::vector<SpikeLayer> layers;
  std::vector<AttentionLayer> attentions;
  std::vector<std::string> input_files;  ///< every file that was read, manifest first, `folder` prefixed

  /// The layer of that name, or nullptr.
  const SpikeLayer* layer(const std::string& layer_name) const;
};

/// Reads and verifies a network folder (or the manifest.json in it). CRC-32, nnz, bits and bytes are verified where given;
/// shapes and geometry always.
SpikeNetwork read_spike_network(const std::string& folder);
/// The same with the text of manifest.json given instead of read.
SpikeNetwork parse_spike_network(std::string_view manifest, const std::string& folder);

/// Writes manifest.json and one npy file per tensor into an existing or new folder; the same network gives the same bytes.
/// Reading it back gives an equal network. InputError if a file cannot be written.
void write_spike_network(const SpikeNetwork& network, const std::string& folder);

/// Reads and verifies a folder whose manifest is a list of attention cases (`spikes/synthetic_attention`).
/// `input_files` (if not null) receives what was read.
std::vector<AttentionLayer> read_attention_cases(const std::string& folder, std::vector<std::string>* input_files = nullptr);

/// A network of this single operation.
SpikeNetwork network_of(const AttentionLayer& attention);

}  // namespace snnvp
