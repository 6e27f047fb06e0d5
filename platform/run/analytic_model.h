// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/program.h>

// Models that estimate a workload from its layers, beside the engines that run it: they compute no values, take no simulated
// time and are outside the output check and the energy ledger.
namespace snnvp {

/// One layer of a workload as an analytic model sees it.
struct AnalyticLayer {
  std::string name;                                        ///< as in the report's `layers`
  std::string kind;                                        ///< conv2d, fc, lif, attention, layernorm
  std::optional<Cycles> cycles;                            ///< none if the model tells no time, or leaves the layer out
  std::string problem;                                     ///< why the model leaves the layer out; empty if it covers it
  std::vector<std::pair<std::string, StatValue>> figures;  ///< more figures in the order of their columns
};

/// A workload as one analytic model sees it.
struct AnalyticResult {
  std::string model;
  std::string basis;                  ///< what the figures rest on, in two or three words: a column of the table
  std::vector<std::string> notes;     ///< sentences about them
  std::vector<AnalyticLayer> layers;  ///< in execution order
  std::optional<Cycles> cycles;       ///< of the layers it covers
  double clock_hz = 0;                ///< of all its cycles
  std::optional<double> seconds;
  std::optional<double> energy_mj;
  std::vector<std::pair<std::string, StatValue>> figures;  ///< more totals in the order of their columns
  int yardstick = 0;  ///< the others' speed-up is over the model with the highest value above 0; equal ones: first by block name
};

/// A block that estimates. Found by dynamic_cast; its kind sets `KindDescriptor::is_analytic`.
class AnalyticModel {
public:
  virtual ~AnalyticModel() = default;
  /// The estimate for a workload of layers. Returns early, with what it has, once `stop` is set. Must not throw for anything a
  /// workload may hold: what the model cannot do is a `problem` of the layer.
  virtual AnalyticResult estimate(const LayerProgram& layers, const std::atomic<bool>& stop) const = 0;
};

}  // namespace snnvp
