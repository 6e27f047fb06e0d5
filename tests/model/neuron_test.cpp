// SPDX-License-Identifier: Apache-2.0
// models.neuron: sums in memory to spikes in memory, exactly, in the time its lanes and its port take.
#include <snnvp/models/neuron/neuron_core.h>

#include <catch2/catch.hpp>

#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/network/lif.h>

#include "../support/engine_rig.h"

using namespace snnvp;
using namespace snnvp::test;
using engine::Format;
using engine::JobDescriptor;
using engine::JobStatus;

namespace {

constexpr Address first = EngineRig::memory_base, sums_at = first + 0x1000, spikes_at = first + 0x400000;

JobDescriptor update_job(std::uint32_t T, std::uint32_t neurons, const NeuronRecord& record) {
  JobDescriptor job;
  job.operation = engine::Operation::neuron;
  job.gemm.T = T, job.gemm.N = neurons;
  job.operands[engine::operand::neuron_sums] = operand_of(sums_at, Format::int32, {T, neurons});
  job.operands[engine::operand::neuron_spikes] = operand_of(spikes_at, Format::spikes, {T, neurons});
  job.neuron.present = true;
  job.neuron.neurons = neurons;
  job.neuron.record = record;
  return job;
}

std::vector<std::int32_t> random_sums(std::uint64_t count, const std::string& name) {
  RandomStream random(3, name);
  std::vector<std::int32_t> sums(count);
  for (auto& sum : sums) sum = random.next_int8();
  return sums;
}

void run_rig(const neuron::Config& config, const std::function<void(EngineRig&)>& body) {
  EngineRig rig(std::make_unique<neuron::NeuronCore>(config), {config.dma_bits_per_cycle, 1, {}}, body);
  sc_core::sc_start(1, sc_core::SC_SEC);
  REQUIRE(rig.is_done());
}

}  // namespace

TEST_CASE("models.neuron updates neurons as the golden model does whatever the record says") {
  run_rig({}, [](EngineRig& rig) {
    std::vector<NeuronRecord> records(6);
    records[1].reset = NeuronRecord::Reset::subtract;
    records[2].leak = NeuronRecord::Leak::multiply, records[2].leak_value = 58982;
    records[3].leak = NeuronRecord::Leak::subtract, records[3].leak_value = 9, records[3].width_bits = 8;
    records[4].threshold = 200, records[4].width_bits = 32;
    records[5].threshold = -20, records[5].width_bits = 6, records[5].reset = NeuronRecord::Reset::subtract;
    const std::pair<std::uint32_t, std::uint32_t> shapes[] = {{1, 1}, {5, 13}, {7, 333}};
    for (const auto& [T, neurons] : shapes)
      for (std::size_t i = 0; i < records.size(); ++i) {
        INFO(T << " steps of " << neurons << " neurons, record " << i);
        const auto sums = random_sums(T * neurons, "sums" + std::to_string(i));
        rig.put(sums_at, sums);
        rig.put(first, update_job(T, neurons, records[i]));
        REQUIRE(rig.run(first) == JobStatus::ok);
        SpikeTensor expected("TC", {T, neurons});
        lif_run(records[i], T, neurons, 1, sums.data(), expected);
        CHECK(rig.get<std::uint8_t>(spikes_at, expected.byte_size()) ==
              std::vector<std::uint8_t>(expected.data(), expected.data() + expected.byte_size()));
      }
  });
}

TEST_CASE("models.neuron takes the time of its lanes or of its port whichever is longer") {
  struct Case {
    neuron::Config config;
    std::uint32_t T, neurons;
  };
  neuron::Config narrow, wide;
  narrow.lanes = 4, narrow.dma_bits_per_cycle = 1024;
  wide.lanes = 1024, wide.dma_bits_per_cycle = 64, wide.cycles_per_update = 1;
  for (const Case& c : {Case{narrow, 6, 100}, Case{wide, 6, 100}, Case{wide, 1, 1}}) {
    const Cycles fetch = (c.neurons * 32 + c.config.dma_bits_per_cycle - 1) / c.config.dma_bits_per_cycle;
    const Cycles update = (c.neurons + c.config.lanes - 1) / c.config.lanes * c.config.cycles_per_update;
    const Cycles spikes_bytes = (c.T * c.neurons + 7) / 8;
    const Cycles store = (spikes_bytes * 8 + c.config.dma_bits_per_cycle - 1) / c.config.dma_bits_per_cycle;
    // Two buffers: fetching step t + 2 waits until step t is updated.
    std::vector<Cycles> fetched(c.T), updated(c.T);
    for (std::size_t t = 0; t < c.T; ++t) {
      fetched[t] = std::max(t > 0 ? fetched[t - 1] : 0, t > 1 ? updated[t - 2] : 0) + fetch;
      updated[t] = std::max(fetched[t], t > 0 ? updated[t - 1] : 0) + update;
    }
    run_rig(c.config, [&](EngineRig& rig) {
      rig.put(sums_at, random_sums(c.T * c.neurons, "time"));
      rig.put(first, update_job(c.T, c.neurons, {}));
      REQUIRE(rig.run(first) == JobStatus::ok);
      const auto& row = rig.engine().layer_records().at(0);
      CHECK(row.kind == "lif");
      CHECK(row.total_cycles == updated.back() + store);
      CHECK(row.bus_bytes == c.T * c.neurons * 4 + spikes_bytes);
    });
  }
}

TEST_CASE("models.neuron refuses what it cannot do") {
  run_rig({}, [](EngineRig& rig) {
    const JobDescriptor good = update_job(4, 10, {});
    const auto status = [&](const std::function<void(JobDescriptor&)>& change) {
      JobDescriptor job = good;
      change(job);
      rig.put(first, job);
      return rig.run(first);
    };
    CHECK(status([](auto& j) { j.operation = engine::Operation::gemm, j.gemm.C = 1; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.operands[0].format = Format::int8; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.operands[0].stride[0] = 3; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.operands[3].stream_port = 1; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.neuron.record.model = NeuronRecord::Model::li; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.neuron.tables = engine::table_threshold, j.neuron.tables_address = 0x4000'0000'0000, j.gemm.N = 10; }) ==
          JobStatus::bus_error);
    CHECK(status([](auto& j) { j.neuron.tables = engine::table_threshold, j.neuron.tables_address = first, j.gemm.N = 3; }) ==
          JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.gemm.T = 3; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.operands[3].shape[0] = 5; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.neuron.present = false; }) == JobStatus::bad_shape);
    CHECK(status([](auto&) {}) == JobStatus::ok);
  });
}
