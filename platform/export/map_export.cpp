// SPDX-License-Identifier: Apache-2.0
// An address map as C header, linker script, Markdown and SVD.
#include <fmt/format.h>

#include <algorithm>

#include <snnvp/platform/export/address_map.h>
#include <snnvp/platform/export/export_text.h>
#include <snnvp/platform/export/register_export.h>

namespace snnvp {
namespace {

using namespace exporting;

std::string macro(const std::string& name) { return "SNN_MAP_" + upper(identifier(name)); }

/// The one bank of a target, if its kind describes it.
std::optional<RegisterMap> bank_of(const MappedTarget& target) {
  if (target.registers.empty()) return std::nullopt;
  for (RegisterMap& map : parse_register_banks(target.registers, target.kind, target.registers_head))
    if (map.bank == target.port) return std::move(map);
  return std::nullopt;
}

/// The memory programs run from: where a hart begins unless it is told otherwise, else the largest.
const MappedTarget* program_memory(const AddressMap& map) {
  constexpr Address reset = 0x8000'0000;
  const MappedTarget* best = nullptr;
  for (const MappedTarget& t : map.targets) {
    if (!t.is_memory) continue;
    if (reset >= t.base && reset - t.base < t.size) return &t;
    if (best == nullptr || t.size > best->size) best = &t;
  }
  return best;
}

}  // namespace

std::string map_as_c(const AddressMap& map) {
  std::string out = fmt::format("/* Addresses and interrupts of {} as {} sees them: made by `snnvp map`, do not edit. */\n#pragma once\n\n",
                                comment(map.scenario), map.initiator.text());
  for (const MappedTarget& t : map.targets) {
    const std::string name = macro(t.label);
    const char* suffix = t.base + (t.size - 1) > 0xFFFF'FFFF ? "ull" : "u";
    out += fmt::format("#define {0}_BASE {1:#x}{4} /* {3}, {2} */\n#define {0}_SIZE {5:#x}{4}\n", name, t.base, bytes_text(t.size), t.kind,
                       suffix, t.size);
  }
  if (!map.interrupts.empty()) out += "\n";
  for (const MappedInterrupt& i : map.interrupts)
    out += fmt::format("#define {}_IRQ {}u /* at {}.{} */\n", macro(i.port == "irq" ? i.block : i.block + "_" + i.port), i.number,
                       i.controller, i.controller_port);
  if (!map.harts.empty()) {
    out += fmt::format("\n#define SNN_MAP_HARTS {}u\n#define SNN_MAP_CORE_HZ {}u /* of {} */\n", map.harts.size(), map.harts.front().hz,
                       map.harts.front().block);
    if (map.timebase_hz != 0)
      out += fmt::format("#define SNN_MAP_TIMEBASE_HZ {}u /* of mtime */\n#define SNN_MAP_PLIC_CONTEXTS_PER_HART {}u\n", map.timebase_hz,
                         map.context_stride);
    if (const MappedTarget* program = program_memory(map))
      out +=
          fmt::format("#define SNN_MAP_PROGRAM_BASE {:#x}u /* memory that programs run from: {} */\n#define SNN_MAP_PROGRAM_SIZE {:#x}u\n",
                      program->base, program->label, program->size);
  }
  return out;
}

std::string map_as_ld(const AddressMap& map) {
  const MappedTarget* program = program_memory(map);
  std::string out = fmt::format("/* Memories and registers of {} as {} sees them: made by `snnvp map`, do not edit. */\n",
                                comment(map.scenario), map.initiator.text());
  if (program != nullptr) {
    out += "MEMORY\n{\n";
    for (const MappedTarget& t : map.targets)
      if (t.is_memory)
        out += fmt::format("  {} (rwx) : ORIGIN = {:#x}, LENGTH = {:#x} /* {}, {} */\n", identifier(t.label), t.base, t.size, t.kind,
                           bytes_text(t.size));
    out += fmt::format("}}\nREGION_ALIAS(\"REGION_RAM\", {})\n", identifier(program->label));
  }
  for (const MappedTarget& t : map.targets)
    if (!t.is_memory) out += fmt::format("PROVIDE({} = {:#x});\n", identifier(t.label) + "_base", t.base);
  return out;
}

std::string map_as_markdown(const AddressMap& map) {
  std::string out = fmt::format("# Address map of {}\n\nAs {} sees it.\n\n", map.scenario, map.initiator.text());
  out += "| base | last | size | block | kind | interrupt |\n|---|---|---|---|---|---|\n";
  for (const MappedTarget& t : map.targets) {
    const MappedInterrupt* irq = t.is_memory ? nullptr : map.interrupt_of(t.block);
    out += fmt::format("| {:#010x} | {:#010x} | {} | `{}.{}` | {} | {} |\n", t.base, t.base + (t.size == 0 ? 0 : t.size - 1),
                       bytes_text(t.size), t.block, t.port, t.kind,
                       irq != nullptr ? fmt::format("{}.{}[{}]", irq->controller, irq->controller_port, irq->number) : "");
  }
  const auto unreached = [&](const MappedInterrupt& i) {
    return std::none_of(map.targets.begin(), map.targets.end(), [&](const MappedTarget& t) { return t.block == i.block; });
  };
  for (const MappedInterrupt& i : map.interrupts)
    if (unreached(i))
      out += fmt::format("\n`{}.{}` raises {}.{}[{}]; its registers are not mapped here.\n", i.block, i.port, i.controller,
                         i.controller_port, i.number);
  return out;
}

std::string map_as_svd(const AddressMap& map) {
  std::vector<RegisterMap> banks;
  std::vector<const MappedTarget*> owners;
  for (const MappedTarget& t : map.targets)
    if (auto bank = bank_of(t); bank && t.offset == 0) banks.push_back(std::move(*bank)), owners.push_back(&t);
  std::vector<SvdPeripheral> peripherals;
  for (std::size_t i = 0; i < banks.size(); ++i) {
    const MappedInterrupt* irq = map.interrupt_of(owners[i]->block);
    peripherals.push_back({owners[i]->label, banks[i].doc.empty() ? "Registers of " + owners[i]->kind : banks[i].doc, owners[i]->base,
                           irq != nullptr ? static_cast<int>(irq->number) : -1, &banks[i]});
  }
  return svd_device(map.scenario, "Platform " + map.scenario + " as " + map.initiator.text() + " sees it", peripherals);
}

}  // namespace snnvp
