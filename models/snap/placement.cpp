// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/placement.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::snap {
namespace {

/// Inputs and outputs in blocks. A depthwise tile computes its own channels alone: one row block, k x k rows in it.
std::uint64_t rows_of(const Config& c, const LayerRecord& layer) {
  return layer.type == LayerRecord::Type::dwconv ? 1 : ceil_div(layer.fan_in(), c.axons);
}
/// One tile feeds an input in.
std::uint64_t cols_of(const Config& c, const LayerRecord& layer) {
  return layer.type == LayerRecord::Type::io ? 1 : ceil_div(layer.out, c.neurons);
}

[[noreturn]] void too_small(const Config& c, const LayerTable& table, std::uint64_t tiles, std::uint64_t chips) {
  throw InputError(fmt::format("{} needs {} tiles, that is {} chips of {} x {} tiles; the package has {}", table.name, tiles, chips,
                               c.mesh.width, c.mesh.height, c.chips()));
}

/// First tile of every layer, in order. A layer that fits one chip stays on one chip, unless the package is too small for that.
std::vector<std::uint64_t> contiguous(const Config& c, const LayerTable& table, const std::vector<std::uint64_t>& tiles) {
  const std::uint64_t chip = c.tiles_per_chip();
  std::uint64_t next = 0;
  for (const bool may_split : {false, true}) {
    std::vector<std::uint64_t> first;
    next = 0;
    for (std::size_t i = 0; i < tiles.size(); ++i) {
      if (table.layers[i].chip) next = std::max(next, *table.layers[i].chip * chip);
      const std::uint64_t left = chip - next % chip;
      if (!may_split && tiles[i] > left && tiles[i] <= chip) next += left;
      first.push_back(next);
      next += tiles[i];
    }
    if (next <= c.chips() * chip) return first;
  }
  std::uint64_t total = 0;
  for (const std::uint64_t n : tiles) total += n;
  too_small(c, table, total, ceil_div(next, chip));
}

/// The same with a bound on the MACs of a chip, the least for which all layers find a place.
std::vector<std::uint64_t> balanced(const Config& c, const LayerTable& table, const std::vector<std::uint64_t>& tiles) {
  const std::uint64_t chip = c.tiles_per_chip();
  const auto attempt = [&](std::uint64_t limit, std::vector<std::uint64_t>& first) {
    first.clear();
    std::uint64_t next = 0, macs = 0;
    for (std::size_t i = 0; i < tiles.size(); ++i) {
      const std::uint64_t work = table.layers[i].macs(), left = chip - next % chip;
      const bool is_fresh = next % chip == 0;
      if (!is_fresh && (macs + work > limit || (tiles[i] > left && tiles[i] <= chip))) next += left, macs = 0;
      if (next % chip == 0) macs = 0;
      first.push_back(next);
      next += tiles[i];
      macs += work;
    }
    return next <= c.chips() * chip;
  };
  std::vector<std::uint64_t> first = contiguous(c, table, tiles), trial;
  std::uint64_t lo = 0, hi = table.macs();
  while (lo < hi) {
    const std::uint64_t middle = lo + (hi - lo) / 2;
    if (attempt(middle, trial))
      hi = middle, first = trial;
    else
      lo = middle + 1;
  }
  return first;
}

/// Streams from the layer `from` to the tiles of `to` that need its outputs.
void connect(const Config& c, const LayerTable& table, const Placement& p, std::uint32_t from, std::uint32_t to, bool is_skip,
             std::vector<Stream>& streams) {
  const LayerRecord &producer = table.layers[from], &consumer = table.layers[to];
  const PlacedLayer &source = p.layers[from], &target = p.layers[to];
  const std::uint64_t window = consumer.type == LayerRecord::Type::fc ? 1 : consumer.kernel * consumer.kernel;
  const bool pools = consumer.type == LayerRecord::Type::fc && consumer.tokens == 1;
  const bool by_channel = consumer.type == LayerRecord::Type::dwconv || is_skip;
  for (std::uint64_t col = 0; col < source.cols; ++col) {
    const std::uint64_t begin = col * c.neurons, end = begin + outputs_of(c, producer, col);
    for (std::uint64_t block = 0; block < (by_channel ? target.cols : target.rows); ++block) {
      // Channels whose values this block of inputs (or outputs, for skips and depthwise) reads.
      std::uint64_t lo = by_channel ? block * c.neurons : block * c.axons / window;
      std::uint64_t hi = by_channel ? (block + 1) * c.neurons : ceil_div((block + 1) * c.axons, window);
      lo = std::max(lo, begin), hi = std::min(hi, end);
      if (lo >= hi) continue;
      Stream stream;
      stream.layer = from, stream.consumer = to, stream.is_skip = is_skip;
      stream.source = source.final_tile(col);
      stream.row = static_cast<std::uint32_t>(source.rows - 1), stream.col = static_cast<std::uint32_t>(col);
      stream.first = lo, stream.count = hi - lo;
      stream.tokens = pools ? 1 : producer.tokens;
      if (by_channel)
        stream.targets.assign(1, target.final_tile(block));
      else
        for (std::uint64_t n = 0; n < target.cols; ++n) stream.targets.push_back(target.tile(block, n));
      streams.push_back(std::move(stream));
    }
  }
}

void add_stream(const Config& c, Stream stream, std::vector<Stream>& out) {
  const std::vector<Tile> targets = stream.targets;
  const auto push = [&](std::vector<Tile> to) {
    Stream s = stream;
    s.targets = std::move(to);
    s.crosses = std::any_of(s.targets.begin(), s.targets.end(), [&](Tile t) { return chip_of(c, t) != chip_of(c, s.source); });
    if (!s.targets.empty() || s.to_self) out.push_back(std::move(s));
  };
  std::vector<Tile> kept;
  for (const Tile target : targets)
    if (target != stream.source) kept.push_back(target);  // its own outputs need no packet
  if (stream.feed >= 0 && kept.size() != targets.size()) {
    Stream own = stream;
    own.targets.clear(), own.to_self = true;
    out.push_back(std::move(own));
  }
  if (c.multicast == Multicast::tree) return push(kept);
  for (const Tile target : kept) push(std::vector<Tile>(1, target));
}

}  // namespace

TilePlace place_of(const Config& c, Tile tile) {
  const unsigned chip = chip_of(c, tile), inside = tile % c.tiles_per_chip();
  return {chip % c.chips_x, chip / c.chips_x, inside % c.mesh.width, inside / c.mesh.width};
}

Tile tile_at(const Config& c, unsigned x, unsigned y) {
  const unsigned chip = y / c.mesh.height * c.chips_x + x / c.mesh.width;
  return chip * c.tiles_per_chip() + y % c.mesh.height * c.mesh.width + x % c.mesh.width;
}

unsigned hops_between(const Config& c, Tile a, Tile b) {
  const TilePlace p = place_of(c, a), q = place_of(c, b);
  const auto distance = [](unsigned i, unsigned j) { return i > j ? i - j : j - i; };
  return distance(p.chip_x * c.mesh.width + p.x, q.chip_x * c.mesh.width + q.x) +
         distance(p.chip_y * c.mesh.height + p.y, q.chip_y * c.mesh.height + q.y);
}

std::uint64_t tiles_of(const Config& c, const LayerRecord& layer) { return rows_of(c, layer) * cols_of(c, layer); }

std::uint64_t inputs_of(const Config& c, const LayerRecord& layer, std::uint64_t row) {
  return std::min<std::uint64_t>(c.axons, layer.fan_in() - row * c.axons);
}
std::uint64_t outputs_of(const Config& c, const LayerRecord& layer, std::uint64_t col) {
  return layer.type == LayerRecord::Type::io ? layer.out : std::min<std::uint64_t>(c.neurons, layer.out - col * c.neurons);
}

Placement place(const Config& c, const LayerTable& table, const Connect& connect_readers) {
  Placement p;
  std::vector<std::uint64_t> tiles;
  for (const LayerRecord& layer : table.layers) tiles.push_back(tiles_of(c, layer));
  const std::vector<std::uint64_t> first = c.partition == Partition::balanced ? balanced(c, table, tiles) : contiguous(c, table, tiles);
  p.macs_by_chip.assign(c.chips(), 0);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    PlacedLayer layer;
    layer.rows = rows_of(c, table.layers[i]);
    layer.cols = cols_of(c, table.layers[i]);
    for (std::uint64_t t = 0; t < tiles[i]; ++t) {
      layer.tiles.push_back(static_cast<Tile>(first[i] + t));
      p.macs_by_chip[chip_of(c, layer.tiles.back())] += table.layers[i].macs() / tiles[i];
    }
    p.tiles_used += tiles[i];
    p.layers.push_back(std::move(layer));
  }
  for (std::uint32_t i = 0; i < table.layers.size(); ++i) {
    const bool joins = i > 0 && table.layers[i].inputs == table.layers[i - 1].inputs && table.layers[i].skips.empty();
    if (!joins) p.stages.emplace_back();
    p.stages.back().layers.push_back(i);
  }
  for (Stage& stage : p.stages)
    for (const std::uint32_t i : stage.layers) {
      const PlacedLayer& layer = p.layers[i];
      for (std::uint64_t row = 0; row + 1 < layer.rows; ++row)
        for (std::uint64_t col = 0; col < layer.cols; ++col) {
          Stream s;
          s.kind = Stream::Kind::partial;
          s.layer = s.consumer = i;
          s.source = layer.tile(row, col);
          s.targets.assign(1, layer.tile(row + 1, col));
          s.row = static_cast<std::uint32_t>(row), s.col = static_cast<std::uint32_t>(col);
          s.first = col * c.neurons, s.count = outputs_of(c, table.layers[i], col);
          s.tokens = table.layers[i].tokens;
          add_stream(c, std::move(s), stage.streams);
        }
      std::vector<Stream> streams;
      if (connect_readers) connect_readers(p, i, streams);
      for (std::uint32_t j = i + 1; j < table.layers.size() && !connect_readers; ++j) {
        const LayerRecord& reader = table.layers[j];
        if (std::count(reader.inputs.begin(), reader.inputs.end(), i)) connect(c, table, p, i, j, false, streams);
        if (std::count(reader.skips.begin(), reader.skips.end(), i)) connect(c, table, p, i, j, true, streams);
      }
      for (Stream& s : streams) add_stream(c, std::move(s), stage.streams);
    }
  return p;
}

}  // namespace snnvp::snap
