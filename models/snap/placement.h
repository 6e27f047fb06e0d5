// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <snnvp/models/snap/snap_config.h>
#include <snnvp/workloads/layers/layer_table.h>

// Which tile computes what, and what travels between tiles (spec/chiplet.md 4.5).
namespace snnvp::snap {

/// A tile of the package: chip after chip, row after row.
using Tile = std::uint32_t;

struct TilePlace {
  unsigned chip_x = 0, chip_y = 0, x = 0, y = 0;
};
TilePlace place_of(const Config& config, Tile tile);
/// The tile at (x, y) over all chips.
Tile tile_at(const Config& config, unsigned x, unsigned y);
inline unsigned chip_of(const Config& config, Tile tile) { return tile / config.tiles_per_chip(); }
/// Links between two tiles over the whole package.
unsigned hops_between(const Config& config, Tile a, Tile b);

/// A layer on its tiles: `rows` blocks of inputs times `cols` blocks of outputs.
struct PlacedLayer {
  std::uint64_t rows = 1, cols = 1;
  std::vector<Tile> tiles;  ///< by row * cols + col

  Tile tile(std::uint64_t row, std::uint64_t col) const { return tiles[row * cols + col]; }
  Tile final_tile(std::uint64_t col) const { return tile(rows - 1, col); }
};

/// Outputs first .. first + count - 1 of a layer that one tile sends to others, every token.
struct Stream {
  enum class Kind { value, partial };
  Kind kind = Kind::value;
  std::uint32_t layer = 0;     ///< that produces
  std::uint32_t consumer = 0;  ///< layer that reads
  bool is_skip = false;        ///< added to the consumer's output
  Tile source = 0;
  std::vector<Tile> targets;       ///< one, unless multicast is a tree
  std::uint32_t row = 0, col = 0;  ///< of the source in its layer
  std::uint64_t first = 0, count = 0;
  std::uint64_t tokens = 1;  ///< sent per inference; 1 where the reader wants the pooled values
  bool crosses = false;      ///< ends on another chip

  // Networks with weights: elements [low, high) of a node with `positions` elements per channel; the window of a position holds the
  // channels of which it is in that range.
  int feed = -1;  ///< -1: `first` and `count` hold for every token
  std::uint64_t positions = 1, low = 0, high = 0;
  unsigned value_bytes = 1;
  bool is_spikes = false;  ///< sent as spikes
  bool converts = false;   ///< a boundary converter takes its values (mode hnn)
  bool is_signed = false;  ///< a second axon carries negative values; else they are clipped
  bool to_self = false;    ///< its own tile reads it, too

  std::uint64_t first_at(std::uint64_t token) const { return feed < 0 ? first : low > token ? ceil_div(low - token, positions) : 0; }
  std::uint64_t count_at(std::uint64_t token) const {
    if (feed < 0) return count;
    const std::uint64_t end = high > token ? ceil_div(high - token, positions) : 0, begin = first_at(token);
    return end > begin ? end - begin : 0;
  }
};

/// Layers that read the same things run side by side, one stage after the other.
struct Stage {
  std::vector<std::uint32_t> layers;
  std::vector<Stream> streams;  ///< that its layers send
};

struct Placement {
  std::vector<PlacedLayer> layers;
  std::vector<Stage> stages;
  std::uint64_t tiles_used = 0;
  std::vector<std::uint64_t> macs_by_chip;
};

std::uint64_t tiles_of(const Config& config, const LayerRecord& layer);
/// Inputs of row block `row`, outputs of column block `col`.
std::uint64_t inputs_of(const Config& config, const LayerRecord& layer, std::uint64_t row);
std::uint64_t outputs_of(const Config& config, const LayerRecord& layer, std::uint64_t col);

/// Streams of a layer's values to its readers, as far as a placement has come.
using Connect = std::function<void(const Placement&, std::uint32_t layer, std::vector<Stream>&)>;

/// Places a network; InputError names the chips it would need if there are too few. `connect`: null for the readers that a table names.
Placement place(const Config& config, const LayerTable& table, const Connect& connect = nullptr);

}  // namespace snnvp::snap
