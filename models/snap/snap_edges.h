// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <systemc>
#include <tlm>

#include <snnvp/interconnect/bus/bus_core.h>
#include <snnvp/models/snap/edge_network.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/tlm/extensions.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

/// A block linked to a package, and the io tile it sits at.
struct IoPlace {
  std::string name;  ///< of the peer
  snap::Tile tile = 0;
  bool takes_packets = false;  ///< towards targets: writes are packets
};

/// TLM-2.0 at the edges of a package: a memory-mapped transaction becomes a message to the io tile of its target and comes back as one; a
/// write to a packet port is a message of its own bytes. A part of Snap, which has the sockets.
class SnapEdges {
public:
  /// Transactions leave towards target `j` through `out(j)`.
  using Out = std::function<tlm::tlm_fw_transport_if<>&(unsigned j)>;

  SnapEdges(const snap::Config& config, const ClockDomain& clock, std::vector<IoPlace> initiators, std::vector<IoPlace> targets, Out out);
  ~SnapEdges();

  void map(const AddressWindow& window, const std::string& block);
  const AddressMap& address_map() const { return map_; }

  void transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  /// The package's process for messages: to be called when wake() fires.
  void advance();
  const sc_core::sc_event& wake() const { return wake_; }

  void reset();
  bool is_idle() const { return network_.is_idle() && pending_.empty() && posted_ == 0; }
  std::string waiting_for() const;
  const snap::EdgeNetwork& network() const { return network_; }
  std::uint64_t transactions() const { return transactions_; }
  std::uint64_t spike_packets() const { return spike_packets_; }
  std::uint64_t failed_packets() const { return failed_packets_; }

private:
  class Passage;
  struct Posted {
    unsigned port = 0;
    Address address = 0;
    SpikeBurst burst;
    bool has_burst = false;
    std::vector<std::uint8_t> bytes;
    Picoseconds at = 0;
  };
  /// A message not yet in the network, or under way.
  struct Trip {
    snap::Tile from = 0, to = 0;
    Bits header_bits = 0;
    std::vector<std::uint8_t> bytes;
    Cycles at = 0;
    unsigned port = 0;
    bool is_response = false;
    Address address = 0;
    Passage* passage = nullptr;      // a thread waits; null if it was killed
    std::unique_ptr<Posted> posted;  // or a packet for a port
  };

  void access(unsigned port, const BusMapping& mapping, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void post(unsigned port, const BusMapping& mapping, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void deliver(unsigned port);
  std::uint32_t start(Trip trip);
  void send_pending(Cycles cycle);
  void arm(Picoseconds at);

  snap::Config config_;
  ClockDomain clock_;
  std::vector<IoPlace> initiators_, targets_;
  Out out_;
  AddressMap map_;
  snap::EdgeNetwork network_;
  std::vector<Trip> trips_;
  std::vector<std::uint32_t> free_, pending_;
  std::vector<std::uint32_t> writing_;  // by initiator: packets that have not arrived
  std::vector<std::deque<std::unique_ptr<Posted>>> delivered_;
  std::vector<std::unique_ptr<sc_core::sc_event>> delivered_events_;
  sc_core::sc_event wake_, room_;
  Picoseconds armed_ = 0;
  std::uint64_t posted_ = 0, epoch_ = 0;
  std::uint64_t transactions_ = 0, spike_packets_ = 0, failed_packets_ = 0;
};

}  // namespace snnvp
