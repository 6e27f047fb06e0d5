// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace snnvp {

/// Which source line each instruction comes from: the line table of DWARF.
class ElfLines {
public:
  /// Of an ELF file's bytes; empty if it has no line table, or one that cannot be read: then places are told without lines. Damaged tables
  /// can crash the library, so it reads in a child process.
  static ElfLines read(const std::vector<std::uint8_t>& elf);

  bool empty() const { return rows_.empty(); }
  /// "main.c:12" for an address, without the folders; empty if unknown.
  std::string at(std::uint32_t address) const;

private:
  struct Row {
    std::uint32_t address = 0;
    std::uint32_t file = 0, line = 0;  ///< line 0: nothing from here on
  };
  std::vector<std::string> files_;
  std::vector<Row> rows_;  // by address
};

}  // namespace snnvp
