// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <snnvp/platform/registry/param.h>
#include <snnvp/platform/registry/registry.h>

// Where the blocks that are linked to a network sit on its grid, and which of them take packets.
namespace snnvp {

/// "dram.port" -> "dram".
inline std::string block_of(const std::string& peer) { return peer.substr(0, peer.find('.')); }

/// The node (x + width y) of each linked block: as `nodes` says ({ name: [x, y] }), the others by name on the nodes that are left, row by
/// row.
std::map<std::string, std::uint32_t> port_nodes(const ParamSet& set, const Value& nodes, unsigned width, unsigned height);
/// Does `packet_ports` name the block?
bool takes_packets(const Value& packet_ports, const std::string& block);
/// Names that are not linked and places off the grid are told at `path`.
void check_port_places(const ParamSet& set, const Value& nodes, const Value& packet_ports, unsigned width, unsigned height,
                       const SourcePos& pos, const std::string& path, Diagnostics& diagnostics);

}  // namespace snnvp
