// SPDX-License-Identifier: Apache-2.0
// One job on one engine, once driven by models.host in this process, once by the program `layers` in another: the engine must not tell who
// rang its doorbell. Jobs of every kind of engine.
#include <catch2/catch.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/platform/config/scenario.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/engine/accelerator.h>

#include "../../../tools/make_firmware_data/image_memory.h"
#include "../../support/engine_rig.h"
#include "../../support/fresh_kernel.h"
#include "../../support/process.h"

using namespace snnvp;
using namespace snnvp::test;
using engine::Format;
using engine::Operation;
namespace operand = engine::operand;

namespace {

constexpr Address registers = 0x1001'0000;
const std::string root = SNNVP_SOURCE_DIR;

/// The platform of the firmware scenarios with an engine; `driver` brings hart or host.
std::string engine_on(const std::string& kind, const std::string& irq) {
  return "    - { name: pu, kind: " + kind + ", clock: core }\n  links:\n    - { from: pu.dma, to: bus.in }\n    - { from: pu.irq, to: \"" +
         irq + "\" }\n";
}

std::string maps() { return fmt::format("    - {{ through: bus, to: pu.regs, base: {:#x}, size: 4 KiB }}\n", registers); }

std::string host_scenario(const std::string& kind) {
  return "scenario: 1\nname: host\nplatform:\n  clocks: { core: 100 MHz }\n  blocks:\n    - { name: host, kind: models.host, clock: core "
         "}\n"
         "    - { name: ram, kind: models.sram, clock: core, params: { size: 16 MiB, width: 8 B, latency_cycles: 0, allow_dmi: true } }\n"
         "    - { name: bus, kind: interconnect.bus, clock: core }\n" +
         engine_on(kind, "host.irq[0]") + "    - { from: host.out, to: bus.in }\n  maps:\n" + maps() +
         "    - { through: bus, to: ram.in, base: 0x8000_0000, size: 16 MiB }\nworkload: { kind: synthetic, m: 8, k: 8, n: 8 }\n";
}

std::string firmware_scenario(const std::string& kind, const std::string& image) {
  return "scenario: 1\nname: program\nplatform:\n  extends: " + root + "/scenarios/platforms/riscv_virt.yaml\n  blocks:\n" +
         engine_on(kind, "intc.irq[32]") + "  maps:\n" + maps() + "workload: { kind: firmware, elf: " + root +
         "/scenarios/firmware/layers.elf, images: [ { file: " + image + ", at: 0x8080_0000 } ] }\nrun: { limit: 1 s }\n";
}

/// A job with its operands in an image of memory.
struct Example {
  std::string kind, what;
  job_image::ImageMemory image;
  engine::JobDescriptor job;
  RandomStream random{7, "jobs"};
  std::vector<std::pair<Address, Bytes>> results;

  Example(std::string k, std::string w, Operation operation) : kind(std::move(k)), what(std::move(w)) { job.operation = operation; }

  void input(unsigned i, Format format, std::vector<std::uint32_t> shape) { place(i, format, std::move(shape), true); }
  void result(unsigned i, Format format, std::vector<std::uint32_t> shape) { results.push_back(place(i, format, std::move(shape), false)); }
  void fires(std::uint32_t neurons) {
    job.neuron.present = true;
    job.neuron.neurons = neurons;
    job.neuron.record.threshold = 20;
  }

private:
  std::pair<Address, Bytes> place(unsigned i, Format format, std::vector<std::uint32_t> shape, bool is_random) {
    Bytes elements = 1;
    for (const std::uint32_t n : shape) elements *= n;
    const Bytes bytes = (elements * engine::format_bits(format) + 7) / 8;
    const Address at = image.take(bytes);
    std::vector<std::uint8_t> data(bytes);
    // Small sums and one spike in four.
    for (Bytes b = 0; is_random && b < bytes; ++b)
      data[b] = static_cast<std::uint8_t>(format == Format::int32    ? (b % 4 == 0 ? random.next_int8() & 63 : 0)
                                          : format == Format::spikes ? random.next_int8() & random.next_int8()
                                                                     : random.next_int8() / 8);
    image.debug_write(at, data.data(), bytes);
    job.operands[i] = operand_of(at, format, std::move(shape));
    return {at, bytes};
  }
};

/// A fully connected layer with neurons behind it.
Example layer(const std::string& kind) {
  Example e(kind, "gemm", Operation::gemm);
  e.job.flags = engine::flag_first | engine::flag_store_sums;
  e.job.gemm.T = 3, e.job.gemm.L = 9, e.job.gemm.C = 64, e.job.gemm.N = 24;
  e.input(operand::input, Format::spikes, {3, 9, 64});
  e.input(operand::weights, Format::int8, {64, 24});
  e.result(operand::sums, Format::int32, {3, 9, 24});
  e.result(operand::spikes_out, Format::spikes, {3, 9, 24});
  e.fires(9 * 24);
  return e;
}

Example heads() {
  Example e("models.stack3d", "mha", Operation::mha);
  e.job.transformer.T = 2, e.job.transformer.tokens = 10, e.job.transformer.D = 32, e.job.transformer.heads = 4, e.job.transformer.kept = 3;
  e.input(operand::mha_in, Format::spikes, {2, 10, 32});
  for (const unsigned w : {operand::mha_wq, operand::mha_wk, operand::mha_wv}) e.input(w, Format::int8, {32, 32});
  e.result(operand::mha_out, Format::spikes, {2, 10, 32});
  e.fires(320);
  e.job.neuron.record.threshold = 5;
  return e;
}

Example neurons() {
  Example e("models.neuron", "neuron", Operation::neuron);
  e.job.gemm.T = 4, e.job.gemm.N = 500;
  e.input(operand::neuron_sums, Format::int32, {4, 500});
  e.result(operand::neuron_spikes, Format::spikes, {4, 500});
  e.fires(500);
  return e;
}

Example copy() {
  Example e("models.dma", "copy", Operation::copy);
  e.input(operand::source, Format::uint8, {5000});
  e.result(operand::destination, Format::uint8, {5000});
  return e;
}

/// Runs the job by a host in a kernel of its own; what comes out becomes what must come out. Returns the CYCLES register.
std::uint64_t run_by_host(Example& e) {
  const FreshKernel kernel;
  const ScratchFolder folder;
  Diagnostics diagnostics;
  const auto scenario = load_scenario(folder.write("host.yaml", host_scenario(e.kind)), {}, diagnostics);
  const auto kinds = all_kinds();
  const Plan plan = make_plan(*scenario, *kinds, diagnostics);
  INFO(diagnostics.format());
  REQUIRE_FALSE(diagnostics.has_errors());
  Platform platform(plan);
  auto* host = platform.find<engine::JobDriver>("host");
  REQUIRE(host != nullptr);
  const Address at = e.image.take(engine::JobDescriptor::size_bytes);
  const engine::DescriptorBytes descriptor = engine::encode(e.job);
  e.image.debug_write(at, descriptor.data(), descriptor.size());
  const auto& bytes = e.image.bytes();
  REQUIRE(host->debug_write(job_image::image_base, bytes.data(), bytes.size()) == bytes.size());
  engine::Submission chain;
  chain.engine = "pu", chain.registers = registers, chain.irq = 0, chain.first = at;
  chain.descriptors = {{at, descriptor}};
  host->submit({chain});
  sc_core::sc_start(1, sc_core::SC_SEC);
  REQUIRE(host->results().size() == 1);
  REQUIRE(host->results()[0].finished);
  REQUIRE(host->results()[0].status == engine::JobStatus::ok);
  job_image::Task task;
  task.first = at;
  for (const auto& [address, size] : e.results) {
    std::vector<std::uint8_t> result(size);
    REQUIRE(host->debug_read(address, result.data(), size) == size);
    CHECK(std::any_of(result.begin(), result.end(), [](std::uint8_t b) { return b != 0; }));
    const Address golden = e.image.take(size);
    e.image.debug_write(golden, result.data(), size);
    task.checks.push_back({address, golden, size});
  }
  job_image::write_tables(e.image, {task}, 0, 0);
  std::uint32_t cycles[2] = {};
  REQUIRE(host->debug_read(registers + 0x18, reinterpret_cast<std::uint8_t*>(cycles), 8) == 8);
  return cycles[0] | std::uint64_t{cycles[1]} << 32;
}

}  // namespace

TEST_CASE("firmware.point5 on every kind of engine a program and a host get the same bytes and the same CYCLES for the same job") {
  std::vector<Example> examples;
  for (const char* kind : {"models.prosperity", "models.pe_array", "models.spikex", "models.stack3d"}) examples.push_back(layer(kind));
  examples.push_back(heads());
  examples.push_back(neurons());
  examples.push_back(copy());
  for (const KindDescriptor* kind : all_kinds()->all())
    if (kind->registers == engine::common_registers || kind->registers_head == engine::common_registers) {
      INFO(kind->kind << " has no job here");
      CHECK(std::any_of(examples.begin(), examples.end(), [&](const Example& e) { return e.kind == kind->kind; }));
    }
  for (Example& e : examples) {
    INFO(e.kind << " " << e.what);
    const std::uint64_t cycles = run_by_host(e);
    CHECK(cycles > 100);
    const ScratchFolder folder;
    const std::string image = folder.write("jobs.bin", std::string(e.image.bytes().begin(), e.image.bytes().end()));
    const ProcessResult program = run_snnvp({"run", folder.write("program.yaml", firmware_scenario(e.kind, image)), "--quiet"});
    INFO(program.out << program.err);
    CHECK(program.exit_code == 0);
    CHECK(program.out.find(fmt::format("in {} tensors, 0 differ\nengine cycles {}, interrupts 1\n", e.results.size(), cycles)) !=
          std::string::npos);
  }
}
