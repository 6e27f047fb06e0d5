// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <snnvp/platform/gdb/session.h>

namespace snnvp::gdb {

std::string target_description(const Target& target) {
  static const char* const names[] = {"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                      "a6",   "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  // Without the osabi GDB takes the program for a Linux one and steps by breakpoints of its own, instruction by instruction.
  std::string out =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target version=\"1.0\">\n"
      "<architecture>riscv:rv32</architecture>\n<osabi>none</osabi>\n<feature name=\"org.gnu.gdb.riscv.cpu\">\n";
  for (unsigned i = 0; i < pc_number; ++i) {
    const char* type = i == 1 ? "code_ptr" : i >= 2 && i <= 4 ? "data_ptr" : i == 8 ? "data_ptr" : "int";
    out += fmt::format("<reg name=\"{}\" bitsize=\"32\" type=\"{}\" regnum=\"{}\"/>\n", names[i], type, i);
  }
  out += fmt::format("<reg name=\"pc\" bitsize=\"32\" type=\"code_ptr\" regnum=\"{}\"/>\n</feature>\n", pc_number);
  out += "<feature name=\"org.gnu.gdb.riscv.csr\">\n";
  for (const NamedRegister& csr : target.csrs())
    out += fmt::format("<reg name=\"{}\" bitsize=\"32\" type=\"int\" regnum=\"{}\" group=\"csr\"/>\n", csr.name, csr.number);
  return out + "</feature>\n</target>\n";
}

}  // namespace snnvp::gdb
