// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <snnvp/platform/base/types.h>
#include <snnvp/workloads/layers/layer_table.h>

namespace snnvp {

using LayerValue = std::variant<std::monostate, std::uint64_t, double, std::string>;
using LayerValues = std::vector<std::pair<std::string, LayerValue>>;

/// What a block made of a network of layers.
struct LayerPackageResult {
  LayerValues totals;               ///< of the whole network
  std::vector<LayerValues> stages;  ///< one row per stage, equal names
  std::uint64_t compared = 0, mismatches = 0;
  std::string first_mismatch;
};

/// A block that places a whole network of layers on itself and runs it (spec/chiplet.md).
class LayerPackage {
public:
  virtual ~LayerPackage() = default;
  /// Before the simulation starts. `computes`: weights and inputs are drawn from `seed`, outputs are computed and checked. Throws
  /// InputError if the network does not fit.
  virtual void load(const LayerTable& table, bool computes, std::uint64_t seed) = 0;
  virtual bool is_finished() const = 0;
  virtual std::uint64_t stages_done() const = 0;
  virtual std::uint64_t stages_total() const = 0;
  virtual LayerPackageResult layer_result() const = 0;
};

}  // namespace snnvp
