// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/dense_array.h>

namespace snnvp::pe_array {

DenseRun dense_run(Dataflow dataflow, std::uint64_t rows, std::uint64_t cols, std::uint64_t M, std::uint64_t K, std::uint64_t N) {
  // What lies along the rows and columns of the array, and what streams through it in time.
  const std::uint64_t along_rows = dataflow == Dataflow::os ? M : K;
  const std::uint64_t along_cols = dataflow == Dataflow::is ? M : N;
  const std::uint64_t streamed = dataflow == Dataflow::ws ? M : dataflow == Dataflow::is ? N : K;
  DenseRun run;
  run.row_folds = ceil_div(along_rows, rows);
  run.col_folds = ceil_div(along_cols, cols);
  // A stationary operand is first shifted in over the rows; stationary outputs need no such load.
  run.fold_cycles = (dataflow == Dataflow::os ? rows : 2 * rows) + cols + streamed - 2;
  run.cycles = run.fold_cycles * run.row_folds * run.col_folds - 1;
  const double pe_cycles = static_cast<double>(run.cycles) * static_cast<double>(rows) * static_cast<double>(cols);
  run.utilisation = pe_cycles > 0 ? static_cast<double>(M) * static_cast<double>(K) * static_cast<double>(N) / pe_cycles : 0;
  return run;
}

}  // namespace snnvp::pe_array
