// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/engine/driver.h>
#include <snnvp/platform/run/program.h>
#include <snnvp/platform/run/workload_driver.h>
#include <snnvp/workloads/network/transformer.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

/// One kernel of a spiking transformer with its tensors.
struct TransformerKernel {
  enum class Op { mha, moe, linear };
  std::string name;
  Op op = Op::mha;
  TransformerGeometry geometry;
  std::uint64_t inputs = 0, outputs = 0;          ///< features; equal to D but for the dense layers
  std::vector<std::vector<std::int8_t>> weights;  ///< mha: q, k, v; moe: w1, w2, router; linear: [output][input]
  bool is_chained = false;                        ///< its input is the result of the kernel before
  SpikeTensor input;
};

struct TransformerTask {
  std::vector<TransformerKernel> kernels;
  NeuronRecord neuron;
};

/// Runs the kernels on each engine in turn as one chain of jobs, and compares every result with the golden kernels.
class TransformerStream : public WorkloadDriver, public engine::SubmissionSource {
public:
  explicit TransformerStream(TransformerTask task);
  ~TransformerStream() override;

  void check(const Plan&, const SourcePos&, Diagnostics&) const override {}
  void check_jobs(const Plan& plan, const JobSetup& setup, const SourcePos& pos, Diagnostics& diagnostics) override;
  Bytes memory_needed() const override { return memory_needed_; }
  void attach(Platform& platform) override;
  void start() override;
  bool is_finished() const override { return turn_ >= turns_.size(); }
  std::uint64_t work_done() const override;
  std::uint64_t work_total() const override { return turns_.size() * task_.kernels.size(); }
  std::vector<EngineRows> engine_rows() override;
  void collect(RunReport& report) override;

  unsigned lanes() const override { return 1; }
  const engine::Submission* next(unsigned lane, bool& finished) override;
  void ended(unsigned lane, const engine::SubmissionResult& result) override;

private:
  struct Turn {
    std::string engine;
    engine::Submission submission;
    std::vector<Address> out, sums;  ///< by kernel; sums 0: none
  };

  Turn lay_out(const Plan& plan, const JobSetup& setup, const std::string& engine, Address& next) const;
  engine::JobDescriptor descriptor(std::size_t kernel, const Turn& turn) const;
  std::vector<Expectation> expectations(const Turn& turn, unsigned psum_bits) const;
  void report_stack(RunReport& report) const;

  TransformerTask task_;
  std::vector<Address> inputs_;                ///< by kernel; 0: chained
  std::vector<std::vector<Address>> weights_;  ///< by kernel
  std::vector<Turn> turns_;
  std::size_t turn_ = 0;
  bool running_ = false;
  std::string host_;
  bool check_output_ = true;
  Bytes memory_needed_ = 0;
  Platform* platform_ = nullptr;
  engine::JobDriver* memory_ = nullptr;
};

}  // namespace snnvp
