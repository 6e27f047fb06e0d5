// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace snnvp::riscv {

/// Memory that the core may touch through a pointer.
struct DirectRegion {
  std::uint32_t first = 0, last = 0;  ///< inclusive
  std::uint8_t* data = nullptr;       ///< byte at `first`
  bool readable = false, writable = false;
  unsigned read_extra = 0, write_extra = 0;  ///< cycles beyond the pipelined one, at most 65535
  unsigned memory = 0;                       ///< which memory this is, below `most_memories`: accesses are counted by it
};
constexpr unsigned most_memories = 16;

/// What the core sees of the world. Callbacks may use Core::now() and Core::add_stall().
class Bus {
public:
  virtual ~Bus() = default;
  /// One transfer of 1, 2 or 4 bytes, naturally aligned. False: an access fault, nothing changed.
  virtual bool load(std::uint32_t address, unsigned bytes, std::uint32_t& value) = 0;
  virtual bool store(std::uint32_t address, unsigned bytes, std::uint32_t value) = 0;
  /// Code bytes from memory without a pointer: no time, no side effect. False: nothing to fetch there.
  virtual bool fetch(std::uint32_t address, std::uint8_t* data, unsigned bytes) = 0;
  /// Memory can be executed, read twice and used by atomics; everything else is a device.
  virtual bool is_memory(std::uint32_t address) const = 0;
  /// The largest region around `address` that may be touched directly, asked for once. Nothing: refused.
  virtual std::optional<DirectRegion> direct(std::uint32_t address) = 0;
  /// The `time` counter at the core's local time.
  virtual std::uint64_t mtime() = 0;
};

}  // namespace snnvp::riscv
