// SPDX-License-Identifier: Apache-2.0
// One wrong byte on the way through the Bishop cores is noticed, and jobs they cannot do are refused.
#include <catch2/catch.hpp>

#include <algorithm>

#include <snnvp/models/stack3d/bishop_engine.h>

#include "../../support/forked_run.h"

using namespace snnvp;
using namespace snnvp::test;
using engine::JobDescriptor;

namespace {

void flip(engine::JobDriver& driver, Address at, std::uint8_t bits) {
  std::uint8_t byte = 0;
  if (driver.debug_read(at, &byte, 1) != 1) throw std::runtime_error("no memory there");
  byte = static_cast<std::uint8_t>(byte ^ bits);
  if (driver.debug_write(at, &byte, 1) != 1) throw std::runtime_error("no memory there");
}

JobDescriptor first_job(const MemoryProgram& program, engine::Operation operation) {
  for (const auto& [address, image] : program.engines.front().submission.descriptors)
    if (const auto decoded = engine::decode(image); decoded.job.operation == operation) return decoded.job;
  throw std::runtime_error("no such job");
}

RunEnd run_with(std::vector<std::string> overrides, std::function<void(engine::JobDriver&, const MemoryProgram&)> on_placed) {
  overrides.insert(overrides.end(), {"workload.blocks=1", "workload.T=4", "workload.N=20", "workload.D=64",
                                     "platform.blocks.stack.params.bishop.scale_shift=0"});
  RunOptions options;
  options.on_placed = std::move(on_placed);
  return run_forked("papers/stack3d_bishop.yaml", overrides, options);
}

const std::vector<std::vector<std::string>> timings = {{"platform.blocks.stack.params.timing=paper"},
                                                       {"platform.blocks.stack.params.timing=tile"}};

}  // namespace

TEST_CASE("Bishop: a run is checked, and a wrong weight or spike of any operand is noticed", "[bishop]") {
  for (const auto& timing : timings) {
    CHECK(run_with(timing, [](engine::JobDriver&, const MemoryProgram&) {}).status == "ok");
    CHECK(run_with(timing, [](engine::JobDriver& driver, const MemoryProgram& program) {
            const JobDescriptor job = first_job(program, engine::Operation::gemm);
            for (std::uint64_t d = 0; d < job.gemm.C; ++d)  // one output feature's weights: some input spikes for certain
              flip(driver, job.operands[engine::operand::weights].address + d * job.gemm.N, 0x40);
          }).status == "wrong_output");
    CHECK(run_with(timing, [](engine::JobDriver& driver, const MemoryProgram& program) {
            flip(driver, first_job(program, engine::Operation::gemm).operands[engine::operand::input].address + 5, 1);
          }).status == "wrong_output");
    for (const unsigned which : {engine::operand::q, engine::operand::k, engine::operand::v})
      CHECK(run_with(timing, [which](engine::JobDriver& driver, const MemoryProgram& program) {
              const engine::Operand operand = first_job(program, engine::Operation::attention).operands[which];
              for (Bytes i = 0; i < operand.bytes() / 2; ++i) flip(driver, operand.address + i, 0xFF);
            }).status == "wrong_output");
  }
}

TEST_CASE("Bishop: jobs that the cores cannot do are refused", "[bishop]") {
  bishop::BishopEngine unit{bishop::EngineConfig{}};
  JobDescriptor job;
  job.operation = engine::Operation::conv2d;
  CHECK(engine::refusal_of(unit, job).find("fully connected") != std::string::npos);
  job.operation = engine::Operation::attention;
  job.attention = {AttentionGeometry::Kind::spikingbert, 1, 8, 8, 1};
  CHECK(engine::refusal_of(unit, job).find("softmax") != std::string::npos);
  job.attention.kind = AttentionGeometry::Kind::spikformer;
  CHECK(engine::refusal_of(unit, job).find("q, k and v") != std::string::npos);
  job.operation = engine::Operation::gemm;
  job.gemm.C = job.gemm.N = 8;
  CHECK(engine::refusal_of(unit, job).find("input spikes") != std::string::npos);
  job.neuron.present = true;
  job.neuron.record.model = NeuronRecord::Model::cuba;
  CHECK(engine::refusal_of(unit, job).find("plain LIF") != std::string::npos);
}
