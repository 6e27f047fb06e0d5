// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/riscv/block.h>

#include <algorithm>

namespace snnvp::riscv {

std::size_t Block::index_of(const Op* op, bool before) const {
  const auto at = static_cast<std::size_t>(op - ops.data());
  if (at < full) return at;
  std::size_t i = 0;
  while (ops[i].offset != op->offset) ++i;
  if (!before)
    while (ops[i].id == OpId::line) ++i;
  return i;
}

std::uint32_t Block::line_before(std::size_t count) const {
  while (count != 0 && ops[count - 1].id != OpId::line) --count;
  return count == 0 ? 1 : ops[count - 1].imm;
}

Block* BlockCache::find_slowly(std::uint32_t key, Entry& entry) {
  const auto it = blocks_.find(key);
  if (it == blocks_.end()) return nullptr;
  entry = {key, it->second.get()};
  return entry.block;
}

std::uint64_t BlockCache::lines_of(const Block& block, std::uint32_t page) {
  const std::uint32_t first_page = block.pc() / page_bytes, last = block.end - 1;
  const std::uint32_t first_line = page == first_page ? block.pc() % page_bytes >> line_shift : 0;
  const std::uint32_t last_line = page == last / page_bytes ? last % page_bytes >> line_shift : page_bytes / 64 - 1;
  return (~std::uint64_t{0} >> (63 - (last_line - first_line))) << first_line;
}

Block* BlockCache::add(std::unique_ptr<Block> block) {
  Block* b = block.get();
  table_[b->key >> 1 & (table_size - 1)] = {b->key, b};
  blocks_[b->key] = std::move(block);
  if (b->end == b->pc()) return b;  // an address that cannot be fetched holds no code
  // The last instruction may reach into the next page.
  for (std::uint32_t page = b->pc() / page_bytes;; ++page) {
    Page& p = pages_[page];
    p.blocks.push_back(b);
    p.lines |= lines_of(*b, page);
    if (page == (b->end - 1) / page_bytes) break;
  }
  return b;
}

std::uint64_t BlockCache::code_lines(std::uint32_t page) const {
  const auto it = pages_.find(page);
  return it == pages_.end() ? 0 : it->second.lines;
}

bool BlockCache::drop(std::uint32_t address, std::uint32_t bytes) {
  std::vector<Block*> gone;
  const std::uint32_t last = address + bytes - 1;
  const auto collect = [&](const Page& page) {
    for (Block* block : page.blocks)
      if (block->overlaps(address, bytes) && std::find(gone.begin(), gone.end(), block) == gone.end()) gone.push_back(block);
  };
  if (last / page_bytes - address / page_bytes > pages_.size()) {
    for (const auto& [number, page] : pages_) collect(page);  // order does not matter: all go
  } else {
    for (std::uint32_t page = address / page_bytes;; ++page) {
      if (const auto it = pages_.find(page); it != pages_.end()) collect(it->second);
      if (page == last / page_bytes) break;
    }
  }
  if (gone.empty()) return false;
  unlink(gone);
  for (Block* block : gone) {
    for (std::uint32_t page = block->pc() / page_bytes;; ++page) {
      Page& p = pages_[page];
      p.blocks.erase(std::remove(p.blocks.begin(), p.blocks.end(), block), p.blocks.end());
      p.lines = 0;
      for (const Block* left : p.blocks) p.lines |= lines_of(*left, page);
      if (page == (block->end - 1) / page_bytes) break;
    }
    const auto it = blocks_.find(block->key);
    settle(*block);
    dropped_.push_back(std::move(it->second));
    blocks_.erase(it);
  }
  return true;
}

void BlockCache::drop_all() {
  for (auto& [key, block] : blocks_) {
    settle(*block);
    block->next[0] = block->next[1] = nullptr;
    dropped_.push_back(std::move(block));
  }
  blocks_.clear();
  pages_.clear();
  table_.fill({});
}

void BlockCache::unlink(const std::vector<Block*>& gone) {
  const auto is_gone = [&](const Block* block) { return std::find(gone.begin(), gone.end(), block) != gone.end(); };
  for (auto& [key, block] : blocks_) {
    if (block->next[0] != nullptr && is_gone(block->next[0])) {
      settle(*block);  // its taken path will cost something else
      block->next[0] = nullptr;
    }
    if (block->next[1] != nullptr && is_gone(block->next[1])) block->next[1] = nullptr;
  }
  for (const Block* block : gone) {
    Entry& entry = table_[block->key >> 1 & (table_size - 1)];
    if (entry.block == block) entry = {};
  }
}

/// A block may have been dropped while it ran, and counted after that.
void BlockCache::bury_dropped() {
  for (const auto& block : dropped_) settle(*block);
  dropped_.clear();
}

void BlockCache::settle(Block& block) {
  const std::uint64_t executions = block.executions + block.taken;
  if (executions == 0 && block.extra_cycles == 0) return;
  BlockProfile& profile = profile_[block.pc()];
  profile.executions += executions;
  profile.cycles += executions * block.cycles + block.taken * block.taken_cycles + block.extra_cycles;
  if (executions != 0) {
    for (std::size_t i = 0; i < block.full; ++i) operations_[static_cast<std::size_t>(block.ops[i].id)] += executions;
    profile.fetched_bytes += executions * (block.end - block.pc());
  }
  block.executions = block.taken = block.extra_cycles = 0;
}

void BlockCache::settle_partial(Block& block, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) ++operations_[static_cast<std::size_t>(block.ops[i].id)];
  if (count != 0) profile_[block.pc()].fetched_bytes += block.ops[count - 1].offset + block.ops[count - 1].length;
}

void BlockCache::settle_all() {
  for (auto& [key, block] : blocks_) settle(*block);
}

void BlockCache::reset_statistics() {
  for (auto& [key, block] : blocks_) block->executions = block->taken = block->extra_cycles = 0;
  profile_.clear();
  operations_.fill(0);
}

}  // namespace snnvp::riscv
