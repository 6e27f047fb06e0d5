// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/tile_pipeline.h>

#include <algorithm>

namespace snnvp::stack3d {
namespace {

std::vector<engine::Stage> stages() {
  const auto stage = [](const char* name, unsigned next) { return engine::Stage{name, false, 2, next, engine::Stage::FreedAt::end}; };
  return {stage("in", 1), stage("compute", 2), stage("up", 3), stage("fire", 4), {"back", false, 0, 0, engine::Stage::FreedAt::end}};
}

/// The spike buffer's port serves the cores in fixed turns.
Cycles spike_port(const Config& c, std::uint64_t bits) { return ceil_div(bits, c.spike_port) * c.cores; }

}  // namespace

Cycles TileTimes::period() const { return std::max({in, compute, up, fire, back}); }

TileTimes linear_tile(const Config& c, const Links& links, std::uint64_t features, unsigned sum_bits) {
  const LinkWidths& w = links.widths();
  const std::uint64_t outputs = c.rows * c.cols, weights = features * c.rows * c.weight_bits, spikes = features * c.cols;
  TileTimes t;
  t.in = std::max({ceil_div(weights, w.weight), ceil_div(weights, c.weight_port), ceil_div(spikes, w.spike), spike_port(c, spikes)});
  t.compute = features * c.kappa + c.fill();
  t.up = ceil_div(outputs * sum_bits, w.psum);
  t.fire = ceil_div(outputs, c.lif_lanes);
  t.back = spike_port(c, outputs);
  return t;
}

TileTimes attention_tile(const Config& c, const Links& links, std::uint64_t d, bool is_last) {
  const LinkWidths& w = links.widths();
  // Mode 1: Q stands in the rows and comes over the weights' link, K streams. Mode 2: V streams, A stays.
  const std::uint64_t queries = d * c.rows, streamed = 2 * d * c.cols, outputs = is_last ? c.rows * d : 0;
  TileTimes t;
  t.in = std::max({ceil_div(queries, w.weight), ceil_div(streamed, w.spike), spike_port(c, queries + streamed)});
  t.compute = 2 * (d + c.fill());
  t.up = ceil_div(outputs * c.psum_bits, w.psum);
  t.fire = ceil_div(outputs, c.lif_lanes);
  t.back = outputs == 0 ? 0 : spike_port(c, outputs);
  return t;
}

CorePipelines::CorePipelines(const Config& c, const Links& links) : links_(links) {
  cores_.reserve(c.cores);
  for (std::uint64_t i = 0; i < c.cores; ++i) cores_.push_back({engine::Pipeline(stages(), 0), 0, 0, {}, 2});
}

Cycles CorePipelines::buffer_free(std::uint64_t core) const {
  const Core& c = cores_[core];
  return c.freed.size() < c.buffers ? 0 : c.freed[c.freed.size() - c.buffers];
}

void CorePipelines::begin(std::uint64_t core, Cycles arrived, Cycles ready) { cores_[core].may_start = std::max(arrived, ready); }

Cycles CorePipelines::tile(std::uint64_t core, const TileTimes& times) {
  Core& c = cores_[core];
  engine::Pipeline& p = c.pipeline;
  const Cycles start = std::max(p.earliest(0), c.may_start);
  c.last_in = start + times.in;
  p.complete(0, start, c.last_in, c.last_in + links_.in_latency());
  const Cycles duration[] = {times.compute, times.up, times.fire, times.back};
  Cycles end = 0;
  for (unsigned s = 1; s < 5; ++s) {
    const Cycles at = p.earliest(s), released = at + duration[s - 1];
    end = released + (s == 2 ? links_.sum_latency() : 0);
    p.complete(s, at, released, end);
  }
  p.next_item();
  return end;
}

void CorePipelines::free_weights(std::uint64_t core, unsigned buffers) {
  Core& c = cores_[core];
  c.buffers = buffers;
  if (c.freed.size() == 4) c.freed.erase(c.freed.begin());
  c.freed.push_back(c.last_in);
}

Cycles CorePipelines::end() const {
  Cycles end = 0;
  for (const Core& c : cores_) end = std::max(end, c.pipeline.end());
  return end;
}

}  // namespace snnvp::stack3d
