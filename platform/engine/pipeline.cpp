// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/engine/pipeline.h>

#include <algorithm>

namespace snnvp::engine {

Pipeline::Pipeline(std::vector<Stage> stages, Cycles start) : stages_(std::move(stages)), start_(start), end_(start) {
  for (const Stage& stage : stages_) depth_ = std::max<std::uint64_t>(depth_, stage.slots + 1ULL);
  starts_.assign(stages_.size() * depth_, start);
  ends_.assign(stages_.size() * depth_, start);
  free_.assign(stages_.size(), start);
  busy_.assign(stages_.size(), 0);
}

Cycles Pipeline::earliest(unsigned stage) const {
  const Stage& s = stages_[stage];
  Cycles at = std::max(start_, free_[stage]);
  if (stage > 0) at = std::max(at, ended(stage - 1, item_));
  if (s.slots != 0 && item_ >= s.slots) {
    const std::uint64_t owner = item_ - s.slots;
    at = std::max(at, s.freed_at == Stage::FreedAt::start ? started(s.freed_by, owner) : ended(s.freed_by, owner));
  }
  return at;
}

void Pipeline::complete(unsigned stage, Cycles start, Cycles release, Cycles end) {
  started(stage, item_) = start;
  ended(stage, item_) = end;
  free_[stage] = release;
  busy_[stage] += release - start;
  end_ = std::max(end_, end);
}

void Pipeline::next_item() { ++item_; }

}  // namespace snnvp::engine
