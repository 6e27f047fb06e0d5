// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include <snnvp/models/snap/network_function.h>
#include <snnvp/models/snap/package_network.h>
#include <snnvp/models/snap/placement.h>
#include <snnvp/models/snap/spike_source.h>

// A package at work: tiles compute, packets travel, converters turn activations into spikes and back (spec/chiplet.md 4, 5).
// Pure C++ in cycles of the mesh's clock.
namespace snnvp::snap {

/// What a stage (layers side by side) took and moved. With sampled tokens everything is scaled to all of them.
struct StageResult {
  std::string name;
  std::size_t stage = 0;
  Cycles cycles = 0;
  std::uint64_t tokens = 1, simulated_tokens = 1;
  std::uint64_t packets = 0;      ///< injected by tiles
  std::uint64_t crossings = 0;    ///< packets over die-to-die links, end-of-window packets included
  std::uint64_t eow_packets = 0;  ///< of these
  std::uint64_t spikes = 0;       ///< that crossed or, in snn, were sent
  std::uint64_t late_spikes = 0;
  std::uint64_t flit_hops = 0;  ///< flits x links of the meshes
  std::uint64_t hop_bits = 0;   ///< packet bits x links
  Bits d2d_payload_bits = 0, d2d_wire_bits = 0;
  std::uint64_t d2d_flits = 0, d2d_replays = 0, nop_bytes = 0;
  Cycles busiest_link_cycles = 0;  ///< wires of the busiest die-to-die direction
  std::string busiest_link;
  std::uint64_t busiest_noc_flits = 0;  ///< of the busiest output of a router
  std::uint64_t macs = 0, accumulates = 0, neuron_updates = 0, weight_rows = 0, value_reads = 0, value_writes = 0;
  std::uint64_t conversions = 0;  ///< neuron-steps of converters
  mesh::NetworkCounts noc;        ///< of all chips

  /// Adds another run of the same stage.
  StageResult& operator+=(const StageResult& other);
};

/// A chain of fc layers of a table as a network with weights: int8 drawn from streams named by layer, ReLU between layers. InputError
/// unless the table is such a chain.
IntegerNetwork draw_network(const LayerTable& table, std::uint64_t seed);
/// Its input: int8 >= 0, one step per token of the table.
NetworkSample draw_sample(const LayerTable& table, std::uint64_t seed);

/// The golden model behind the boundary: every value that crosses between chips has gone through the boundary's code (mode hnn). Plain
/// loops over the network, without tiles or packets; of the placement it only asks which chip computes what. By node.
std::vector<IntegerTrace> golden_behind_boundary(const Config& config, const SegmentedNetwork& cut, const IntegerNetwork& network,
                                                 const Placement& placement, const NetworkSample& sample);

class SnapCore {
public:
  /// A table: packets without values. InputError with all problems() or where the network does not fit.
  SnapCore(const Config& config, LayerTable table);
  /// A network with weights, which is computed. Likewise, or if the mode is not its own (decision 39).
  SnapCore(const Config& config, std::shared_ptr<NetworkFunction> function);

  /// A network with weights: the next sample, from rest. Its stages follow.
  void begin_sample(const NetworkSample& sample);

  const Config& config() const { return config_; }
  const LayerTable& table() const { return table_; }
  const Placement& placement() const { return placement_; }
  /// Stages of a sample; a network with more steps than a window has runs them window by window.
  std::size_t stages() const { return program_.size(); }

  /// Runs the next stage to its end. Throws InternalError if it stands still.
  StageResult run_stage();
  /// Steps of a network with weights that go through the stages together: dense values one step after the other; spikes in windows,
  /// unless a value has to come back before the next step.
  std::uint64_t window() const { return config_.mode == Mode::snn && !function_->segments().is_recurrent ? config_.steps() : 1; }
  bool is_finished() const { return next_stage_ == stages(); }
  /// First step of the stage that has just run.
  std::uint64_t turn_first_step() const { return turn_.first_step; }
  Cycles now() const { return now_; }
  const PackageNetwork& network() const { return network_; }
  std::uint64_t corrupt_windows() const { return corrupt_windows_; }

  // What the network tells (PackageNetwork::advance).
  void at_tile(std::uint32_t packet, Tile tile, Cycles now);
  void at_edge(std::uint32_t packet, const RouteNode::Exit& exit, Cycles now);
  void from_link(std::uint32_t packet, std::uint32_t child, Cycles at, const std::uint8_t* data, unsigned bytes);

private:
  enum class Do : std::uint8_t { compute, link_arrival, window_packet, close_window };
  struct Event {
    Cycles at = 0;
    std::uint64_t order = 0;
    Do what = Do::compute;
    std::uint32_t a = 0, b = 0;
    bool operator>(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  /// A tile while its stage runs.
  struct TileRun {
    std::uint32_t layer = 0, row = 0, col = 0;
    Tile tile = 0;
    std::uint64_t injected = 0;  // packets
    Cycles unit_cycles = 1;      // of one token, in snn of one step; with weights, of the unit under way
    std::uint64_t busy = 0;      // cycles of all units so far
    std::uint64_t units = 1, computed = 0, sent = 0;
    std::vector<std::uint32_t> streams;          // it feeds
    std::vector<std::uint32_t> partial_packets;  // by unit: arrived from the row before
    std::uint32_t partial_needed = 0;
    std::vector<std::int32_t> sums;           // [unit][out], of networks with weights
    std::vector<std::uint32_t> partial_sums;  // [unit][out], bytes as they arrived
  };
  /// A window on its way through a converter or an encoder: one stream, token and link.
  struct Window {
    std::uint32_t packets = 0;          // sender: dense packets that have arrived
    std::vector<std::uint32_t> values;  // sender
    BitStream received;                 // receiver
    SpikeTensor spikes;                 // snn encoder
    std::uint32_t stream = 0, token = 0, node = 0;
    Encoding encoding = Encoding::aer;  // auto: as the first packet said
    bool is_closed = false;
  };
  using WindowKey = std::uint64_t;  // (node << 32) | token

  void schedule(Cycles at, Do what, std::uint32_t a, std::uint32_t b = 0) { events_.push({at, order_++, what, a, b}); }
  /// A stage and the steps of the sample that it works on (snn: a window; else one).
  struct Turn {
    std::size_t stage = 0;
    std::uint64_t first_step = 0, steps = 1;
  };
  void begin_stage();
  void begin_tile(std::uint32_t layer, std::uint64_t row, std::uint64_t col);
  void start_unit(TileRun& run);
  /// Steps of a window on its way: of the converter's code, in snn those of the stage.
  std::uint64_t window_steps() const { return config_.mode == Mode::snn ? turn_.steps : config_.steps(); }
  std::uint64_t steps_per_token() const { return config_.mode == Mode::snn ? turn_.steps : 1; }
  /// Neurons of a window: two per value where negative values have an axon of their own.
  static std::uint64_t axons_of(const Stream& stream, std::uint64_t token) { return (stream.is_signed ? 2 : 1) * stream.count_at(token); }
  unsigned value_bytes(const Stream& stream) const { return stream.feed < 0 ? config_.act_bytes() : stream.value_bytes; }
  unsigned value_bits(const Stream& stream) const { return stream.feed < 0 ? config_.act_bits : 8 * stream.value_bytes; }
  std::uint64_t element(const Stream& stream, std::uint64_t token, std::uint64_t neuron) const {
    return (stream.first_at(token) + neuron) * stream.positions + token;
  }
  void send_stream(TileRun& run, std::uint32_t s, std::uint64_t unit, Cycles now);
  void compute(TileRun& run, Cycles now);
  void send_ready(TileRun& run, Cycles now);
  void send_unit(TileRun& run, std::uint64_t unit, Cycles now);
  void send_values(std::uint32_t stream, std::uint32_t node, std::uint32_t token, std::uint64_t step, const std::uint32_t* values,
                   bool only_local, Cycles now);
  void send_spikes(std::uint32_t stream, std::uint64_t token, std::uint64_t step, Cycles now);
  std::uint32_t make(Kind kind, std::uint32_t stream, std::uint32_t node, std::uint64_t token);
  void send_counted(std::uint32_t packet, Cycles now);
  void cross_counted(std::uint32_t packet, const RouteNode::Exit& exit, Cycles now);
  void release(std::uint32_t packet);

  // boundary (boundary.cpp)
  bool converts(const Stream& stream) const {
    return config_.mode == Mode::hnn && stream.kind == Stream::Kind::value && (stream.feed < 0 || stream.converts);
  }
  bool groups_spikes(const Stream& stream) const;
  void collect_values(std::uint32_t packet, const RouteNode::Exit& exit, Cycles now);
  void collect_spikes(std::uint32_t packet, const RouteNode::Exit& exit, Cycles now);
  void convert(Window& window, std::uint32_t node, const RouteNode::Exit& exit, Cycles now);
  void emit_window(const SpikeTensor& spikes, const Window& window, std::uint32_t node, const RouteNode::Exit& exit, Cycles start,
                   Cycles step_cycles);
  void arrive_from_link(std::uint32_t packet, std::uint32_t node, Cycles now);
  void close(Window& window, Cycles now);
  void close_receivers(std::uint32_t node, std::uint32_t stream, std::uint32_t token, Cycles at);
  void forward(std::uint32_t packet, std::uint32_t node, Cycles now);
  Encoding encoding_for(const SpikeTensor& spikes) const;

  void receive(const Packet& packet, Tile tile, Cycles now);
  StageResult finish_stage();
  Cycles extrapolated(const StageResult& r) const;
  std::string waiting_for() const;

  Config config_;
  LayerTable table_;
  std::shared_ptr<NetworkFunction> function_;
  Placement placement_;
  PackageNetwork network_;
  SpikeSource spikes_;

  std::vector<Turn> program_;
  std::size_t next_stage_ = 0;
  Turn turn_;
  const Stage* stage_ = nullptr;
  Cycles now_ = 0, start_ = 0, last_ = 0;
  Cycles steady_last_ = 0;              // last arrival of what is sent every token
  Cycles half_ = 0;                     // when the first half of the simulated tokens had arrived
  std::vector<std::uint64_t> half_of_;  // by layer: that many tokens
  std::priority_queue<Event, std::vector<Event>, std::greater<Event>> events_;
  std::uint64_t order_ = 0;
  std::vector<TileRun> runs_;
  std::map<Tile, std::uint32_t> run_of_;
  std::vector<std::uint32_t> roots_;                          // by stream of the stage: first node of its route
  std::map<std::size_t, std::vector<std::uint32_t>> routes_;  // the same of all stages that have run
  std::map<WindowKey, Window> senders_, receivers_;
  std::map<std::uint64_t, Cycles> converter_busy_;  // by chip and border

  StageResult result_;
  std::uint64_t pooled_packets_ = 0;  // of result_.packets: values that are sent once, whatever the number of tokens
  std::vector<D2dCounts> link_before_[2];
  mesh::NetworkCounts noc_before_;
  std::uint64_t stripped_before_ = 0;
  std::vector<std::uint64_t> port_before_;
  std::uint64_t corrupt_windows_ = 0;
};

}  // namespace snnvp::snap
