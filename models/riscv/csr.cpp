// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/riscv/csr.h>

namespace snnvp::riscv {
namespace {

constexpr std::uint32_t irq_mask = 1u << irq_software | 1u << irq_timer | 1u << irq_external;
constexpr std::uint32_t misa_value = 0x40101105;  // RV32, I M A C U

bool in(std::uint32_t number, std::uint32_t low, std::uint32_t high) { return number >= low && number <= high; }

/// mhpmcounter3..31(h) and mhpmevent3..31: they exist and read 0.
bool is_unused_counter(std::uint32_t number) { return in(number, 0xB03, 0xB1F) || in(number, 0xB83, 0xB9F) || in(number, 0x323, 0x33F); }

bool exists(std::uint32_t number) {
  using namespace csr;
  switch (number) {
    case csr::mstatus:
    case misa:
    case csr::mie:
    case csr::mtvec:
    case mcounteren:
    case mstatush:
    case mcountinhibit:
    case csr::mscratch:
    case csr::mepc:
    case csr::mcause:
    case csr::mtval:
    case csr::mip:
    case mcycle:
    case minstret:
    case mcycleh:
    case minstreth:
    case cycle:
    case csr::time:
    case instret:
    case cycleh:
    case timeh:
    case instreth:
    case mvendorid:
    case marchid:
    case mimpid:
    case mhartid:
    case mconfigptr: return true;
    default:
      return in(number, pmpcfg0, pmpcfg0 + 3) || in(number, pmpaddr0, pmpaddr0 + 15) || in(number, tselect, tdata3) ||
             is_unused_counter(number);
  }
}

}  // namespace

void CsrFile::reset() {
  mstatus = mstatus_mpp;
  mie = mtvec = mscratch = mepc = mcause = mtval = 0;  // mip shows lines: it stays
  mcounteren_ = mcountinhibit_ = 0;
  cycle_ = instret_ = {};
  pmp_.reset();
}

bool CsrFile::is_legal(std::uint32_t number, bool machine, bool write) const {
  if (!exists(number)) return false;
  if (write && number >> 10 == 3) return false;  // read-only by number
  if (machine) return true;
  if ((number >> 8 & 3) != 0) return false;
  return in(number & ~0x80u, csr::cycle, csr::instret) && (mcounteren_ >> (number & 3) & 1) != 0;
}

std::uint32_t CsrFile::read(std::uint32_t number, const CounterView& now, std::uint64_t time) const {
  using namespace csr;
  switch (number) {
    case csr::mstatus: return mstatus;
    case misa: return misa_value;
    case csr::mie: return mie;
    case csr::mip: return mip;
    case csr::mtvec: return mtvec;
    case mcounteren: return mcounteren_;
    case mcountinhibit: return mcountinhibit_;
    case csr::mscratch: return mscratch;
    case csr::mepc: return mepc;
    case csr::mcause: return mcause;
    case csr::mtval: return mtval;
    case mcycle:
    case cycle: return static_cast<std::uint32_t>(cycle_.shown(now.cycle));
    case mcycleh:
    case cycleh: return static_cast<std::uint32_t>(cycle_.shown(now.cycle) >> 32);
    case minstret:
    case instret: return static_cast<std::uint32_t>(instret_.shown(now.instret));
    case minstreth:
    case instreth: return static_cast<std::uint32_t>(instret_.shown(now.instret) >> 32);
    case csr::time: return static_cast<std::uint32_t>(time);
    case timeh: return static_cast<std::uint32_t>(time >> 32);
    case mhartid: return hart_id_;
    default: break;
  }
  if (in(number, pmpcfg0, pmpcfg0 + 3)) return pmp_.config(number - pmpcfg0);
  if (in(number, pmpaddr0, pmpaddr0 + 15)) return pmp_.address(number - pmpaddr0);
  return 0;
}

/// The written value is what the next instruction reads, so that what the writing instruction itself takes is left out.
void CsrFile::set_half(Counter& counter, bool high, std::uint32_t value, std::uint64_t running_now, std::uint64_t running_after) {
  const std::uint64_t old = counter.shown(running_now);
  const std::uint64_t wanted = high ? std::uint64_t{value} << 32 | (old & 0xFFFFFFFF) : (old & ~std::uint64_t{0xFFFFFFFF}) | value;
  counter.set(wanted, running_after);
}

unsigned CsrFile::write(std::uint32_t number, std::uint32_t value, const CounterView& now) {
  using namespace csr;
  switch (number) {
    case csr::mstatus: {
      const std::uint32_t old = mstatus;
      std::uint32_t mask = mstatus_mie | mstatus_mpie | mstatus_mprv | mstatus_tw;
      const std::uint32_t mpp = value >> 11 & 3;
      if (mpp == 0 || mpp == 3) mask |= mstatus_mpp;
      mstatus = (mstatus & ~mask) | (value & mask);
      // With MPRV set, MPP decides about data accesses.
      const bool protection =
          ((old ^ mstatus) & mstatus_mprv) != 0 || (((old | mstatus) & mstatus_mprv) != 0 && ((old ^ mstatus) & mstatus_mpp) != 0);
      return recheck_interrupts | (protection ? protection_changed : none);
    }
    case csr::mie: mie = value & irq_mask; return recheck_interrupts;
    case csr::mtvec: mtvec = value & ~2u; return none;
    case mcounteren: mcounteren_ = value & 7; return none;
    case mcountinhibit:
      mcountinhibit_ = value & 5;
      cycle_.stop(value & 1, now.cycle_after);
      instret_.stop(value >> 2 & 1, now.instret_after);
      return none;
    case csr::mscratch: mscratch = value; return none;
    case csr::mepc: mepc = value & ~1u; return none;
    case csr::mcause: mcause = value; return none;
    case csr::mtval: mtval = value; return none;
    case mcycle:
    case mcycleh: set_half(cycle_, number == mcycleh, value, now.cycle, now.cycle_after); return none;
    case minstret:
    case minstreth: set_half(instret_, number == minstreth, value, now.instret, now.instret_after); return none;
    default: break;
  }
  bool changed = false;
  if (in(number, pmpcfg0, pmpcfg0 + 3)) changed = pmp_.set_config(number - pmpcfg0, value);
  if (in(number, pmpaddr0, pmpaddr0 + 15)) changed = pmp_.set_address(number - pmpaddr0, value);
  return changed ? protection_changed : none;
}

}  // namespace snnvp::riscv
