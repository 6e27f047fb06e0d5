// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/workloads/formats/nir.h>
#include <snnvp/workloads/network/simulate.h>

#include "../support/nir_writer.h"
#include "../support/process.h"

namespace snnvp::test {

/// Options whose dt and reset are given, so that no notice tells of them.
inline NirOptions nir_options(double dt = 1e-4, ResetRule reset = ResetRule::to_v_reset) {
  NirOptions options;
  options.dt = dt, options.dt_given = true;
  options.reset = reset, options.reset_given = true;
  return options;
}

/// What import_nir() throws for a file, or "" if it imports.
inline std::string import_problem(const std::string& file, const NirOptions& options = nir_options()) {
  try {
    import_nir(file, options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// The row of that name; fails if there is none.
inline ImportRow row_of(const NirImport& import, const std::string& node) {
  for (const ImportRow& row : import.rows)
    if (row.node == node) return row;
  throw std::runtime_error("no row " + node);
}

inline const GraphNode& node_of(const NetworkGraph& graph, const std::string& name) {
  const int i = graph.find(name);
  if (i < 0) throw std::runtime_error("no node " + name);
  return graph.nodes[static_cast<std::size_t>(i)];
}

/// A sample with one input that is 1 at the listed (step, value) places.
inline NetworkSample spike_sample(std::uint64_t steps, std::uint64_t size,
                                  const std::vector<std::pair<std::uint64_t, std::uint64_t>>& ones) {
  NetworkSample sample;
  sample.steps = steps;
  InputSignal signal;
  signal.spikes = SpikeTensor("TC", {steps, size});
  for (const auto& [step, value] : ones) signal.spikes.set(step * size + value);
  sample.inputs.push_back(std::move(signal));
  return sample;
}

}  // namespace snnvp::test
