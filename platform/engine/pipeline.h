// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

namespace snnvp::engine {

/// One stage of an engine's tile pipeline (decision 8). Items pass the stages in order; a stage serves one
/// item at a time. `slots` buffers stand behind the stage: item i may not start here before item i - slots
/// has started (or ended) in the later stage that frees the buffer. 0 = unlimited.
struct Stage {
  enum class FreedAt { start, end };
  std::string name;
  bool moves_data = false;  ///< done over the DMA port; the front end asks for transfers
  unsigned slots = 0;
  unsigned freed_by = 0;  ///< index of the stage whose start or end frees a slot
  FreedAt freed_at = FreedAt::end;
};

/// The recurrence of a tile pipeline in integer cycles:
/// start(s, i) = max(end(s-1, i), free(s, i-1), freed(freed_by(s), i - slots(s)), 0-th start).
/// Pure arithmetic: no kernel event, no allocation after construction.
class Pipeline {
public:
  /// `max_slots` of any stage bounds the history that is kept.
  Pipeline(std::vector<Stage> stages, Cycles start);

  const std::vector<Stage>& stages() const { return stages_; }
  /// Earliest start of the current item in `stage`; the stages before it must be complete for this item.
  Cycles earliest(unsigned stage) const;
  /// The current item passed `stage`: it occupied it until `release` and its result is there at `end`.
  void complete(unsigned stage, Cycles start, Cycles release, Cycles end);
  void complete(unsigned stage, Cycles start, Cycles end) { complete(stage, start, end, end); }
  /// Turns to the next item.
  void next_item();

  /// End of the latest item in the last stage so far.
  Cycles end() const { return end_; }
  Cycles busy(unsigned stage) const { return busy_[stage]; }

private:
  Cycles& started(unsigned stage, std::uint64_t item) { return starts_[stage * depth_ + item % depth_]; }
  Cycles& ended(unsigned stage, std::uint64_t item) { return ends_[stage * depth_ + item % depth_]; }
  const Cycles& started(unsigned stage, std::uint64_t item) const { return starts_[stage * depth_ + item % depth_]; }
  const Cycles& ended(unsigned stage, std::uint64_t item) const { return ends_[stage * depth_ + item % depth_]; }

  std::vector<Stage> stages_;
  Cycles start_;
  Cycles end_;
  std::uint64_t item_ = 0;
  std::uint64_t depth_ = 1;
  std::vector<Cycles> starts_, ends_, free_, busy_;
};

}  // namespace snnvp::engine
