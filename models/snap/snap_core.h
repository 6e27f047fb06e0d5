// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include <snnvp/models/snap/package_network.h>
#include <snnvp/models/snap/placement.h>
#include <snnvp/models/snap/spike_source.h>

// A package at work: tiles compute, packets travel, converters turn activations into spikes and back (spec/chiplet.md 4, 5).
// Pure C++ in cycles of the mesh's clock.
namespace snnvp::snap {

/// What a stage (layers side by side) took and moved. With sampled tokens everything is scaled to all of them.
struct StageResult {
  std::string name;
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
};

/// Values of a network of fully connected layers, for runs that compute: int8 weights, activations of act_bits, ReLU.
struct NetworkValues {
  std::vector<std::vector<std::int8_t>> weights;  ///< by layer: [in][out]
  std::vector<unsigned> shift;                    ///< by layer: sum >> shift is the activation
  std::vector<std::uint32_t> input;               ///< [token][in] of the first layer
};
/// Drawn from streams named by layer. InputError unless the table is a chain of fc layers.
NetworkValues draw_values(const Config& config, const LayerTable& table, std::uint64_t seed);
/// The golden model: outputs [token][out] of the last layer. `placement` null: no boundary changes a value (mode ann); else every
/// value that crosses between chips goes through the boundary's code (mode hnn).
std::vector<std::uint32_t> golden_outputs(const Config& config, const LayerTable& table, const NetworkValues& values,
                                          const Placement* placement);

class SnapCore {
public:
  /// InputError with all problems() or where the network does not fit. `values` makes it compute (modes ann and hnn).
  SnapCore(const Config& config, LayerTable table, std::optional<NetworkValues> values = std::nullopt);

  const Config& config() const { return config_; }
  const LayerTable& table() const { return table_; }
  const Placement& placement() const { return placement_; }
  std::size_t stages() const { return placement_.stages.size(); }

  /// Runs the next stage to its end. Throws InternalError if it stands still.
  StageResult run_stage();
  bool is_finished() const { return next_stage_ == stages(); }
  Cycles now() const { return now_; }
  /// Outputs [token][out] of the last layer as its tiles computed them; empty without values.
  std::vector<std::uint32_t> outputs() const { return final_outputs_; }
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
    Cycles unit_cycles = 1;      // of one token, in snn of one step
    std::uint64_t units = 1, computed = 0, sent = 0;
    std::vector<std::uint32_t> streams;          // it feeds
    std::vector<std::uint32_t> partial_packets;  // by unit: arrived from the row before
    std::uint32_t partial_needed = 0;
    std::vector<std::int32_t> sums;           // [unit][out]
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
  void begin_stage();
  void begin_tile(std::uint32_t layer, std::uint64_t row, std::uint64_t col);
  void compute(TileRun& run, Cycles now);
  void send_ready(TileRun& run, Cycles now);
  void send_unit(TileRun& run, std::uint64_t unit, Cycles now);
  void send_values(std::uint32_t stream, std::uint32_t node, std::uint32_t token, const std::uint32_t* values, bool only_local, Cycles now);
  void send_spikes(std::uint32_t stream, std::uint64_t token, std::uint64_t step, Cycles now);
  std::uint32_t make(Kind kind, std::uint32_t stream, std::uint32_t node, std::uint64_t token);
  void send_counted(std::uint32_t packet, Cycles now);
  void cross_counted(std::uint32_t packet, const RouteNode::Exit& exit, Cycles now);
  void release(std::uint32_t packet);

  // boundary (boundary.cpp)
  bool converts(const Stream& stream) const { return config_.mode == Mode::hnn && stream.kind == Stream::Kind::value; }
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
  Placement placement_;
  std::optional<NetworkValues> values_;
  PackageNetwork network_;
  SpikeSource spikes_;

  std::size_t next_stage_ = 0;
  const Stage* stage_ = nullptr;
  Cycles now_ = 0, start_ = 0, last_ = 0;
  Cycles steady_last_ = 0;              // last arrival of what is sent every token
  Cycles half_ = 0;                     // when the first half of the simulated tokens had arrived
  std::vector<std::uint64_t> half_of_;  // by layer: that many tokens
  std::priority_queue<Event, std::vector<Event>, std::greater<Event>> events_;
  std::uint64_t order_ = 0;
  std::vector<TileRun> runs_;
  std::map<Tile, std::uint32_t> run_of_;
  std::vector<std::uint32_t> roots_;  // by stream of the stage: first node of its route
  std::map<WindowKey, Window> senders_, receivers_;
  std::map<std::uint64_t, Cycles> converter_busy_;  // by chip and border

  // values: by layer, [token][input] as they arrived at each tile of a row block
  std::map<std::uint32_t, std::vector<std::vector<std::uint32_t>>> arrived_;  // layer -> by tile: [token][axon]
  std::vector<std::uint32_t> final_outputs_;
  StageResult result_;
  std::uint64_t pooled_packets_ = 0;  // of result_.packets: values that are sent once, whatever the number of tokens
  std::vector<D2dCounts> link_before_[2];
  mesh::NetworkCounts noc_before_;
  std::vector<std::uint64_t> port_before_;
  std::uint64_t corrupt_windows_ = 0;
};

}  // namespace snnvp::snap
