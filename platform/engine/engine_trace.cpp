// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/engine/engine_trace.h>

namespace snnvp::engine {

void EngineTrace::attach(trace::Tracer& tracer, const std::string& block) {
  hook_.set(tracer);
  block_ = block;
  using trace::TrackKind;
  chain_ = tracer.track(block, "chain", TrackKind::slices, "chain");
  job_ = tracer.track(block, "job", TrackKind::slices, "job", "tag", "items");
  doorbell_ = tracer.text("doorbell");
  chain_text_ = tracer.text("chain of jobs");
  store_text_ = tracer.text("store");
}

void EngineTrace::begin_job(const JobDescriptor& job, const std::vector<Stage>& stages, bool has_times, Picoseconds start) {
  start_ = start;
  tag_ = job.tag;
  operation_ = hook_->text(operation_name(job.operation));
  has_times_ = has_times;
  flow_ = hook_->new_flow();
  stages_.clear();
  stage_texts_.clear();
  for (const Stage& stage : stages) {
    stages_.push_back(hook_->track(block_, stage.name, trace::TrackKind::slices, "stage", "item", stage.moves_data ? "bytes" : ""));
    stage_texts_.push_back(hook_->text(stage.name));
  }
  store_ = hook_->track(block_, "store", trace::TrackKind::slices, "stage", "bytes");
}

void EngineTrace::stage(unsigned stage, std::uint64_t item, const ClockDomain& clock, Cycles start, Cycles end, Bytes bytes) {
  if (!has_times_) return;
  hook_->slice(stages_[stage], stage_texts_[stage], clock.time_ps(start), clock.time_ps(end), item, bytes, item == 0 ? flow_ : 0);
}

void EngineTrace::store(const ClockDomain& clock, Cycles start, Cycles end, Bytes bytes) {
  if (has_times_) hook_->slice(store_, store_text_, clock.time_ps(start), clock.time_ps(end), bytes);
}

void EngineTrace::end_job(Picoseconds end, std::uint64_t items) {
  hook_->slice(job_, operation_, start_, end, tag_, items, has_times_ ? flow_ : 0);
}

}  // namespace snnvp::engine
