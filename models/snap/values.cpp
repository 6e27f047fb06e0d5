// SPDX-License-Identifier: Apache-2.0
// Networks that compute: drawn weights, and the golden model in plain loops over layers (no tiles, no packets).
#include <algorithm>

#include <fmt/format.h>

#include <snnvp/models/snap/snap_core.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>

namespace snnvp::snap {

NetworkValues draw_values(const Config& config, const LayerTable& table, std::uint64_t seed) {
  if (config.act_bits != 8) throw InputError("networks that compute have activations of 8 bits");
  NetworkValues values;
  for (std::size_t i = 0; i < table.layers.size(); ++i) {
    const LayerRecord& layer = table.layers[i];
    const bool is_chained = i == 0 ? layer.inputs.empty()
                                   : layer.inputs == std::vector<std::size_t>{i - 1} && layer.in == table.layers[i - 1].out &&
                                         layer.tokens == table.layers[i - 1].tokens;
    if (layer.type != LayerRecord::Type::fc || !layer.skips.empty() || !is_chained)
      throw InputError("layer " + layer.name + ": networks that compute are chains of fc layers, each of the size of the one before");
    RandomStream random(seed, "weights/" + layer.name);
    std::vector<std::int8_t> weights(layer.in * layer.out);
    for (std::int8_t& w : weights) w = random.next_int8();
    values.weights.push_back(std::move(weights));
    // Weights of about 74 in root mean square: sums grow with the root of the fan-in, the shift brings them back.
    unsigned shift = 5;
    for (std::uint64_t n = layer.in; n > 1; n /= 4) ++shift;
    values.shift.push_back(shift);
  }
  RandomStream random(seed, "input");
  values.input.resize(table.layers[0].tokens * table.layers[0].in);
  for (std::uint32_t& x : values.input)
    x = static_cast<std::uint32_t>(random.below(std::min<std::uint64_t>(256, config.coding.x_max + std::uint64_t{1})));
  return values;
}

std::vector<std::uint32_t> golden_outputs(const Config& config, const LayerTable& table, const NetworkValues& values,
                                          const Placement* placement) {
  std::vector<std::uint32_t> x = values.input;
  for (std::size_t i = 0; i < table.layers.size(); ++i) {
    const LayerRecord& layer = table.layers[i];
    std::vector<std::uint32_t> y(layer.tokens * layer.out);
    for (std::uint64_t token = 0; token < layer.tokens; ++token)
      for (std::uint64_t o = 0; o < layer.out; ++o) {
        std::int64_t sum = 0;
        for (std::uint64_t n = 0; n < layer.in; ++n) {
          std::uint32_t value = x[token * layer.in + n];
          if (placement != nullptr && i > 0) {
            // The tile that made the value and the tile that reads it may sit on different chips.
            const Tile from = placement->layers[i - 1].final_tile(n / config.neurons);
            const Tile to = placement->layers[i].tile(n / config.axons, o / config.neurons);
            if (chip_of(config, from) != chip_of(config, to)) value = through(config.coding, value);
          }
          sum += std::int64_t{value} * values.weights[i][n * layer.out + o];
        }
        const auto wrapped = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum));
        y[token * layer.out + o] = std::min(static_cast<std::uint32_t>(std::max(wrapped, 0) >> values.shift[i]), config.coding.x_max);
      }
    x = std::move(y);
  }
  return x;
}

}  // namespace snnvp::snap
