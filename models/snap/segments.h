// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/models/snap/snap_config.h>
#include <snnvp/workloads/layers/layer_table.h>
#include <snnvp/workloads/network/integer_network.h>

// An integer network cut into what groups of tiles compute (spec/chiplet.md 4.5).
namespace snnvp::snap {

/// A connection with the nodes behind it that work channel by channel (neurons, relu, scales, pools, sums of branches, flatten), an
/// input, or such nodes alone. A node that joins branches belongs to the last of them.
struct Segment {
  std::string name;
  std::vector<std::size_t> nodes;         ///< in execution order
  std::optional<std::size_t> connection;  ///< the first of them
  bool is_input = false;
  bool has_neurons = false;
  std::uint64_t channels = 1;  ///< spread over columns of tiles: element n of a node of size s is of channel n / (s / channels)
  std::uint64_t tokens = 1;    ///< positions of the first node
  /// By place in `nodes`, by token: positions whose values are complete once that token's are.
  std::vector<std::vector<std::vector<std::uint32_t>>> ready;
};

/// Values of a node that another segment (or the own connection) reads.
struct Feed {
  std::size_t node = 0;  ///< that gives them
  std::uint32_t from = 0, to = 0;
  bool into_connection = false;  ///< else into nodes that work channel by channel
  std::size_t reader = 0;        ///< a node of `to`
  bool is_spikes = false;        ///< sent as spikes (mode snn); else as dense values
  unsigned bytes = 1;            ///< of a dense value: 1 for int8 and spikes, 4 for sums and membranes
  /// The edge's factor and the limit to int8 are applied by the sender: a connection's only input.
  std::optional<IntegerInput> scaled;
  std::uint64_t positions = 1;   ///< elements of `node` per channel of `from`
  bool converts = false;         ///< int8 in mode hnn: goes through the boundary's code where it crosses; sums stay dense
  bool may_be_negative = false;  ///< of these: not a relu's
};

struct SegmentedNetwork {
  std::vector<Segment> segments;
  std::vector<Feed> feeds;
  /// By node and input: the feed that brings it, or -1 for a node of the same segment.
  std::vector<std::vector<int>> feed_of;
  std::vector<std::uint32_t> segment_of;  ///< by node
  bool is_recurrent = false;              ///< a value comes back to a segment that made it: steps go one by one
  LayerTable table;                       ///< the segments as layers
};

/// Cuts a network; `mode` decides what travels. InputError: neurons in ann and hnn, relu in snn (decision 39).
SegmentedNetwork cut(const IntegerNetwork& network, Mode mode);

}  // namespace snnvp::snap
