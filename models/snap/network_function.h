// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <snnvp/models/snap/placement.h>
#include <snnvp/models/snap/segments.h>
#include <snnvp/workloads/network/integer_state.h>
#include <snnvp/workloads/network/simulate.h>

namespace snnvp::snap {

/// What the tiles of a package compute of a network with weights: each its part, from the values that packets brought it.
/// SnapCore says when; nothing here knows of time.
class NetworkFunction {
public:
  NetworkFunction(std::shared_ptr<const IntegerNetwork> network, Mode mode);

  const IntegerNetwork& network() const { return *network_; }
  const SegmentedNetwork& segments() const { return cut_; }
  const LayerTable& table() const { return cut_.table; }
  const Feed& feed(int index) const { return cut_.feeds[static_cast<std::size_t>(index)]; }

  /// Gives the tiles their parts. The streams to send come from connect().
  void settle(const Config& config, const Placement& placement);
  /// Streams of a layer's values to all that read them.
  static void connect(const Config& config, const SegmentedNetwork& cut, const IntegerNetwork& network, const Placement& placement,
                      std::uint32_t layer, std::vector<Stream>& streams);

  /// All state at rest; `sample` is what the inputs give.
  void begin(const NetworkSample& sample);

  /// The products of a tile for one position and step: [out]. Returns how many of its inputs were not zero.
  std::uint64_t sums(std::uint32_t layer, std::uint32_t row, std::uint32_t col, std::uint64_t token, std::uint64_t step, std::int32_t* out);
  /// The last row's sums (null for layers without weights) go through the nodes behind the connection, as far as they are complete.
  void finish(std::uint32_t layer, std::uint32_t col, std::uint64_t token, std::uint64_t step, const std::int32_t* sums);
  /// Positions of a feed's values that a token completes.
  const std::vector<std::uint32_t>& ready(int feed, std::uint64_t token) const;
  /// A value as it is sent: element `n` of the feed's node.
  std::int32_t value(int feed, std::uint64_t n, std::uint64_t step) const;
  /// One byte of a dense value, or a spike (byte 0, value 1), as it came to a tile.
  void arrive(int feed, Tile tile, std::uint64_t n, std::uint64_t step, unsigned byte, std::uint32_t value);

  /// Everything that was computed, by node.
  std::vector<IntegerTrace> traces() const;

private:
  /// Values of one feed that a tile holds: [step][n - first].
  struct Held {
    std::uint64_t first = 0, count = 0;
    std::vector<std::uint32_t> values;
  };
  struct Part {
    std::uint32_t layer = 0, row = 0, col = 0;
    std::map<int, Held> held;
  };
  /// Neurons of a node in one column: a state per position.
  using Membranes = std::vector<std::unique_ptr<LifState>>;

  const Held* held(const Part& part, int feed) const;
  std::int32_t held_value(const Held& held, const Feed& feed, std::uint64_t n, std::uint64_t step) const;
  std::int32_t input(const Part& part, std::size_t node, std::uint64_t n, std::uint64_t step) const;
  void evaluate(Part& part, std::size_t k, std::uint32_t position, std::uint64_t step);
  std::int32_t pooled(const Part& part, std::size_t node, std::uint64_t channel, std::uint64_t position, std::uint64_t step) const;
  void fire(const Part& part, std::size_t node, std::uint32_t position, std::uint64_t step);
  std::unique_ptr<LifState> membranes(const Part& part, std::size_t node, std::uint64_t position) const;

  std::shared_ptr<const IntegerNetwork> network_;
  SegmentedNetwork cut_;
  Config config_;
  const Placement* placement_ = nullptr;
  std::vector<std::vector<std::int8_t>> weights_;  // by layer: [fan-in][out]
  std::map<Tile, Part> parts_;
  std::uint64_t steps_ = 0;
  std::vector<std::vector<std::int32_t>> values_;                         // by node: [step][n]
  std::vector<std::vector<std::int32_t>> inputs_;                         // of delay nodes: their x, likewise
  std::map<std::pair<std::size_t, std::uint32_t>, Membranes> membranes_;  // by node and column
};

}  // namespace snnvp::snap
