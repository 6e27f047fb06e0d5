// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/workloads/network/integer_network.h>
#include <snnvp/workloads/network/simulate.h>

namespace snnvp {

/// Reads back what nodes gave, step by step: values of an IntegerTrace as integers, and from them the inputs of nodes.
class RecordedValues {
public:
  /// Both must outlive it; `traces` has one item per node.
  RecordedValues(const IntegerNetwork& network, const std::vector<IntegerTrace>& traces) : network_(network), traces_(traces) {}

  /// Output of a node at step t, `delay` steps ago (zeros before the first step); valid until the next call.
  const std::int32_t* output(std::size_t node, std::uint64_t t, std::uint64_t delay = 0);
  /// Fills `x` (of the size of the node's input) with the node's input at step t.
  void input(std::size_t node, std::uint64_t t, std::vector<std::int32_t>& x);

private:
  const IntegerNetwork& network_;
  const std::vector<IntegerTrace>& traces_;
  std::vector<std::int32_t> values_;
  std::vector<std::int64_t> sums_;
};

/// Values of step t - delay of a trace (zeros before the first step), unpacked into `scratch` where they have to be.
const std::int32_t* recorded_step(const IntegerTrace& trace, std::uint64_t size, std::uint64_t t, std::uint64_t delay,
                                  std::vector<std::int32_t>& scratch);

/// An empty trace of a node for so many steps.
IntegerTrace make_trace(const IntegerNode& node, std::uint64_t steps);
/// What of all nodes differs between two runs of a network.
struct TraceComparison {
  std::uint64_t compared = 0, mismatches = 0;  ///< values
  std::string first;                           ///< the first difference in words
};
TraceComparison compare_traces(const IntegerNetwork& network, const std::vector<IntegerTrace>& found,
                               const std::vector<IntegerTrace>& expected);
/// Sets the values of step t.
void record(IntegerTrace& trace, std::uint64_t t, std::uint64_t size, const std::int32_t* values);

}  // namespace snnvp
