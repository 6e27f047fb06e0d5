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
    CHECK(status([](auto& j) { j.operands[0].format = Format::none; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.operands[3].format = Format::int32; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.operands[1] = operand_of(first, Format::int32, {9}); }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.operands[2] = operand_of(first, Format::int32, {10}); }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.neuron.threshold_address = first, j.neuron.channels = 3; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.neuron.channel_table = true; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.neuron.record.input_shift = 25; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.operands[0].stride[0] = 3; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.operands[3].stream_port = 1; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.neuron.threshold_address = first; }) == JobStatus::unsupported);
    CHECK(status([](auto& j) { j.gemm.T = 3; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.operands[3].shape[0] = 5; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.neuron.present = false; }) == JobStatus::bad_shape);
    CHECK(status([](auto&) {}) == JobStatus::ok);
  });
}

namespace {

constexpr Address table_at = first + 0x800000, membranes_at = first + 0x900000, currents_at = first + 0xA00000, out_at = first + 0xB00000;

NeuronRecord cuba_record(NeuronRecord::Model model) {
  NeuronRecord r;
  r.model = model;
  r.threshold = 700, r.reset_value = -15, r.bias = 3, r.input_shift = 3;
  r.leak = model == NeuronRecord::Model::i ? NeuronRecord::Leak::none : NeuronRecord::Leak::multiply;
  r.leak_value = 60000, r.synapse_leak = 45000, r.synapse_bias = -2, r.synapse_shift = 1;
  return r;
}

std::vector<std::int32_t> membranes_of(const NeuronRecord& record, std::uint64_t channels, std::uint32_t T, std::uint32_t neurons,
                                       const std::vector<std::int32_t>& sums, SpikeTensor& spikes) {
  LifState state(record, channels, neurons / channels);
  std::vector<std::int32_t> all;
  std::vector<std::uint8_t> fired(neurons);
  for (std::uint32_t t = 0; t < T; ++t) {
    state.step(0, neurons, &sums[t * neurons], fired.data());
    for (std::uint32_t n = 0; n < neurons; ++n)
      if (fired[n]) spikes.set(t * neurons + n);
    all.insert(all.end(), state.membranes().begin(), state.membranes().end());
  }
  return all;
}

}  // namespace

TEST_CASE("models.neuron runs every neuron model, with a value for each channel") {
  run_rig({}, [](EngineRig& rig) {
    constexpr std::uint32_t T = 9, neurons = 24, channels = 4;
    for (int m = 0; m < 5; ++m) {
      INFO("model " << m);
      NeuronRecord record = cuba_record(static_cast<NeuronRecord::Model>(m));
      JobDescriptor job = update_job(T, neurons, record);
      if (!record.fires()) job.operands[3] = operand_of(spikes_at, Format::int32, {T, neurons});
      job.neuron.threshold_address = table_at, job.neuron.channel_table = true, job.neuron.channels = channels;
      std::vector<std::int32_t> table;
      for (std::int32_t c = 0; c < static_cast<std::int32_t>(channels); ++c) {
        const std::int32_t row[] = {500 + 100 * c, 65536 - 3000 * c, -5 * c, 7 * c - 9, 30000 + 9000 * c, 2 * c, 0, 0};
        table.insert(table.end(), std::begin(row), std::end(row));
        record.channel_threshold.push_back(row[0]), record.channel_leak.push_back(row[1]), record.channel_reset.push_back(row[2]);
        record.channel_bias.push_back(row[3]), record.channel_synapse_leak.push_back(row[4]), record.channel_synapse_bias.push_back(row[5]);
      }
      const auto sums = random_sums(T * neurons, "model" + std::to_string(m));
      rig.put(sums_at, sums);
      rig.put(table_at, table);
      rig.put(first, job);
      REQUIRE(rig.run(first) == JobStatus::ok);
      SpikeTensor spikes("TC", {T, neurons});
      const auto membranes = membranes_of(record, channels, T, neurons, sums, spikes);
      if (record.fires())
        CHECK(rig.get<std::uint8_t>(spikes_at, spikes.byte_size()) ==
              std::vector<std::uint8_t>(spikes.data(), spikes.data() + spikes.byte_size()));
      else
        CHECK(rig.get<std::int32_t>(spikes_at, membranes.size()) == membranes);
    }
  });
}

TEST_CASE("models.neuron goes on where the last job stopped when its state is in memory") {
  run_rig({}, [](EngineRig& rig) {
    constexpr std::uint32_t T = 12, neurons = 10;
    const NeuronRecord record = cuba_record(NeuronRecord::Model::cuba);
    const auto sums = random_sums(T * neurons, "state");
    rig.put(membranes_at, std::vector<std::int32_t>(neurons, 0));
    rig.put(currents_at, std::vector<std::int32_t>(neurons, 0));
    std::vector<std::uint8_t> got;
    for (std::uint32_t t = 0; t < T; ++t) {  // a step at a time, as recurrent networks need it
      rig.put(sums_at, std::vector<std::int32_t>(sums.begin() + t * neurons, sums.begin() + (t + 1) * neurons));
      JobDescriptor job = update_job(1, neurons, record);
      job.operands[1] = operand_of(membranes_at, Format::int32, {neurons});
      job.operands[2] = operand_of(currents_at, Format::int32, {neurons});
      rig.put(first, job);
      REQUIRE(rig.run(first) == JobStatus::ok);
      const auto bytes = rig.get<std::uint8_t>(spikes_at, 2);
      for (std::uint32_t n = 0; n < neurons; ++n) got.push_back(bytes[n / 8] >> n % 8 & 1);
    }
    SpikeTensor expected("TC", {T, neurons});
    membranes_of(record, neurons, T, neurons, sums, expected);
    CHECK(got == expected.to_bytes());
    CHECK(expected.count() > 0);
  });
}

TEST_CASE("models.neuron takes spikes and int8 as input, steps that end inside a byte included") {
  run_rig({}, [](EngineRig& rig) {
    constexpr std::uint32_t T = 7, neurons = 13;
    NeuronRecord record;
    record.threshold = 2;
    RandomStream random(4, "bits");
    std::vector<std::uint8_t> bits(T * neurons);
    for (auto& bit : bits) bit = random.bernoulli(0.5);
    const SpikeTensor in = SpikeTensor::from_bytes("TC", {T, neurons}, bits.data());
    rig.put(sums_at, std::vector<std::uint8_t>(in.data(), in.data() + in.byte_size()));
    JobDescriptor job = update_job(T, neurons, record);
    job.operands[0].format = Format::spikes;
    rig.put(first, job);
    REQUIRE(rig.run(first) == JobStatus::ok);
    SpikeTensor expected("TC", {T, neurons});
    lif_run(record, T, neurons, 1, std::vector<std::int32_t>(bits.begin(), bits.end()).data(), expected);
    CHECK(rig.get<std::uint8_t>(spikes_at, expected.byte_size()) ==
          std::vector<std::uint8_t>(expected.data(), expected.data() + expected.byte_size()));
  });
}

TEST_CASE("models.neuron adds, scales, limits and pools") {
  run_rig({}, [](EngineRig& rig) {
    using Kind = engine::ElementwiseJob::Kind;
    const auto run = [&](JobDescriptor job, std::size_t values) {
      job.operation = engine::Operation::elementwise;
      rig.put(first, job);
      REQUIRE(rig.run(first) == JobStatus::ok);
      return rig.get<std::int32_t>(out_at, values);
    };
    rig.put(sums_at, std::vector<std::int32_t>{5, -3, 2000000000, 7, 100, -100});
    rig.put(membranes_at, std::vector<std::int8_t>{1, -1, 2, 3, 4, -128});
    JobDescriptor job;
    job.elementwise.T = 2, job.elementwise.C = 3;
    job.operands[0] = operand_of(sums_at, Format::int32, {2, 3});
    job.operands[3] = operand_of(out_at, Format::int32, {2, 3});
    job.operands[5] = operand_of(membranes_at, Format::int8, {2, 3});
    job.elementwise.inputs[0] = {3, 1}, job.elementwise.inputs[2] = {-2, 0};
    CHECK(run(job, 6) == std::vector<std::int32_t>{8 - 2, -5 + 2, 2147483647, 11 - 6, 150 - 8, -150 + 256});
    job.operands[5] = {}, job.elementwise.inputs = {};
    job.elementwise.kind = Kind::scale;
    job.elementwise.shift = 2, job.elementwise.channels = 3, job.elementwise.multipliers_address = table_at;
    rig.put(table_at, std::vector<std::int32_t>{2, -4, 1});
    CHECK(run(job, 6) == std::vector<std::int32_t>{3, 3, 500000000, 4, -100, -25});
    job.elementwise.kind = Kind::relu;
    CHECK(run(job, 6) == std::vector<std::int32_t>{3, 3, 127, 4, 0, 0});
    JobDescriptor pool;
    pool.elementwise.C = 1, pool.elementwise.H = 2, pool.elementwise.W = 4;
    pool.elementwise.kernel = {2, 2}, pool.elementwise.stride = {2, 2};
    pool.operands[0] = operand_of(sums_at, Format::spikes, {1, 1, 2, 4});
    pool.operands[3] = operand_of(out_at, Format::int32, {1, 1, 1, 2});
    rig.put(sums_at, std::vector<std::uint8_t>{0b0011'0001});
    pool.elementwise.kind = Kind::sum_pool;
    CHECK(run(pool, 2) == std::vector<std::int32_t>{3, 0});
    pool.elementwise.kind = Kind::max_pool;
    CHECK(run(pool, 2) == std::vector<std::int32_t>{1, 0});
  });
}

TEST_CASE("models.neuron refuses element-wise jobs that do not fit") {
  run_rig({}, [](EngineRig& rig) {
    JobDescriptor good;
    good.operation = engine::Operation::elementwise;
    good.elementwise.T = 2, good.elementwise.C = 4;
    good.operands[0] = operand_of(sums_at, Format::int32, {2, 4});
    good.operands[3] = operand_of(out_at, Format::int32, {2, 4});
    const auto status = [&](const std::function<void(JobDescriptor&)>& change) {
      JobDescriptor job = good;
      change(job);
      rig.put(first, job);
      return rig.run(first);
    };
    CHECK(status([](auto&) {}) == JobStatus::ok);
    CHECK(status([](auto& j) { j.operands[3] = {}; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.operands[0].shape[1] = 3; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.elementwise.kind = static_cast<engine::ElementwiseJob::Kind>(9); }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.elementwise.shift = 41; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) {
            j.elementwise.kind = engine::ElementwiseJob::Kind::sum_pool, j.elementwise.kernel = {3, 3};
          }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.elementwise.multipliers_address = table_at, j.elementwise.channels = 3; }) == JobStatus::bad_shape);
    CHECK(status([](auto& j) { j.operands[0].stride[0] = 4; }) == JobStatus::unsupported);
  });
}
