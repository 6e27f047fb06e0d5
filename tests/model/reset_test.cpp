// SPDX-License-Identifier: Apache-2.0
// tlm.V12 for the engines: reset at any time, and the golden run comes out again.
#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <random>

#include <snnvp/models/dma/dma_core.h>
#include <snnvp/models/neuron/neuron_core.h>

#include "../support/engine_rig.h"

using namespace snnvp;
using namespace snnvp::test;
using engine::Format;
using engine::JobDescriptor;
using engine::JobStatus;

namespace {

constexpr Address first = EngineRig::memory_base, second = first + 512;

struct Stats : StatSink {
  std::map<std::string, std::optional<std::uint64_t>> counts;
  void count(const std::string& name, const Counter& counter) override {
    counts[name] = counter.touched() ? std::optional(counter.value()) : std::nullopt;
  }
  void integer(const std::string& name, std::optional<std::uint64_t> value) override { counts[name] = value; }
  void real(const std::string&, std::optional<double>) override {}
  void text(const std::string&, const std::string&) override {}
};

std::map<std::string, std::optional<std::uint64_t>> stats_of(const engine::Accelerator& engine) {
  Stats stats;
  engine.report_stats(stats);
  return stats.counts;
}

/// All that can be seen of a run, in cycles from its doorbell.
struct Golden {
  JobStatus status = JobStatus::ok;
  Picoseconds took = 0;
  Cycles cycles = 0;
  std::vector<Cycles> rows;
  std::uint32_t queue = 0, busy_cycles = 0;
  std::map<std::string, std::optional<std::uint64_t>> stats;
  EventCounts events;
  std::vector<std::uint8_t> result;

  bool operator==(const Golden& o) const {
    return status == o.status && took == o.took && cycles == o.cycles && rows == o.rows && queue == o.queue &&
           busy_cycles == o.busy_cycles && stats == o.stats && events == o.events && result == o.result;
  }
};

/// A core, the chain it runs, and where its result lies.
struct Subject {
  std::function<std::unique_ptr<engine::EngineCore>()> core;
  std::function<void(EngineRig&)> place;  ///< data and descriptors, the chain begins at `first`
  Address result = 0;
  std::size_t result_bytes = 0;
};

void to_next_edge() {
  const Picoseconds period = 2000, now = now_ps();
  sc_core::wait(sc_time_of((now / period + 10'000) * period - now));  // 20 us: nothing is under way any more
}

Golden golden_run(EngineRig& rig, const Subject& subject) {
  subject.place(rig);
  rig.put(subject.result, std::vector<std::uint8_t>(subject.result_bytes, 0xA5));
  Golden g;
  const Picoseconds before = now_ps();
  g.status = rig.run(first);
  g.took = now_ps() - before;
  g.cycles = rig.engine().totals().cycles();
  for (const auto& row : rig.engine().layer_records()) g.rows.push_back(row.total_cycles);
  g.queue = rig.read(EngineRig::queue);
  g.busy_cycles = rig.read(EngineRig::cycles_lo);
  g.stats = stats_of(rig.engine());
  g.events = rig.engine().events();
  g.result = rig.get<std::uint8_t>(subject.result, subject.result_bytes);
  return g;
}

void expect_golden_after_resets(const Subject& subject) {
  Dram::Params memory;
  memory.preset = "custom";
  memory.bandwidth = 700'000'000;
  memory.latency = 33'333;
  EngineRig rig(subject.core(), {128, 1, {}}, memory, [&](EngineRig& r) {
    std::mt19937_64 random(2024);
    to_next_edge();
    const Golden golden = golden_run(r, subject);
    REQUIRE(golden.status == JobStatus::ok);
    REQUIRE(golden.cycles > 0);
    const auto fresh = [&r] {
      for (const auto& [name, value] : stats_of(r.engine()))
        if (value) FAIL(name << " is not null after a reset");
      CHECK(r.engine().layer_records().empty());
      CHECK(r.engine().totals().cycles() == 0);
    };
    for (int round = 0; round < 100; ++round) {
      const Picoseconds at = random() % (golden.took + golden.took / 8);
      const bool by_register = random() % 2;
      INFO("round " << round << ": reset " << at << " ps after the doorbell" << (by_register ? " by its register" : ""));
      to_next_edge();
      r.engine().reset(), r.memory().reset(), r.bus().reset();
      r.write(EngineRig::irq_enable, 3);
      r.ring(first);
      if (at != 0) sc_core::wait(sc_time_of(at));
      by_register ? r.write(EngineRig::ctrl, EngineRig::soft_reset) : r.engine().reset();
      if (random() % 4 == 0) r.engine().reset();  // repeatable
      CHECK(r.read(EngineRig::irq_status) == 0);
      CHECK(r.read(EngineRig::status) == 0);
      CHECK(r.read(EngineRig::irq_enable) == 0);
      to_next_edge();
      CHECK(r.engine().is_idle());
      CHECK_FALSE(r.irq());
      fresh();
      if (!by_register) r.memory().reset(), r.bus().reset();
      CHECK(golden_run(r, subject) == golden);
    }
    // A doorbell right behind a reset counts: it starts as soon as the engine has let go.
    r.write(EngineRig::irq_enable, 3);
    r.ring(first);
    sc_core::wait(sc_time_of(golden.took / 2));
    r.engine().reset();
    r.put(subject.result, std::vector<std::uint8_t>(subject.result_bytes, 0));
    CHECK(r.run(first) == JobStatus::ok);
    CHECK(r.get<std::uint8_t>(subject.result, subject.result_bytes) == golden.result);
    CHECK(r.engine().totals().jobs == golden.queue);
  });
  sc_core::sc_start(10, sc_core::SC_SEC);
  REQUIRE(rig.is_done());
}

}  // namespace

TEST_CASE("tlm.V12 models.prosperity reproduces the golden run after a reset at any time") {
  for (const auto timing : {prosperity::Timing::tile, prosperity::Timing::paper}) {
    Subject subject;
    subject.core = [timing] { return small_prosperity(timing); };
    subject.place = [](EngineRig& rig) {
      const SmallLayer layer;
      layer.place(rig);
      JobDescriptor one = layer.job(), two = layer.job();
      one.next = second;
      one.flags |= engine::flag_store_sums;
      for (JobDescriptor* job : {&one, &two}) job->neuron.present = true, job->neuron.neurons = layer.N;
      two.flags = 0;
      two.operands[engine::operand::spikes_out] = operand_of(layer.sums + 0x20000, Format::spikes, {layer.T, layer.N});
      rig.put(first, one);
      rig.put(second, two);
    };
    subject.result = SmallLayer().sums;
    subject.result_bytes = 4 * 24 * 4;
    expect_golden_after_resets(subject);
  }
}

TEST_CASE("tlm.V12 models.neuron reproduces the golden run after a reset at any time") {
  Subject subject;
  subject.core = [] { return std::make_unique<neuron::NeuronCore>(neuron::Config{}); };
  subject.place = [](EngineRig& rig) {
    std::vector<std::int32_t> sums(7 * 100);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = static_cast<std::int32_t>(i * 37 % 101) - 20;
    rig.put(first + 0x1000, sums);
    JobDescriptor job;
    job.operation = engine::Operation::neuron;
    job.gemm.T = 7, job.gemm.N = 100;
    job.operands[0] = operand_of(first + 0x1000, Format::int32, {7, 100});
    job.operands[3] = operand_of(first + 0x8000, Format::spikes, {7, 100});
    job.neuron.present = true;
    job.neuron.neurons = 100;
    rig.put(first, job);
  };
  subject.result = first + 0x8000;
  subject.result_bytes = 88;
  expect_golden_after_resets(subject);
}

TEST_CASE("tlm.V12 models.dma reproduces the golden run after a reset at any time") {
  Subject subject;
  subject.core = [] {
    dma::Config config;
    config.burst_bytes = 256;
    return std::make_unique<dma::DmaCore>(config);
  };
  subject.place = [](EngineRig& rig) {
    std::vector<std::uint8_t> data(5000);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
    rig.put(first + 0x1000, data);
    JobDescriptor job;
    job.operation = engine::Operation::copy;
    job.operands[0] = operand_of(first + 0x1000, Format::uint8, {5000});
    job.operands[1] = operand_of(first + 0x8000, Format::uint8, {5000});
    rig.put(first, job);
  };
  subject.result = first + 0x8000;
  subject.result_bytes = 5000;
  expect_golden_after_resets(subject);
}
