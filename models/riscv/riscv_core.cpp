// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/riscv/riscv_core.h>

#include <algorithm>
#include <limits>

#include <snnvp/models/riscv/decoder.h>

namespace snnvp::riscv {
namespace {

constexpr unsigned most_traps_in_chain = 8;  // decision 58: more without a retired mret lead nowhere

/// Register numbers an instruction reads, 0 for none.
struct Sources {
  std::uint8_t rs1 = 0, rs2 = 0;
};

Sources sources_of(const Instruction& i) {
  switch (class_of(i.id)) {
    case InsnClass::none:
    case InsnClass::system: return {};
    case InsnClass::csr: return {(i.imm >> 14 & 1) != 0 ? std::uint8_t{0} : i.rs1, 0};  // the immediate forms read none
    case InsnClass::alu: return i.id == OpId::li ? Sources{} : Sources{i.rs1, i.rs2};
    default: return {i.rs1, i.rs2};
  }
}

/// The register an operation leaves its result in for the next one to take, 0 for none.
std::uint8_t result_of(const Op& op) {
  const InsnClass c = class_of(op.id);
  const bool keeps = c == InsnClass::alu || c == InsnClass::mul || c == InsnClass::div || c == InsnClass::load;
  return keeps && op.rd != no_register ? op.rd : std::uint8_t{0};
}

bool is_load(OpId id) { return class_of(id) == InsnClass::load || class_of(id) == InsnClass::amo; }

bool ends_block(OpId id) {
  switch (id) {
    case OpId::fence: return false;
    case OpId::illegal:
    case OpId::fetch_fault:
    case OpId::end_block: return true;
    default: break;
  }
  const InsnClass c = class_of(id);
  return c == InsnClass::branch || c == InsnClass::jump || c == InsnClass::system || c == InsnClass::csr;
}

}  // namespace

Core::Core(const Params& params, Bus& bus)
    : params_(params), bus_(bus), csr_(params.hart_id, params.pmp_entries), icache_(params.icache), dcache_(params.dcache) {
  worst_access_ = dcache_.penalty();
  if (dcache_.is_on()) {
    // As many bytes as the sets hold, one entry of 32 bytes where each line begins: an address is its place in the table. Lines of one
    // set share an entry; small lines share one with their neighbours too.
    const std::uint32_t bytes = std::min(dcache_.sets() * (~dcache_.line_mask() + 1), most_line_bytes);
    line_index_ = (bytes - 1) & dcache_.line_mask() & ~std::uint32_t{sizeof(LineEntry) - 1};
    for (Tlb& tlb : tlb_) tlb.lines.resize(line_index_ / sizeof(LineEntry) + 1);
  }
  reset(params.reset_pc);
}

void Core::reset(std::uint32_t pc) {
  x_.fill(0);
  x_[10] = params_.hart_id;
  csr_.reset();
  machine_ = true;
  set_pc(pc);
  reserved_ = spinning_ = pass_breakpoint_ = false;
  traps_in_chain_ = 0;
  flush_all();
  clear_tlb();
}

void Core::set_pc(std::uint32_t pc) {
  pc_ = pc & ~1u;
  hazard_load_ = hazard_write_ = 0;
}

void Core::set_irq(unsigned bit, bool level) {
  csr_.mip = level ? csr_.mip | 1u << bit : csr_.mip & ~(1u << bit);
  recheck();
}

CounterView Core::counters() const {
  const unsigned own = op_ == nullptr ? 0 : params_.timing.cycles({op_->id, no_register, 0, 0, op_->imm, op_->length});
  const unsigned one = op_ == nullptr ? 0 : 1;
  return {now(), instructions(), now() + own, instructions() + one};
}

std::optional<std::uint32_t> Core::read_csr(std::uint32_t number) {
  if (!csr_.is_legal(number, true, false)) return std::nullopt;
  const bool is_time = number == csr::time || number == csr::timeh;
  return csr_.read(number, counters(), is_time ? bus_.mtime() : 0);
}

bool Core::write_csr(std::uint32_t number, std::uint32_t value) {
  if (!csr_.is_legal(number, true, true)) return false;
  if ((csr_.write(number, value, counters()) & CsrFile::protection_changed) != 0) {
    clear_tlb();
    flush_all();
  }
  recheck();
  return true;
}

// --- blocks ---

bool Core::fetch_half(std::uint32_t address, std::uint16_t& half) {
  if (!csr_.pmp().allows(address, 2, Access::execute, machine_) || !bus_.is_memory(address)) return false;
  std::uint8_t bytes[2];
  const DirectRegion* region = region_at(address);
  if (region != nullptr && region->readable)
    std::copy_n(region->data + (address - region->first), 2, bytes);
  else if (!bus_.fetch(address, bytes, 2))
    return false;
  half = static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);
  return true;
}

Block* Core::block_at(std::uint32_t pc) {
  const std::uint32_t key = pc | (machine_ ? 0u : 1u);
  if (Block* block = cache_.find(key)) return block;
  return decode_block(pc);
}

Block* Core::decode_block(std::uint32_t start) {
  const Timing& timing = params_.timing;
  const void* const* labels = handlers();
  const unsigned worst_access = worst_access_;
  auto block = std::make_unique<Block>();
  block->key = start | (machine_ ? 0u : 1u);
  std::uint32_t pc = start, cycles = 0;
  std::uint64_t worst = 0;
  unsigned instructions = 0, taken_extra = 0;
  std::uint8_t load = 0, written = 0;
  std::uint32_t line = 1;

  const auto append = [&](const Instruction& i, unsigned stall) {
    Op op;
    op.imm = i.imm;
    op.rd = i.rd;
    op.rs1 = i.rs1;
    op.rs2 = i.rs2;
    op.id = i.id;
    op.offset = static_cast<std::uint16_t>(pc - start);
    op.stall = static_cast<std::uint8_t>(stall);
    op.cycles = static_cast<std::uint16_t>(cycles + stall);
    op.instructions = static_cast<std::uint8_t>(instructions);
    op.length = i.length;
    block->ops.push_back(op);
  };
  const auto append_pseudo = [&](OpId id, std::uint32_t imm) {
    Instruction i;
    i.id = id;
    i.imm = imm;
    i.length = 0;
    append(i, 0);
  };

  for (bool first = true;; first = false) {
    const bool page_left = pc / page_bytes != start / page_bytes;
    if (!first && (instructions >= params_.block_limit || page_left || breakpoints_.count(pc) != 0)) {
      block->last_load = load;
      block->last_write = written;
      append_pseudo(OpId::end_block, pc);
      break;
    }
    std::uint16_t low = 0, high = 0;
    Instruction i;
    if (!fetch_half(pc, low)) {
      append_pseudo(OpId::fetch_fault, pc);
      break;
    }
    if (is_long(low) && !fetch_half(pc + 2, high)) {
      append_pseudo(OpId::fetch_fault, pc + 2);
      break;
    }
    i = decode(static_cast<std::uint32_t>(high) << 16 | low);
    if (icache_.is_on()) {
      // The line an instruction ends in is the last it needs.
      for (const std::uint32_t address : {pc, pc + i.length - 1})
        if ((address & icache_.line_mask()) != line) {
          line = address & icache_.line_mask();
          append_pseudo(OpId::line, line);
          worst += icache_.penalty();
        }
    }
    if (i.id == OpId::li && i.rs1 == 1) i.imm += pc, i.rs1 = 0;  // auipc
    if (class_of(i.id) == InsnClass::branch || i.id == OpId::jal) {
      i.imm += pc;
      if (i.id == OpId::jal && i.imm == pc && i.rd == no_register) i.id = OpId::park;
    }
    const Sources sources = sources_of(i);
    unsigned stall = 0;
    if (first) {
      block->first_rs1 = sources.rs1;
      block->first_rs2 = sources.rs2;
      block->first_is_jump_reg = i.id == OpId::jalr;
      if (pc % 4 == 2 && i.length == 4) block->entry_penalty = static_cast<std::uint8_t>(timing.entry_penalty);
    } else if (load != 0 && (sources.rs1 == load || sources.rs2 == load)) {
      stall = timing.load_use;
    } else if (i.id == OpId::jalr && written != 0 && i.rs1 == written) {
      stall = timing.jump_use;
    }
    append(i, stall);
    if (ends_block(i.id) && class_of(i.id) == InsnClass::none) {  // a trap: the encoding belongs to the block's bytes
      pc += i.length;
      break;
    }
    cycles += stall + timing.cycles(i);
    worst += timing.worst_extra(i.id);
    if (class_of(i.id) == InsnClass::load || class_of(i.id) == InsnClass::store || class_of(i.id) == InsnClass::amo)
      worst += 2 * worst_access_;  // amo: a read and a write; a word across two lines
    ++instructions;
    pc += i.length;
    const std::uint8_t rd = i.rd == no_register ? std::uint8_t{0} : i.rd;
    load = is_load(i.id) ? rd : std::uint8_t{0};
    written = rd;
    if (ends_block(i.id)) {
      if (class_of(i.id) == InsnClass::branch) taken_extra = timing.branch_taken - timing.branch_not_taken;
      break;
    }
    if (pc == 0) {  // the end of the address space
      append_pseudo(OpId::fetch_fault, pc);
      break;
    }
  }
  // Reading the code may have shown that memory takes time: then everything is different.
  if (handlers() != labels || worst_access_ != worst_access) return decode_block(start);
  block->full = static_cast<std::uint16_t>(block->ops.size());
  set_handlers(*block, 0);
  if (icache_.is_on()) add_ops_without_lookups(*block);
  block->end = pc;
  block->cycles = cycles;
  block->instructions = static_cast<std::uint16_t>(instructions);
  block->set_taken(taken_extra);
  block->bound = breakpoints_.count(start) != 0 ? Block::never : cycles + worst + 1;
  Block* added = cache_.add(std::move(block));
  // Lines and pages that are written without a look must learn that they hold code now.
  for (Tlb& tlb : tlb_)
    if (added->end != start)
      for (LineEntry& entry : tlb.lines)
        if (added->overlaps(entry.write_tag & dcache_.line_mask(), ~dcache_.line_mask() + 1)) entry.write_tag = 1;
  for (Tlb& tlb : tlb_)
    for (std::uint32_t page = start / page_bytes; added->end != start; ++page) {
      WriteEntry& entry = tlb.write[page % tlb_size];
      if (entry.tag == page * page_bytes) entry.code_lines = cache_.code_lines(page);
      if (page == (added->end - 1) / page_bytes) break;
    }
  return added;
}

/// Chooses the handler of each operation from `first` on by what the one before it leaves behind.
void Core::set_handlers(Block& block, std::size_t first) {
  std::uint8_t before = 0;
  for (std::size_t i = first; i < block.ops.size(); ++i) {
    Op& op = block.ops[i];
    op.handler = handler_of(op.id, before != 0 && op.rs1 == before, before != 0 && op.rs2 == before);
    before = result_of(op);
  }
}

void Core::add_ops_without_lookups(Block& block) {
  block.ops.reserve(2 * block.ops.size());
  block.first_line = block.ops.front().id == OpId::line ? block.ops.front().imm : 1;
  for (std::size_t i = 0; i < block.full; ++i) {
    const Op op = block.ops[i];
    if (op.id != OpId::line)
      block.ops.push_back(op);
    else
      block.last_line = op.imm;
  }
  set_handlers(block, block.full);
  block.without_lookups = block.ops.data() + block.full;
}

/// Where a block begins: if all its look-ups of the instruction cache would hit and change nothing, they are only counted.
const Op* Core::enter(Block& block) {
  for (std::size_t i = 0; i < block.full; ++i)
    if (block.ops[i].id == OpId::line && !icache_.is_first(block.ops[i].imm)) return block.ops.data();
  block.resident = icache_.version();
  same_line_ += block.first_line == fetched_line_;
  return block.without_lookups;
}

unsigned Core::entry_stall(const Block& block) const {
  const auto reads = [&](std::uint8_t r) { return r != 0 && (block.first_rs1 == r || block.first_rs2 == r); };
  if (reads(hazard_load_)) return params_.timing.load_use;
  if (block.first_is_jump_reg && hazard_write_ != 0 && block.first_rs1 == hazard_write_) return params_.timing.jump_use;
  return 0;
}

/// Settles a transfer whose target was not linked: its entry costs what the target says, and the link is made.
void Core::arrive() {
  const Arrival arrival = arrival_;
  Block* from = from_;
  arrival_ = Arrival::none;
  from_ = nullptr;
  if (arrival == Arrival::none) return;
  if (arrival != Arrival::fallen) fetched_line_ = 1;
  if (cache_.has_dropped()) from = nullptr;  // it may be among them
  Block* to = block_at(pc_);
  if (arrival != Arrival::fallen) cycles_ += to->entry_penalty;
  // A branch has it among its own cycles once the link is there, so it has it the first time too.
  if (arrival != Arrival::fallen && to->entry_penalty != 0)
    (arrival == Arrival::taken && from != nullptr ? from : to)->extra_cycles += to->entry_penalty;
  if (from == nullptr || arrival == Arrival::jumped) return;
  const bool taken = arrival == Arrival::taken;
  from->next[taken ? 0 : 1] = to;
  if (taken) {
    cache_.settle(*from);  // what it counted until now was without the penalty
    const bool is_branch = class_of(from->ops[from->full - 1u].id) == InsnClass::branch;
    from->set_taken((is_branch ? params_.timing.branch_taken - params_.timing.branch_not_taken : 0) + to->entry_penalty);
  }
}

// --- traps ---

void Core::take_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc) {
  csr_.mepc = pc & ~1u;
  csr_.mcause = cause;
  csr_.mtval = value;
  std::uint32_t status = csr_.mstatus & ~(mstatus_mie | mstatus_mpie | mstatus_mpp);
  if ((csr_.mstatus & mstatus_mie) != 0) status |= mstatus_mpie;
  if (machine_) status |= mstatus_mpp;
  csr_.mstatus = status;
  machine_ = true;
  reserved_ = false;
  cycles_ += params_.timing.trap;
  const bool is_interrupt = cause >> 31 != 0;
  ++(is_interrupt ? interrupts_ : exceptions_)[cause & 15];
  const std::uint32_t base = csr_.mtvec & ~3u;
  set_pc(is_interrupt && (csr_.mtvec & 1) != 0 ? base + 4 * (cause & 15) : base);
  fetched_line_ = 1;
  if (is_interrupt) return;
  const TrapRecord record{cause, value, pc, cycles_, x_[1], x_[2], x_[8]};
  if (traps_in_chain_ == 0) first_trap_ = record;
  if (cause != 8 && cause != 11) last_exception_ = record;
  // A vector that cannot be fetched traps to itself.
  if (++traps_in_chain_ >= most_traps_in_chain || (cause == 1 && pc == base)) request(Stop::lockup);
}

bool Core::take_interrupt() {
  const std::uint32_t pending = csr_.mip & csr_.mie;
  if (pending == 0 || (machine_ && (csr_.mstatus & mstatus_mie) == 0)) return false;
  const unsigned number = pending >> irq_external & 1 ? irq_external : pending >> irq_software & 1 ? irq_software : irq_timer;
  take_trap(1u << 31 | number, 0, pc_);
  return true;
}

bool Core::return_from_trap() {
  if (!machine_) return false;
  std::uint32_t status = csr_.mstatus & ~mstatus_mie;
  if ((status & mstatus_mpie) != 0) status |= mstatus_mie;
  machine_ = (status & mstatus_mpp) != 0;
  status = (status | mstatus_mpie) & ~mstatus_mpp;
  if (!machine_) status &= ~mstatus_mprv;
  csr_.mstatus = status;
  traps_in_chain_ = 0;
  return true;
}

// --- running ---

Stop Core::run(Cycles budget) {
  stop_.reset();
  spinning_ = false;
  const Cycles deadline = cycles_ + std::min(budget, Block::never / 2);
  for (;;) {
    cache_.bury();
    if (stop_) {
      const Stop stop = *stop_;
      stop_.reset();
      return stop;
    }
    if (cycles_ >= deadline) return Stop::budget;
    limit_ = deadline;
    if (params_.max_instructions != 0) {
      if (instret_ >= params_.max_instructions) return Stop::max_instructions;
      // No instruction takes less than a cycle.
      limit_ = std::min(limit_, cycles_ + (params_.max_instructions - instret_));
    }
    if (take_interrupt()) {
      pass_breakpoint_ = false;  // what it was to pass has not been executed
      continue;
    }
    if (!breakpoints_.empty() && breakpoints_.count(pc_) != 0 && !pass_breakpoint_) return Stop::breakpoint;
    pass_breakpoint_ = false;
    Block* block = block_at(pc_);
    const unsigned stall = entry_stall(*block);
    hazard_load_ = hazard_write_ = 0;
    cycles_ += stall;
    block->extra_cycles += stall;
    cycles_ + block->bound <= limit_ ? execute_mode<true>(block) : execute_mode<false>(block);
    arrive();
    if (spinning_ && !stop_)
      if (const std::optional<Stop> stop = spin()) return *stop;
  }
}

Stop Core::step() { return run(1); }

/// A self-jump: either nothing can ever leave it, or its rounds up to the limit are taken at once.
std::optional<Stop> Core::spin() {
  if (params_.spin_check && (csr_.mie == 0 || (machine_ && (csr_.mstatus & mstatus_mie) == 0))) return Stop::parked;
  if (icache_.is_on()) return std::nullopt;  // every round looks lines up
  Block* const block = block_at(pc_);
  const Cycles round = block->cycles + block->entry_penalty;
  if (cycles_ < limit_ && breakpoints_.count(pc_) == 0) {
    const std::uint64_t rounds = (limit_ - cycles_ + round - 1) / round;
    cycles_ += rounds * round;
    instret_ += rounds * block->instructions;
    block->executions += rounds;
    block->extra_cycles += rounds * block->entry_penalty;
  }
  return Stop::budget;
}

Core::Statistics Core::statistics() const {
  Statistics s;
  auto& cache = const_cast<BlockCache&>(cache_);  // moving counts to where they are summed changes nothing that can be seen
  cache.settle_all();
  for (std::size_t i = 0; i < operation_count; ++i)
    if (const InsnClass c = class_of(static_cast<OpId>(i)); c != InsnClass::none)
      s.insn[static_cast<std::size_t>(c)] += cache.operations()[i];
  count_direct(s);
  s.exceptions = exceptions_;
  s.interrupts = interrupts_;
  s.mmio_reads = mmio_reads_;
  s.mmio_writes = mmio_writes_;
  s.stall_cycles = stall_cycles_;
  s.sleep_cycles = sleep_cycles_;
  const auto executed = [&](OpId id) { return cache_.operations()[static_cast<std::size_t>(id)]; };
  if (icache_.is_on()) s.icache_hits = executed(OpId::line) - same_line_ - icache_.misses();
  s.icache_misses = icache_.misses();
  // Loads and stores that found their line by themselves hit.
  if (dcache_.is_on()) {
    const auto load = static_cast<std::size_t>(InsnClass::load), store = static_cast<std::size_t>(InsnClass::store);
    const std::uint64_t looked_up = dcache_.hits() + dcache_.misses() - line_uses_ + line_calls_;
    s.dcache_hits = dcache_.hits() + s.insn[load] + s.insn[store] - looked_up;
  }
  s.dcache_misses = dcache_.misses();
  return s;
}

/// What the main memory got is what is left of all loads and stores.
void Core::count_direct(Statistics& s) const {
  s.direct = direct_;
  if (!main_memory_) return;
  const auto& n = cache_.operations();
  const auto of = [&n](OpId id) { return n[static_cast<std::size_t>(id)]; };
  DirectUse all = atomics_;
  const std::uint64_t load1 = of(OpId::lb) + of(OpId::lbu), load2 = of(OpId::lh) + of(OpId::lhu), load4 = of(OpId::lw);
  all.reads += load1 + load2 + load4 - indirect_.reads;
  all.bytes_read += load1 + 2 * load2 + 4 * load4 - indirect_.bytes_read;
  all.writes += of(OpId::sb) + of(OpId::sh) + of(OpId::sw) - indirect_.writes;
  all.bytes_written += of(OpId::sb) + 2 * of(OpId::sh) + 4 * of(OpId::sw) - indirect_.bytes_written;
  for (unsigned i = 0; i < most_memories; ++i) {
    if (i == *main_memory_) continue;
    all.reads -= direct_[i].reads;
    all.writes -= direct_[i].writes;
    all.bytes_read -= direct_[i].bytes_read;
    all.bytes_written -= direct_[i].bytes_written;
  }
  s.direct[*main_memory_] = all;
}

const std::map<std::uint32_t, BlockProfile>& Core::profile() {
  cache_.settle_all();
  return cache_.profile();
}

// --- debugging ---

void Core::set_breakpoint(std::uint32_t address, bool set) {
  if (set ? !breakpoints_.insert(address).second : breakpoints_.erase(address) == 0) return;
  // Blocks that run over it must end before it; the one that ended there may grow again.
  cache_.drop(address, 2);
  cache_.bury();
}

void Core::set_watches(std::vector<Watch> watches) {
  watches_ = std::move(watches);
  clear_tlb();
}

void Core::flush(std::uint32_t address, std::uint32_t bytes) {
  cache_.drop(address, bytes);
  if (op_ != nullptr) recheck();
}

void Core::flush_all() {
  cache_.drop_all();
  for (Tlb& tlb : tlb_)
    for (WriteEntry& entry : tlb.write) entry.code_lines = 0;
  recheck();
}

}  // namespace snnvp::riscv
