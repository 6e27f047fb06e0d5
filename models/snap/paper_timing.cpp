// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/paper_timing.h>

#include <algorithm>
#include <map>
#include <tuple>

#include <snnvp/models/snap/tile_work.h>
#include <snnvp/workloads/encoding/expected_bits.h>

namespace snnvp::snap {
namespace {

/// What one unit of a stream (a token, in snn a step) puts on a serial link, and how many packets that are.
struct Load {
  double packets = 0, eow = 0, cycles = 0, bits = 0;
};

class StageModel {
public:
  StageModel(const Config& c, const LayerTable& table, const Placement& p, const SpikeSource& spikes, PackageNetwork& network)
      : c_(c), table_(table), p_(p), spikes_(spikes), network_(network) {}

  PaperStage run(const Stage& stage) {
    PaperStage result;
    double units = 1, token_compute = 0, chain = 0;
    for (const std::uint32_t layer : stage.layers) {
      result.name += (result.name.empty() ? "" : "+") + table_.layers[layer].name;
      const PlacedLayer& placed = p_.layers[layer];
      const double layer_units = static_cast<double>(table_.layers[layer].tokens * (c_.mode == Mode::snn ? c_.steps() : 1));
      units = std::max(units, layer_units);
      Cycles slowest = 0;
      for (std::uint64_t row = 0; row < placed.rows; ++row)
        for (std::uint64_t col = 0; col < placed.cols; ++col)
          slowest = std::max(slowest, tile_work(c_, table_, spikes_, layer, row, col).cycles);
      token_compute = std::max(token_compute, static_cast<double>(slowest));
      result.compute = std::max(result.compute, layer_units * static_cast<double>(slowest));
      // Partial sums go from row to row: each waits for all of the row before, whose columns share the links between them.
      double way = 0;
      for (std::uint64_t row = 0; row + 1 < placed.rows; ++row) {
        noc_.clear(), d2d_.clear();
        double zero_load = 0, busiest = 0;
        for (const Stream& stream : stage.streams) {
          if (stream.kind != Stream::Kind::partial || stream.layer != layer || stream.row != row) continue;
          const std::uint32_t root = network_.add_route(stream.source, stream.targets);
          walk(stream, root, 1.0 / (c_.mode == Mode::snn ? c_.steps() : 1), false, false);
          zero_load = std::max(zero_load, latency(root, false) - 1);
        }
        for (const auto& [key, flits] : noc_) busiest = std::max(busiest, flits);
        for (const auto& [key, load] : d2d_) busiest = std::max(busiest, load.cycles);
        way += busiest + zero_load;
      }
      noc_.clear(), d2d_.clear();
      chain = std::max(chain, way);
    }
    double path = 0;
    for (const Stream& stream : stage.streams) {
      const std::uint32_t root = network_.add_route(stream.source, stream.targets);
      const bool is_value = stream.kind == Stream::Kind::value;
      const double tokens = static_cast<double>(stream.tokens);
      if (is_value) path = std::max(path, latency(root, c_.mode == Mode::hnn) - 1);
      walk(stream, root, tokens, c_.mode == Mode::hnn && is_value, false);
      if (is_value) unit_.push_back({&stream, root});
    }
    for (const auto& [key, flits] : noc_) result.noc = std::max(result.noc, flits);
    for (const auto& [key, load] : d2d_) {
      result.d2d_packets += load.packets, result.eow_packets += load.eow, result.d2d_bits += load.bits;
      if (load.cycles > result.d2d) {
        result.d2d = load.cycles;
        result.busiest_link = network_.link_name(key.first) + (key.second == 0 ? " out" : " back");
      }
    }
    for (const auto& [key, cycles] : convert_) result.convert = std::max(result.convert, cycles);
    // One unit alone: it is computed, summed up, and its outputs pass the busiest place on their way.
    const double bottleneck = result.largest() / units;
    double outputs = 0;
    noc_.clear(), d2d_.clear(), convert_.clear();
    for (const auto& [stream, root] : unit_) walk(*stream, root, 1, c_.mode == Mode::hnn, false);
    for (const auto& [key, flits] : noc_) outputs = std::max(outputs, c_.mode == Mode::snn ? flits / c_.steps() : flits);
    double link = 0;
    for (const auto& [key, load] : d2d_) link = std::max(link, c_.mode == Mode::snn ? load.cycles / c_.steps() : load.cycles);
    outputs = std::max(outputs, link);
    result.fill = std::max(0.0, token_compute + chain + outputs + path - bottleneck);
    return result;
  }

private:
  using NocKey = std::tuple<unsigned, std::uint32_t, unsigned>;  // chip, node, port; 4: sink, 5: source

  /// Flits of a unit of a stream inside a die, dense or as spikes. For `tokens` = 1 in snn: of a whole token.
  double noc_flits(const Stream& stream, bool as_spikes) const {
    const double count = static_cast<double>(stream.count);
    if (stream.kind == Stream::Kind::partial) return count * c_.acc_bytes() * (c_.mode == Mode::snn ? c_.steps() : 1);
    if (as_spikes || c_.mode == Mode::snn) return count * c_.steps() * spikes_.rate(stream.layer) + (c_.close == WindowClose::eow ? 1 : 0);
    if (c_.packing == ActPacking::single) return count * c_.act_bytes();
    double flits = 0;
    for (std::uint64_t first = 0; first < stream.count; first += burst_values(c_, c_.act_bits))
      flits +=
          c_.mesh.flits_of(spike_packet_bits + c_.act_bits * std::min<std::uint64_t>(burst_values(c_, c_.act_bits), stream.count - first));
    return flits;
  }

  Load link_load(const Stream& stream, bool as_spikes) const {
    Load load;
    const double count = static_cast<double>(stream.count);
    const auto serial = [&](double bits) {
      if (c_.d2d.kind == LinkKind::parallel) return 1.0;
      return bits / c_.d2d.lanes;
    };
    const double slot = c_.d2d.kind == LinkKind::ucie ? 40 : act_packet_bits;
    const double spike_slot = c_.d2d.kind == LinkKind::ucie ? 32 : c_.d2d.fixed_slot ? act_packet_bits : spike_packet_bits;
    if (stream.kind == Stream::Kind::partial) {
      load.packets = count * c_.acc_bytes() * (c_.mode == Mode::snn ? c_.steps() : 1);
      load.bits = load.packets * slot;
      load.cycles = load.packets * serial(slot);
    } else if (!as_spikes && c_.mode != Mode::snn) {
      if (c_.packing == ActPacking::single) {
        load.packets = count * c_.act_bytes();
        load.bits = load.packets * slot;
        load.cycles = load.packets * serial(slot);
      } else {
        load.packets = static_cast<double>(ceil_div(stream.count, burst_values(c_, c_.act_bits)));
        load.bits = load.packets * spike_packet_bits + count * c_.act_bits;
        load.cycles = load.packets * serial(load.bits / load.packets);
      }
    } else {
      const SpikeStatistics s{spikes_.rate(stream.layer), c_.steps(), 0};
      if (c_.encoding == Encoding::aer && !c_.auto_encoding) {
        load.packets = count * s.steps * s.rate;
        load.bits = load.packets * spike_slot;
        load.cycles = load.packets * serial(spike_slot);
      } else {
        double bits = 0;
        for (unsigned e = 0; e < 8; ++e) {
          const auto encoding = static_cast<Encoding>(e);
          if (c_.auto_encoding ? !is_lossless(encoding) : encoding != c_.encoding) continue;
          const double expected = expected_bits(encoding, c_.encoding_spec, s) * count;
          if (bits == 0 || expected < bits) bits = expected;
        }
        load.bits = bits;
        load.packets = s.steps;
        load.cycles = serial(bits);
        if (c_.d2d.kind == LinkKind::parallel) load.cycles = s.steps;
      }
      if (c_.close == WindowClose::eow) {
        load.eow = 1;
        load.packets += 1;
        load.bits += spike_slot;
        load.cycles += serial(spike_slot);
      }
    }
    if (c_.d2d.kind == LinkKind::ucie) {
      const FlitLayout flit = layout_of(c_.d2d.ucie.flit);
      const double occupancy = flit.bits() / 512.0 * c_.d2d.ucie.serdes_ratio;
      load.cycles = load.bits / (8.0 * flit.payload) * occupancy;
    }
    load.cycles *= static_cast<double>(c_.noc_hz) / static_cast<double>(c_.d2d_hz);
    return load;
  }

  /// Adds `tokens` units of a stream to every resource on its way. Dense until the first edge, spikes between, dense again on the
  /// last die.
  void walk(const Stream& stream, std::uint32_t index, double tokens, bool converts, bool has_crossed) {
    const RouteNode& node = network_.node(index);
    const double dense = tokens * noc_flits(stream, false), coded = tokens * noc_flits(stream, true);
    const unsigned width = c_.mesh.width;
    const std::uint32_t from = network_.meshes()[node.chip].node_of(node.entry);
    std::map<NocKey, double> used;  // a tree passes a link once
    const auto pass = [&](mesh::Endpoint end, double flits, bool is_exit) {
      const std::uint32_t to = network_.meshes()[node.chip].node_of(end);
      std::uint32_t x = from % width, y = from / width;
      const std::uint32_t tx = to % width, ty = to / width;
      for (; x != tx; x += tx > x ? 1 : -1) used[{node.chip, y * width + x, tx > x ? mesh::east : mesh::west}] = flits;
      for (; y != ty; y += ty > y ? 1 : -1) used[{node.chip, y * width + x, ty > y ? mesh::north : mesh::south}] = flits;
      used[{node.chip, end, 4}] = flits;
      if (!(has_crossed && converts && is_exit)) used[{node.chip, node.entry, 5}] = flits;
    };
    for (const mesh::Endpoint end : node.locals) pass(end, dense, false);
    for (const RouteNode::Exit& exit : node.exits) {
      pass(exit.border, has_crossed && converts ? coded : dense, true);
      const BorderLink& border = network_.border_link(node.chip, exit.border);
      Load load = link_load(stream, converts);
      Load& sum = d2d_[{border.link, border.side}];
      sum.packets += tokens * load.packets, sum.eow += tokens * load.eow, sum.cycles += tokens * load.cycles,
          sum.bits += tokens * load.bits;
      if (converts && !has_crossed) convert_[{node.chip, exit.border}] += tokens * static_cast<double>(c_.convert_cycles());
      walk(stream, exit.child, tokens, converts, true);
    }
    for (const auto& [key, flits] : used) noc_[key] += flits;
  }

  /// Zero-load latency of the longest branch, links and converters included.
  double latency(std::uint32_t index, bool converts) const {
    const RouteNode& node = network_.node(index);
    const unsigned width = c_.mesh.width;
    const std::uint32_t from = network_.meshes()[node.chip].node_of(node.entry);
    const auto way = [&](mesh::Endpoint end) {
      const std::uint32_t to = network_.meshes()[node.chip].node_of(end);
      const auto distance = [](std::uint32_t a, std::uint32_t b) { return a > b ? a - b : b - a; };
      return static_cast<double>(c_.mesh.zero_load(distance(from % width, to % width) + distance(from / width, to / width)));
    };
    double longest = 0;
    for (const mesh::Endpoint end : node.locals) longest = std::max(longest, way(end));
    const double ratio = static_cast<double>(c_.noc_hz) / static_cast<double>(c_.d2d_hz);
    double link = 0;
    switch (c_.d2d.kind) {
      case LinkKind::emio_serial:
        link = static_cast<double>(c_.d2d.mux_cycles + c_.d2d.channel_cycles + ceil_div(act_packet_bits, c_.d2d.lanes));
        break;
      case LinkKind::parallel: link = static_cast<double>(c_.d2d.mux_cycles + c_.d2d.channel_cycles + 1); break;
      case LinkKind::ucie: link = 12.0 + static_cast<double>(c_.d2d.flush_cycles); break;
    }
    const double conversion = converts ? static_cast<double>(c_.convert_cycles()) + static_cast<double>(c_.neurons * c_.act_bytes()) : 0;
    for (const RouteNode::Exit& exit : node.exits)
      longest = std::max(longest, way(exit.border) + link * ratio + conversion + latency(exit.child, false));
    return longest;
  }

  const Config& c_;
  const LayerTable& table_;
  const Placement& p_;
  const SpikeSource& spikes_;
  PackageNetwork& network_;
  std::map<NocKey, double> noc_;
  std::map<std::pair<std::uint32_t, int>, Load> d2d_;
  std::map<std::pair<unsigned, mesh::Endpoint>, double> convert_;
  std::vector<std::pair<const Stream*, std::uint32_t>> unit_;
};

}  // namespace

double PaperStage::largest() const { return std::max({compute, noc, d2d, convert}); }

double PaperStage::cycles(double overlap) const { return largest() + (1 - overlap) * (compute + noc + d2d + convert - largest()) + fill; }

double energy_gain(double d2d_share, double traffic_gain) { return 1 / ((1 - d2d_share) + d2d_share / traffic_gain); }

double share_for_energy_gain(double gain, double traffic_gain) { return (1 - 1 / gain) / (1 - 1 / traffic_gain); }

std::vector<PaperStage> paper_timing(const Config& config, const LayerTable& table) {
  const Placement placement = place(config, table);
  const SpikeSource spikes(config, table);
  PackageNetwork network(config);
  std::vector<PaperStage> stages;
  for (const Stage& stage : placement.stages) stages.push_back(StageModel(config, table, placement, spikes, network).run(stage));
  return stages;
}

}  // namespace snnvp::snap
