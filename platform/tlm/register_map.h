// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <snnvp/platform/base/types.h>

namespace snnvp {

enum class RegisterAccess { ro, rw, wo, w1c, w1s, rc };
enum class RegisterSync { none, read, write, always };

/// "ro", "w1c" and so on, as in the description.
const char* to_text(RegisterAccess access);
const char* to_text(RegisterSync sync);

struct RegisterField {
  std::string name;
  unsigned high = 0, low = 0;
  std::uint32_t reset = 0;
  std::string range, doc;
};

struct RegisterSpec {
  std::string name;
  std::uint32_t offset = 0;
  RegisterAccess access = RegisterAccess::rw;
  RegisterSync sync = RegisterSync::none;
  std::uint32_t reset = 0;
  std::uint32_t mask = 0xFFFFFFFF;  ///< implemented bits; reserved bits read 0 and ignore writes
  std::string doc;
  std::vector<RegisterField> fields;
  unsigned count = 1;        ///< elements, if it is an array of equal registers
  std::uint32_t stride = 0;  ///< bytes from one element to the next; 0: no array
};

/// The register description of one block, read from its registers.yaml (spec/tlm.md 10.2): the one source of
/// the model's bank, of headers and of documentation.
struct RegisterMap {
  std::string bank = "regs";
  std::string doc;
  Bytes size = 4096;                    ///< window, a power of two
  unsigned width = 32;                  ///< bits of a register: 8 or 32; offsets are multiples of width / 8
  Bytes max_access = 4;                 ///< larger accesses than a register are split into registers up to this
  std::vector<RegisterSpec> registers;  ///< in offset order

  const RegisterSpec* find(std::string_view name) const;
};

/// Reads a description. `head` is the common front-end description put before it (may be empty): its registers
/// come first, `bank` is the block's own where it has one. Overlap, misalignment, unknown keys, field overlap and
/// resets outside the mask are errors; throws InputError with all of them. `name` stands for the file in messages.
RegisterMap parse_register_map(std::string_view text, const std::string& name, std::string_view head = {});

/// The same for a block with a bank behind each of several sockets: its text is a list `banks`, each item a description named like its
/// socket. A text without `banks` is the one bank of its block.
std::vector<RegisterMap> parse_register_banks(std::string_view text, const std::string& name, std::string_view head = {});

}  // namespace snnvp
