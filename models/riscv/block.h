// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include <snnvp/models/riscv/operation.h>

namespace snnvp::riscv {

/// Straight-line code, decoded once.
struct Block {
  static constexpr std::uint64_t never = std::uint64_t{1} << 62;  ///< bound of a block that must not be entered without a look

  std::uint64_t bound = 0;         ///< most cycles one execution can take, run-time extras included
  std::uint32_t cycles = 0;        ///< of one execution, without those extras
  std::uint16_t instructions = 0;  ///< of one execution
  std::uint8_t entry_penalty = 0;  ///< cycles of a transfer to its start
  std::uint32_t taken_cycles = 0;  ///< more when it ends by a taken branch, `next[0]`'s entry penalty included
  std::uint64_t taken_total = 0;   ///< of one execution that ends so
  Block* next[2] = {};             ///< where it went: taken, fallen through; null: not known
  std::uint64_t executions = 0;    ///< all but those that ended by the link `next[0]`, which are in `taken`
  std::uint64_t taken = 0, extra_cycles = 0;
  std::vector<Op> ops;  ///< as decoded: `full` of them; then, with an instruction cache, the same without look-ups

  std::uint64_t resident = 0;                   ///< version of the instruction cache in which every look-up would hit and change nothing
  const Op* without_lookups = nullptr;          ///< operations for then
  std::uint32_t first_line = 0, last_line = 0;  ///< of the instruction cache, if there is one
  std::uint16_t full = 0;                       ///< operations as decoded

  std::uint32_t key = 0;                       ///< address of its first instruction, bit 0 set in user mode
  std::uint32_t end = 0;                       ///< address after its last byte, exclusive (0: the end of the address space)
  std::uint8_t last_load = 0, last_write = 0;  ///< hazards it leaves for what follows a seam; 0: none
  std::uint8_t first_rs1 = 0, first_rs2 = 0;   ///< registers its first instruction reads
  bool first_is_jump_reg = false;

  std::uint32_t pc() const { return key & ~1u; }
  void set_taken(std::uint32_t more) { taken_cycles = more, taken_total = cycles + more; }
  /// Where an operation is among those as decoded; `before`: at its look-up, if it has one.
  std::size_t index_of(const Op* op, bool before) const;
  /// The line that the operations before `count` have fetched last.
  std::uint32_t line_before(std::size_t count) const;
  bool overlaps(std::uint32_t address, std::uint32_t bytes) const {
    return address < pc() ? pc() - address < bytes : address - pc() < end - pc();
  }
};

/// What ran where, for the profile.
struct BlockProfile {
  std::uint64_t executions = 0, cycles = 0, fetched_bytes = 0;
};

/// All decoded blocks, by start. Knows which 64-byte lines hold code, so that a store into one drops only the blocks it hits.
class BlockCache {
public:
  static constexpr std::uint32_t page_bytes = 4096, line_shift = 6;

  Block* find(std::uint32_t key) {
    Entry& entry = table_[key >> 1 & (table_size - 1)];
    if (entry.key == key && entry.block != nullptr) return entry.block;
    return find_slowly(key, entry);
  }
  /// Look-up without the map, for indirect jumps.
  Block* find_fast(std::uint32_t key) const {
    const Entry& entry = table_[key >> 1 & (table_size - 1)];
    return entry.key == key ? entry.block : nullptr;
  }
  Block* add(std::unique_ptr<Block> block);
  /// Lines of a page that hold code, one bit each.
  std::uint64_t code_lines(std::uint32_t page) const;
  /// Drops every block that overlaps a range; true if there was one. Dropped blocks stay readable until `bury`.
  bool drop(std::uint32_t address, std::uint32_t bytes);
  void drop_all();
  void bury() {
    if (!dropped_.empty()) bury_dropped();
  }
  bool has_dropped() const { return !dropped_.empty(); }

  /// Adds what a block's counters say to the statistics and clears them.
  void settle(Block& block);
  /// Adds the first `count` operations of a block, executed once and left.
  void settle_partial(Block& block, std::size_t count);
  void settle_all();
  const std::map<std::uint32_t, BlockProfile>& profile() const { return profile_; }
  /// How often each operation was executed.
  const std::array<std::uint64_t, operation_count>& operations() const { return operations_; }
  void reset_statistics();
  std::size_t size() const { return blocks_.size(); }

private:
  struct Entry {
    std::uint32_t key = 0;
    Block* block = nullptr;
  };
  struct Page {
    std::uint64_t lines = 0;
    std::vector<Block*> blocks;
  };
  static constexpr std::uint32_t table_size = 4096;

  Block* find_slowly(std::uint32_t key, Entry& entry);
  static std::uint64_t lines_of(const Block& block, std::uint32_t page);
  void unlink(const std::vector<Block*>& gone);
  void bury_dropped();

  std::array<Entry, table_size> table_{};
  std::unordered_map<std::uint32_t, std::unique_ptr<Block>> blocks_;
  std::unordered_map<std::uint32_t, Page> pages_;  // by page number
  std::vector<std::unique_ptr<Block>> dropped_;
  std::map<std::uint32_t, BlockProfile> profile_;
  std::array<std::uint64_t, operation_count> operations_{};
};

}  // namespace snnvp::riscv
