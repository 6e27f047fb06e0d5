// SPDX-License-Identifier: Apache-2.0
// Registers as a C header and as Markdown.
#include <snnvp/platform/export/register_export.h>

#include <fmt/format.h>

#include <snnvp/platform/export/export_text.h>

namespace snnvp {
namespace {

using namespace exporting;

std::uint32_t mask_of(const RegisterField& field) {
  const unsigned width = field.high - field.low + 1;
  return (width == 32 ? 0xFFFFFFFFu : (1u << width) - 1) << field.low;
}

bool can_read(RegisterAccess access) { return access != RegisterAccess::wo; }
bool can_write(RegisterAccess access) { return access != RegisterAccess::ro && access != RegisterAccess::rc; }

/// One register: its macros and functions.
std::string c_register(const RegisterSpec& r, const std::string& bank, unsigned width) {
  const std::string prefix = "SNN_" + upper(bank), reg = prefix + "_" + upper(r.name), function = "snn_" + bank + "_" + r.name;
  const bool is_array = r.stride != 0;
  std::string out = fmt::format("\n/* {} ({}) */\n", comment(r.doc.empty() ? r.name : r.doc), to_text(r.access));
  if (is_array)
    out += fmt::format("#define {0}(i) ({1:#x}u + {2:#x}u * (uint32_t)(i))\n#define {0}_COUNT {3}u\n", reg, r.offset, r.stride, r.count);
  else
    out += fmt::format("#define {} {:#x}u\n", reg, r.offset);
  out += fmt::format("#define {}_RESET {:#x}u\n", reg, r.reset);
  for (const RegisterField& f : r.fields) {
    const std::string field = reg + "_" + upper(f.name);
    const std::string doc = f.doc + (f.range.empty() ? "" : " (" + f.range + ")");
    out += fmt::format("#define {0}_MASK {1:#x}u{2}\n#define {0}_SHIFT {3}u\n#define {0}_GET(v) (((v) & {1:#x}u) >> {3}u)\n", field,
                       mask_of(f), doc.empty() ? "" : " /* " + comment(doc) + " */", f.low);
  }
  const std::string index = is_array ? ", uint32_t i" : "", at = is_array ? reg + "(i)" : reg;
  if (can_read(r.access))
    out += fmt::format("static inline uint{0}_t {1}_read(uintptr_t base{2}) {{ return *(volatile uint{0}_t *)(base + {3}); }}\n", width,
                       function, index, at);
  if (can_write(r.access))
    out +=
        fmt::format("static inline void {1}_write(uintptr_t base{2}, uint{0}_t value) {{ *(volatile uint{0}_t *)(base + {3}) = value; }}\n",
                    width, function, index, at);
  return out;
}

std::string c_bank(const RegisterMap& map, const std::string& bank) {
  const std::string prefix = "SNN_" + upper(bank);
  std::string out = fmt::format("\n#define {}_REGS_SIZE {:#x}u /* bytes of the window */\n", prefix, map.size);
  for (const RegisterSpec& r : map.registers) out += c_register(r, bank, map.width);
  out += "\n#ifndef __cplusplus\n";
  for (const RegisterSpec& r : map.registers) {
    const std::string last = r.stride != 0 ? fmt::format("{}_{}({}u)", prefix, upper(r.name), r.count - 1) : prefix + "_" + upper(r.name);
    out += fmt::format("_Static_assert({0} % {1} == 0 && {0} < {2}_REGS_SIZE, \"{3}\");\n", last, map.width / 8, prefix, r.name);
  }
  return out + "#endif\n";
}

std::string bits_text(const RegisterField& f) { return f.high == f.low ? fmt::format("{}", f.low) : fmt::format("{}:{}", f.high, f.low); }

}  // namespace

std::string RegisterBanks::name_of(const RegisterMap& bank) const { return banks.size() > 1 ? bank.bank : short_name(kind); }

std::string registers_as_c(const RegisterBanks& banks) {
  std::string out = fmt::format(
      "/* Registers of {}: made from its description by `snnvp regs`, do not edit. */\n#pragma once\n\n#include <stdint.h>\n", banks.kind);
  for (const RegisterMap& map : banks.banks) out += c_bank(map, banks.name_of(map));
  return out;
}

std::string registers_as_markdown(const RegisterBanks& banks) {
  std::string out = fmt::format("# Registers of {}\n", banks.kind);
  for (const RegisterMap& map : banks.banks) {
    if (banks.banks.size() > 1) out += fmt::format("\n## {}\n", map.bank);
    out += fmt::format("\n{}-bit registers, window {}.{}{}\n\n", map.width, bytes_text(map.size), map.doc.empty() ? "" : " ", map.doc);
    out += "| offset | name | access | reset | bits | meaning |\n|---|---|---|---|---|---|\n";
    for (const RegisterSpec& r : map.registers) {
      const std::string offset = r.stride != 0 ? fmt::format("{:#04x} + {} i", r.offset, r.stride) : fmt::format("{:#04x}", r.offset);
      const std::string name = r.stride != 0 ? fmt::format("`{}[i]`, i < {}", r.name, r.count) : "`" + r.name + "`";
      out += fmt::format("| {} | {} | {} | {:#x} | | {} |\n", offset, name, to_text(r.access), r.reset, cell(r.doc));
      for (const RegisterField& f : r.fields)
        out += fmt::format("| | `{}.{}` | | {:#x} | {} | {}{} |\n", r.name, f.name, f.reset, bits_text(f), cell(f.doc),
                           f.range.empty() ? "" : " (" + f.range + ")");
    }
  }
  return out;
}

}  // namespace snnvp
