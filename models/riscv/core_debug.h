// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <snnvp/models/riscv/riscv_core.h>
#include <snnvp/platform/gdb/target.h>

// A hart's core as a debugger sees it. Pure C++.
namespace snnvp::riscv {

std::optional<std::uint32_t> debug_register(Core& core, unsigned number);
bool set_debug_register(Core& core, unsigned number, std::uint32_t value);
/// The CSRs a hart with so many PMP entries has, by number.
std::vector<gdb::NamedRegister> debug_csrs(unsigned pmp_entries);
Watch watch_of(const gdb::Watchpoint& point);
/// The watchpoint an access hit, or nullptr: it hit a watch of somebody else.
const gdb::Watchpoint* find_hit(const std::vector<gdb::Watchpoint>& points, const WatchHit& hit);

/// One instruction, or instructions until `how`'s range is left, the core's time reaches `end`, or something else ends it. `is_done` is set
/// if the step or the range is complete.
Stop walk(Core& core, const gdb::Resume& how, Cycles end, bool& is_done);

}  // namespace snnvp::riscv
