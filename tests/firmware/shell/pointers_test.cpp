// SPDX-License-Identifier: Apache-2.0
// The hart's pointers into memory: a memory gives them, takes them back in the middle of an access, or gives half of them.
#include <snnvp/models/riscv/riscv.h>

#include <catch2/catch.hpp>

#include <cstring>

#include <tlm_utils/simple_target_socket.h>

#include "../../support/fresh_kernel.h"
#include "../../support/riscv_asm.h"

using namespace snnvp;
using namespace snnvp::test;
using namespace rv;

namespace {

constexpr Word base = 0x8000'0000, size = 0x1'0000, device = 0x1000'0000, data = base + 0x1000;

/// A memory of two stores between which the pointers can be moved, and a device that does so when it is written to.
class Fickle : public sc_core::sc_module {
public:
  tlm_utils::simple_target_socket<Fickle, 32> in;
  std::vector<std::uint8_t> first = std::vector<std::uint8_t>(size), second;
  bool uses_second = false, is_granted = true, is_writable = true;
  unsigned word_accesses = 0;  ///< to the memory, over the bus

  explicit Fickle(const sc_core::sc_module_name& name) : sc_module(name), in("in") {
    in.register_b_transport(this, &Fickle::transport);
    in.register_get_direct_mem_ptr(this, &Fickle::direct);
    in.register_transport_dbg(this, &Fickle::debug);
  }
  std::vector<std::uint8_t>& bytes() { return uses_second ? second : first; }
  Word word(Word address) { return *reinterpret_cast<Word*>(&bytes()[address - base]); }

private:
  bool access(tlm::tlm_generic_payload& p) {
    const auto at = p.get_address() - base;
    if (at + p.get_data_length() > size) return false;
    if (p.is_write())
      std::memcpy(&bytes()[at], p.get_data_ptr(), p.get_data_length());
    else
      std::memcpy(p.get_data_ptr(), &bytes()[at], p.get_data_length());
    return true;
  }
  void transport(tlm::tlm_generic_payload& p, sc_core::sc_time&) {
    if (p.get_address() >= device && p.get_address() < device + 4096) {
      if (p.is_write()) {  // all bytes move to the other store, and old pointers are void
        second = first;
        std::fill(first.begin(), first.end(), 0xEE);
        uses_second = true;
        is_writable = (*p.get_data_ptr() & 1) != 0;
        is_granted = (*p.get_data_ptr() & 2) == 0;
        in->invalidate_direct_mem_ptr(base, base + size - 1);
      }
      p.set_response_status(tlm::TLM_OK_RESPONSE);
      return;
    }
    ++word_accesses;
    p.set_response_status(access(p) ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  bool direct(tlm::tlm_generic_payload& p, tlm::tlm_dmi& dmi) {
    if (!is_granted || p.get_address() < base || p.get_address() >= base + size || (p.is_write() && !is_writable)) return false;
    dmi.set_start_address(base);
    dmi.set_end_address(base + size - 1);
    dmi.set_dmi_ptr(bytes().data());
    is_writable ? dmi.allow_read_write() : dmi.allow_read();
    return true;
  }
  unsigned debug(tlm::tlm_generic_payload& p) { return p.get_address() >= base && access(p) ? p.get_data_length() : 0; }
};

/// A store and a load before and after the device is written to with `what`; a0: memory, a1: device.
void run(Fickle& memory, Word what) {
  Riscv::Params params;
  params.memories = {{base, base + size - 1}};
  params.reset_pc = base;
  Riscv hart("hart", params, ClockDomain(100'000'000));
  hart.bus.bind(memory.in);
  const std::vector<Word> program = {lui(a0, data >> 12), lui(a1, device >> 12), addi(t0, x0, 11), sw(t0, a0, 0),   lw(t1, a0, 0),
                                     addi(t2, x0, what),  sw(t2, a1, 0),         lw(s0, a0, 0),    addi(s0, s0, 1), sw(s0, a0, 4),
                                     lw(s1, a0, 4),       amoadd(a2, t0, a0),    sw(s1, a0, 8),    jal(x0, 0)};
  std::memcpy(memory.bytes().data(), program.data(), program.size() * 4);
  hart.start_at(base);
  sc_core::sc_start(10, sc_core::SC_US);
  CHECK(hart.core().reg(t1) == 11);
  CHECK(hart.core().reg(s0) == 12);
  CHECK(hart.core().reg(s1) == 12);
  CHECK(hart.core().reg(a2) == 11);
  CHECK(hart.state() == FirmwareHart::State::parked);  // it has gone on to its end
  CHECK(memory.word(data) == 22);
  CHECK(memory.word(data + 4) == 12);
  CHECK(memory.word(data + 8) == 12);
  for (const std::uint8_t b : memory.first) REQUIRE(b == 0xEE);  // nothing went through an old pointer
}

}  // namespace

TEST_CASE("firmware.F18 pointers taken back during an access are not used again, new ones are asked for") {
  FreshKernel kernel;
  Fickle memory("memory");
  run(memory, 1);
  CHECK(memory.word_accesses == 0);
}

TEST_CASE("firmware.F18 a memory that gives pointers for reading only is written over the bus") {
  FreshKernel kernel;
  Fickle memory("memory");
  run(memory, 0);
  CHECK(memory.word_accesses >= 3);
}

TEST_CASE("firmware.F18 a memory that refuses pointers is used over the bus, its code is fetched all the same") {
  FreshKernel kernel;
  Fickle memory("memory");
  run(memory, 3);
  CHECK(memory.word_accesses >= 6);
}
