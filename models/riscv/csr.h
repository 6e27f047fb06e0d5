// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/models/riscv/pmp.h>

namespace snnvp::riscv {

/// Numbers of the CSRs that have behaviour of their own.
namespace csr {
constexpr std::uint32_t mstatus = 0x300, misa = 0x301, mie = 0x304, mtvec = 0x305, mcounteren = 0x306, mstatush = 0x310,
                        mcountinhibit = 0x320, mscratch = 0x340, mepc = 0x341, mcause = 0x342, mtval = 0x343, mip = 0x344, pmpcfg0 = 0x3A0,
                        pmpaddr0 = 0x3B0, tselect = 0x7A0, tdata3 = 0x7A3, mcycle = 0xB00, minstret = 0xB02, mcycleh = 0xB80,
                        minstreth = 0xB82, cycle = 0xC00, time = 0xC01, instret = 0xC02, cycleh = 0xC80, timeh = 0xC81, instreth = 0xC82,
                        mvendorid = 0xF11, marchid = 0xF12, mimpid = 0xF13, mhartid = 0xF14, mconfigptr = 0xF15;
}

/// Bits of mstatus and of mie and mip.
constexpr std::uint32_t mstatus_mie = 1u << 3, mstatus_mpie = 1u << 7, mstatus_mpp = 3u << 11, mstatus_mprv = 1u << 17,
                        mstatus_tw = 1u << 21;
constexpr std::uint32_t irq_software = 3, irq_timer = 7, irq_external = 11;

/// What the counters show during one CSR access.
struct CounterView {
  std::uint64_t cycle = 0;    ///< before the instruction
  std::uint64_t instret = 0;  ///< before the instruction
  std::uint64_t cycle_after = 0, instret_after = 0;
};

/// Control and status registers of a hart with machine and user mode (spec/firmware.md 4.4). `time` is not held here.
class CsrFile {
public:
  enum Effect : unsigned { none = 0, recheck_interrupts = 1, protection_changed = 2 };

  CsrFile(std::uint32_t hart_id, unsigned pmp_entries) : pmp_(pmp_entries), hart_id_(hart_id) { reset(); }

  void reset();
  /// Is this access legal in this mode? `write` false for csrrs and csrrc with x0.
  bool is_legal(std::uint32_t number, bool machine, bool write) const;
  /// Value of a legal CSR; `time` is the value of the time counter.
  std::uint32_t read(std::uint32_t number, const CounterView& now, std::uint64_t time) const;
  /// Writes a legal CSR; returns what the hart must look at again.
  unsigned write(std::uint32_t number, std::uint32_t value, const CounterView& now);

  std::uint32_t mstatus = 0, mie = 0, mip = 0, mtvec = 0, mscratch = 0, mepc = 0, mcause = 0, mtval = 0;
  Pmp& pmp() { return pmp_; }
  const Pmp& pmp() const { return pmp_; }

private:
  /// A 64-bit counter that can be set and stopped.
  struct Counter {
    std::uint64_t offset = 0;  // shown = running + offset, or frozen
    std::uint64_t frozen = 0;
    bool stopped = false;

    std::uint64_t shown(std::uint64_t running) const { return stopped ? frozen : running + offset; }
    void set(std::uint64_t value, std::uint64_t running) { stopped ? frozen = value : offset = value - running; }
    void stop(bool stop, std::uint64_t running) {
      if (stop == stopped) return;
      if (stop)
        frozen = running + offset;
      else
        offset = frozen - running;
      stopped = stop;
    }
  };
  static void set_half(Counter& counter, bool high, std::uint32_t value, std::uint64_t running_now, std::uint64_t running_after);

  Pmp pmp_;
  std::uint32_t hart_id_;
  std::uint32_t mcounteren_ = 0, mcountinhibit_ = 0;
  Counter cycle_, instret_;
};

}  // namespace snnvp::riscv
