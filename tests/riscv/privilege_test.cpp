// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "../support/riscv_machine.h"

using namespace rv;
using namespace snnvp;
using namespace snnvp::riscv;
using snnvp::test::Machine;

namespace {

constexpr Word base = Machine::ram_base, handler = base + 0x400, data = base + 0x2000, hole = 0x4000'0000;

/// A machine with its trap vector at `handler`.
Machine& with_handler(Machine& m, unsigned mode = 0) {
  m.core.write_csr(csr::mtvec, handler | mode);
  return m;
}
void check_trap(Machine& m, Word cause, Word value, Word pc) {
  CHECK(*m.core.read_csr(csr::mcause) == cause);
  CHECK(*m.core.read_csr(csr::mtval) == value);
  CHECK(*m.core.read_csr(csr::mepc) == pc);
  CHECK(m.core.is_machine_mode());
}
void enter_user_mode(Machine& m, Word pc) {
  m.core.write_csr(csr::mstatus, 0);
  m.core.write_csr(csr::mepc, pc);
  m.put(base + 0x800, {mret()});
  m.core.flush_all();
  m.core.set_pc(base + 0x800);
  m.step(1);
}
/// User mode may touch everything.
void open_memory(Machine& m) {
  m.core.write_csr(csr::pmpaddr0 + 15, 0xFFFFFFFF);
  m.core.write_csr(csr::pmpcfg0 + 3, 0x1Fu << 24);
}

}  // namespace

TEST_CASE("firmware.F20 each trap reports its cause, value and place, and does not retire") {
  Machine m;
  with_handler(m);
  const auto trap = [&](Word instruction, Word cause, Word value) {
    m.put(base, {instruction});
    m.core.flush_all();
    m.core.set_pc(base);
    const auto before = m.core.instructions();
    m.core.write_csr(csr::mstatus, 8);
    m.core.step();
    CHECK(m.core.pc() == handler);
    CHECK(m.core.instructions() == before);
    CHECK(m.core.reg(t0) == 0);
    check_trap(m, cause, value, base);
    CHECK(*m.core.read_csr(csr::mstatus) == 0x1880);  // MPIE = old MIE, MPP = M
    m.core.csr().reset();                             // a chain of traps ends here
    with_handler(m);
    m.put(handler, {mret()});
    m.core.step();
  };
  trap(0, 2, 0);
  trap(0xFFFFFFFF, 2, 0xFFFFFFFF);
  trap(ebreak(), 3, base);
  trap(0x9002, 3, base);  // c.ebreak
  trap(ecall(), 11, 0);
  trap(csrr(t0, 0x7C0), 2, csrr(t0, 0x7C0));
  trap(csrw(csr::mhartid, t1), 2, csrw(csr::mhartid, t1));
  m.core.set_reg(a0, hole);
  trap(lw(t0, a0, 0), 5, hole);
  trap(sw(t0, a0, 4), 7, hole + 4);
  trap(amoadd(t0, t1, a0), 7, hole);
  trap(lr(t0, a0), 5, hole);
  trap(sc(t0, t1, a0), 7, hole);
  m.core.set_reg(a0, data + 2);
  trap(lr(t0, a0), 4, data + 2);
  trap(sc(t0, t1, a0), 6, data + 2);
  trap(amoadd(t0, t1, a0), 6, data + 2);
}

TEST_CASE("firmware.F13 faults at holes, devices and the end of memory have no side effect") {
  Machine m;
  with_handler(m);
  const Word end = base + Machine::ram_size;
  m.put(end - 4, {0x11223344});
  // A word that crosses the end of memory: nothing is stored.
  m.core.set_reg(a0, end - 2);
  m.core.set_reg(t1, 0xFFFFFFFF);
  m.execute({sw(t1, a0, 0)});
  check_trap(m, 7, end - 2, base);
  CHECK(m.word(end - 4) == 0x11223344);
  m.execute({lw(t0, a0, 0)});
  check_trap(m, 5, end - 2, base);
  // A misaligned access to a device, whatever the parameter says.
  m.core.set_reg(a0, Machine::device + 1);
  m.execute({lw(t0, a0, 0)});
  check_trap(m, 4, Machine::device + 1, base);
  m.execute({sh(t0, a0, 0)});
  check_trap(m, 6, Machine::device + 1, base);
  m.core.set_reg(a0, Machine::device);
  m.execute({amoadd(t0, t1, a0)});
  check_trap(m, 7, Machine::device, base);
  m.execute({lr(t0, a0)});
  check_trap(m, 5, Machine::device, base);
  CHECK(m.accesses.empty());
}

TEST_CASE("firmware.F13 code can only be fetched from memory, an instruction cut by its end faults at its second half") {
  Machine m;
  with_handler(m);
  m.core.set_pc(Machine::device);
  m.core.step();
  check_trap(m, 1, Machine::device, Machine::device);
  const Word end = base + Machine::ram_size;
  m.put_half(end - 2, 0x0003);  // the first half of a load
  m.core.set_pc(end - 2);
  m.core.step();
  check_trap(m, 1, end, end - 2);
}

TEST_CASE("firmware.F14 misaligned accesses to memory are done, or trap when asked to") {
  for (const bool trap : {false, true})
    for (const bool dmi : {true, false}) {
      Core::Params params;
      params.misaligned_trap = trap;
      Machine m(params);
      m.dmi = dmi;
      with_handler(m);
      m.put(data, {0x33221100, 0x77665544});
      for (Word offset = 0; offset < 4; ++offset) {
        m.core.set_reg(a0, data + offset);
        m.execute({lw(t0, a0, 0)});
        if (trap && offset != 0)
          check_trap(m, 4, data + offset, base);
        else
          CHECK(m.core.reg(t0) == static_cast<Word>(0x7766554433221100ull >> (8 * offset)));
        m.execute({lhu(t1, a0, 0)});
        if (trap && offset % 2 != 0)
          check_trap(m, 4, data + offset, base);
        else
          CHECK(m.core.reg(t1) == static_cast<std::uint16_t>(0x7766554433221100ull >> (8 * offset)));
        m.core.set_reg(t2, 0xDDCCBBAA);
        m.execute({sw(t2, a0, 16)});
        if (trap && offset != 0)
          check_trap(m, 6, data + offset + 16, base);
        else
          CHECK(m.ram[data + offset + 16 - base] == 0xAA);
        m.core.csr().reset();
        with_handler(m);
      }
    }
}

TEST_CASE("firmware.F11 interrupts: external before software before timer, levels, and the stack of mstatus") {
  Machine m;
  with_handler(m);
  m.put(base, {nop(), nop(), nop(), nop()});
  m.core.write_csr(csr::mie, 0x888);
  for (const unsigned bit : {irq_external, irq_software, irq_timer}) m.core.set_irq(bit, true);
  CHECK(*m.core.read_csr(csr::mip) == 0x888);
  m.core.step();
  CHECK(m.core.pc() == base + 4);  // MIE is 0
  m.core.write_csr(csr::mstatus, 8);
  m.core.step();
  check_trap(m, 0x8000000B, 0, base + 4);
  CHECK(*m.core.read_csr(csr::mstatus) == 0x1880);
  m.core.set_irq(irq_external, false);
  m.put(handler, {mret()});
  m.core.step();
  CHECK(m.core.pc() == base + 4);
  m.core.step();
  check_trap(m, 0x80000003, 0, base + 4);
  m.core.set_irq(irq_software, false);
  m.step(2);
  check_trap(m, 0x80000007, 0, base + 4);
}

TEST_CASE("firmware.F11 vectored interrupts jump by cause, exceptions to the base, user mode needs no MIE") {
  Machine m;
  with_handler(m, 1);
  CHECK(*m.core.read_csr(csr::mtvec) == (handler | 1));
  open_memory(m);
  m.put(base, {nop(), ecall()});
  m.core.write_csr(csr::mie, 0x80);
  enter_user_mode(m, base);
  CHECK_FALSE(m.core.is_machine_mode());
  m.core.step();
  m.core.set_irq(irq_timer, true);
  m.core.step();
  CHECK(m.core.pc() == handler + 4 * 7);
  check_trap(m, 0x80000007, 0, base + 4);
  CHECK((*m.core.read_csr(csr::mstatus) & 0x1800) == 0);  // from user mode
  m.core.set_irq(irq_timer, false);
  m.put(handler + 28, {mret()});
  m.step(2);
  CHECK(m.core.pc() == handler);
  check_trap(m, 8, 0, base + 4);
}

TEST_CASE("the CSR write that enables interrupts takes a pending one before the next instruction") {
  Machine m;
  with_handler(m);
  m.core.write_csr(csr::mie, 0x80);
  m.core.set_irq(irq_timer, true);
  m.put(base, {csrrsi(x0, csr::mstatus, 8), addi(a0, x0, 1)});
  m.core.set_reg(a0, 0);
  m.core.run(6);
  CHECK(*m.core.read_csr(csr::mepc) == base + 4);
  CHECK(m.core.reg(a0) == 0);
}

TEST_CASE("firmware.F12 every CSR address is legal or not in both modes, as listed") {
  const auto listed = [](Word n) {
    const auto in = [n](Word a, Word b) { return n >= a && n <= b; };
    return n == 0x300 || n == 0x301 || in(0x304, 0x306) || n == 0x310 || n == 0x320 || in(0x323, 0x33F) || in(0x340, 0x344) ||
           in(0x3A0, 0x3A3) || in(0x3B0, 0x3BF) || in(0x7A0, 0x7A3) || n == 0xB00 || in(0xB02, 0xB1F) || n == 0xB80 || in(0xB82, 0xB9F) ||
           in(0xC00, 0xC02) || in(0xC80, 0xC82) || in(0xF11, 0xF15);
  };
  CsrFile csrs(0, 16);
  for (Word n = 0; n < 4096; ++n) {
    const bool read_only = n >> 10 == 3;
    if (csrs.is_legal(n, true, false) != listed(n) || csrs.is_legal(n, true, true) != (listed(n) && !read_only) ||
        csrs.is_legal(n, false, false))
      FAIL("CSR " << std::hex << n);
  }
  csrs.write(csr::mcounteren, 7, {});
  for (Word n = 0; n < 4096; ++n)
    if (csrs.is_legal(n, false, false) != ((n >= 0xC00 && n <= 0xC02) || (n >= 0xC80 && n <= 0xC82))) FAIL("CSR " << std::hex << n);
}

TEST_CASE("firmware.F12 CSRs keep only the bits they have") {
  CsrFile csrs(7, 16);
  const auto kept = [&](Word n, Word value) {
    csrs.write(n, value, {});
    return csrs.read(n, {}, 0);
  };
  CHECK(csrs.read(csr::mstatus, {}, 0) == 0x1800);
  CHECK(kept(csr::mstatus, 0xFFFFFFFF) == 0x221888);
  CHECK(kept(csr::mstatus, 0x0800) == 0x1800);  // MPP = S does not exist: the old one stays
  CHECK(kept(csr::mstatus, 0) == 0);
  CHECK(kept(csr::misa, 0) == 0x40101105);
  CHECK(kept(csr::mie, 0xFFFFFFFF) == 0x888);
  CHECK(kept(csr::mip, 0xFFFFFFFF) == 0);
  CHECK(kept(csr::mtvec, 0xFFFFFFFF) == 0xFFFFFFFD);
  CHECK(kept(csr::mcounteren, 0xFFFFFFFF) == 7);
  CHECK(kept(csr::mcountinhibit, 0xFFFFFFFF) == 5);
  CHECK(kept(csr::mscratch, 0xA5A5A5A5) == 0xA5A5A5A5);
  CHECK(kept(csr::mepc, 0xFFFFFFFF) == 0xFFFFFFFE);
  CHECK(kept(csr::mcause, 0x80000007) == 0x80000007);
  CHECK(kept(csr::mtval, 0x1234) == 0x1234);
  CHECK(kept(0x310, 0xFFFFFFFF) == 0);
  for (const Word n : {Word(0xB03), Word(0xB9F), Word(0x323), Word(0x33F), Word(0x7A0), Word(0x7A3)}) CHECK(kept(n, 0xFFFFFFFF) == 0);
  for (const Word n : {Word(0xF11), Word(0xF12), Word(0xF13), Word(0xF15)}) CHECK(csrs.read(n, {}, 0) == 0);
  CHECK(csrs.read(csr::mhartid, {}, 0) == 7);
}

TEST_CASE("firmware.F12 counters: a written value is what the next instruction reads, they can be stopped") {
  Machine m;
  m.core.set_reg(t0, 1000);
  m.execute({csrw(csr::minstret, t0), csrr(t1, csr::minstret), csrr(t2, csr::instret), csrw(csr::mcycle, t0), csrr(s0, csr::mcycle)});
  CHECK(m.core.reg(t1) == 1000);
  CHECK(m.core.reg(t2) == 1001);
  CHECK(m.core.reg(s0) == 1000);
  m.execute({csrw(csr::mcycleh, t0), csrr(t1, csr::mcycleh), csrrwi(x0, csr::mcountinhibit, 5), csrr(a1, csr::mcycle),
             csrr(a2, csr::minstret), nop(), csrr(a3, csr::mcycle), csrr(a4, csr::minstret)});
  CHECK(m.core.reg(t1) == 1000);
  CHECK(m.core.reg(a1) == m.core.reg(a3));
  CHECK(m.core.reg(a2) == m.core.reg(a4));
  m.execute(
      {csrrwi(x0, csr::mcountinhibit, 0), csrr(a1, csr::minstret), csrr(a2, csr::minstret), csrr(s1, csr::time), csrr(s2, csr::timeh)});
  CHECK(m.core.reg(a2) == m.core.reg(a1) + 1);
  CHECK(m.core.reg(s1) > 0);
}

TEST_CASE("firmware.F12 the six CSR instructions, set and clear with zero do not write") {
  Machine m;
  m.core.set_reg(t0, 0xF0);
  m.execute({csrrwi(x0, csr::mscratch, 31), csrrs(t1, csr::mscratch, t0), csrrc(t2, csr::mscratch, t0), csrrsi(a1, csr::mscratch, 0),
             csrrci(a2, csr::mscratch, 1), csrrw(a3, csr::mscratch, t0), csrrs(a4, csr::mhartid, x0)});
  CHECK(m.core.reg(t1) == 31);
  CHECK(m.core.reg(t2) == (31 | 0xF0));
  CHECK(m.core.reg(a1) == 15);
  CHECK(m.core.reg(a2) == 15);
  CHECK(m.core.reg(a3) == 14);
  CHECK(*m.core.read_csr(csr::mscratch) == 0xF0);
  CHECK(m.core.pc() == base + 28);
}

TEST_CASE("firmware.F10 wfi sleeps until an enabled interrupt is pending, whatever MIE says") {
  Machine m;
  with_handler(m);
  m.put(base, {wfi(), nop()});
  CHECK(m.core.run(100) == Stop::wfi);
  CHECK(m.core.pc() == base + 4);
  CHECK(m.core.instructions() == 1);
  m.core.set_irq(irq_timer, true);
  CHECK_FALSE(m.core.has_wakeup());
  m.core.write_csr(csr::mie, 0x80);
  CHECK(m.core.has_wakeup());
  m.core.set_pc(base);
  m.core.step();  // pending and masked: no sleep, no trap
  CHECK(m.core.pc() == base + 4);
  m.core.write_csr(csr::mstatus, 8);
  m.core.set_pc(base);
  m.core.step();
  CHECK(m.core.pc() == handler);
}

TEST_CASE("wfi, mret and privileged CSRs are illegal in user mode where they should be") {
  Machine sleeper;
  open_memory(sleeper);
  sleeper.put(base, {wfi()});
  enter_user_mode(sleeper, base);
  CHECK(sleeper.core.run(10) == Stop::wfi);  // TW = 0: allowed
  Machine m;
  with_handler(m);
  open_memory(m);
  const auto refused = [&](Word instruction, Word mstatus) {
    m.put(base, {instruction});
    enter_user_mode(m, base);
    m.core.csr().mstatus |= mstatus;
    m.core.step();
    check_trap(m, 2, instruction, base);
  };
  refused(wfi(), mstatus_tw);
  refused(mret(), 0);
  refused(csrr(t0, csr::mstatus), 0);
  refused(csrr(t0, csr::cycle), 0);
  m.core.write_csr(csr::mcounteren, 1);
  m.put(base, {csrr(t0, csr::cycle)});
  enter_user_mode(m, base);
  m.core.step();
  CHECK(m.core.pc() == base + 4);
}

TEST_CASE("firmware.F15 PMP: ranges, locks, partial matches, user mode without a match") {
  Pmp pmp(16);
  CHECK(pmp.allows(data, 4, Access::read, true));
  CHECK_FALSE(pmp.allows(data, 4, Access::read, false));
  // NA4, TOR and NAPOT
  pmp.set_address(0, data >> 2);
  pmp.set_config(0, 0x11);  // NA4, R
  CHECK(pmp.allows(data, 4, Access::read, false));
  CHECK_FALSE(pmp.allows(data, 4, Access::write, false));
  CHECK_FALSE(pmp.allows(data + 4, 4, Access::read, false));
  CHECK_FALSE(pmp.allows(data + 2, 4, Access::read, true));  // partial: fails, in machine mode too
  CHECK(pmp.allows(data, 4, Access::write, true));           // not locked
  pmp.set_config(0, 0x0F);                                   // TOR from 0, RWX
  CHECK(pmp.allows(data - 4, 4, Access::execute, false));
  CHECK_FALSE(pmp.allows(data, 4, Access::execute, false));
  pmp.set_address(1, (data + 0x1000) >> 2 | 0x1FF);  // 4 KiB
  pmp.set_config(0, 0x0F | 0x18 << 8);               // NAPOT without rights
  CHECK_FALSE(pmp.allows(data + 0x1FFC, 4, Access::read, false));
  CHECK_FALSE(pmp.is_uniform(data + 0xFFC, 8));
  CHECK(pmp.is_uniform(data + 0x1000, 4096));
  // R=0 W=1 keeps the old value; a lock stays and binds machine mode
  CHECK_FALSE(pmp.set_config(0, 0x0F | 0x1A << 8));
  CHECK(pmp.config(0) == (0x0F | 0x18 << 8));
  pmp.set_config(0, 0x0F | 0x98 << 8);
  CHECK_FALSE(pmp.allows(data + 0x1000, 4, Access::read, true));
  CHECK_FALSE(pmp.set_config(0, 0x0F));
  CHECK_FALSE(pmp.set_address(1, 0));
  // a locked TOR entry locks the address below it
  pmp.set_config(0, 0x0F | 0x98 << 8 | 0x88u << 24);
  CHECK_FALSE(pmp.set_address(2, 5));
  pmp.reset();
  CHECK(pmp.set_address(2, 5));
  Pmp none(0);
  CHECK(none.allows(data, 4, Access::read, false));
  none.set_address(0, 5);
  CHECK(none.address(0) == 0);
}

TEST_CASE("firmware.F15 the whole address space can be one NAPOT entry") {
  Pmp pmp(16);
  pmp.set_address(0, 0xFFFFFFFF);
  pmp.set_config(0, 0x1F);
  CHECK(pmp.allows(0, 4, Access::read, false));
  CHECK(pmp.allows(0xFFFFFFFC, 4, Access::execute, false));
}

TEST_CASE("firmware.F15 protection holds on the fast path, for fetch, and follows MPRV") {
  Machine m;
  with_handler(m);
  m.put(data, {42});
  m.core.set_reg(a0, data);
  m.execute({lw(t0, a0, 0), lw(t0, a0, 0)});  // the page is on the fast path now
  CHECK(m.core.reg(t0) == 42);
  m.core.write_csr(csr::pmpaddr0, data >> 2);
  m.core.write_csr(csr::pmpcfg0, 0x90);  // NA4, locked, no rights
  m.core.set_reg(t0, 0);
  m.execute({lw(t0, a0, 0)});
  check_trap(m, 5, data, base);
  m.execute({sw(t0, a0, 0)});
  check_trap(m, 7, data, base);
  CHECK(m.word(data) == 42);
  m.execute({lw(t0, a0, 4)});  // the rest of the page is open
  CHECK(m.core.pc() == base + 4);
  m.core.set_pc(data);
  m.core.step();
  check_trap(m, 1, data, data);
  // MPRV with MPP = U: data accesses as user mode, which matches nothing
  m.core.set_reg(t2, 0x20000);
  m.core.write_csr(csr::mstatus, 0);
  m.execute({csrrs(x0, csr::mstatus, t2), lw(t0, a0, 8)});
  check_trap(m, 5, data + 8, base + 4);
}

TEST_CASE("firmware.F16 a store between LR and SC makes it fail, by whoever, so does a trap") {
  Machine m;
  with_handler(m);
  m.core.set_reg(a0, data);
  m.core.set_reg(t1, 5);
  m.execute({lr(t0, a0), sc(t2, t1, a0)});
  CHECK(m.core.reg(t2) == 0);
  CHECK(m.word(data) == 5);
  m.execute({sc(t2, t1, a0)});  // no reservation
  CHECK(m.core.reg(t2) == 1);
  m.execute({lr(t0, a0)});
  m.put(data, {6});  // another initiator
  m.execute({sc(t2, t1, a0)});
  CHECK(m.core.reg(t2) == 1);
  CHECK(m.word(data) == 6);
  m.put(handler, {mret()});
  m.execute({lr(t0, a0), ecall()});
  m.execute({sc(t2, t1, a0)});
  CHECK(m.core.reg(t2) == 1);
  m.dmi = false;  // through the bus it is the same
  m.core.unmap(0, 0xFFFFFFFF);
  m.execute({lr(t0, a0), sc(t2, t1, a0), amoadd(t0, t1, a0)});
  CHECK(m.core.reg(t2) == 0);
  CHECK(m.word(data) == 10);
}

TEST_CASE("a vector that cannot be fetched ends in a lock-up, and so do eight traps without a return") {
  Machine m;
  m.put(base, {ecall()});
  CHECK(m.core.run(1000) == Stop::lockup);  // mtvec is 0
  CHECK(m.core.first_trap().cause == 11);
  CHECK(m.core.first_trap().pc == base);
  Machine n;
  with_handler(n);
  n.put(base, {0});
  n.put(handler, {ebreak()});
  CHECK(n.core.run(1000) == Stop::lockup);
  CHECK(n.core.first_trap().cause == 2);
  CHECK(n.core.statistics().exceptions[3] == 7);
}

TEST_CASE("a self-jump that nothing can leave is told, one that an interrupt can leave is passed at once") {
  Machine m;
  m.put(base, {nop(), jal(x0, 0)});
  CHECK(m.core.run(1000) == Stop::parked);
  CHECK(m.core.now() == 3);
  m.core.write_csr(csr::mie, 0x80);
  m.core.write_csr(csr::mstatus, 8);
  CHECK(m.core.run(1'000'001) == Stop::budget);
  CHECK(m.core.is_spinning());
  CHECK(m.core.now() == 3 + 1'000'002);
  CHECK(m.core.instructions() == 2 + 500'001);
  std::uint64_t counted = 0, cycles = 0;
  for (const std::uint64_t n : m.core.statistics().insn) counted += n;
  for (const auto& [pc, profile] : m.core.profile()) cycles += profile.cycles;
  CHECK(counted == m.core.instructions());
  CHECK(cycles == m.core.now());
}
