// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/elf_unwind.h>

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <libelf.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include <snnvp/workloads/formats/guarded_read.h>

namespace snnvp {
namespace {

constexpr int reg_ra = 1, reg_sp = 2, reg_fp = 8;

/// One frame after the other, as far as the rules are the simple ones that compilers write for functions.
class Unwinder {
public:
  Unwinder(Elf* elf, const StackSnapshot& from) : from_(from), ra_(from.ra), sp_(from.sp), fp_(from.fp) {
    Dwarf* dwarf = dwarf_begin_elf(elf, DWARF_C_READ, nullptr);
    tables_[0] = dwarf == nullptr ? nullptr : dwarf_getcfi(dwarf);
    tables_[1] = dwarf_getcfi_elf(elf);
  }

  /// The address of the call that led to `pc`; `is_innermost`: the hart stands there, it is no call itself.
  std::optional<std::uint32_t> step(std::uint32_t pc, bool is_innermost) {
    Dwarf_Frame* frame = find(pc);
    if (tables_[0] == nullptr && tables_[1] == nullptr) return std::nullopt;
    if (frame == nullptr)  // a jump to no function: what called it has left its return address
      return is_innermost ? call_before(ra_) : std::nullopt;
    const auto cfa = cfa_of(frame);
    if (!cfa) return std::nullopt;
    const auto fp = saved(frame, reg_fp, *cfa, fp_);
    const auto ra = saved(frame, reg_ra, *cfa, ra_);
    const bool is_ra_saved = was_saved_;
    std::free(frame);
    if (!ra || !fp || (!is_innermost && !is_ra_saved) || *cfa < sp_ || (*cfa == sp_ && !is_innermost)) return std::nullopt;
    ra_ = *ra, fp_ = *fp, sp_ = *cfa;
    return call_before(ra_);
  }

private:
  static std::optional<std::uint32_t> call_before(std::uint32_t ra) { return ra < 2 ? std::nullopt : std::optional(ra - 2); }

  Dwarf_Frame* find(std::uint32_t pc) const {
    for (Dwarf_CFI* table : tables_) {
      Dwarf_Frame* frame = nullptr;
      if (table != nullptr && dwarf_cfi_addrframe(table, pc, &frame) == 0) return frame;
    }
    return nullptr;
  }

  /// Stack pointer of the caller: a register plus a number.
  std::optional<std::uint32_t> cfa_of(Dwarf_Frame* frame) const {
    Dwarf_Op* ops = nullptr;
    std::size_t n = 0;
    if (dwarf_frame_cfa(frame, &ops, &n) != 0 || n != 1) return std::nullopt;
    int reg = -1;
    Dwarf_Word offset = 0;
    if (ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg31)
      reg = ops[0].atom - DW_OP_breg0, offset = ops[0].number;
    else if (ops[0].atom == DW_OP_bregx)
      reg = static_cast<int>(ops[0].number), offset = ops[0].number2;
    if (reg != reg_sp && reg != reg_fp) return std::nullopt;
    return (reg == reg_sp ? sp_ : fp_) + static_cast<std::uint32_t>(offset);
  }

  /// A register's value in the caller: unchanged, or saved at a place on the stack.
  std::optional<std::uint32_t> saved(Dwarf_Frame* frame, int reg, std::uint32_t cfa, std::uint32_t now) {
    Dwarf_Op memory[3];
    Dwarf_Op* ops = nullptr;
    std::size_t n = 0;
    was_saved_ = false;
    if (dwarf_frame_register(frame, reg, memory, &ops, &n) != 0) return std::nullopt;
    if (n == 0) return now;
    if (ops[0].atom != DW_OP_call_frame_cfa || n > 2 || (n == 2 && ops[1].atom != DW_OP_plus_uconst)) return std::nullopt;
    const std::uint32_t at = cfa + (n == 2 ? static_cast<std::uint32_t>(ops[1].number) : 0) - from_.sp;
    if (at + std::uint64_t{4} > from_.bytes.size()) return std::nullopt;
    std::uint32_t value = 0;
    std::memcpy(&value, &from_.bytes[at], 4);
    was_saved_ = true;
    return value;
  }

  const StackSnapshot& from_;
  Dwarf_CFI* tables_[2] = {};
  std::uint32_t ra_, sp_, fp_;
  bool was_saved_ = false;
};

}  // namespace

std::vector<std::uint32_t> unwind_calls(const std::string& elf_path, const StackSnapshot& from, std::size_t most) {
  std::ifstream in(elf_path, std::ios::binary);
  const std::vector<char> file{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::uint32_t> calls;
  GuardLimits limits;
  limits.seconds = 20;
  try {
    read_guarded(
        limits,
        [&](GuardSink& sink) {
          elf_version(EV_CURRENT);
          std::vector<char> own = file;
          if (Elf* elf = elf_memory(own.data(), own.size()); elf != nullptr && !own.empty()) {
            Unwinder unwinder(elf, from);
            std::uint32_t pc = from.pc;
            for (std::size_t i = 0; i < most; ++i) {
              const auto call = unwinder.step(pc, i == 0);
              if (!call) break;
              sink.number(std::uint8_t{1});
              sink.number(*call);
              pc = *call;
            }
          }
          sink.number(std::uint8_t{0});
        },
        [&](GuardPipe& pipe) {
          while (calls.size() <= most && pipe.number<std::uint8_t>() == 1) calls.push_back(pipe.number<std::uint32_t>());
        });
  } catch (const GuardFailure&) {
    return {};
  }
  return calls;
}

}  // namespace snnvp
