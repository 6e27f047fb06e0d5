// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/engine/driver.h>
#include <snnvp/platform/run/network_program.h>
#include <snnvp/platform/run/sample_run.h>
#include <snnvp/platform/run/spike_record.h>
#include <snnvp/platform/run/workload_driver.h>
#include <snnvp/workloads/network/neurobench.h>
#include <snnvp/workloads/network/quantise.h>

namespace snnvp {

/// A network with its samples, as a workload of kind `network` holds it.
struct NetworkTask {
  IntegerNetwork network;
  std::optional<NetworkGraph> graph;  ///< real parameters, where they are known: the float reference
  std::uint64_t samples = 0, steps = 0;
  std::function<NetworkSample(std::uint64_t)> sample;
  std::vector<std::uint32_t> labels;  ///< one per sample, or empty
  Readout readout = Readout::automatic;
  std::map<std::string, std::string> mapping;  ///< engine by layer; empty: each engine runs all of it in turn
  bool pipelined = false;                      ///< with a mapping: engines work on different samples at the same time
};

/// Runs a network sample by sample on engines, in turn or by a mapping. Samples use the same addresses again, so memory does not grow
/// with their number.
class NetworkStream : public WorkloadDriver, public engine::SubmissionSource, public SpikeSource {
public:
  explicit NetworkStream(NetworkTask task);
  ~NetworkStream() override;
  const NetworkTask& task() const { return task_; }

  void check(const Plan& plan, const SourcePos& pos, Diagnostics& diagnostics) const override;
  std::vector<std::string> helpers(const Plan& plan) const override;
  void check_jobs(const Plan& plan, const JobSetup& setup, const SourcePos& pos, Diagnostics& diagnostics) override;
  Bytes memory_needed() const override { return memory_needed_; }
  void attach(Platform& platform) override;
  void start() override;
  bool is_finished() const override { return turn_ >= turns_.size(); }
  std::uint64_t work_done() const override { return work_done_; }
  std::uint64_t work_total() const override;
  std::vector<EngineRows> engine_rows() override;
  void collect(RunReport& report) override;

  std::vector<std::string> spiking_layers() const override;
  void keep_spikes(const std::vector<std::string>& layers) override;
  std::vector<Recording> kept_spikes() const override;

  unsigned lanes() const override;
  const engine::Submission* next(unsigned lane, bool& finished) override;
  void ended(unsigned lane, const engine::SubmissionResult& result) override;

private:
  struct Turn;
  struct Slot;

  void check_mapping(const Plan& plan, const JobSetup& setup, const SourcePos& pos, Diagnostics& diagnostics) const;
  void plan_turns(const Plan& plan, const JobSetup& setup, const SourcePos& pos, Diagnostics& diagnostics);
  void lay_out(const Plan& plan, const JobSetup& setup);
  void make_chains(Turn& turn, Slot& slot, const Plan& plan, Address& next) const;
  const engine::Submission* choose(unsigned lane, bool& finished);
  void fill(Turn& turn, Slot& slot);
  void advance(Turn& turn, Slot& slot);
  void finish_sample(Turn& turn, Slot& slot);
  void take_rows(Turn& turn);

  NetworkTask task_;
  std::vector<std::unique_ptr<Turn>> turns_;
  std::size_t turn_ = 0;
  bool check_output_ = true;
  Bytes memory_needed_ = 0;
  std::string host_;
  engine::JobDriver* memory_ = nullptr;
  Platform* platform_ = nullptr;
  std::unique_ptr<IntegerSimulation> golden_;
  std::unique_ptr<NeuroBench> neurobench_;
  Agreement agreement_;
  std::uint64_t work_done_ = 0;
  std::vector<std::size_t> kept_nodes_;
  std::vector<Recording> kept_;  ///< by kept node
  std::exception_ptr problem_;   // a sample that cannot be read ends the run
};

}  // namespace snnvp
