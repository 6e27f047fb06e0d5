// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/riscv/timing.h>

#include <algorithm>

namespace snnvp::riscv {
namespace {

unsigned leading_zeros(std::uint32_t value) { return value == 0 ? 32 : static_cast<unsigned>(__builtin_clz(value)); }

/// CSRs whose access flushes the pipeline of the CV32E40P.
bool flushes_pipeline(std::uint32_t csr) {
  switch (csr) {
    case 0x300:  // mstatus
    case 0x305:  // mtvec
    case 0x320:  // mcountinhibit
    case 0x341:  // mepc
    case 0x342:  // mcause
    case 0x7B0:  // dcsr
    case 0x7B1:  // dpc
    case 0x7B2:
    case 0x7B3: return true;
    default: break;
  }
  const auto in = [&](std::uint32_t low, std::uint32_t high) { return csr >= low && csr <= high; };
  return in(0x323, 0x33F) || in(0xB00, 0xB1F) || in(0xB80, 0xB9F) || in(0xC00, 0xC1F) || in(0xC80, 0xC9F);
}

}  // namespace

Timing Timing::unit() {
  Timing t;
  for (const TimingClass& c : timing_classes()) t.*c.member = 1;
  t.csr_light = t.lr_sc = t.fence_i = 1;
  t.divider_steps = false;
  t.trap = t.load_use = t.jump_use = t.entry_penalty = t.misaligned = 0;
  return t;
}

Timing Timing::table() {
  Timing t = unit();
  t.load = t.store = t.amo = t.lr_sc = 4;
  t.mul = t.mulh = t.div = 8;
  return t;
}

unsigned Timing::cycles(const Instruction& instruction) const {
  switch (instruction.id) {
    case OpId::mul: return mul;
    case OpId::mulh:
    case OpId::mulhsu:
    case OpId::mulhu: return mulh;
    case OpId::div:
    case OpId::divu:
    case OpId::rem:
    case OpId::remu: return div;
    case OpId::lb:
    case OpId::lh:
    case OpId::lw:
    case OpId::lbu:
    case OpId::lhu: return load;
    case OpId::sb:
    case OpId::sh:
    case OpId::sw: return store;
    case OpId::lr:
    case OpId::sc: return lr_sc;
    case OpId::amo: return amo;
    case OpId::beq:
    case OpId::bne:
    case OpId::blt:
    case OpId::bge:
    case OpId::bltu:
    case OpId::bgeu: return branch_not_taken;
    case OpId::jal:
    case OpId::park: return jump;
    case OpId::jalr: return jump_reg;
    case OpId::fence: return fence;
    case OpId::fence_i: return fence_i;
    case OpId::mret: return mret;
    case OpId::ecall:
    case OpId::ebreak:
    case OpId::wfi: return system;
    case OpId::csr: return flushes_pipeline(instruction.imm >> 20) ? csr : csr_light;
    case OpId::illegal:
    case OpId::fetch_fault:
    case OpId::end_block:
    case OpId::line: return 0;
    default: return alu;
  }
}

unsigned Timing::worst_extra(OpId id) const {
  switch (class_of(id)) {
    case InsnClass::div: return divider_steps ? 32 : 0;
    case InsnClass::load:
    case InsnClass::store: return misaligned;
    case InsnClass::branch: return branch_taken > branch_not_taken ? branch_taken - branch_not_taken : 0;
    default: return 0;
  }
}

unsigned Timing::division_steps(std::uint32_t divisor, bool is_signed) const {
  if (!divider_steps) return 0;
  if (is_signed && divisor >> 31) return leading_zeros(~divisor) - 1;
  return leading_zeros(divisor);
}

const std::vector<TimingClass>& timing_classes() {
  static const std::vector<TimingClass> classes = {{"alu", &Timing::alu},
                                                   {"amo", &Timing::amo},
                                                   {"branch_not_taken", &Timing::branch_not_taken},
                                                   {"branch_taken", &Timing::branch_taken},
                                                   {"csr", &Timing::csr},
                                                   {"div", &Timing::div},
                                                   {"fence", &Timing::fence},
                                                   {"jump", &Timing::jump},
                                                   {"jump_reg", &Timing::jump_reg},
                                                   {"load", &Timing::load},
                                                   {"load_use", &Timing::load_use},
                                                   {"mret", &Timing::mret},
                                                   {"mul", &Timing::mul},
                                                   {"mulh", &Timing::mulh},
                                                   {"store", &Timing::store},
                                                   {"system", &Timing::system},
                                                   {"trap", &Timing::trap}};
  return classes;
}

}  // namespace snnvp::riscv
