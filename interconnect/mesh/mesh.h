// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/interconnect/bus/bus_core.h>
#include <snnvp/interconnect/mesh/mesh_network.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/block/look_ahead.h>
#include <snnvp/platform/block/packet_network.h>
#include <snnvp/platform/tlm/extensions.h>
#include <snnvp/platform/tlm/sc_time.h>
#include <snnvp/platform/trace/hook.h>

namespace snnvp {

/// A mesh or torus with TLM-2.0 edges. A memory-mapped transaction becomes a request packet and comes back as a response packet;
/// a write to a packet port is a packet of its own bytes. All routers run in one process on their own integer cycles.
/// Timing rules: README.md of this folder.
class Mesh : public sc_core::sc_module,
             public AddressRouter,
             public PacketNetwork,
             public StatProvider,
             public EventProvider,
             public Resettable,
             public LookAhead,
             public IdleProvider,
             public trace::Traced {
public:
  SNNVP_HAS_PROCESS(Mesh);

  /// A TLM port and the node it sits at.
  struct Place {
    std::string name;  ///< of the peer, for messages
    std::uint32_t node = 0;
    bool takes_packets = false;  ///< out ports: writes to it are packets
  };
  struct Params {
    mesh::Config config;
    std::uint32_t packet_flits = 1;  ///< of generated packets
    bool tree = false;               ///< multicast as a tree, else as copies from the source
    std::vector<Place> initiators, targets;
    std::uint32_t source_queue = 16;  ///< packets a node's packet writers may have waiting before they wait themselves
    std::uint32_t sink_queue = 4;     ///< packets under way into a node with a packet port
    std::uint64_t pitch_um = 1000;    ///< length of a link
    bool clock_gating = false;        ///< routers without work have no clock
    bool lumped_hops = false;         ///< custom.noc_hop_bit instead of router and link keys
  };

  Mesh(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& clock);
  ~Mesh() override;

  using TargetSocket = tlm_utils::simple_target_socket_tagged<Mesh, 32>;
  using InitiatorSocket = tlm_utils::simple_initiator_socket_tagged<Mesh, 32>;
  sc_core::sc_vector<TargetSocket> in;      ///< children in_0, in_1, ...
  sc_core::sc_vector<InitiatorSocket> out;  ///< children out_0, out_1, ...

  void map(const AddressWindow& window) override;
  std::string memory_map() const override { return map_.text(); }

  NetworkShape network_shape() const override;
  void attach(PacketClient& client) override;
  void send_packet(const PacketRequest& packet) override;
  void send_packets(const PacketRequest& packet, const std::vector<std::uint32_t>& destinations) override;
  std::uint64_t queued(std::uint32_t endpoint) const override { return network_.queued(endpoint); }
  PacketBalance packet_balance() const override;
  std::vector<LinkCount> link_counts() const override;

  const mesh::MeshNetwork& network() const { return network_; }
  /// Kernel activations of the block's own process.
  std::uint64_t activations() const { return activations_; }

  void report_stats(StatSink& sink) const override;
  EventCounts events() const override;
  /// Everything under way is lost; transactions that wait end with GENERIC_ERROR.
  void reset() override;
  void set_look_ahead(Picoseconds most) override { look_ahead_ = most; }
  bool is_idle() const override { return network_.is_empty() && pending_.empty() && posted_waiting_ == 0; }
  std::string waiting_for() const override;
  /// A track per node, with a slice for each packet that ends there, from its source's queue to its last flit.
  void trace_to(trace::Tracer& tracer, const std::string& block) override;

private:
  class Passage;
  struct Posted;

  /// A packet that a thread, or a packet port, waits for.
  struct Trip {
    mesh::PacketSpec packet;
    Cycles at = 0;  ///< cycle it is sent in
    // Equal cycles: a fixed order, whoever ran first.
    unsigned port = 0;
    bool is_response = false;
    Address address = 0;
    Passage* passage = nullptr;      // a thread waits; null if it was killed
    std::unique_ptr<Posted> posted;  // or a packet for a port
  };

  void transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(int port, tlm::tlm_generic_payload& payload);
  bool direct(int port, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate(int target, sc_dt::uint64 start, sc_dt::uint64 end);

  void access(unsigned port, const BusMapping& mapping, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void post(unsigned port, const BusMapping& mapping, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void deliver_posted(unsigned port);
  tlm::tlm_fw_transport_if<>& target(unsigned port) { return *out[port].operator->(); }
  std::uint32_t data_flits(Bytes bytes) const { return bytes == 0 ? 0 : params_.config.flits_of(8 * bytes); }
  Picoseconds unloaded(std::uint32_t from, std::uint32_t to, std::uint32_t flits) const;

  std::uint32_t start(Trip trip);
  void send_pending(Cycles cycle);
  void announce();
  void advance();
  void arm(Picoseconds at);
  Cycles elapsed_cycles() const;

  Params params_;
  ClockDomain clock_;
  AddressMap map_;
  mesh::MeshNetwork network_;
  PacketClient* client_ = nullptr;
  Cycles client_cycle_ = 0;  // in which it acts

  std::vector<Trip> trips_;  // by slot
  std::vector<std::uint32_t> free_trips_;
  std::vector<std::uint32_t> pending_;                          // slots not yet in the network
  std::vector<std::deque<std::unique_ptr<Posted>>> delivered_;  // by packet port
  std::vector<std::unique_ptr<sc_core::sc_event>> delivered_events_;
  std::uint64_t posted_waiting_ = 0;
  std::vector<std::uint32_t> writing_;  // by node: packets of its writers that have not left its queue
  sc_core::sc_event wake_, room_;
  Picoseconds armed_ = 0;  // 0: not
  std::uint64_t pause_at_ = 0;
  Picoseconds look_ahead_ = Picoseconds{1} << 62;
  std::uint32_t writers_waiting_ = 0;

  std::uint64_t transactions_ = 0, bytes_ = 0, spike_packets_ = 0, failed_packets_ = 0, activations_ = 0;
  Picoseconds counted_since_ = 0;
  trace::Hook trace_;
  std::vector<trace::Track> trace_nodes_;  // by destination
  std::vector<trace::Text> trace_names_;   // by source
};

class Registry;
/// Registers `interconnect.mesh`.
void register_mesh(Registry& registry);

}  // namespace snnvp
