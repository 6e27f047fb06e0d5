// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/package_network.h>

#include <algorithm>

#include <fmt/format.h>

namespace snnvp::snap {
namespace {

/// Cycles of the receiving clock that a change of clock domains takes (spec/chiplet.md 10.9).
constexpr Cycles synchroniser_cycles = 2;
/// Of dx in a header: what is left behind after the last hop in x (RANC: 30 bits on links in x, 21 in y).
constexpr Bits offset_bits = 9;

}  // namespace

PackageNetwork::PackageNetwork(const Config& c)
    : config_(c), noc_(c.noc_hz), d2d_(c.d2d_hz), same_clock_(c.noc_hz == c.d2d_hz), borders_(c.chips()), border_places_(c.chips()) {
  for (unsigned chip = 0; chip < c.chips(); ++chip) meshes_.emplace_back(c.mesh);
  const auto add_link = [&](const std::string& name, unsigned inputs) {
    D2dParams params = c.d2d;
    params.inputs[0] = params.inputs[1] = inputs;
    params.seed = c.seed + links_.size() * 0x9E3779B9u;
    links_.push_back(std::make_unique<D2dCore>(params));
    link_next_.push_back(D2dCore::never);
    link_names_.push_back(name);
    return static_cast<std::uint32_t>(links_.size() - 1);
  };
  const auto connect = [&](unsigned a, unsigned b, bool is_east) {
    const unsigned routers = is_east ? c.mesh.height : c.mesh.width;
    std::uint32_t link = c.link_per_router ? 0 : add_link(fmt::format("{}-{}", a, b), routers);
    for (unsigned i = 0; i < routers; ++i) {
      if (c.link_per_router) link = add_link(fmt::format("{}-{}.{}", a, b, i), 1);
      const mesh::Endpoint out = is_east ? border(a, c.mesh.width - 1, i, mesh::east) : border(a, i, c.mesh.height - 1, mesh::north);
      const mesh::Endpoint in = is_east ? border(b, 0, i, mesh::west) : border(b, i, 0, mesh::south);
      const unsigned input = c.link_per_router ? 0 : i;
      borders_[a][out] = {link, 0, input};
      borders_[b][in] = {link, 1, input};
    }
  };
  for (unsigned y = 0; y < c.chips_y; ++y)
    for (unsigned x = 0; x < c.chips_x; ++x) {
      const unsigned chip = y * c.chips_x + x;
      if (x + 1 < c.chips_x) connect(chip, chip + 1, true);
      if (y + 1 < c.chips_y) connect(chip, chip + c.chips_x, false);
    }
}

mesh::Endpoint PackageNetwork::border(unsigned chip, unsigned x, unsigned y, mesh::Port port) {
  const mesh::Endpoint endpoint = meshes_[chip].add_border(x, y, port);
  border_places_[chip][endpoint] = {x, y};
  return endpoint;
}

/// Bits over the links of the chip with headers that shrink: the links in x, then those in y, of the routes' union.
std::uint64_t PackageNetwork::stripped_bits(const RouteNode& route, const std::vector<mesh::Endpoint>& ends, Bits bits) const {
  const auto place = [this](unsigned chip, mesh::Endpoint e) -> std::pair<unsigned, unsigned> {
    if (e < config_.tiles_per_chip()) return {e % config_.mesh.width, e / config_.mesh.width};
    return border_places_[chip].at(e);
  };
  const auto [from_x, from_y] = place(route.chip, route.entry);
  unsigned west = from_x, east = from_x;
  std::map<unsigned, std::pair<unsigned, unsigned>> columns;
  for (const mesh::Endpoint end : ends) {
    const auto [x, y] = place(route.chip, end);
    west = std::min(west, x), east = std::max(east, x);
    auto& column = columns.try_emplace(x, from_y, from_y).first->second;
    column.first = std::min(column.first, y), column.second = std::max(column.second, y);
  }
  std::uint64_t vertical = 0;
  for (const auto& [x, column] : columns) vertical += column.second - column.first;
  return bits * (east - west) + (bits > offset_bits ? bits - offset_bits : 0) * vertical;
}

std::uint32_t PackageNetwork::add_route(Tile source, const std::vector<Tile>& targets) {
  const TilePlace p = place_of(config_, source);
  const unsigned chip = chip_of(config_, source);
  return build(chip, meshes_[chip].endpoint_at(p.x, p.y), p.y, targets);
}

/// Global XY: out to the east or west in the row it is in, or to the north or south in its target's column.
std::uint32_t PackageNetwork::build(unsigned chip, mesh::Endpoint entry, unsigned y, const std::vector<Tile>& targets) {
  RouteNode route;
  route.chip = chip;
  route.entry = entry;
  const unsigned chip_x = chip % config_.chips_x, chip_y = chip / config_.chips_x;
  struct Group {
    unsigned chip, x, y;
    mesh::Port port;
    std::vector<Tile> targets;
  };
  std::map<mesh::Endpoint, Group> groups;
  for (const Tile target : targets) {
    const TilePlace t = place_of(config_, target);
    if (t.chip_x == chip_x && t.chip_y == chip_y) {
      route.locals.push_back(meshes_[chip].endpoint_at(t.x, t.y));
      route.local_tiles.push_back(target);
      continue;
    }
    Group g{};
    mesh::Port out = mesh::east;
    unsigned x = 0, row = 0;
    if (t.chip_x != chip_x) {
      const bool east = t.chip_x > chip_x;
      out = east ? mesh::east : mesh::west;
      x = east ? config_.mesh.width - 1 : 0, row = y;
      g = {east ? chip + 1 : chip - 1, east ? 0 : config_.mesh.width - 1, y, east ? mesh::west : mesh::east, {}};
    } else {
      const bool north = t.chip_y > chip_y;
      out = north ? mesh::north : mesh::south;
      x = t.x, row = north ? config_.mesh.height - 1 : 0;
      g = {north ? chip + config_.chips_x : chip - config_.chips_x,
           t.x,
           north ? 0 : config_.mesh.height - 1,
           north ? mesh::south : mesh::north,
           {}};
    }
    Group& group = groups.emplace(border(chip, x, row, out), g).first->second;
    group.targets.push_back(target);
  }
  for (const auto& [exit, group] : groups)
    route.exits.push_back({exit, build(group.chip, border(group.chip, group.x, group.y, group.port), group.y, group.targets)});
  if (!targets.empty()) {
    const TilePlace t = place_of(config_, targets.front());
    const auto clamp = [](int v) { return std::clamp(v, -256, 255); };
    route.dx = clamp(static_cast<int>(t.chip_x * config_.mesh.width + t.x) - static_cast<int>(chip_x * config_.mesh.width));
    route.dy = clamp(static_cast<int>(t.chip_y * config_.mesh.height + t.y) - static_cast<int>(chip_y * config_.mesh.height));
  }
  nodes_.push_back(std::move(route));
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t PackageNetwork::make_packet() {
  ++alive_;
  if (free_.empty()) {
    packets_.emplace_back();
    return static_cast<std::uint32_t>(packets_.size() - 1);
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Packet& p = packets_[index];
  std::vector<std::uint8_t> data = std::move(p.data);
  data.clear();
  p = Packet{};
  p.data = std::move(data);
  return index;
}

void PackageNetwork::free_packet(std::uint32_t index) {
  --alive_;
  free_.push_back(index);
}

Bits PackageNetwork::bits_of(const Packet& p) const {
  switch (p.kind) {
    case Kind::act: return act_packet_bits;
    case Kind::spike:
    case Kind::end_of_window: return spike_packet_bits;
    default: return p.bits;
  }
}

std::uint32_t PackageNetwork::flits_of(const Packet& p) const { return config_.mesh.flits_of(bits_of(p)); }

void PackageNetwork::send(std::uint32_t index, Cycles at) {
  Packet& p = packets_[index];
  const RouteNode& route = nodes_[p.node];
  mesh::PacketSpec spec;
  spec.source = route.entry;
  spec.flits = flits_of(p);
  spec.flow = p.stream;
  spec.tag = index;
  std::vector<mesh::Endpoint> ends;
  if (!p.only_exits) ends = route.locals;
  if (!p.only_local)
    for (const RouteNode::Exit& exit : route.exits) ends.push_back(exit.border);
  p.live = static_cast<std::uint32_t>(ends.size());
  if (config_.strip_header) stripped_bits_ += stripped_bits(route, ends, bits_of(p));
  mesh::MeshNetwork& network = meshes_[route.chip];
  if (ends.size() > 1) return network.send_tree(spec, ends, at);
  spec.destination = ends.front();
  network.send(spec, at);
}

void PackageNetwork::cross(std::uint32_t index, const RouteNode::Exit& exit, Cycles at) {
  const Packet& p = packets_[index];
  const RouteNode& route = nodes_[p.node];
  const BorderLink& border = borders_[route.chip].at(exit.border);
  std::uint32_t slot = 0;
  if (free_crossings_.empty()) {
    slot = static_cast<std::uint32_t>(crossings_.size());
    crossings_.emplace_back();
  } else {
    slot = free_crossings_.back();
    free_crossings_.pop_back();
  }
  crossings_[slot] = {index, exit.child};
  D2dCore& link = *links_[border.link];
  const Cycles when = to_link(at);
  if (p.kind == Kind::group || p.kind == Kind::burst) {
    link.push(border.side, border.input, when, slot, p.data.data(), static_cast<unsigned>(p.data.size()), p.bits);
    link_next_[border.link] = link.next_event();
    return;
  }
  const TypedPacket bytes = p.kind == Kind::act
                                ? typed(PacketType::act, to_bits(ActPacket{route.dx, route.dy, p.neuron & 0xff, p.byte, p.payload}))
                                : typed(p.kind == Kind::spike ? PacketType::spike : PacketType::end_of_window,
                                        to_bits(SpikePacket{route.dx, route.dy, p.neuron & 0xff, p.step}));
  link.push(border.side, border.input, when, slot, bytes.bytes.data(), bytes.size, p.bits);
  link_next_[border.link] = link.next_event();
}

Cycles PackageNetwork::to_link(Cycles noc) const { return same_clock_ ? noc : d2d_.cycle_at(noc_.time_ps(noc)) + synchroniser_cycles; }
Cycles PackageNetwork::from_link(Cycles d2d) const { return same_clock_ ? d2d : noc_.cycle_at(d2d_.time_ps(d2d)) + synchroniser_cycles; }

Cycles PackageNetwork::next_event() const {
  Cycles next = never;
  for (const mesh::MeshNetwork& network : meshes_) next = std::min(next, network.next_event());
  for (const Cycles event : link_next_) {
    if (event == D2dCore::never) continue;
    // The first cycle of the mesh at which the link's clock has come so far.
    next = std::min(next, same_clock_ ? event : noc_.cycle_at(d2d_.time_ps(event > synchroniser_cycles ? event - synchroniser_cycles : 0)));
  }
  return next;
}

}  // namespace snnvp::snap
