// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dma/dma_core.h>

#include <algorithm>

namespace snnvp::dma {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::LayerRecord;
using engine::Stage;

class DmaCore::Copy : public engine::Job {
public:
  Copy(DmaCore& core, const JobDescriptor& job)
      : core_(core),
        job_(job),
        bytes_(job.operands[engine::operand::source].bytes()),
        data_(bytes_),
        // A burst may be read when the burst `buffers` before it has been handed to the write side.
        stages_{{"read", true, core.config_.buffers, 0, Stage::FreedAt::end}} {}

  const std::vector<Stage>& stages() const override { return stages_; }
  std::uint64_t items() const override { return ceil_div(bytes_, core_.config_.burst_bytes); }

  void transfers(std::uint64_t item, unsigned, engine::TransferList& list) override { fill(item, engine::operand::source, list); }
  void execute(std::uint64_t) override {}
  Cycles cycles(std::uint64_t, unsigned) override { return 0; }

  Cycles stores(std::uint64_t item, Cycles end, engine::TransferList& list) override {
    fill(item, engine::operand::destination, list);
    core_.copied_.add(list.timed.front().bytes);
    return end;
  }

  std::vector<LayerRecord> finish(const engine::JobTiming& timing) override {
    LayerRecord r;
    r.tag = job_.tag;
    r.kind = "copy";
    r.total_cycles = r.contribution_cycles = timing.end - timing.start;
    r.bus_bytes = timing.bus_bytes_read + timing.bus_bytes_written;
    return {r};
  }

private:
  void fill(std::uint64_t item, unsigned which, engine::TransferList& list) {
    const Bytes offset = item * core_.config_.burst_bytes, length = std::min(core_.config_.burst_bytes, bytes_ - offset);
    list.timed.push_back({job_.operands[which].address + offset, data_.data() + offset, length});
    list.port_cycles = core_.config_.bits_per_cycle ? ceil_div(length * 8, core_.config_.bits_per_cycle) : 0;
  }

  DmaCore& core_;
  JobDescriptor job_;
  Bytes bytes_;
  std::vector<std::uint8_t> data_;
  std::vector<Stage> stages_;
};

std::variant<std::unique_ptr<engine::Job>, engine::Refusal> DmaCore::start(const JobDescriptor& job) {
  if (job.operation != engine::Operation::copy) return engine::Refusal{JobStatus::unsupported, "a DMA engine only copies"};
  const auto &from = job.operands[engine::operand::source], &to = job.operands[engine::operand::destination];
  if (!from.present() || !to.present()) return engine::Refusal{JobStatus::bad_shape, "source and destination are needed"};
  for (const auto* operand : {&from, &to})
    if (!operand->is_dense_memory()) return engine::Refusal{JobStatus::unsupported, "only dense operands in memory are copied"};
  if (from.bytes() == 0 || from.bytes() != to.bytes())
    return engine::Refusal{JobStatus::bad_shape, "source and destination differ in size"};
  if (auto refusal = engine::refuse_large(from.bytes(), ceil_div(from.bytes(), config_.burst_bytes))) return *refusal;
  return std::make_unique<Copy>(*this, job);
}

}  // namespace snnvp::dma
