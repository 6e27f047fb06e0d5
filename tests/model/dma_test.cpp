// SPDX-License-Identifier: Apache-2.0
// models.dma: copies by bursts, exactly, in the time its port takes.
#include <snnvp/models/dma/dma_core.h>

#include <catch2/catch.hpp>

#include <snnvp/platform/base/random.h>

#include "../support/engine_rig.h"

using namespace snnvp;
using namespace snnvp::test;
using engine::Format;
using engine::JobDescriptor;
using engine::JobStatus;

namespace {

constexpr Address first = EngineRig::memory_base, from = first + 0x1001, to = first + 0x800003;

JobDescriptor copy_job(std::uint32_t bytes) {
  JobDescriptor job;
  job.operation = engine::Operation::copy;
  job.operands[engine::operand::source] = operand_of(from, Format::uint8, {bytes});
  job.operands[engine::operand::destination] = operand_of(to, Format::uint8, {bytes});
  return job;
}

std::vector<std::uint8_t> random_bytes(std::size_t count) {
  RandomStream random(11, "copy");
  std::vector<std::uint8_t> bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next_int8());
  return bytes;
}

void run_rig(const dma::Config& config, const Dram::Params& memory, const std::function<void(EngineRig&)>& body) {
  EngineRig rig(std::make_unique<dma::DmaCore>(config), {config.bits_per_cycle, 1, {}}, memory, body);
  sc_core::sc_start(1, sc_core::SC_SEC);
  REQUIRE(rig.is_done());
}

}  // namespace

TEST_CASE("models.dma copies any number of bytes and no more") {
  for (const Bytes burst : {Bytes{1}, Bytes{64}, Bytes{4096}}) {
    dma::Config config;
    config.burst_bytes = burst;
    run_rig(config, {}, [&](EngineRig& rig) {
      for (const std::uint32_t bytes : {1U, 63U, 64U, 65U, 4097U, 20'000U}) {
        const auto data = random_bytes(bytes);
        rig.put(from, data);
        rig.put(to, std::vector<std::uint8_t>(bytes + 1, 0xEE));
        rig.put(first, copy_job(bytes));
        REQUIRE(rig.run(first) == JobStatus::ok);
        CHECK(rig.get<std::uint8_t>(to, bytes) == data);
        CHECK(rig.get<std::uint8_t>(to + bytes, 1)[0] == 0xEE);
      }
    });
  }
}

TEST_CASE("models.dma takes its port's time for reading and writing") {
  dma::Config config;
  config.burst_bytes = 256;
  config.bits_per_cycle = 128;
  run_rig(config, {}, [](EngineRig& rig) {
    for (const std::uint32_t bytes : {16U, 256U, 1000U, 8192U}) {
      rig.put(first, copy_job(bytes));
      REQUIRE(rig.run(first) == JobStatus::ok);
      const auto& row = rig.engine().layer_records().back();
      CHECK(row.kind == "copy");
      CHECK(row.total_cycles == 2 * ((bytes + 15) / 16));  // 16 bytes a cycle, both ways over one port
      CHECK(row.bus_bytes == 2 * bytes);
    }
  });
}

TEST_CASE("models.dma is as fast as a slow memory for reading and writing") {
  dma::Config config;
  config.bits_per_cycle = 0;  // the port is no limit
  Dram::Params memory;
  memory.preset = "custom";
  memory.bandwidth = 1'000'000'000;  // 2 bytes a cycle at 500 MHz
  memory.latency = 0;
  run_rig(config, memory, [](EngineRig& rig) {
    const std::uint32_t bytes = 65'536;
    rig.put(first, copy_job(bytes));
    REQUIRE(rig.run(first) == JobStatus::ok);
    CHECK(rig.engine().layer_records().back().total_cycles == bytes);
  });
}

TEST_CASE("models.dma refuses what it cannot copy") {
  run_rig({}, {}, [](EngineRig& rig) {
    const auto status = [&](const std::function<void(JobDescriptor&)>& change) {
      JobDescriptor job = copy_job(100);
      change(job);
      rig.put(first, job);
      return rig.run(first);
    };
    CHECK(status([](auto& j) { j.operands[1].shape[0] = 99; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.operands[0].format = Format::none; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.operands[0].stride[0] = 2; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.operands[1].stream_port = 4; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.operation = engine::Operation::neuron; }) != JobStatus::ok);
    CHECK(status([](auto& j) { j.operands[1].address = 0x1000; }) == JobStatus::bus_error);
    CHECK(rig.error_address() == 0x1000);
    CHECK(status([](auto&) {}) == JobStatus::ok);
  });
}
