// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <snnvp/platform/block/layer_package.h>
#include <snnvp/workloads/network/simulate.h>

namespace snnvp {

/// A network with weights and its samples, for a package that computes it.
struct PackageTask {
  std::shared_ptr<const IntegerNetwork> network;
  std::uint64_t samples = 1;
  std::uint64_t steps = 1;  ///< of every sample
  /// Sample i; nothing if it cannot be read: the package then stops.
  std::function<std::optional<NetworkSample>(std::uint64_t i)> sample;
  /// Sample i has been computed: all values, by node.
  std::function<void(std::uint64_t i, const NetworkSample& sample, const std::vector<IntegerTrace>& found)> done;
};

/// A block that spreads a network with weights over its tiles and computes it there (spec/chiplet.md 4).
class NetworkPackage : public LayerPackage {
public:
  /// Before the simulation starts. Throws InputError if the network does not fit.
  virtual void load_network(PackageTask task) = 0;
  /// What a golden model gives whose values go through the code that this package uses at die edges, by node; nothing where no value
  /// is changed there.
  virtual std::optional<std::vector<IntegerTrace>> golden_behind_boundary(const NetworkSample& sample) const = 0;
};

}  // namespace snnvp
