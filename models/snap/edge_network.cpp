// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/edge_network.h>

#include <algorithm>

namespace snnvp::snap {

EdgeNetwork::EdgeNetwork(const Config& config)
    : config_(config), network_(config), most_bytes_(config.d2d.kind == LinkKind::ucie ? layout_of(config.d2d.ucie.flit).payload : 4096) {}

std::uint32_t EdgeNetwork::route(Tile from, Tile to) {
  const auto [it, is_new] = routes_.try_emplace({from, to}, 0);
  if (is_new) it->second = network_.add_route(from, {to});
  return it->second;
}

std::uint32_t EdgeNetwork::slot_for(UnderWay message) {
  if (free_.empty()) {
    messages_.push_back(std::move(message));
    return static_cast<std::uint32_t>(messages_.size() - 1);
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  messages_[slot] = std::move(message);
  return slot;
}

void EdgeNetwork::send(std::uint64_t id, Tile from, Tile to, Bits header_bits, std::vector<std::uint8_t> bytes, Cycles at) {
  const std::uint32_t node = route(from, to);
  at = std::max(at, next_cycle_);
  // The header has bytes of its own on a link.
  const std::size_t header = ceil_div(header_bits, 8), first_part = std::min(bytes.size(), most_bytes_ - header);
  UnderWay message{id, {}, 0};
  message.bytes.resize(bytes.size());
  const std::uint32_t slot = slot_for(std::move(message));
  for (std::size_t begin = 0; begin < bytes.size() || begin == 0;) {
    const bool is_first = begin == 0;
    const std::size_t part = is_first ? first_part : std::min(bytes.size() - begin, most_bytes_);
    const std::uint32_t index = network_.make_packet();
    Packet& p = network_.packet(index);
    p.kind = Kind::group;  // bytes as they are
    p.stream = from;       // the flow: packets of a pair of tiles stay in order
    p.token = slot;
    p.neuron = static_cast<std::uint32_t>(begin);
    p.byte = is_first ? static_cast<std::uint8_t>(header) : 0;
    p.node = node;
    p.data.assign(is_first ? header : 0, 0);
    p.data.insert(p.data.end(), bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                  bytes.begin() + static_cast<std::ptrdiff_t>(begin + part));
    p.bits = static_cast<std::uint32_t>((is_first ? header_bits : 0) + 8 * part);
    ++messages_[slot].missing;
    events_.push({at, order_++, index});
    begin += part;
    if (begin == 0) break;
  }
}

Cycles EdgeNetwork::next_event() const { return std::min(network_.next_event(), events_.empty() ? never : events_.top().at); }

void EdgeNetwork::advance() {
  const Cycles now = next_event();
  next_cycle_ = now + 1;
  while (!events_.empty() && events_.top().at <= now) {
    const std::uint32_t packet = events_.top().packet;
    events_.pop();
    network_.send(packet, now);
  }
  network_.advance(now, *this);
}

void EdgeNetwork::at_tile(std::uint32_t packet, Tile, Cycles now) {
  const Packet& p = network_.packet(packet);
  UnderWay& message = messages_[p.token];
  for (std::size_t i = p.byte; i < p.data.size() && p.neuron + i - p.byte < message.bytes.size(); ++i)
    message.bytes[p.neuron + i - p.byte] = p.data[i];
  const std::uint32_t slot = p.token;
  network_.free_packet(packet);
  if (--message.missing != 0) return;
  arrived_.push_back({message.id, now, std::move(message.bytes)});
  free_.push_back(slot);
}

void EdgeNetwork::at_edge(std::uint32_t packet, const RouteNode::Exit& exit, Cycles now) {
  ++crossings_;
  network_.cross(packet, exit, now);
}

void EdgeNetwork::from_link(std::uint32_t packet, std::uint32_t child, Cycles at, const std::uint8_t* data, unsigned bytes) {
  Packet& p = network_.packet(packet);
  p.data.assign(data, data + bytes);
  p.node = child;
  events_.push({at, order_++, packet});
}

Cycles EdgeNetwork::unloaded(Tile from, Tile to, Bits header_bits, std::size_t bytes) {
  const auto [it, is_new] = unloaded_.try_emplace({from, to, header_bits, bytes}, 0);
  if (!is_new) return it->second;
  EdgeNetwork empty(config_);
  empty.send(0, from, to, header_bits, std::vector<std::uint8_t>(bytes), 0);
  while (empty.arrived_.empty()) empty.advance();
  return it->second = empty.arrived_.front().at;
}

std::uint64_t EdgeNetwork::flit_hops() const {
  std::uint64_t sum = 0;
  for (const mesh::MeshNetwork& m : network_.meshes()) sum += m.counts().link_traversals;
  return sum;
}

Bits EdgeNetwork::d2d_wire_bits() const {
  Bits sum = 0;
  for (std::size_t i = 0; i < network_.links(); ++i)
    for (int side = 0; side < 2; ++side) sum += network_.link(i).counts(side).wire_bits;
  return sum;
}

}  // namespace snnvp::snap
