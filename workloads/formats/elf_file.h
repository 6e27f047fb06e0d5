// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/workloads/formats/elf_lines.h>

namespace snnvp {

/// A program for a 32-bit RISC-V hart, as it is placed in memory (spec/firmware.md 4.13).
struct ElfFile {
  struct Segment {
    std::uint32_t address = 0;        ///< physical
    std::uint32_t memory_size = 0;    ///< what the file does not fill is zero
    std::vector<std::uint8_t> bytes;  ///< from the file
    unsigned index = 0;               ///< in the program header table
    bool executable = false;
    std::uint64_t end() const { return std::uint64_t{address} + memory_size; }
  };
  struct Symbol {
    std::uint32_t address = 0, size = 0;
    std::string name;
    bool is_function = false;
  };

  std::string path;
  std::uint32_t entry = 0;
  std::vector<Segment> segments;
  std::vector<Symbol> symbols;  ///< by address, then name
  ElfLines lines;               ///< where the file has them

  /// Address of a symbol.
  std::optional<std::uint32_t> find(const std::string& name) const;
  /// The function an address lies in, or nullptr.
  const Symbol* function_at(std::uint32_t address) const;
  /// "0x80000012 in main+0x12 (main.c:7)", or as much of it as is known.
  std::string place(std::uint32_t address) const;
};

/// Reads an executable; throws InputError with everything that is wrong with it. Whether it fits a memory is not its business.
ElfFile read_elf(const std::string& path);

}  // namespace snnvp
