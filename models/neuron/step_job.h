// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <snnvp/models/neuron/neuron_core.h>

namespace snnvp::neuron {

/// What both jobs share: one item per time step through fetch and update, results stored after the last step.
class StepJob : public engine::Job {
public:
  StepJob(NeuronCore& core, const engine::JobDescriptor& job, std::string kind, std::uint64_t T, std::uint64_t values)
      : core_(core), job_(job), kind_(std::move(kind)), T_(T), values_(values) {}

  const std::vector<engine::Stage>& stages() const override { return stages_; }
  std::uint64_t items() const override { return T_; }
  void transfers(std::uint64_t item, unsigned, engine::TransferList& list) override {
    fetch(item, list.timed);
    list.port_cycles = core_.port_cycles(bytes_of(list.timed));
  }
  Cycles cycles(std::uint64_t, unsigned) override { return core_.step_cycles(values_); }
  Cycles stores(std::uint64_t item, Cycles end, engine::TransferList& list) override {
    if (item + 1 != T_) return 0;
    results(list.timed);
    list.port_cycles = core_.port_cycles(bytes_of(list.timed));
    return end;
  }
  std::vector<engine::LayerRecord> finish(const engine::JobTiming& timing) override {
    engine::LayerRecord r;
    r.tag = job_.tag;
    r.kind = kind_;
    r.total_cycles = r.contribution_cycles = timing.end - timing.start;
    const Cycles compute = core_.step_cycles(values_) * T_;
    r.counts = {{"compute_cycles", compute}, {"stall_cycles", r.total_cycles - std::min(r.total_cycles, compute)}};
    r.bus_bytes = timing.bus_bytes_read + timing.bus_bytes_written;
    r.texts = {{"timing", "tile"}};
    return {r};
  }

protected:
  /// Bursts that item needs, with tables and state before the first.
  virtual void fetch(std::uint64_t item, std::vector<engine::Transfer>& list) = 0;
  /// Bursts of all results.
  virtual void results(std::vector<engine::Transfer>& list) = 0;

  NeuronCore& core_;
  engine::JobDescriptor job_;

private:
  static Bytes bytes_of(const std::vector<engine::Transfer>& list) {
    Bytes bytes = 0;
    for (const engine::Transfer& transfer : list) bytes += transfer.bytes;
    return bytes;
  }

  std::string kind_;
  std::uint64_t T_, values_;
  std::vector<engine::Stage> stages_{{"fetch", true, core_.config().prefetch_steps, 1, engine::Stage::FreedAt::end},
                                     {"update", false, 0, 0, engine::Stage::FreedAt::end}};
};

}  // namespace snnvp::neuron
