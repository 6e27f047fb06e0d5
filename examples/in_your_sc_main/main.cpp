// SPDX-License-Identifier: Apache-2.0
// One engine of snnvp in a SystemC program that has nothing else of it: no YAML, no registry, no report. The driver, the bus and the
// memory are ours. Runs one fully connected layer and compares every sum.
//   in_your_sc_main [lt | decoupled | at | wide]
// Then its events are read and priced.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <snnvp/models/prosperity/prosperity.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/engine/job.h>
#include <snnvp/platform/report/event_energy.h>
#include <snnvp/width_adapter.h>

#include "your_initiators.h"
#include "your_platform.h"

namespace {

using sc_core::sc_time;
namespace job = snnvp::engine;

constexpr sc_dt::uint64 registers = 0x1000'0000, memory = 0x8000'0000, descriptor_at = memory, spikes_at = memory + 0x1000,
                        weights_at = memory + 0x2000, sums_at = memory + 0x10000;
constexpr unsigned T = 8, K = 64, N = 96;  // steps, inputs, outputs

// Register offsets: docs/jobs.md.
constexpr sc_dt::uint64 status = registers + 0x0C, irq_enable = registers + 0x10, irq_status = registers + 0x14, cycles = registers + 0x18,
                        descriptor_low = registers + 0x20, descriptor_high = registers + 0x24, doorbell = registers + 0x34;

bool spike(unsigned t, unsigned k) { return (t * 7 + k * 5) % 3 == 0; }
int weight(unsigned k, unsigned n) { return static_cast<int>((k * 31 + n * 17) % 251) - 125; }

job::Operand operand(sc_dt::uint64 address, job::Format format, std::uint32_t rows, std::uint32_t columns) {
  job::Operand o;
  o.address = address;
  o.format = format;
  o.shape = {rows, columns, 0, 0};
  return o;
}

/// Writes data and job, rings, waits for the interrupt, reads back and compares.
class Software : public sc_core::sc_module {
public:
  sc_core::sc_in<bool> irq{"irq"};

  SC_HAS_PROCESS(Software);
  Software(const sc_core::sc_module_name& name, yours::Driver& driver) : sc_module(name), driver_(driver) { SC_THREAD(run); }
  bool is_right() const { return is_right_; }

private:
  void put(sc_dt::uint64 address, void* data, std::size_t length) {
    driver_.transfer(tlm::TLM_WRITE_COMMAND, address, static_cast<unsigned char*>(data), static_cast<unsigned>(length));
  }

  void run() {
    std::vector<unsigned char> spikes(T * K / 8);
    for (unsigned t = 0; t < T; ++t)
      for (unsigned k = 0; k < K; ++k)
        if (spike(t, k)) spikes[(t * K + k) / 8] |= static_cast<unsigned char>(1U << (t * K + k) % 8);
    std::vector<signed char> weights;
    for (unsigned k = 0; k < K; ++k)
      for (unsigned n = 0; n < N; ++n) weights.push_back(static_cast<signed char>(weight(k, n)));
    job::JobDescriptor layer;
    layer.operation = job::Operation::gemm;
    layer.flags = job::flag_first | job::flag_store_sums;
    layer.gemm.T = T, layer.gemm.C = K, layer.gemm.N = N;
    layer.operands[job::operand::input] = operand(spikes_at, job::Format::spikes, T, K);
    layer.operands[job::operand::weights] = operand(weights_at, job::Format::int8, K, N);
    layer.operands[job::operand::sums] = operand(sums_at, job::Format::int32, T, N);
    job::DescriptorBytes image = job::encode(layer);

    put(spikes_at, spikes.data(), spikes.size());
    put(weights_at, weights.data(), weights.size());
    put(descriptor_at, image.data(), image.size());
    driver_.write(irq_enable, 3);
    driver_.write(descriptor_low, static_cast<std::uint32_t>(descriptor_at));
    driver_.write(descriptor_high, 0);
    driver_.write(doorbell, 1);
    driver_.synchronise();  // a doorbell takes effect at the writer's local time; what waits for it waits in the kernel's
    while (!irq.read()) sc_core::wait(irq.value_changed_event());
    const unsigned ended = driver_.read(status);
    driver_.write(irq_status, 3);

    std::vector<std::int32_t> sums(T * N);
    driver_.transfer(tlm::TLM_READ_COMMAND, sums_at, reinterpret_cast<unsigned char*>(sums.data()), T * N * 4);
    unsigned wrong = 0;
    for (unsigned t = 0; t < T; ++t)
      for (unsigned n = 0; n < N; ++n) {
        int expected = 0;
        for (unsigned k = 0; k < K; ++k) expected += spike(t, k) ? weight(k, n) : 0;
        wrong += sums[t * N + n] != expected;
      }
    is_right_ = ended == 0 && wrong == 0;
    std::printf("status %u, %u of %u sums wrong, %u engine cycles\n", ended, wrong, T * N, driver_.read(cycles));
  }

  yours::Driver& driver_;
  bool is_right_ = false;
};

/// What the engine did, and what it costs at the defaults of the technology tables.
void print_energy(const snnvp::EventProvider& engine) {
  const snnvp::EventEnergy energy = snnvp::energy_of(engine.events(), TECHNOLOGY_DIR);
  for (const snnvp::PricedCount& row : energy.rows)
    if (row.pj != 0) std::printf("  %-28s %8llu %10.1f pJ\n", row.key.c_str(), static_cast<unsigned long long>(row.count), row.pj);
  std::printf("energy %.1f pJ\n", energy.total_pj);
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  const std::string mode = argc > 1 ? argv[1] : "lt";
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO, sc_core::SC_DO_NOTHING);

  yours::Memory ram("ram", 1 << 20, sc_time(50, sc_core::SC_NS));
  yours::Bus bus("bus", memory, registers, sc_time(2, sc_core::SC_NS));
  snnvp::Prosperity::Params params;
  params.unit.tile_m = 16, params.unit.tile_n = 32;
  snnvp::Prosperity engine("engine", params, snnvp::ClockDomain(500'000'000));
  sc_core::sc_signal<bool> irq("irq");

  std::unique_ptr<yours::Driver> driver;
  std::unique_ptr<snnvp::width_adapter<64>> adapter;
  if (mode == "wide") {  // an initiator whose socket is 64 bits wide
    auto wide = std::make_unique<yours::LooselyTimed<64>>("driver", sc_core::SC_ZERO_TIME);
    adapter = std::make_unique<snnvp::width_adapter<64>>("adapter");
    wide->out.bind(adapter->in);
    adapter->out.bind(bus.in[0]);
    driver = std::move(wide);
  } else if (mode == "at") {  // in four phases; the bus's sockets turn them into blocking calls
    auto at = std::make_unique<yours::ApproximatelyTimed<32>>("driver");
    at->out.bind(bus.in[0]);
    driver = std::move(at);
  } else {
    const sc_time quantum = mode == "decoupled" ? sc_time(100, sc_core::SC_US) : sc_core::SC_ZERO_TIME;
    auto lt = std::make_unique<yours::LooselyTimed<32>>("driver", quantum);
    lt->out.bind(bus.in[0]);
    driver = std::move(lt);
  }
  engine.dma.bind(bus.in[1]);
  bus.memory.bind(ram.in);
  bus.registers.bind(engine.regs);
  engine.irq(irq);
  Software software("software", *driver);
  software.irq(irq);

  sc_core::sc_start();
  try {
    print_energy(engine);
  } catch (const snnvp::InputError& error) {  // no tables there, or an event without a price
    std::printf("no energy: %s\n", error.what());
  }
  std::printf("%s\n", software.is_right() ? "ok" : "FAILED");
  return software.is_right() ? 0 : 1;
}
