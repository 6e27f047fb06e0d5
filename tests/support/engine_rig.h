// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <systemc>

#include <snnvp/interconnect/bus/bus.h>
#include <snnvp/models/dram/dram.h>
#include <snnvp/models/prosperity/engine.h>
#include <snnvp/platform/engine/accelerator.h>
#include <snnvp/platform/engine/job.h>

#include "fresh_kernel.h"
#include "script.h"

namespace snnvp::test {

/// One engine, a memory and a driver on a bus that costs no time, at 500 MHz.
class EngineRig {
public:
  static constexpr Address memory_base = 0x8000'0000, registers_base = 0x1001'0000;
  static constexpr Bytes memory_size = Bytes{16} << 20;
  enum Register : Address {
    id = 0x00,
    ctrl = 0x08,
    status = 0x0C,
    irq_enable = 0x10,
    irq_status = 0x14,
    cycles_lo = 0x18,
    cycles_hi = 0x1C,
    desc_lo = 0x20,
    desc_hi = 0x24,
    desc_len = 0x28,
    capabilities = 0x2C,
    queue = 0x30,
    doorbell = 0x34,
    error_lo = 0x38,
    error_hi = 0x3C,
  };
  enum Control : std::uint32_t { start = 1, abort = 2, soft_reset = 4 };
  static constexpr std::uint32_t busy = 1, error = 2, done_irq = 1, error_irq = 2;

  /// `body` runs as a thread when the simulation starts.
  EngineRig(std::unique_ptr<engine::EngineCore> core, const engine::Accelerator::Options& options, std::function<void(EngineRig&)> body)
      : EngineRig(std::move(core), options, Dram::Params(), std::move(body)) {}
  EngineRig(std::unique_ptr<engine::EngineCore> core, const engine::Accelerator::Options& options, Dram::Params memory_params,
            std::function<void(EngineRig&)> body)
      : memory_("memory", with_size(std::move(memory_params))),
        bus_("bus", bus_params(), ClockDomain(500'000'000)),
        engine_("engine", std::move(core), parse_register_map(engine::common_registers, "engine"), ClockDomain(500'000'000), options),
        irq_("irq"),
        script_("script", [this, body = std::move(body)](InitiatorPort&) { body(*this); }) {
    script_.out.bind(bus_.in[0]);
    engine_.dma.bind(bus_.in[1]);
    bus_.out[0].bind(memory_.in);
    bus_.out[1].bind(engine_.regs);
    bus_.map(memory_base, memory_size, 0);
    bus_.map(registers_base, 4096, 1);
    engine_.irq(irq_);
  }

  engine::Accelerator& engine() { return engine_; }
  Dram& memory() { return memory_; }
  Bus& bus() { return bus_; }
  bool irq() const { return irq_.read(); }
  const sc_core::sc_event& irq_changed() const { return irq_.value_changed_event(); }
  bool is_done() const { return script_.is_done(); }

  std::uint32_t read(Address offset) {
    std::uint8_t bytes[4] = {};
    sc_core::sc_time delay;
    if (script_.out.read(registers_base + offset, bytes, 4, delay) != tlm::TLM_OK_RESPONSE)
      throw std::runtime_error("register read refused");
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
  }
  void write(Address offset, std::uint32_t value) {
    const std::uint8_t bytes[4] = {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
                                   static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
    sc_core::sc_time delay;
    if (script_.out.write(registers_base + offset, bytes, 4, delay) != tlm::TLM_OK_RESPONSE)
      throw std::runtime_error("register write refused");
  }
  template <typename T>
  void put(Address at, const std::vector<T>& values) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
    if (script_.out.debug_write(at, bytes, values.size() * sizeof(T)) != values.size() * sizeof(T))
      throw std::runtime_error("no memory there");
  }
  void put(Address at, const engine::DescriptorBytes& image) { put(at, std::vector<std::uint8_t>(image.begin(), image.end())); }
  void put(Address at, const engine::JobDescriptor& job) { put(at, engine::encode(job)); }
  template <typename T>
  std::vector<T> get(Address at, std::size_t count) {
    std::vector<T> values(count);
    if (script_.out.debug_read(at, reinterpret_cast<std::uint8_t*>(values.data()), count * sizeof(T)) != count * sizeof(T))
      throw std::runtime_error("no memory there");
    return values;
  }

  void ring(Address descriptor) {
    write(desc_lo, static_cast<std::uint32_t>(descriptor));
    write(desc_hi, static_cast<std::uint32_t>(descriptor >> 32));
    write(doorbell, 1);
  }
  /// Rings, waits until the engine is idle again and returns the status code.
  engine::JobStatus run(Address descriptor) {
    write(irq_enable, done_irq | error_irq);
    ring(descriptor);
    while (!irq()) sc_core::wait(irq_changed());
    const auto code = static_cast<engine::JobStatus>(read(status) >> 8 & 0xFF);
    write(irq_status, done_irq | error_irq);
    while (irq()) sc_core::wait(irq_changed());
    return code;
  }
  Address error_address() { return static_cast<Address>(read(error_hi)) << 32 | read(error_lo); }

private:
  static Dram::Params with_size(Dram::Params params) {
    if (params.preset == Dram::Params().preset) params.preset = "ideal";
    params.size = memory_size;
    return params;
  }
  static Bus::Params bus_params() {
    Bus::Params params;
    params.initiators = params.targets = 2;
    params.hop_cycles = 0;
    params.initiator_names = {"script", "engine"};
    return params;
  }

  FreshKernel kernel_;
  Dram memory_;
  Bus bus_;
  engine::Accelerator engine_;
  sc_core::sc_signal<bool> irq_;
  Script script_;
};

inline engine::Operand operand_of(Address address, engine::Format format, std::vector<std::uint32_t> shape) {
  engine::Operand operand;
  operand.address = address;
  operand.format = format;
  for (std::size_t i = 0; i < shape.size(); ++i) operand.shape[i] = shape[i];
  return operand;
}

/// A fully connected layer of T steps, K inputs and N outputs with its data in the rig's memory, and what must come out.
struct SmallLayer {
  std::uint32_t T = 4, K = 48, N = 24;
  Address input = EngineRig::memory_base + 0x10000, weights = input + 0x10000, sums = weights + 0x10000;

  engine::JobDescriptor job() const {
    engine::JobDescriptor job;
    job.operation = engine::Operation::gemm;
    job.flags = engine::flag_first;
    job.gemm.T = T, job.gemm.C = K, job.gemm.N = N;
    job.operands[engine::operand::input] = operand_of(input, engine::Format::spikes, {T, K});
    job.operands[engine::operand::weights] = operand_of(weights, engine::Format::int8, {K, N});
    job.operands[engine::operand::sums] = operand_of(sums, engine::Format::int32, {T, N});
    return job;
  }
  static bool spike(std::uint32_t t, std::uint32_t k) { return (t * 7 + k * 5) % 3 == 0; }
  static std::int8_t weight(std::uint32_t k, std::uint32_t n) { return static_cast<std::int8_t>((k * 31 + n * 17) % 251 - 125); }
  void place(EngineRig& rig) const {
    std::vector<std::uint8_t> bits((T * K + 7) / 8);
    for (std::uint32_t t = 0; t < T; ++t)
      for (std::uint32_t k = 0; k < K; ++k)
        if (spike(t, k)) bits[(t * K + k) / 8] = static_cast<std::uint8_t>(bits[(t * K + k) / 8] | 1U << (t * K + k) % 8);
    std::vector<std::int8_t> values;
    for (std::uint32_t k = 0; k < K; ++k)
      for (std::uint32_t n = 0; n < N; ++n) values.push_back(weight(k, n));
    rig.put(input, bits);
    rig.put(weights, values);
  }
  std::vector<std::int32_t> expected() const {
    std::vector<std::int32_t> out(std::size_t{T} * N);
    for (std::uint32_t t = 0; t < T; ++t)
      for (std::uint32_t k = 0; k < K; ++k)
        if (spike(t, k))
          for (std::uint32_t n = 0; n < N; ++n) out[std::size_t{t} * N + n] += weight(k, n);
    return out;
  }
};

inline std::unique_ptr<engine::EngineCore> small_prosperity(prosperity::Timing timing = prosperity::Timing::tile) {
  prosperity::EngineConfig config;
  config.timing = timing;
  config.unit.tile_m = 16, config.unit.tile_k = 8, config.unit.tile_n = 16;
  return std::make_unique<prosperity::ProsperityEngine>(config);
}

}  // namespace snnvp::test
