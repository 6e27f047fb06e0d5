// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/mesh/port_places.h>

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace snnvp {

std::map<std::string, std::uint32_t> port_nodes(const ParamSet& set, const Value& given, unsigned width, unsigned height) {
  std::set<std::string> blocks;
  for (const char* port : {"in", "out"})
    for (const std::string& peer : set.peers(port)) blocks.insert(block_of(peer));
  std::map<std::string, std::uint32_t> nodes;
  std::set<std::uint32_t> taken;
  for (std::size_t i = 0; i < given.keys().size(); ++i) {
    const auto& place = given.items()[i].items();
    const auto node = static_cast<std::uint32_t>(place.at(0).as_u64() + width * place.at(1).as_u64());
    nodes[given.keys()[i]] = node;
    taken.insert(node);
  }
  const std::uint32_t count = width * height;
  std::uint32_t next = 0;
  for (const std::string& block : blocks) {
    if (nodes.count(block) != 0) continue;
    while (taken.size() < count && taken.count(next) != 0) next = (next + 1) % count;
    nodes[block] = next;
    taken.insert(next);
    next = (next + 1) % count;
  }
  return nodes;
}

bool takes_packets(const Value& packet_ports, const std::string& block) {
  const auto& names = packet_ports.items();
  return std::any_of(names.begin(), names.end(), [&block](const Value& v) { return v.as_text() == block; });
}

void check_port_places(const ParamSet& set, const Value& nodes, const Value& packet_ports, unsigned width, unsigned height,
                       const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  std::vector<std::string> linked;
  for (const char* port : {"in", "out"})
    for (const std::string& peer : set.peers(port)) linked.push_back(block_of(peer));
  const auto require_linked = [&](const std::string& name, const char* where) {
    if (std::find(linked.begin(), linked.end(), name) == linked.end())
      diagnostics.error(pos, fmt::format("{}.{}", path, where), fmt::format("no block '{}' is linked to it", name),
                        did_you_mean(name, linked));
  };
  for (std::size_t i = 0; i < nodes.keys().size(); ++i) {
    require_linked(nodes.keys()[i], "nodes");
    const auto& place = nodes.items()[i].items();
    if (place.size() != 2 || place[0].as_u64() >= width || place[1].as_u64() >= height)
      diagnostics.error(pos, path + ".nodes." + nodes.keys()[i],
                        fmt::format("a node is [x, y] with x below {} and y below {}", width, height));
  }
  for (const Value& name : packet_ports.items()) require_linked(name.as_text(), "packet_ports");
}

}  // namespace snnvp
