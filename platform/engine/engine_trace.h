// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/engine/job.h>
#include <snnvp/platform/engine/pipeline.h>
#include <snnvp/platform/trace/hook.h>

namespace snnvp::engine {

/// What an engine's front end records when the run is traced: `chain` from doorbell to completion, `job`, a track per stage of its
/// pipeline with a slice per item, `store`; arrows from a job through the stages of its first item. Cycles are the engine's.
class EngineTrace {
public:
  explicit operator bool() const { return static_cast<bool>(hook_); }

  void attach(trace::Tracer& tracer, const std::string& block);
  void doorbell(Picoseconds at) { hook_->instant(chain_, doorbell_, at); }
  void chain(Picoseconds start, Picoseconds end) { hook_->slice(chain_, chain_text_, start, end); }
  /// A job begins: its stages get their tracks. `has_times`: the pipeline's times are those of the run.
  void begin_job(const JobDescriptor& job, const std::vector<Stage>& stages, bool has_times, Picoseconds start);
  void stage(unsigned stage, std::uint64_t item, const ClockDomain& clock, Cycles start, Cycles end, Bytes bytes);
  void store(const ClockDomain& clock, Cycles start, Cycles end, Bytes bytes);
  void end_job(Picoseconds end, std::uint64_t items);

private:
  trace::Hook hook_;
  std::string block_;
  trace::Track chain_ = 0, job_ = 0, store_ = 0;
  trace::Text doorbell_ = 0, chain_text_ = 0, store_text_ = 0, operation_ = 0;
  std::vector<trace::Track> stages_;      // of the job under way
  std::vector<trace::Text> stage_texts_;  // likewise
  std::uint32_t tag_ = 0, flow_ = 0;
  bool has_times_ = true;
  Picoseconds start_ = 0;  // the clock may be divided until the job ends: cycles of the past have no time then
};

}  // namespace snnvp::engine
