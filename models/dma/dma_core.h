// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/platform/engine/engine_core.h>

namespace snnvp::dma {

struct Config {
  Bytes burst_bytes = 4096;    ///< one pipeline item
  unsigned buffers = 2;        ///< bursts between read and write
  Bits bits_per_cycle = 1024;  ///< width of the port, shared by reads and writes; 0: unlimited
};

/// A copy engine: job `copy`, operand 0 to operand 1, byte by byte the same, burst by burst.
class DmaCore : public engine::EngineCore {
public:
  explicit DmaCore(const Config& config) : config_(config) {}

  std::variant<std::unique_ptr<engine::Job>, engine::Refusal> start(const engine::JobDescriptor& job) override;
  std::uint32_t capabilities() const override { return 1U << static_cast<unsigned>(engine::Operation::copy); }
  void reset() override { copied_.reset(); }
  void report_stats(StatSink& sink) const override { sink.count("copied_bytes", copied_); }
  EventCounts events() const override { return {}; }

private:
  class Copy;
  Config config_;
  Counter copied_;
};

}  // namespace snnvp::dma
