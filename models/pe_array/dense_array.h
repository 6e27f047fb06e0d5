// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/models/pe_array/pe_array_core.h>

namespace snnvp::pe_array {

/// A dense M x K by K x N product on a systolic array without memory stalls (spec/formats.md 11.1, SCALE-Sim's model).
///
/// Fill and drain are inside: a fold takes `fold_cycles` from its first weight (ws), input (is) or operand (os) at the edge
/// to its last result, and the closing cycle of the run is not counted, as in the tool.
struct DenseRun {
  std::uint64_t row_folds = 0, col_folds = 0;
  Cycles fold_cycles = 0;
  Cycles cycles = 0;
  double utilisation = 0;
};

DenseRun dense_run(Dataflow dataflow, std::uint64_t rows, std::uint64_t cols, std::uint64_t M, std::uint64_t K, std::uint64_t N);

}  // namespace snnvp::pe_array
