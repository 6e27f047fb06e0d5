// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/block/firmware.h>
#include <snnvp/workloads/formats/elf_file.h>

namespace snnvp {

/// What stands where in the address space of a program, and what an event there means to a person.
class FirmwarePlaces {
public:
  struct Range {
    std::string name;  ///< block, or block.port of a device
    MemoryRange range;
    bool is_memory = false;
  };

  FirmwarePlaces() = default;
  /// `elf` may be null; it must outlive this.
  FirmwarePlaces(const ElfFile* elf, std::vector<Range> ranges) : elf_(elf), ranges_(std::move(ranges)) {}

  /// "0x80000012 in main+0x12 (main.c:7)", or as much as is known.
  std::string place(std::uint32_t pc) const;
  /// The function of an address with the line of that address; "?" if unknown.
  std::string function(std::uint32_t address) const;
  /// "load access fault at PLACE of address 0x...: why", and from where the function was called, where that is asked for.
  std::string explain(const FirmwareHart::Event& event, bool with_caller = true) const;
  /// "call stack: inner (a.c:3) < outer (a.c:9) < main (a.c:20)"; empty if the program has no frame descriptions. `hart` reads the stack.
  std::string call_stack(const FirmwareHart::Event& event, FirmwareHart& hart) const;
  /// The block at an address, or the nearest one, in words.
  std::string whereabouts(std::uint32_t address) const;

private:
  const Range* at(std::uint32_t address) const;
  bool is_code(std::uint32_t address) const;
  bool is_stack_guard(std::uint32_t address) const;
  std::string reason(const FirmwareHart::Event& event) const;

  const ElfFile* elf_ = nullptr;
  std::vector<Range> ranges_;
};

}  // namespace snnvp
