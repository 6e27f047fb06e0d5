// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/riscv/core_debug.h>

#include <algorithm>

namespace snnvp::riscv {
namespace {

struct CsrName {
  std::uint32_t number;
  const char* name;
};
constexpr CsrName csr_names[] = {
    {csr::mstatus, "mstatus"},
    {csr::misa, "misa"},
    {csr::mie, "mie"},
    {csr::mtvec, "mtvec"},
    {csr::mcounteren, "mcounteren"},
    {csr::mstatush, "mstatush"},
    {csr::mscratch, "mscratch"},
    {csr::mepc, "mepc"},
    {csr::mcause, "mcause"},
    {csr::mtval, "mtval"},
    {csr::mip, "mip"},
    {csr::mcountinhibit, "mcountinhibit"},
    {csr::tselect, "tselect"},
    {csr::tselect + 1, "tdata1"},
    {csr::tselect + 2, "tdata2"},
    {csr::tdata3, "tdata3"},
    {csr::mcycle, "mcycle"},
    {csr::minstret, "minstret"},
    {csr::mcycleh, "mcycleh"},
    {csr::minstreth, "minstreth"},
    {csr::cycle, "cycle"},
    {csr::time, "time"},
    {csr::instret, "instret"},
    {csr::cycleh, "cycleh"},
    {csr::timeh, "timeh"},
    {csr::instreth, "instreth"},
    {csr::mvendorid, "mvendorid"},
    {csr::marchid, "marchid"},
    {csr::mimpid, "mimpid"},
    {csr::mhartid, "mhartid"},
    {csr::mconfigptr, "mconfigptr"},
};

}  // namespace

std::optional<std::uint32_t> debug_register(Core& core, unsigned number) {
  if (number < gdb::pc_number) return core.reg(number);
  if (number == gdb::pc_number) return core.pc();
  if (number < gdb::csr_base || number >= gdb::csr_base + gdb::csr_count) return std::nullopt;
  return core.read_csr(number - gdb::csr_base);
}

bool set_debug_register(Core& core, unsigned number, std::uint32_t value) {
  if (number < gdb::pc_number) {
    core.set_reg(number, value);
    return true;
  }
  if (number == gdb::pc_number) {
    core.set_pc(value & ~1u);
    return true;
  }
  return number >= gdb::csr_base && number < gdb::csr_base + gdb::csr_count && core.write_csr(number - gdb::csr_base, value);
}

std::vector<gdb::NamedRegister> debug_csrs(unsigned pmp_entries) {
  std::vector<gdb::NamedRegister> list;
  const auto add = [&](std::uint32_t number, std::string name) { list.push_back({std::move(name), gdb::csr_base + number}); };
  for (const CsrName& csr : csr_names) add(csr.number, csr.name);
  for (unsigned i = 0; i < pmp_entries / 4; ++i) add(csr::pmpcfg0 + i, "pmpcfg" + std::to_string(i));
  for (unsigned i = 0; i < pmp_entries; ++i) add(csr::pmpaddr0 + i, "pmpaddr" + std::to_string(i));
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  return list;
}

Watch watch_of(const gdb::Watchpoint& point) {
  return {point.address, point.bytes, point.kind != gdb::WatchKind::write, point.kind != gdb::WatchKind::read};
}

const gdb::Watchpoint* find_hit(const std::vector<gdb::Watchpoint>& points, const WatchHit& hit) {
  const auto found = std::find_if(points.begin(), points.end(), [&](const gdb::Watchpoint& point) {
    const Watch w = watch_of(point);
    return w.address == hit.watch.address && w.bytes == hit.watch.bytes && w.on_read == hit.watch.on_read &&
           w.on_write == hit.watch.on_write;
  });
  return found == points.end() ? nullptr : &*found;
}

Stop walk(Core& core, const gdb::Resume& how, Cycles end, bool& is_done) {
  is_done = false;
  for (;;) {
    const Stop stop = core.step();
    if (stop == Stop::breakpoint || stop == Stop::watchpoint) return stop;
    is_done = how.kind == gdb::Resume::Kind::step || !how.contains(core.pc());
    if (is_done || stop != Stop::budget || core.now() >= end) return stop;
  }
}

}  // namespace snnvp::riscv
