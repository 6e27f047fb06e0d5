// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/interconnect/mesh/mesh_config.h>

namespace snnvp::mesh {

/// State of a virtual-channel router. Channels are numbered port * 8 + vc, so that a set of them is a 64-bit mask.
struct Router {
  static constexpr unsigned channels = ports_per_router * most_vcs;
  static constexpr std::uint8_t nobody = 0xFF;

  /// An input virtual channel: a ring buffer of flits, and where its packet goes.
  struct Input {
    std::uint16_t first = 0;  ///< place of the oldest flit
    std::uint16_t count = 0;  ///< flits in it
    std::uint16_t next = 0;   ///< of these, already sent to the branch under way
    std::uint8_t out_port = 0, out_vc = 0;
    std::uint8_t vc_mask = 0;      ///< output channels its packet may take
    std::uint8_t accept_turn = 0;  ///< output channel whose grant it would take first
  };

  /// An output virtual channel: the buffer behind it, and who may fill it.
  struct Output {
    std::uint16_t credits = 0;
    std::uint8_t owner = nobody;  ///< input channel, or nobody
    std::uint8_t grant_turn = 0;  ///< input channel it would grant first
  };

  // Sets of input channels.
  std::uint64_t waiting = 0;  ///< at the front is a head flit without an output channel
  std::uint64_t holding = 0;  ///< has an output channel
  std::uint64_t ready = 0;    ///< has an output channel, a flit and a credit
  std::uint64_t forking = 0;  ///< sends a branch of a multicast, not the last one: flits stay

  std::uint16_t x = 0, y = 0;
  // Sets of ports.
  std::uint8_t exits = 0;    ///< at which an endpoint is
  std::uint8_t limited = 0;  ///< at which an endpoint with limited slots is
  bool is_active = false;  ///< is in the list of routers to look at

  Input in[channels];
  Output out[channels];

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
