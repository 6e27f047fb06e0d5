// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/interconnect/mesh/mesh.h>

// Packets that stand for TLM transactions, on their way through a mesh.
namespace snnvp {

constexpr std::uint64_t trip_mark = std::uint64_t{1} << 63;  // tags of a client stay below
constexpr bool is_trip(std::uint64_t tag) { return (tag & trip_mark) != 0; }

/// A thread's wait for one packet; lives on its stack, and leaves the lists on every path, a killed thread included.
class Mesh::Passage {
public:
  explicit Passage(Mesh& mesh) : mesh_(mesh) {}
  ~Passage() {
    if (is_under_way_) mesh_.trips_[slot_].passage = nullptr;
  }
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  /// Sends a packet and waits until it is delivered. False: a reset came.
  bool travel(Trip trip) {
    trip.passage = this;
    is_under_way_ = true;
    slot_ = mesh_.start(std::move(trip));
    sc_core::wait(arrived_);
    return !is_lost_;
  }
  void arrives(Picoseconds at) {
    is_under_way_ = false;
    arrived_.notify(sc_time_of(at - now_ps()));
  }
  void lose() {
    is_under_way_ = false;
    is_lost_ = true;
    arrived_.notify(sc_core::SC_ZERO_TIME);
  }

private:
  Mesh& mesh_;
  std::uint32_t slot_ = 0;
  bool is_under_way_ = false, is_lost_ = false;
  sc_core::sc_event arrived_;
};

/// A write to a packet port: what the target will see.
struct Mesh::Posted {
  unsigned port = 0;
  Address address = 0;  // the target's
  std::vector<std::uint8_t> bytes;
  SpikeBurst burst;
  bool has_burst = false;
  Picoseconds arrived_ps = 0;
};

}  // namespace snnvp
