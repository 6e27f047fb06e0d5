// SPDX-License-Identifier: Apache-2.0
// Data accesses of a hart that cannot be done by the interpreter at once: checks, devices, misaligned words, atomics.
#include <algorithm>
#include <cstring>

#include <snnvp/models/riscv/riscv_core.h>

namespace snnvp::riscv {
namespace {

enum Cause : std::uint32_t { load_misaligned = 4, load_fault = 5, store_misaligned = 6, store_fault = 7 };

bool covers(const DirectRegion& region, std::uint32_t address, unsigned bytes) {
  return address >= region.first && address <= region.last && region.last - address >= bytes - 1;
}

bool crosses_word(std::uint32_t address, unsigned bytes) { return (address & 3) + bytes > 4; }

std::uintptr_t bias_of(const DirectRegion& region) { return reinterpret_cast<std::uintptr_t>(region.data) - region.first; }

/// The largest naturally aligned piece at the start of a range.
unsigned aligned_piece(std::uint32_t address, unsigned bytes) {
  if ((address & 3) == 0 && bytes >= 4) return 4;
  return (address & 1) == 0 && bytes >= 2 ? 2 : 1;
}

}  // namespace

const DirectRegion* Core::region_at(std::uint32_t address) {
  for (const DirectRegion& region : regions_)
    if (address >= region.first && address <= region.last) return &region;
  const std::uint32_t page = address & page_mask;
  if (std::find(refused_.begin(), refused_.end(), page) != refused_.end()) return nullptr;
  const std::optional<DirectRegion> granted = bus_.direct(address);
  if (!granted || !covers(*granted, address, 1)) {
    if (refused_.size() >= 64) refused_.erase(refused_.begin());
    refused_.push_back(page);
    return nullptr;
  }
  regions_.push_back(*granted);
  const unsigned extra = dcache_.is_on() ? 0 : std::max(granted->read_extra, granted->write_extra);
  if (!main_memory_) main_memory_ = granted->memory;
  if (granted->memory != *main_memory_ && !timed_) {
    timed_ = true;  // from here on each access is counted where it goes
    flush_all();
  }
  if (extra > worst_access_) {
    // Memory that takes time is executed by other handlers, and what was decoded knew of no such extra.
    worst_access_ = extra;
    timed_ = true;
    flush_all();
  }
  return &regions_.back();
}

void Core::unmap(std::uint32_t first, std::uint32_t last) {
  const auto hit = [&](const DirectRegion& r) { return r.first <= last && r.last >= first; };
  regions_.erase(std::remove_if(regions_.begin(), regions_.end(), hit), regions_.end());
  refused_.clear();
  clear_tlb();
  if (last - first >= 0xFFFF'FFFE)
    flush_all();
  else
    cache_.drop(first, last - first + 1);
  recheck();
}

void Core::clear_tlb() {
  for (Tlb& tlb : tlb_) {
    tlb.device_page = 1;
    tlb.read.fill({});
    tlb.write.fill({});
  }
}

bool Core::is_watched_page(std::uint32_t page) const {
  return std::any_of(watches_.begin(), watches_.end(),
                     [&](const Watch& w) { return (w.address & page_mask) <= page && ((w.address + w.bytes - 1) & page_mask) >= page; });
}

void Core::fill_read(const DirectRegion& region, std::uint32_t address) {
  const std::uint32_t page = address & page_mask;
  if (!covers(region, page, page_bytes) || !region.readable || is_watched_page(page)) return;
  if (!csr_.pmp().is_uniform(page, page_bytes) || !csr_.pmp().allows(page, page_bytes, Access::read, data_machine())) return;
  tlb().read[page / page_bytes % tlb_size] = {page, static_cast<std::uint16_t>(region.read_extra),
                                              static_cast<std::uint16_t>(region.memory), bias_of(region)};
}

void Core::fill_write(const DirectRegion& region, std::uint32_t address) {
  const std::uint32_t page = address & page_mask;
  if (!covers(region, page, page_bytes) || !region.writable || is_watched_page(page)) return;
  if (!csr_.pmp().is_uniform(page, page_bytes) || !csr_.pmp().allows(page, page_bytes, Access::write, data_machine())) return;
  tlb().write[page / page_bytes % tlb_size] = {page, static_cast<std::uint16_t>(region.write_extra),
                                               static_cast<std::uint16_t>(region.memory), bias_of(region),
                                               cache_.code_lines(page / page_bytes)};
}

/// A page without memory anywhere in it, that may be read and written and is not watched: nothing is left to check the next time.
void Core::note_device(std::uint32_t address) {
  const std::uint32_t page = address & page_mask;
  const Pmp& pmp = csr_.pmp();
  const bool may_use = pmp.is_uniform(page, page_bytes) && pmp.allows(page, page_bytes, Access::read, data_machine()) &&
                       pmp.allows(page, page_bytes, Access::write, data_machine());
  if (may_use && !is_watched_page(page) && !bus_.is_memory(page) && !bus_.is_memory(page | ~page_mask)) tlb().device_page = page;
}

/// Alignment and protection, in the order in which an instruction meets them.
bool Core::check_data(std::uint32_t address, unsigned bytes, bool is_write) {
  if ((address & (bytes - 1)) != 0 && (params_.misaligned_trap || !bus_.is_memory(address)))
    return raise(is_write ? store_misaligned : load_misaligned, address), false;
  if (!csr_.pmp().allows(address, bytes, is_write ? Access::write : Access::read, data_machine()))
    return raise(is_write ? store_fault : load_fault, address), false;
  return true;
}

/// Moves bytes that passed the checks. All of them must exist before the first of a misaligned access moves.
bool Core::read_memory(std::uint32_t address, unsigned bytes, std::uint32_t& value, bool& was_device) {
  const DirectRegion* region = region_at(address);
  if (region != nullptr && region->readable && covers(*region, address, bytes)) {
    value = 0;
    std::memcpy(&value, region->data + (address - region->first), bytes);
    if (timed_) cycles_ += data_extra(address, region->read_extra);
    if (region->memory != main_memory_) count_read(region->memory, bytes);
    fill_read(*region, address);
    return true;
  }
  if ((address & (bytes - 1)) == 0) {
    if (!bus_.is_memory(address)) {
      was_device = true;
      note_device(address);
    }
    ++mmio_reads_;
    return bus_.load(address, bytes, value);
  }
  if (!bus_.is_memory(address + bytes - 1)) return false;
  std::uint32_t whole = 0;
  for (unsigned done = 0; done < bytes;) {
    const unsigned piece = aligned_piece(address + done, bytes - done);
    std::uint32_t part = 0;
    if (!read_memory(address + done, piece, part, was_device)) return false;
    whole |= part << (8 * done);
    done += piece;
  }
  value = whole;
  return true;
}

bool Core::write_memory(std::uint32_t address, unsigned bytes, std::uint32_t value, bool& was_device) {
  const DirectRegion* region = region_at(address);
  if (region != nullptr && region->writable && covers(*region, address, bytes)) {
    std::memcpy(region->data + (address - region->first), &value, bytes);
    if (timed_) cycles_ += data_extra(address, region->write_extra);
    if (region->memory != main_memory_) count_write(region->memory, bytes);
    code_changed(address, bytes);
    fill_write(*region, address);
    return true;
  }
  if ((address & (bytes - 1)) == 0) {
    if (!bus_.is_memory(address)) {
      was_device = true;
      note_device(address);
    }
    ++mmio_writes_;
    if (!bus_.store(address, bytes, value)) return false;
    code_changed(address, bytes);
    return true;
  }
  if (!bus_.is_memory(address + bytes - 1)) return false;
  for (unsigned done = 0; done < bytes;) {
    const unsigned piece = aligned_piece(address + done, bytes - done);
    if (!write_memory(address + done, piece, value >> (8 * done), was_device)) return false;
    done += piece;
  }
  return true;
}

void Core::code_changed(std::uint32_t address, unsigned bytes) {
  const std::uint32_t page = address / page_bytes;
  const auto line = [](std::uint32_t a) { return a % page_bytes >> BlockCache::line_shift; };
  const std::uint64_t touched = std::uint64_t{1} << line(address) | std::uint64_t{1} << line(address + bytes - 1);
  const bool crosses_page = (address + bytes - 1) / page_bytes != page;
  if (!crosses_page && (cache_.code_lines(page) & touched) == 0) return;
  if (cache_.drop(address, bytes)) recheck();
}

bool Core::load(std::uint32_t address, unsigned bytes, std::uint32_t& value) {
  if (!is_plain_device(address, bytes)) return load_checked(address, bytes, value);
  ++mmio_reads_;
  ++indirect_.reads;
  indirect_.bytes_read += bytes;
  return bus_.load(address, bytes, value) || refused_load(address, bytes);
}

/// A load that was counted before the device refused it.
bool Core::refused_load(std::uint32_t address, unsigned bytes) {
  --indirect_.reads;
  indirect_.bytes_read -= bytes;
  return raise(load_fault, address), false;
}

bool Core::load_checked(std::uint32_t address, unsigned bytes, std::uint32_t& value) {
  if (!check_data(address, bytes, false)) return false;
  bool was_device = false;
  const std::uint64_t transfers = mmio_reads_;
  if (!read_memory(address, bytes, value, was_device)) return raise(load_fault, address), false;
  if (mmio_reads_ != transfers) ++indirect_.reads, indirect_.bytes_read += bytes;
  if (!was_device && crosses_word(address, bytes)) cycles_ += params_.timing.misaligned;
  if (!watches_.empty()) watch(address, bytes, value, false);
  return true;
}

bool Core::store(std::uint32_t address, unsigned bytes, std::uint32_t value) {
  if (is_plain_device(address, bytes)) {
    ++mmio_writes_;
    if (!bus_.store(address, bytes, value)) return raise(store_fault, address), false;
    ++indirect_.writes;
    indirect_.bytes_written += bytes;
    return true;
  }
  if (!check_data(address, bytes, true)) return false;
  bool was_device = false;
  const std::uint64_t transfers = mmio_writes_;
  if (!write_memory(address, bytes, value, was_device)) return raise(store_fault, address), false;
  if (mmio_writes_ != transfers) ++indirect_.writes, indirect_.bytes_written += bytes;
  if (!was_device && crosses_word(address, bytes)) cycles_ += params_.timing.misaligned;
  if (!watches_.empty()) watch(address, bytes, value, true);
  return true;
}

void Core::watch(std::uint32_t address, unsigned bytes, std::uint32_t value, bool is_write) {
  for (const Watch& w : watches_) {
    if (!(is_write ? w.on_write : w.on_read) || address >= w.address + w.bytes || w.address >= address + bytes) continue;
    watch_hit_ = {w, address, value, is_write};
    request(Stop::watchpoint);
    return;
  }
}

/// LR, SC and AMO: aligned words in memory only (spec/firmware.md 4.5). The result goes to rd.
bool Core::atomic(const Op& op) {
  const std::uint32_t address = x_[op.rs1];
  const bool is_lr = op.id == OpId::lr;
  if ((address & 3) != 0) return raise(is_lr ? load_misaligned : store_misaligned, address), false;
  const Cause fault = is_lr ? load_fault : store_fault;
  const Pmp& pmp = csr_.pmp();
  const bool machine = data_machine();
  if ((op.id != OpId::sc && !pmp.allows(address, 4, Access::read, machine)) ||
      (!is_lr && !pmp.allows(address, 4, Access::write, machine)) || !bus_.is_memory(address))
    return raise(fault, address), false;
  bool was_device = false;
  std::uint32_t old = 0;
  if (op.id == OpId::sc && (!reserved_ || reservation_ != address)) {
    reserved_ = false;
    x_[op.rd] = 1;
    return true;
  }
  const std::uint64_t reads = mmio_reads_, writes = mmio_writes_;
  if (!read_memory(address, 4, old, was_device)) return raise(fault, address), false;
  if (mmio_reads_ == reads) ++atomics_.reads, atomics_.bytes_read += 4;
  if (!watches_.empty() && op.id != OpId::sc) watch(address, 4, old, false);
  if (is_lr) {
    reserved_ = true;
    reservation_ = address;
    reserved_value_ = old;
    x_[op.rd] = old;
    return true;
  }
  std::uint32_t next = x_[op.rs2];
  if (op.id == OpId::sc) {
    reserved_ = false;
    if (old != reserved_value_) {
      x_[op.rd] = 1;
      return true;
    }
    old = 0;  // success
  } else {
    const std::uint32_t operand = next;
    const auto is_less = [](std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b); };
    switch (op.imm) {
      case 0: next = old + operand; break;
      case 1: break;  // swap
      case 4: next = old ^ operand; break;
      case 8: next = old | operand; break;
      case 12: next = old & operand; break;
      case 16: next = is_less(old, operand) ? old : operand; break;
      case 20: next = is_less(old, operand) ? operand : old; break;
      case 24: next = std::min(old, operand); break;
      default: next = std::max(old, operand); break;
    }
  }
  if (!write_memory(address, 4, next, was_device)) return raise(fault, address), false;
  if (mmio_writes_ == writes) ++atomics_.writes, atomics_.bytes_written += 4;
  if (!watches_.empty()) watch(address, 4, next, true);
  x_[op.rd] = old;
  return true;
}

}  // namespace snnvp::riscv
