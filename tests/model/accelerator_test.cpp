// SPDX-License-Identifier: Apache-2.0
// The front end that all engines share, driven through its registers.
#include <snnvp/platform/engine/accelerator.h>

#include <catch2/catch.hpp>

#include <random>

#include <sys/resource.h>
#include <zlib.h>

#include <snnvp/models/dma/dma_core.h>
#include <snnvp/models/neuron/neuron_core.h>

#include "../support/engine_rig.h"
#include "../support/forked_run.h"

using namespace snnvp;
using namespace snnvp::test;
using engine::Accelerator;
using engine::DescriptorBytes;
using engine::Format;
using engine::JobDescriptor;
using engine::JobStatus;
using engine::Operation;

namespace {

constexpr Address first = EngineRig::memory_base, second = first + 512, unmapped = 0x4000'0000;
const Accelerator::Options options;

void run_rig(const std::function<void(EngineRig&)>& body) {
  EngineRig rig(small_prosperity(), options, body);
  sc_core::sc_start(1, sc_core::SC_SEC);
  REQUIRE(rig.is_done());
}

/// The CRC-32 of a changed image made right again.
DescriptorBytes sealed(DescriptorBytes image) {
  uLong crc = crc32(0, image.data(), 24);
  crc = crc32(crc, image.data() + 28, 512 - 28);
  for (unsigned i = 0; i < 4; ++i) image[24 + i] = static_cast<std::uint8_t>(crc >> 8 * i);
  return image;
}

JobDescriptor changed(const JobDescriptor& job, const std::function<void(JobDescriptor&)>& change) {
  JobDescriptor copy = job;
  change(copy);
  return copy;
}

}  // namespace

TEST_CASE("a job that is driven through the registers computes its sums and raises the interrupt") {
  run_rig([](EngineRig& rig) {
    const SmallLayer layer;
    layer.place(rig);
    rig.put(first, layer.job());
    CHECK(rig.read(EngineRig::id) == 0x534E5650);
    CHECK(rig.read(EngineRig::status) == 0);
    CHECK((rig.read(EngineRig::capabilities) >> static_cast<unsigned>(Operation::gemm) & 1) == 1);
    CHECK(rig.run(first) == JobStatus::ok);
    CHECK(rig.read(EngineRig::status) == 0);
    CHECK(rig.read(EngineRig::queue) == 1);
    CHECK(rig.read(EngineRig::cycles_lo) == rig.engine().totals().cycles());
    CHECK(rig.get<std::int32_t>(layer.sums, layer.T * layer.N) == layer.expected());
  });
}

TEST_CASE("every status of a job can be reached and tells where") {
  run_rig([](EngineRig& rig) {
    const SmallLayer layer;
    layer.place(rig);
    const JobDescriptor good = layer.job();
    struct Case {
      const char* what;
      DescriptorBytes image;
      JobStatus status;
      Address at = first;
    };
    auto image = [](const JobDescriptor& job) { return engine::encode(job); };
    auto raw = [&good](unsigned at, std::uint8_t value) {
      DescriptorBytes bytes = engine::encode(good);
      bytes[at] = value;
      return sealed(bytes);
    };
    DescriptorBytes bad_crc = engine::encode(good);
    bad_crc[100] ^= 1;
    const Case cases[] = {
        {"CRC", bad_crc, JobStatus::bad_descriptor},
        {"size", raw(0, 1), JobStatus::bad_descriptor},
        {"version", raw(4, 2), JobStatus::bad_descriptor},
        {"format", raw(40, 99), JobStatus::bad_descriptor},
        {"operation 0", raw(8, 0), JobStatus::unknown_operation},
        {"operation 200", raw(8, 200), JobStatus::unknown_operation},
        {"another engine's operation", image(changed(good, [](auto& j) { j.operation = Operation::copy; })), JobStatus::unsupported},
        {"strides", image(changed(good, [](auto& j) { j.operands[0].stride[1] = 2; })), JobStatus::unsupported},
        {"a stream port", image(changed(good, [](auto& j) { j.operands[1].stream_port = 1; })), JobStatus::unsupported},
        {"zero steps", image(changed(good, [](auto& j) { j.gemm.T = 0; })), JobStatus::bad_shape},
        {"another shape", image(changed(good, [](auto& j) { j.operands[1].shape[0] = 47; })), JobStatus::bad_shape},
        {"an odd next pointer", image(changed(good, [](auto& j) { j.next = second + 4; })), JobStatus::misaligned},
        {"odd sums", image(changed(good, [](auto& j) { j.operands[2].address += 2; })), JobStatus::misaligned},
        {"unmapped input", image(changed(good, [](auto& j) { j.operands[0].address = unmapped; })), JobStatus::bus_error, unmapped},
        {"unmapped weights", image(changed(good, [](auto& j) { j.operands[1].address = unmapped + 3; })), JobStatus::bus_error,
         unmapped + 3},
        {"unmapped sums", image(changed(good, [](auto& j) { j.operands[2].address = unmapped + 64; })), JobStatus::bus_error,
         unmapped + 64},
        {"an unmapped next", image(changed(good, [](auto& j) { j.next = unmapped; })), JobStatus::bus_error, unmapped},
    };
    for (const Case& c : cases) {
      INFO(c.what);
      rig.put(first, c.image);
      CHECK(rig.run(first) == c.status);
      CHECK((rig.read(EngineRig::status) & 3) == EngineRig::error);
      CHECK(rig.error_address() == c.at);
      // The next start forgets it.
      rig.put(second, good);
      CHECK(rig.run(second) == JobStatus::ok);
      CHECK((rig.read(EngineRig::status) & 3) == 0);
      CHECK(rig.get<std::int32_t>(layer.sums, layer.T * layer.N) == layer.expected());
    }
    CHECK(rig.run(first + 4) == JobStatus::misaligned);
    CHECK(rig.error_address() == first + 4);
    CHECK(rig.run(unmapped) == JobStatus::bus_error);
    CHECK(rig.error_address() == unmapped);
    CHECK(rig.run(0xFFFF'FFFF'FFFF'FFF8) == JobStatus::bus_error);
    rig.put(first, good);
    rig.write(EngineRig::desc_len, 256);
    CHECK(rig.run(first) == JobStatus::bad_descriptor);
    rig.write(EngineRig::desc_len, 512);
    CHECK(rig.run(first) == JobStatus::ok);
  });
}

TEST_CASE("a second doorbell is answered with busy while the first chain goes on to its end") {
  run_rig([](EngineRig& rig) {
    const SmallLayer layer;
    layer.place(rig);
    rig.put(first, layer.job());
    rig.write(EngineRig::irq_enable, 3);
    rig.ring(first);
    CHECK(rig.read(EngineRig::status) == EngineRig::busy);
    rig.write(EngineRig::doorbell, 1);
    CHECK((rig.read(EngineRig::status) >> 8) == static_cast<unsigned>(JobStatus::busy));
    while (rig.read(EngineRig::status) & EngineRig::busy || rig.engine().totals().jobs == 0) sc_core::wait(1, sc_core::SC_US);
    CHECK(rig.read(EngineRig::irq_status) == (EngineRig::done_irq | EngineRig::error_irq));
    CHECK((rig.read(EngineRig::status) & 3) == EngineRig::error);
    CHECK((rig.read(EngineRig::status) >> 8) == static_cast<unsigned>(JobStatus::busy));
    CHECK(rig.get<std::int32_t>(layer.sums, layer.T * layer.N) == layer.expected());
    rig.write(EngineRig::irq_status, 3);
    CHECK(rig.run(first) == JobStatus::ok);
  });
}

TEST_CASE("abort ends a chain at once and a start after it runs") {
  run_rig([](EngineRig& rig) {
    const SmallLayer layer;
    layer.place(rig);
    rig.put(first, changed(layer.job(), [](auto& j) { j.next = first; }));  // endless
    rig.put(second, layer.job());
    rig.write(EngineRig::irq_enable, 3);
    for (const unsigned microseconds : {0U, 1U, 7U}) {
      INFO(microseconds << " us after the doorbell");
      rig.ring(first);
      if (microseconds != 0) sc_core::wait(microseconds, sc_core::SC_US);
      rig.write(EngineRig::ctrl, EngineRig::abort);
      while (!rig.irq()) sc_core::wait(rig.irq_changed());
      CHECK(rig.read(EngineRig::status) == (EngineRig::error | static_cast<unsigned>(JobStatus::aborted) << 8));
      CHECK(rig.engine().is_idle());
      rig.write(EngineRig::irq_status, 3);
      while (rig.irq()) sc_core::wait(rig.irq_changed());
      CHECK(rig.run(second) == JobStatus::ok);
    }
    // Abort and start in one go: the start waits for the abort to take effect.
    rig.ring(first);
    sc_core::wait(3, sc_core::SC_US);
    rig.write(EngineRig::desc_lo, static_cast<std::uint32_t>(second));
    const auto jobs = rig.engine().totals().jobs;
    rig.write(EngineRig::ctrl, EngineRig::abort | EngineRig::start);
    sc_core::wait(100, sc_core::SC_US);
    CHECK(rig.engine().is_idle());
    CHECK(rig.engine().totals().jobs == jobs + 1);
    CHECK(rig.read(EngineRig::irq_status) == 3);
    // Nothing to abort.
    rig.write(EngineRig::irq_status, 3);
    rig.write(EngineRig::ctrl, EngineRig::abort);
    sc_core::wait(1, sc_core::SC_US);
    CHECK(rig.read(EngineRig::irq_status) == 0);
    CHECK(rig.run(second) == JobStatus::ok);
  });
}

TEST_CASE("the interrupt is a level that follows cause and enable") {
  run_rig([](EngineRig& rig) {
    const SmallLayer layer;
    layer.place(rig);
    rig.put(first, layer.job());
    const auto settle = [] { sc_core::wait(1, sc_core::SC_US); };
    const auto idle = [&rig] {
      while (!rig.engine().is_idle()) sc_core::wait(1, sc_core::SC_US);
      sc_core::wait(1, sc_core::SC_US);
    };
    rig.ring(first);
    settle();
    idle();
    CHECK(rig.read(EngineRig::irq_status) == EngineRig::done_irq);
    CHECK_FALSE(rig.irq());  // not enabled
    rig.write(EngineRig::irq_enable, EngineRig::error_irq);
    settle();
    CHECK_FALSE(rig.irq());  // another cause
    rig.write(EngineRig::irq_enable, EngineRig::done_irq);
    settle();
    CHECK(rig.irq());
    rig.write(EngineRig::irq_status, EngineRig::error_irq);
    settle();
    CHECK(rig.irq());  // cleared something else
    rig.write(EngineRig::irq_enable, 0);
    settle();
    CHECK_FALSE(rig.irq());
    CHECK(rig.read(EngineRig::irq_status) == EngineRig::done_irq);
    rig.write(EngineRig::irq_enable, 3);
    settle();
    CHECK(rig.irq());
    rig.write(EngineRig::irq_status, EngineRig::done_irq);
    settle();
    CHECK_FALSE(rig.irq());
  });
}

TEST_CASE("a chain runs its jobs in order and the flag irq tells of a job in the middle") {
  run_rig([](EngineRig& rig) {
    SmallLayer one, two;
    two.sums = one.sums + 0x10000;
    one.place(rig);
    rig.put(first, changed(one.job(), [](auto& j) { j.next = second, j.flags |= engine::flag_irq, j.tag = 5; }));
    rig.put(second, changed(two.job(), [](auto& j) { j.flags = 0, j.tag = 6; }));
    rig.write(EngineRig::irq_enable, 1);
    rig.ring(first);
    while (!rig.irq()) sc_core::wait(rig.irq_changed());
    CHECK(rig.read(EngineRig::queue) == 1);
    CHECK(rig.read(EngineRig::status) == EngineRig::busy);
    CHECK(rig.get<std::int32_t>(one.sums, one.T * one.N) == one.expected());
    rig.write(EngineRig::irq_status, 1);
    while (rig.irq()) sc_core::wait(rig.irq_changed());
    while (!rig.irq()) sc_core::wait(rig.irq_changed());
    CHECK(rig.read(EngineRig::queue) == 2);
    CHECK(rig.get<std::int32_t>(two.sums, two.T * two.N) == two.expected());
    const auto& rows = rig.engine().layer_records();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].tag == 5);
    CHECK(rows[1].tag == 6);
    CHECK(rows[0].total_cycles == rows[1].total_cycles);
  });
}

TEST_CASE("a descriptor that points at itself runs until the simulation ends and keeps its report short") {
  EngineRig rig(small_prosperity(), options, [](EngineRig& r) {
    SmallLayer layer;
    layer.T = 1, layer.K = 1, layer.N = 1;
    layer.place(r);
    r.put(first, changed(layer.job(), [](auto& j) { j.next = first; }));
    r.ring(first);
  });
  sc_core::sc_start(2, sc_core::SC_MS);
  CHECK(sc_core::sc_time_stamp() == sc_core::sc_time(2, sc_core::SC_MS));
  CHECK_FALSE(rig.engine().is_idle());
  CHECK(rig.engine().totals().jobs > 70'000);
  CHECK(rig.engine().layer_records().size() == 65'536);
}

TEST_CASE("a refused job says why in words") {
  run_rig([](EngineRig& rig) {
    const SmallLayer layer;
    rig.put(first, changed(layer.job(), [](auto& j) { j.operation = Operation::copy; }));
    CHECK(rig.run(first) == JobStatus::unsupported);
    CHECK(rig.engine().refusal() == "not an operation of this unit");
    rig.put(first, changed(layer.job(), [](auto& j) { j.gemm.T = 0; }));
    CHECK(rig.run(first) == JobStatus::bad_shape);
    CHECK(rig.engine().refusal() == "T, C, N and L must not be zero");
    layer.place(rig);
    rig.put(first, layer.job());
    CHECK(rig.run(first) == JobStatus::ok);
    CHECK(rig.engine().refusal().empty());
  });
}

// Engines must say no before they ask the host for memory. Allocations beyond 3 GiB fail in the child, which ends it.
TEST_CASE("jobs that claim more than a host can hold are refused at once") {
  const auto refused = in_child([]() -> nlohmann::json {
    const rlimit limit{rlim_t{3} << 30, rlim_t{3} << 30};
    setrlimit(RLIMIT_AS, &limit);
    prosperity::ProsperityEngine unit{prosperity::EngineConfig{}};
    prosperity::EngineConfig tiny_config;
    tiny_config.unit.tile_m = tiny_config.unit.tile_k = tiny_config.unit.tile_n = 1;
    prosperity::ProsperityEngine tiny(tiny_config);
    neuron::NeuronCore neurons{neuron::Config{}};
    dma::DmaCore copies{dma::Config{}};
    const auto status_of = [](engine::EngineCore& core, const JobDescriptor& job) -> std::string {
      const auto decoded = engine::decode(engine::encode(job));
      if (decoded.status != JobStatus::ok) return engine::status_name(decoded.status);
      const auto started = core.start(decoded.job);
      const auto* refusal = std::get_if<engine::Refusal>(&started);
      return refusal ? engine::status_name(refusal->status) : "started";
    };
    nlohmann::json answer;
    SmallLayer wide;
    wide.T = 1, wide.K = 1, wide.N = 1U << 30;
    answer["sums"] = status_of(unit, wide.job());
    SmallLayer long_layer;
    long_layer.T = 1U << 30, long_layer.K = 1, long_layer.N = 1;
    answer["steps"] = status_of(unit, long_layer.job());
    SmallLayer deep;
    deep.T = 1, deep.K = 1U << 24, deep.N = 64;
    answer["tiles"] = status_of(tiny, deep.job());
    JobDescriptor attention;
    attention.operation = Operation::attention;
    attention.attention = {AttentionGeometry::Kind::spikformer, 1U << 14, 1, 1U << 14, 1U << 14};
    for (const unsigned i : {0U, 1U, 2U}) attention.operands[i] = operand_of(first, Format::spikes, {1U << 14, 1, 1U << 14});
    answer["heads"] = status_of(unit, attention);
    attention.attention = {AttentionGeometry::Kind::spikebert, 1, 60'000, 4, 1};
    for (const unsigned i : {0U, 1U, 2U}) attention.operands[i] = operand_of(first, Format::spikes, {1, 60'000, 4});
    answer["scores"] = status_of(unit, attention);
    JobDescriptor norm;
    norm.operation = Operation::layernorm;
    norm.norm_rows = 1U << 20, norm.norm_width = 1U << 11;
    norm.operands[0] = operand_of(first, Format::int32, {1U << 20, 1U << 11});
    answer["rows"] = status_of(unit, norm);
    JobDescriptor update;
    update.operation = Operation::neuron;
    update.neuron.present = true;
    update.gemm.T = 2, update.gemm.N = 1U << 30;
    update.operands[0] = operand_of(first, Format::int32, {2, 1U << 30});
    update.operands[3] = operand_of(first, Format::spikes, {2, 1U << 30});
    answer["neurons"] = status_of(neurons, update);
    JobDescriptor copy;
    copy.operation = Operation::copy;
    copy.operands[0] = copy.operands[1] = operand_of(first, Format::uint8, {0xFFFF'FFFF});
    answer["copy"] = status_of(copies, copy);
    return answer;
  });
  for (const auto& [what, status] : refused.items()) {
    INFO(what);
    CHECK(status == "unsupported");
  }
  CHECK(refused.size() == 8);
}

TEST_CASE("thousands of random descriptors with a valid CRC never bring an engine down") {
  const auto counts = in_child([]() -> nlohmann::json {
    const rlimit limit{rlim_t{4} << 30, rlim_t{4} << 30};
    setrlimit(RLIMIT_AS, &limit);
    std::mt19937_64 random(7);
    std::size_t ok = 0, errors = 0;
    EngineRig rig(small_prosperity(), options, [&](EngineRig& r) {
      const SmallLayer layer;
      layer.place(r);
      // Small numbers find more ways through the checks than any.
      const std::uint32_t words[] = {0, 1, 2, 3, 4, 5, 7, 8, 16, 24, 48, 100, 4096, 65535, 0x7FFFFFFF, 0xFFFFFFFF};
      const auto word = [&] { return words[random() % std::size(words)]; };
      r.write(EngineRig::irq_enable, 3);
      for (int round = 0; round < 100'000; ++round) {
        DescriptorBytes image = engine::encode(layer.job());
        image[8] = static_cast<std::uint8_t>(1 + random() % 6);
        for (int changes = 1 + static_cast<int>(random() % 12); changes > 0; --changes) {
          const unsigned at = 4 * (random() % 3 == 0 ? 104 + random() % 24 : 8 + random() % 96);
          const std::uint32_t value = word();
          for (unsigned i = 0; i < 4; ++i) image[at + i] = static_cast<std::uint8_t>(value >> 8 * i);
        }
        for (unsigned i = 16; i < 24; ++i) image[i] = 0;  // no next
        r.put(first, sealed(image));
        r.ring(first);
        sc_core::wait(20, sc_core::SC_US);
        if (!r.engine().is_idle()) {
          r.write(EngineRig::ctrl, EngineRig::abort);
          while (!r.engine().is_idle()) sc_core::wait(1, sc_core::SC_US);
        }
        ++(r.read(EngineRig::status) & EngineRig::error ? errors : ok);
        r.write(EngineRig::irq_status, 3);
      }
      layer.place(r);
      r.put(first, layer.job());
      sc_core::wait(1, sc_core::SC_US);
      if (r.run(first) != JobStatus::ok || r.get<std::int32_t>(layer.sums, layer.T * layer.N) != layer.expected())
        throw std::runtime_error("the engine is damaged");
    });
    sc_core::sc_start(10, sc_core::SC_SEC);
    if (!rig.is_done()) throw std::runtime_error("the engine hangs");
    return {{"ok", ok}, {"errors", errors}};
  });
  INFO(counts);
  CHECK(counts.at("ok") > 1000);
  CHECK(counts.at("errors") > 10'000);
}
