// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include <snnvp/models/riscv/block.h>
#include <snnvp/models/riscv/bus.h>
#include <snnvp/models/riscv/cache_model.h>
#include <snnvp/models/riscv/csr.h>
#include <snnvp/models/riscv/timing.h>
#include <snnvp/platform/base/types.h>

namespace snnvp::riscv {

/// Why a run ended.
enum class Stop {
  budget,      ///< the cycles are used up
  wfi,         ///< asleep until an enabled interrupt is pending
  parked,      ///< an endless self-jump that no interrupt can leave
  breakpoint,  ///< at a breakpoint, before its instruction
  watchpoint,  ///< after an access to a watched range
  yield,       ///< after an access that may have changed something outside
  lockup,      ///< traps lead to traps for ever
  max_instructions
};

/// A range of data whose accesses end the run, after the access.
struct Watch {
  std::uint32_t address = 0, bytes = 4;
  bool on_read = false, on_write = true;
};

/// An access that hit a watch.
struct WatchHit {
  Watch watch;
  std::uint32_t address = 0, value = 0;
  bool is_write = false;
};

/// Accesses to a memory that went through its pointer.
struct DirectUse {
  std::uint64_t reads = 0, writes = 0, bytes_read = 0, bytes_written = 0;
};

/// One trap as it was taken.
struct TrapRecord {
  std::uint32_t cause = 0, value = 0, pc = 0;
  Cycles at = 0;
  std::uint32_t ra = 0, sp = 0, fp = 0;  ///< return address, stack and frame pointer
};

/// A RISC-V hart: RV32IMAC_Zicsr_Zifencei, machine and user mode, PMP (spec/firmware.md 4 and 5). Executes decoded blocks by direct
/// threading; every cycle count that anybody can see is exact. Pure C++; the world is a Bus.
class Core {
public:
  struct Params {
    std::uint32_t hart_id = 0, reset_pc = 0x8000'0000;
    Timing timing;
    bool misaligned_trap = false;        ///< misaligned accesses to memory raise cause 4 and 6
    unsigned pmp_entries = 16;           ///< 16 or 0
    unsigned block_limit = 64;           ///< operations of a block, 1 to 64; changes speed only
    std::uint64_t max_instructions = 0;  ///< 0: no limit
    bool spin_check = true;              ///< look for self-jumps that nothing can leave
    CacheParams icache, dcache;
  };
  /// What happened, by number.
  struct Statistics {
    std::array<std::uint64_t, insn_classes> insn{};
    std::array<std::uint64_t, 16> exceptions{}, interrupts{};  ///< by cause
    std::uint64_t mmio_reads = 0, mmio_writes = 0;
    std::uint64_t stall_cycles = 0, sleep_cycles = 0;
    std::array<DirectUse, most_memories> direct{};  ///< data, by memory
    std::uint64_t icache_hits = 0, icache_misses = 0, dcache_hits = 0, dcache_misses = 0;
  };

  Core(const Params& params, Bus& bus);

  /// As after power-up, with `pc` as the first address. Counters of cycles and instructions go on.
  void reset(std::uint32_t pc);
  /// Executes until the first instruction boundary at or after now() + `budget`, or until something ends it earlier.
  Stop run(Cycles budget);
  /// One instruction, or the entry of an interrupt that is due.
  Stop step();

  /// Local time in cycles since construction; exact inside the callbacks of Bus.
  Cycles now() const { return cycles_ + (op_ == nullptr ? 0 : op_->cycles); }
  std::uint64_t instructions() const { return instret_ + (op_ == nullptr ? 0 : op_->instructions); }
  /// Time passes without an instruction: sleep, or the world went on. Not in a callback.
  void sleep(Cycles cycles) { cycles_ += cycles, sleep_cycles_ += cycles; }
  /// The access under way took this much longer than a pipelined one. Only in a callback.
  void add_stall(Cycles cycles) { cycles_ += cycles, stall_cycles_ += cycles; }
  /// Ends the run after the instruction under way. Only in a callback.
  void request_yield() { request(Stop::yield); }

  /// Levels of the interrupt lines: bit irq_software, irq_timer or irq_external.
  void set_irq(unsigned bit, bool level);
  /// An enabled interrupt is pending, whatever mstatus says: what ends a sleep.
  bool has_wakeup() const { return (csr_.mip & csr_.mie) != 0; }
  /// The last run ended in a self-jump that an interrupt could leave.
  bool is_spinning() const { return spinning_; }

  /// Forgets pointers into [first, last] and what was decoded from there.
  void unmap(std::uint32_t first, std::uint32_t last);
  /// Code in the range was written by somebody else.
  void flush(std::uint32_t address, std::uint32_t bytes);
  void flush_all();

  std::uint32_t pc() const { return pc_; }
  /// Address of the instruction under way. Only in a callback.
  std::uint32_t pc_now() const { return block_start_ + (op_ == nullptr ? 0 : op_->offset); }
  void set_pc(std::uint32_t pc);
  std::uint32_t reg(unsigned index) const { return index == 0 ? 0 : x_[index]; }
  void set_reg(unsigned index, std::uint32_t value) { x_[index == 0 ? no_register : index] = value; }
  bool is_machine_mode() const { return machine_; }
  CsrFile& csr() { return csr_; }
  const CsrFile& csr() const { return csr_; }
  /// As an instruction in machine mode would read or write it now; nothing if there is no such register.
  std::optional<std::uint32_t> read_csr(std::uint32_t number);
  bool write_csr(std::uint32_t number, std::uint32_t value);

  void set_breakpoint(std::uint32_t address, bool set);
  bool has_breakpoint(std::uint32_t address) const { return breakpoints_.count(address) != 0; }
  /// The next run does not stop at a breakpoint where it starts.
  void pass_breakpoint() { pass_breakpoint_ = true; }
  void set_watches(std::vector<Watch> watches);
  const WatchHit& watch_hit() const { return watch_hit_; }
  /// The first trap since the last executed mret: where a chain of traps began.
  const TrapRecord& first_trap() const { return first_trap_; }
  /// The last exception, ecall aside; nothing if there was none.
  const std::optional<TrapRecord>& last_exception() const { return last_exception_; }
  /// No trap has been returned from since the last one.
  bool is_in_trap() const { return traps_in_chain_ != 0; }

  Statistics statistics() const;
  /// Executions and cycles by address of a block's first instruction.
  const std::map<std::uint32_t, BlockProfile>& profile();
  std::size_t decoded_blocks() const { return cache_.size(); }

private:
  // A page that may be touched without a look, one entry per page modulo the size. No tag of a page has low bits set.
  struct ReadEntry {
    std::uint32_t tag = 1;
    std::uint16_t extra = 0, memory = 0;
    std::uintptr_t bias = 0;  // plus an address: where its byte is in the host's memory
  };
  struct alignas(32) WriteEntry {
    std::uint32_t tag = 1;
    std::uint16_t extra = 0, memory = 0;
    std::uintptr_t bias = 0;
    std::uint64_t code_lines = 0;
  };
  static constexpr std::uint32_t tlb_size = 256, page_bytes = BlockCache::page_bytes, page_mask = ~(page_bytes - 1);
  struct Tlb {
    std::array<ReadEntry, tlb_size> read;
    std::array<WriteEntry, tlb_size> write;
    std::uint32_t device_page = 1;  // the last page seen to hold devices only, without protection or watches; 1: none
  };
  /// How the run arrived where it is.
  enum class Arrival { none, taken, fallen, jumped };

  void request(Stop stop) {
    stop_ = stop;
    limit_ = 0;
  }
  /// Interrupts must be looked at before the next instruction.
  void recheck() { limit_ = 0; }

  // execute.cpp
  template <bool Fast, bool Timed>
  const void* const* execute(Block* block);
  const void* const* handlers();
  const void* handler_of(OpId id, bool first_forwarded, bool second_forwarded);
  bool execute_csr(const Op& op);
  void finish_partial(Block& block, std::size_t count);

  // memory.cpp: false means that a trap is recorded
  bool load(std::uint32_t address, unsigned bytes, std::uint32_t& value);
  bool load_checked(std::uint32_t address, unsigned bytes, std::uint32_t& value);
  bool refused_load(std::uint32_t address, unsigned bytes);
  bool store(std::uint32_t address, unsigned bytes, std::uint32_t value);
  bool atomic(const Op& op);
  bool read_memory(std::uint32_t address, unsigned bytes, std::uint32_t& value, bool& was_device);
  bool write_memory(std::uint32_t address, unsigned bytes, std::uint32_t value, bool& was_device);
  bool check_data(std::uint32_t address, unsigned bytes, bool is_write);
  void watch(std::uint32_t address, unsigned bytes, std::uint32_t value, bool is_write);
  bool is_watched_page(std::uint32_t page) const;
  const DirectRegion* region_at(std::uint32_t address);
  void fill_read(const DirectRegion& region, std::uint32_t address);
  void fill_write(const DirectRegion& region, std::uint32_t address);
  void clear_tlb();
  bool is_plain_device(std::uint32_t address, unsigned bytes) const { return (address & (page_mask | (bytes - 1))) == tlb().device_page; }
  void note_device(std::uint32_t address);
  void code_changed(std::uint32_t address, unsigned bytes);
  unsigned data_extra(std::uint32_t address, unsigned region_extra) { return dcache_.is_on() ? dcache_.access(address) : region_extra; }
  void count_read(unsigned memory, unsigned bytes) { ++direct_[memory].reads, direct_[memory].bytes_read += bytes; }
  void count_write(unsigned memory, unsigned bytes) { ++direct_[memory].writes, direct_[memory].bytes_written += bytes; }
  void count_direct(Statistics& s) const;
  bool data_machine() const { return (csr_.mstatus & mstatus_mprv) != 0 ? (csr_.mstatus & mstatus_mpp) != 0 : machine_; }
  Tlb& tlb() { return tlb_[data_machine() ? 0 : 1]; }
  const Tlb& tlb() const { return tlb_[data_machine() ? 0 : 1]; }

  // riscv_core.cpp
  Block* block_at(std::uint32_t pc);
  Block* decode_block(std::uint32_t pc);
  bool fetch_half(std::uint32_t address, std::uint16_t& half);
  unsigned entry_stall(const Block& block) const;
  void arrive();
  void raise(std::uint32_t cause, std::uint32_t value) { trap_cause_ = cause, trap_value_ = value; }
  void take_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc);
  bool take_interrupt();
  bool return_from_trap();
  std::optional<Stop> spin();
  CounterView counters() const;
  bool uses_memory_time() const { return timed_; }

  Params params_;
  Bus& bus_;
  CsrFile csr_;
  std::array<std::uint32_t, 33> x_{};
  std::uint32_t pc_ = 0;
  bool machine_ = true;
  Cycles cycles_ = 0;
  std::uint64_t instret_ = 0;
  Cycles limit_ = 0;                                 // first boundary at or after which to leave; 0: at the next one
  std::uint32_t block_start_ = 0;                    // of the block under way, as op_
  const Op* op_ = nullptr;                           // under way while a callback may ask for the time
  std::optional<Stop> stop_;                         // asked for by a callback
  std::uint8_t hazard_load_ = 0, hazard_write_ = 0;  // left by the last instruction where blocks are cut; 0: none

  Arrival arrival_ = Arrival::none;
  Block* from_ = nullptr;  // whose link is to be made on arrival
  std::uint32_t trap_cause_ = 0, trap_value_ = 0;
  bool spinning_ = false, pass_breakpoint_ = false;

  bool reserved_ = false;
  std::uint32_t reservation_ = 0, reserved_value_ = 0;

  TrapRecord first_trap_;
  std::optional<TrapRecord> last_exception_;
  unsigned traps_in_chain_ = 0;

  BlockCache cache_;
  std::array<Tlb, 2> tlb_;  // machine and user
  std::vector<DirectRegion> regions_;
  std::vector<std::uint32_t> refused_;  // pages that gave no pointer
  std::set<std::uint32_t> breakpoints_;
  std::vector<Watch> watches_;
  WatchHit watch_hit_;
  CacheModel icache_, dcache_;
  std::uint32_t fetched_line_ = 1;  // line in the fetch buffer; 1: none
  // Some memory access takes more than its pipelined cycle, or there are several memories: then each access is looked at. With one
  // memory nothing is counted at the access: what it got follows from the operations executed.
  bool timed_ = false;
  std::optional<unsigned> main_memory_;            // the first that gave a pointer: gets what the others did not
  std::array<DirectUse, most_memories> direct_{};  // of the others
  DirectUse atomics_, indirect_;                   // direct accesses of lr, sc and amo; loads and stores over the bus
  unsigned worst_access_ = 0;                      // most cycles one access can add to that

  std::uint64_t stall_cycles_ = 0, sleep_cycles_ = 0, mmio_reads_ = 0, mmio_writes_ = 0;
  std::array<std::uint64_t, 16> exceptions_{}, interrupts_{};
};

}  // namespace snnvp::riscv
