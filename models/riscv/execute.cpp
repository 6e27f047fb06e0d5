// SPDX-License-Identifier: Apache-2.0
// The interpreter: one label per operation. In its fast form a block runs without any account but one sum at its end, and blocks
// follow each other by links; in its slow form every instruction boundary is compared with the limit.
#include <cstring>

#include <snnvp/models/riscv/riscv_core.h>

// Labels as values are what makes dispatch a single jump; a compiler without them gets the switch in both forms.
#if defined(__GNUC__) && !defined(SNNVP_NO_THREADED_DISPATCH)
#define SNNVP_THREADED 1
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wunused-label"
#else
#define SNNVP_THREADED 0
#endif

namespace snnvp::riscv {
namespace {

std::int32_t as_signed(std::uint32_t v) { return static_cast<std::int32_t>(v); }

std::uint8_t* host(std::uintptr_t address) { return reinterpret_cast<std::uint8_t*>(address); }

std::uint32_t divide(OpId id, std::uint32_t a, std::uint32_t b) {
  const bool overflow = a == 0x8000'0000 && b == 0xFFFF'FFFF;
  switch (id) {
    case OpId::div: return b == 0 ? 0xFFFF'FFFF : overflow ? a : static_cast<std::uint32_t>(as_signed(a) / as_signed(b));
    case OpId::divu: return b == 0 ? 0xFFFF'FFFF : a / b;
    case OpId::rem: return b == 0 ? a : overflow ? 0 : static_cast<std::uint32_t>(as_signed(a) % as_signed(b));
    default: return b == 0 ? a : a % b;
  }
}

}  // namespace

/// Looks the line up of a load or store whose page is known; the next ones find it by themselves. Stores into a line that holds code are
/// looked at each; where lines are large, into a page with code.
template <bool IsWrite>
[[gnu::always_inline]] inline unsigned Core::look_up_line(Tlb& own, std::uint32_t address, std::uintptr_t bias, unsigned memory) {
  // The table of the other mode must not keep what was first before.
  if (__builtin_expect(user_lines_, 0)) *line_entry(tlb_[&own == &tlb_[0] ? 1 : 0].lines.data(), address, line_index_) = {};
  const std::uint32_t page = address & page_mask, line = address & dcache_.line_mask();
  const WriteEntry& write = own.write[page / page_bytes % tlb_size];
  const std::uint64_t code = dcache_.line_shift() > 6 ? write.code_lines : write.code_lines >> (address / 64 % 64) & 1;
  LineEntry& entry = *line_entry(own.lines.data(), address, line_index_);
  entry.read_tag = !IsWrite || own.read[page / page_bytes % tlb_size].tag == page ? line : 1;
  entry.write_tag = (IsWrite || write.tag == page) && code == 0 ? line : 1;
  entry.bias = bias;
  entry.memory = memory;
  return dcache_.access(address);
}

/// The counts of a block that is left in its middle: its first `count` operations are done, nothing more.
void Core::finish_partial(Block& block, std::size_t count) {
  cache_.settle_partial(block, count);
  const Op& next = block.ops[count];
  cycles_ += next.cycles - next.stall;
  instret_ += next.instructions;
  block.extra_cycles += next.cycles - next.stall;
  op_ = nullptr;
}

bool Core::execute_csr(const Op& op) {
  const std::uint32_t number = op.imm >> 20, funct3 = op.imm >> 12 & 7;
  const bool is_immediate = (funct3 & 4) != 0, writes = (funct3 & 3) == 1 || op.rs1 != 0;
  if (!csr_.is_legal(number, machine_, writes)) return raise(2, op.imm), false;
  const CounterView now = counters();
  const bool is_time = number == csr::time || number == csr::timeh;
  const std::uint32_t operand = is_immediate ? op.rs1 : x_[op.rs1];
  const std::uint32_t old = csr_.read(number, now, is_time ? bus_.mtime() : 0);
  if (writes) {
    const std::uint32_t value = (funct3 & 3) == 1 ? operand : (funct3 & 3) == 2 ? old | operand : old & ~operand;
    const unsigned effect = csr_.write(number, value, now);
    if ((effect & CsrFile::protection_changed) != 0) {
      clear_tlb();
      flush_all();
    }
    if (effect != CsrFile::none) recheck();
  }
  x_[op.rd] = old;
  return true;
}

// In the order of SNNVP_RISCV_OPERATIONS, from addi on.
#define SNNVP_RISCV_IMMEDIATES(X) X(addi) X(slti) X(sltiu) X(xori) X(ori) X(andi) X(slli) X(srli) X(srai)
#define SNNVP_RISCV_BINARIES(X) X(add) X(sub) X(sll) X(slt) X(sltu) X(xor_) X(srl) X(sra) X(or_) X(and_) X(mul) X(mulh) X(mulhsu) X(mulhu)

#if SNNVP_THREADED
#define OP(name)   \
  case OpId::name: \
    name
#define DISPATCH()                          \
  do {                                      \
    if constexpr (Fast) goto * op->handler; \
    goto dispatch;                          \
  } while (false)
#else
#define OP(name) case OpId::name
#define DISPATCH() goto dispatch
#endif

#define NEXT()                       \
  do {                               \
    ++op;                            \
    if constexpr (!Fast) goto check; \
    DISPATCH();                      \
  } while (false)

// Before and after a call that needs the exact time or may change it.
#define ENTER_CALL()                                \
  do {                                              \
    cycles_ = cycles, instret_ = instret, op_ = op; \
    block_start_ = block->pc();                     \
  } while (false)
#define LEAVE_CALL()                         \
  do {                                       \
    block->extra_cycles += cycles_ - cycles; \
    cycles = cycles_;                        \
    limit = limit_;                          \
    op_ = nullptr;                           \
  } while (false)

// The rest of a block whose time or limit changed is looked at again.
#define NEXT_AFTER_CALL()                        \
  do {                                           \
    if (Fast && cycles + block->bound > limit) { \
      ++op;                                      \
      goto leave;                                \
    }                                            \
    NEXT();                                      \
  } while (false)

// Results stay in `last` beside the register file. An operation that reads what the one before it wrote has a form of its own that takes it
// from there: a chain of operations then waits for the arithmetic and not for the host's memory.
#define RESULT(expression) \
  do {                     \
    last = (expression);   \
    x[op->rd] = last;      \
    NEXT();                \
  } while (false)
#if SNNVP_THREADED
#define FORWARDED(name, first, second, expression) \
  name : {                                         \
    const std::uint32_t a = first, b = second;     \
    RESULT(expression);                            \
  }
#else
#define FORWARDED(name, first, second, expression)
#endif
#define BINARY(name, expression)                        \
  OP(name) : {                                          \
    const std::uint32_t a = x[op->rs1], b = x[op->rs2]; \
    RESULT(expression);                                 \
  }                                                     \
  FORWARDED(name##_1, last, x[op->rs2], expression)     \
  FORWARDED(name##_2, x[op->rs1], last, expression)
#define IMMEDIATE(name, expression)                  \
  OP(name) : {                                       \
    const std::uint32_t a = x[op->rs1], b = op->imm; \
    RESULT(expression);                              \
  }                                                  \
  FORWARDED(name##_1, last, op->imm, expression)
#define DIVISION(name, is_signed)                                       \
  OP(name) : {                                                          \
    const std::uint32_t a = x[op->rs1], b = x[op->rs2];                 \
    x[op->rd] = last = divide(OpId::name, a, b);                        \
    const unsigned steps = params_.timing.division_steps(b, is_signed); \
    cycles += steps;                                                    \
    block->extra_cycles += steps;                                       \
    NEXT();                                                             \
  }
#define LOAD(name, type)                                                                                                   \
  OP(name) : {                                                                                                             \
    const std::uint32_t ea = x[op->rs1] + op->imm;                                                                         \
    type value;                                                                                                            \
    if constexpr (Fast && Mode == Data::lines) {                                                                           \
      const LineEntry& line = *line_entry(lines, ea, line_index);                                                          \
      if (__builtin_expect(line.read_tag == (ea & (line_mask | (sizeof(type) - 1))), 1)) {                                 \
        std::memcpy(&value, host(line.bias + ea), sizeof value);                                                           \
        x[op->rd] = last = static_cast<std::uint32_t>(value);                                                              \
        if (line.memory != main_memory) count_read(line.memory, sizeof(type));                                             \
        NEXT();                                                                                                            \
      }                                                                                                                    \
    }                                                                                                                      \
    const ReadEntry& entry = reads[ea / page_bytes % tlb_size];                                                            \
    if (__builtin_expect(entry.tag == (ea & (page_mask | (sizeof(type) - 1))), 1)) {                                       \
      std::memcpy(&value, host(entry.bias + ea), sizeof value);                                                            \
      x[op->rd] = last = static_cast<std::uint32_t>(value);                                                                \
      if constexpr (Mode != Data::plain) {                                                                                 \
        if (entry.memory != main_memory) count_read(entry.memory, sizeof(type));                                           \
        const unsigned extra = Mode == Data::lines ? look_up_line<false>(own, ea, entry.bias, entry.memory) : entry.extra; \
        cycles += extra;                                                                                                   \
        block->extra_cycles += extra;                                                                                      \
      }                                                                                                                    \
      NEXT();                                                                                                              \
    }                                                                                                                      \
    std::uint32_t word = 0;                                                                                                \
    ENTER_CALL();                                                                                                          \
    const bool done = load(ea, sizeof(type), word);                                                                        \
    LEAVE_CALL();                                                                                                          \
    if (!done) goto trap;                                                                                                  \
    x[op->rd] = last = static_cast<std::uint32_t>(static_cast<type>(word));                                                \
    NEXT_AFTER_CALL();                                                                                                     \
  }
#define STORE(name, type)                                                                                                             \
  OP(name) : {                                                                                                                        \
    const std::uint32_t ea = x[op->rs1] + op->imm;                                                                                    \
    const auto value = static_cast<type>(x[op->rs2]);                                                                                 \
    if constexpr (Fast && Mode == Data::lines) {                                                                                      \
      const LineEntry& line = *line_entry(lines, ea, line_index);                                                                     \
      if (__builtin_expect(line.write_tag == (ea & (line_mask | (sizeof(type) - 1))), 1)) {                                           \
        std::memcpy(host(line.bias + ea), &value, sizeof value);                                                                      \
        if (line.memory != main_memory) count_write(line.memory, sizeof(type));                                                       \
        NEXT();                                                                                                                       \
      }                                                                                                                               \
    }                                                                                                                                 \
    const WriteEntry& entry = writes[ea / page_bytes % tlb_size];                                                                     \
    if (__builtin_expect(entry.tag == (ea & (page_mask | (sizeof(type) - 1))) && (entry.code_lines >> (ea / 64 % 64) & 1) == 0, 1)) { \
      std::memcpy(host(entry.bias + ea), &value, sizeof value);                                                                       \
      if constexpr (Mode != Data::plain) {                                                                                            \
        if (entry.memory != main_memory) count_write(entry.memory, sizeof(type));                                                     \
        const unsigned extra = Mode == Data::lines ? look_up_line<true>(own, ea, entry.bias, entry.memory) : entry.extra;             \
        cycles += extra;                                                                                                              \
        block->extra_cycles += extra;                                                                                                 \
      }                                                                                                                               \
      NEXT();                                                                                                                         \
    }                                                                                                                                 \
    ENTER_CALL();                                                                                                                     \
    const bool done = store(ea, sizeof(type), x[op->rs2]);                                                                            \
    LEAVE_CALL();                                                                                                                     \
    if (!done) goto trap;                                                                                                             \
    NEXT_AFTER_CALL();                                                                                                                \
  }
// To a block. If its look-ups of code would change nothing they are passed; but one that begins in the line that was fetched last,
// `line`, has one less to count.
#define BEGIN(next_block, line)                                         \
  do {                                                                  \
    const std::uint32_t fetched = line;                                 \
    block = next_block;                                                 \
    op = block->ops.data();                                             \
    if constexpr (Fast && Icache) {                                     \
      if (__builtin_expect(block->resident == icache_.version(), 1)) {  \
        op = block->without_lookups;                                    \
        if (fetched != 1 && fetched == block->first_line) ++same_line_; \
      } else {                                                          \
        fetched_line_ = fetched;                                        \
        op = enter(*block);                                             \
      }                                                                 \
    } else if constexpr (Icache) {                                      \
      fetched_line_ = fetched;                                          \
    }                                                                   \
    DISPATCH();                                                         \
  } while (false)
// Out of the interpreter, where `line` was fetched last.
#define OUT(line)                               \
  do {                                          \
    if constexpr (Icache) fetched_line_ = line; \
    goto out;                                   \
  } while (false)
// The ends of a block along its links. Each branch has them for itself: the host then predicts each jump by itself.
#define TAKE()                                                 \
  do {                                                         \
    cycles += block->taken_total;                              \
    instret += block->instructions;                            \
    Block* const next = block->next[0];                        \
    if (next == nullptr) goto taken_unlinked;                  \
    ++block->taken;                                            \
    if (Fast && cycles + next->bound <= limit) BEGIN(next, 1); \
    target = op->imm;                                          \
    OUT(1);                                                    \
  } while (false)
#define FALL()                                                                \
  do {                                                                        \
    ++block->executions;                                                      \
    cycles += block->cycles;                                                  \
    instret += block->instructions;                                           \
    Block* const next = block->next[1];                                       \
    if (next == nullptr) goto fallen_unlinked;                                \
    if (Fast && cycles + next->bound <= limit) BEGIN(next, block->last_line); \
    target = block->end;                                                      \
    OUT(block->last_line);                                                    \
  } while (false)
#define BRANCH(name, expression)                        \
  OP(name) : {                                          \
    const std::uint32_t a = x[op->rs1], b = x[op->rs2]; \
    if (expression) TAKE();                             \
    FALL();                                             \
  }

template <bool Fast, Core::Data Mode, bool Icache>
const void* const* Core::execute(Block* block) {
#if SNNVP_THREADED
  static const void* const labels[] = {
#define X(name, klass) &&name,
      SNNVP_RISCV_OPERATIONS(X)
#undef X
#define X(name) &&name##_1,
          SNNVP_RISCV_IMMEDIATES(X) SNNVP_RISCV_BINARIES(X)
#undef X
#define X(name) &&name##_2,
              SNNVP_RISCV_BINARIES(X)
#undef X
  };
  if (block == nullptr) return labels;
#else
  if (block == nullptr) return nullptr;
#endif
  std::uint32_t* const x = x_.data();
  Tlb& own = tlb();
  const ReadEntry* const reads = own.read.data();
  const WriteEntry* const writes = own.write.data();
  [[maybe_unused]] const unsigned main_memory = main_memory_.value_or(0);
  [[maybe_unused]] const std::uint32_t line_mask = dcache_.line_mask();
  [[maybe_unused]] LineEntry* const lines = own.lines.data();
  [[maybe_unused]] const std::uint32_t line_index = line_index_;
  Cycles cycles = cycles_, limit = limit_;
  std::uint64_t instret = instret_;
  if constexpr (Mode == Data::lines) user_lines_ |= &own == &tlb_[1];
  const Op* op = nullptr;
  std::uint32_t target = 0, last = 0;
  BEGIN(block, fetched_line_);

check:  // slow form: is this boundary the end?
  if (cycles + op->cycles - op->stall >= limit) goto leave;

dispatch:
  switch (op->id) {
    OP(li) : {
      last = op->imm;
      x[op->rd] = last;
      NEXT();
    }
    IMMEDIATE(addi, a + b)
    IMMEDIATE(slti, as_signed(a) < as_signed(b))
    IMMEDIATE(sltiu, a < b)
    IMMEDIATE(xori, a ^ b)
    IMMEDIATE(ori, a | b)
    IMMEDIATE(andi, a & b)
    IMMEDIATE(slli, a << b)
    IMMEDIATE(srli, a >> b)
    IMMEDIATE(srai, static_cast<std::uint32_t>(as_signed(a) >> b))
    BINARY(add, a + b)
    BINARY(sub, a - b)
    BINARY(sll, a << (b & 31))
    BINARY(slt, as_signed(a) < as_signed(b))
    BINARY(sltu, a < b)
    BINARY(xor_, a ^ b)
    BINARY(srl, a >> (b & 31))
    BINARY(sra, static_cast<std::uint32_t>(as_signed(a) >> (b & 31)))
    BINARY(or_, a | b)
    BINARY(and_, a & b)
    BINARY(mul, a * b)
    BINARY(mulh, static_cast<std::uint32_t>(static_cast<std::uint64_t>(std::int64_t{as_signed(a)} * as_signed(b)) >> 32))
    BINARY(mulhsu, static_cast<std::uint32_t>(static_cast<std::uint64_t>(std::int64_t{as_signed(a)} * std::int64_t{b}) >> 32))
    BINARY(mulhu, static_cast<std::uint32_t>(std::uint64_t{a} * b >> 32))
    DIVISION(div, true)
    DIVISION(divu, false)
    DIVISION(rem, true)
    DIVISION(remu, false)
    LOAD(lb, std::int8_t)
    LOAD(lh, std::int16_t)
    LOAD(lw, std::int32_t)
    LOAD(lbu, std::uint8_t)
    LOAD(lhu, std::uint16_t)
    STORE(sb, std::uint8_t)
    STORE(sh, std::uint16_t)
    STORE(sw, std::uint32_t)
    OP(lr) : OP(sc) : OP(amo) : {
      ENTER_CALL();
      const bool done = atomic(*op);
      LEAVE_CALL();
      if (!done) goto trap;
      NEXT_AFTER_CALL();
    }
    OP(fence) : { NEXT(); }
    OP(line) : {
      if (fetched_line_ == op->imm) {
        ++same_line_;
      } else {
        fetched_line_ = op->imm;
        const unsigned extra = icache_.access(op->imm);
        cycles += extra;
        block->extra_cycles += extra;
      }
      // No boundary lies between it and its instruction.
      ++op;
      DISPATCH();
    }

    BRANCH(beq, a == b)
    BRANCH(bne, a != b)
    BRANCH(blt, as_signed(a) < as_signed(b))
    BRANCH(bge, as_signed(a) >= as_signed(b))
    BRANCH(bltu, a < b)
    BRANCH(bgeu, a >= b)
    OP(jal) : {
      x[op->rd] = block->end;
      TAKE();
    }
    OP(park) : {
      spinning_ = true;
      ++block->executions;
      cycles += block->cycles;
      instret += block->instructions;
      target = op->imm;
      arrival_ = Arrival::jumped;
      goto out;
    }
    OP(jalr) : {
      target = (x[op->rs1] + op->imm) & ~1u;
      x[op->rd] = block->end;
      ++block->executions;
      cycles += block->cycles;
      instret += block->instructions;
      if (Fast) {
        Block* next = cache_.find_fast(target | (block->key & 1));
        if (next != nullptr) {
          const unsigned penalty = next->entry_penalty;
          cycles += penalty;
          next->extra_cycles += penalty;
          if (cycles + next->bound > limit) OUT(1);
          BEGIN(next, 1);
        }
      }
      arrival_ = Arrival::jumped;
      goto out;
    }

    OP(csr) : {
      ENTER_CALL();
      const bool done = execute_csr(*op);
      LEAVE_CALL();
      if (!done) goto trap;
      FALL();
    }
    OP(fence_i) : {
      // The next fetch is a transfer: it pays the entry of its target.
      ++block->executions;
      cycles += block->cycles;
      instret += block->instructions;
      target = block->end;
      arrival_ = Arrival::jumped;
      flush_all();
      goto out;
    }
    OP(mret) : {
      if (!return_from_trap()) {
        raise(2, op->imm);
        goto trap;
      }
      ++block->executions;
      cycles += block->cycles;
      instret += block->instructions;
      target = csr_.mepc;
      arrival_ = Arrival::jumped;
      recheck();
      goto out;
    }
    OP(wfi) : {
      if (!machine_ && (csr_.mstatus & mstatus_tw) != 0) {
        raise(2, op->imm);
        goto trap;
      }
      ++block->executions;
      cycles += block->cycles;
      instret += block->instructions;
      target = block->end;
      if (!has_wakeup()) request(Stop::wfi);
      OUT(block->last_line);
    }
    OP(ecall) : {
      raise(machine_ ? 11 : 8, 0);
      goto trap;
    }
    OP(ebreak) : {
      raise(3, block->pc() + op->offset);
      goto trap;
    }
    OP(illegal) : {
      raise(2, op->imm);
      goto trap;
    }
    OP(fetch_fault) : {
      // Nothing was executed, so the fetch takes no cycle of its own beyond the trap's.
      raise(1, op->imm);
      goto trap;
    }
    OP(end_block) : {
      ++block->executions;
      cycles += block->cycles;
      instret += block->instructions;
      target = op->imm;
      hazard_load_ = block->last_load;
      hazard_write_ = block->last_write;
      Block* next = block->next[1];
      if (Fast && next != nullptr) {
        const unsigned stall = entry_stall(*next);
        if (cycles + stall + next->bound <= limit) {
          cycles += stall;
          next->extra_cycles += stall;
          hazard_load_ = hazard_write_ = 0;
          BEGIN(next, block->last_line);
        }
        OUT(block->last_line);
      }
      if (next == nullptr) arrival_ = Arrival::fallen, from_ = block;
      OUT(block->last_line);
    }
  }

taken_unlinked:
  ++block->executions;
  target = op->imm;
  block->extra_cycles += block->taken_cycles;
  arrival_ = Arrival::taken;
  from_ = block;
  goto out;

fallen_unlinked:
  target = block->end;
  if constexpr (Icache) fetched_line_ = block->last_line;
  arrival_ = Arrival::fallen;
  from_ = block;

out:
  cycles_ = cycles;
  instret_ = instret;
  pc_ = target;
  return nullptr;

leave : {  // in the middle, before `op`
  const std::size_t count = block->index_of(op, true);
  cycles_ = cycles;
  instret_ = instret;
  pc_ = block->pc() + op->offset;
  if constexpr (Icache) fetched_line_ = block->line_before(count);
  if (op->id == OpId::end_block) {
    hazard_load_ = block->last_load;
    hazard_write_ = block->last_write;
  } else {
    const Op& before = block->ops[count - 1];
    const InsnClass c = class_of(before.id);
    hazard_write_ = before.rd == no_register ? 0 : before.rd;
    hazard_load_ = c == InsnClass::load || c == InsnClass::amo ? hazard_write_ : std::uint8_t{0};
  }
  finish_partial(*block, count);
  return nullptr;
}

trap : {
  const std::size_t count = block->index_of(op, false);
  const std::uint32_t pc = block->pc() + op->offset;
  cycles_ = cycles;
  instret_ = instret;
  // The trapping instruction takes its cycle but does not retire.
  const bool was_fetched = op->id != OpId::fetch_fault;
  const unsigned stall = op->stall;
  finish_partial(*block, count);
  const unsigned used = stall + (was_fetched ? 1 : 0);
  cycles_ += used;
  block->extra_cycles += used;
  // An instruction whose second half cannot be fetched is where it starts, not where its fault is.
  take_trap(trap_cause_, trap_value_, pc);
  recheck();
  return nullptr;
}
}

/// The handler of an operation whose first or second source is what the operation before it wrote; else its plain one.
const void* Core::handler_of(OpId id, bool first_forwarded, bool second_forwarded) {
  const void* const* labels = handlers();
  if (labels == nullptr) return nullptr;
  constexpr auto plain = operation_count, first_immediate = static_cast<std::size_t>(OpId::addi),
                 first_binary = static_cast<std::size_t>(OpId::add), end = static_cast<std::size_t>(OpId::mulhu) + 1;
  const auto index = static_cast<std::size_t>(id);
  if (first_forwarded && index >= first_immediate && index < end) return labels[plain + index - first_immediate];
  if (second_forwarded && index >= first_binary && index < end) return labels[plain + (end - first_immediate) + index - first_binary];
  return labels[index];
}

template <bool Fast>
const void* const* Core::execute_mode(Block* block) {
  const bool has_icache = icache_.is_on() || !Fast;  // the slow form has one for all
  switch (data_mode()) {
    case Data::plain: return has_icache ? execute<Fast, Data::plain, true>(block) : execute<true, Data::plain, false>(block);
    case Data::timed: return has_icache ? execute<Fast, Data::timed, true>(block) : execute<true, Data::timed, false>(block);
    case Data::lines: break;
  }
  return has_icache ? execute<Fast, Data::lines, true>(block) : execute<true, Data::lines, false>(block);
}

const void* const* Core::handlers() { return execute_mode<true>(nullptr); }

template const void* const* Core::execute_mode<true>(Block*);
template const void* const* Core::execute_mode<false>(Block*);

}  // namespace snnvp::riscv
