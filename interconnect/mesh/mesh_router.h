// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/interconnect/mesh/mesh_config.h>

namespace snnvp::mesh {

/// State of a virtual-channel router. Channels are numbered port * 8 + vc, so that a set of them is a 64-bit mask.
struct Router {
  static constexpr unsigned channels = ports_per_router * most_vcs;
  static constexpr std::uint8_t nobody = 0xFF;

  // Sets of input channels.
  std::uint64_t waiting = 0;  ///< at the front is a head flit without an output channel
  std::uint64_t holding = 0;  ///< has an output channel
  std::uint64_t ready = 0;    ///< has an output channel, a flit and a credit
  std::uint64_t forking = 0;  ///< sends a branch of a multicast, not the last one: flits stay

  std::uint16_t x = 0, y = 0;
  bool is_active = false;  ///< is in the list of routers to look at

  // By input channel.
  std::uint16_t first[channels] = {};  ///< place of the oldest flit in the ring buffer
  std::uint16_t count[channels] = {};  ///< flits in it
  std::uint16_t next[channels] = {};   ///< of these, already sent to the branch under way
  std::uint8_t out_port[channels] = {};
  std::uint8_t out_vc[channels] = {};
  std::uint8_t vc_mask[channels] = {};     ///< output channels its packet may take
  std::uint8_t accept_turn[channels] = {};  ///< output channel whose grant it would take first

  // By output channel.
  std::uint16_t credits[channels] = {};
  std::uint8_t owner[channels] = {};       ///< input channel, or nobody
  std::uint8_t grant_turn[channels] = {};  ///< input channel it would grant first

  // By port.
  std::uint8_t free_vcs[ports_per_router] = {};  ///< output channels without owner
  std::uint8_t vc_turn[ports_per_router] = {};        ///< of an input port: virtual channel that asks first
  std::uint8_t switch_grant_turn[ports_per_router] = {};
  std::uint8_t switch_accept_turn[ports_per_router] = {};
};

/// The first member of a non-empty set at or after `turn`, else the first of all: a round-robin arbiter.
inline unsigned round_robin(std::uint64_t set, unsigned turn) {
  const std::uint64_t later = set & (~std::uint64_t{0} << turn);
  return static_cast<unsigned>(__builtin_ctzll(later != 0 ? later : set));
}

}  // namespace snnvp::mesh
