// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/riscv/cache_model.h>

#include <algorithm>

namespace snnvp::riscv {

CacheModel::CacheModel(const CacheParams& params) {
  if (params.size == 0) return;
  ways_ = params.ways;
  penalty_ = params.penalty;
  line_mask_ = ~(params.line - 1);
  while ((1u << line_shift_) < params.line) ++line_shift_;
  set_mask_ = params.size / params.line / params.ways - 1;
  reset();
}

unsigned CacheModel::search(std::uint32_t* set, std::uint32_t line) {
  unsigned way = 1;
  while (way < ways_ && set[way] != line) ++way;
  const bool hit = way < ways_;
  // The line moves to the front; what stood before it moves back, on a miss the least recent one falls out.
  std::copy_backward(set, set + (hit ? way : ways_ - 1), set + (hit ? way + 1 : ways_));
  set[0] = line;
  return hit ? (++reorders_, ++hits_, 0) : (++misses_, penalty_);
}

void CacheModel::reset() {
  tags_.assign(std::size_t{ways_} * (std::size_t{set_mask_} + 1), 0xFFFFFFFF);
  hits_ = misses_ = 0;
  ++reorders_;
}

}  // namespace snnvp::riscv
