// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/firmware_places.h>

#include <fmt/format.h>

#include <algorithm>

#include <snnvp/workloads/formats/elf_unwind.h>

namespace snnvp {
namespace {

enum Cause : std::uint32_t {
  fetch_fault = 1,
  illegal = 2,
  breakpoint = 3,
  load_misaligned = 4,
  load_fault = 5,
  store_misaligned = 6,
  store_fault = 7,
  ecall_user = 8,
  ecall_machine = 11
};

std::string name_of(std::uint32_t cause) {
  switch (cause) {
    case fetch_fault: return "fetch access fault";
    case illegal: return "illegal instruction";
    case breakpoint: return "breakpoint";
    case load_misaligned: return "misaligned load";
    case load_fault: return "load access fault";
    case store_misaligned: return "misaligned store";
    case store_fault: return "store access fault";
    case ecall_user:
    case ecall_machine: return "ecall";
    default: return fmt::format("cause {}", cause);
  }
}

}  // namespace

std::string FirmwarePlaces::place(std::uint32_t pc) const { return elf_ != nullptr ? elf_->place(pc) : fmt::format("{:#010x}", pc); }

std::string FirmwarePlaces::function(std::uint32_t address) const {
  const ElfFile::Symbol* function = elf_ != nullptr ? elf_->function_at(address) : nullptr;
  if (function == nullptr) return "?";
  const std::string line = elf_->lines.at(address);
  return line.empty() ? function->name : fmt::format("{} ({})", function->name, line);
}

const FirmwarePlaces::Range* FirmwarePlaces::at(std::uint32_t address) const {
  for (const Range& r : ranges_)
    if (address >= r.range.first && address <= r.range.last) return &r;
  return nullptr;
}

bool FirmwarePlaces::is_code(std::uint32_t address) const {
  return elf_ != nullptr && std::any_of(elf_->segments.begin(), elf_->segments.end(), [&](const ElfFile::Segment& s) {
           return s.executable && address >= s.address && address < s.end();
         });
}

bool FirmwarePlaces::is_stack_guard(std::uint32_t address) const {
  if (elf_ == nullptr) return false;
  const auto first = elf_->find("__stack_guard"), end = elf_->find("__stack_guard_end");
  return first && end && address >= *first && address < *end;
}

std::string FirmwarePlaces::whereabouts(std::uint32_t address) const {
  if (const Range* inside = at(address)) return fmt::format("that is in {}", inside->name);
  constexpr std::uint32_t near = 0x1'0000;
  for (const Range& r : ranges_) {
    if (address > r.range.last && address - r.range.last <= near)
      return fmt::format("no block is there, {} ends at {:#010x}", r.name, r.range.last);
    if (address < r.range.first && r.range.first - address <= near)
      return fmt::format("no block is there, {} begins at {:#010x}", r.name, r.range.first);
  }
  return "no block is there";
}

std::string FirmwarePlaces::reason(const FirmwareHart::Event& e) const {
  const Range* inside = at(e.value);
  const bool in_memory = inside != nullptr && inside->is_memory;
  switch (e.cause) {
    case fetch_fault:
      if (is_stack_guard(e.value)) return "a jump into the page below the stack";
      if (in_memory) return "a jump into data: memory protection forbids to execute there";
      return inside != nullptr ? "a jump into the registers of " + inside->name : "a jump to where no memory is";
    case load_fault:
    case store_fault:
      if (is_stack_guard(e.value)) return "the stack has overflowed into its guard page";
      if (e.cause == store_fault && is_code(e.value)) return "code is protected from being written";
      if (in_memory) return "memory protection forbids it";
      if (inside != nullptr && e.response == "COMMAND_ERROR")
        return fmt::format("{} refuses to be {} there", inside->name, e.cause == load_fault ? "read" : "written");
      if (inside != nullptr && e.response == "BURST_ERROR") return fmt::format("{} takes no access of that width", inside->name);
      if (inside != nullptr) return fmt::format("{} refuses it: is there a register?", inside->name);
      return whereabouts(e.value);
    case load_misaligned:
    case store_misaligned:
      return inside != nullptr && !in_memory ? fmt::format("registers of {} take aligned accesses only", inside->name)
                                             : "the address is no multiple of the access";
    case illegal: return e.value == 0 ? "zeros: code that was overwritten, or data" : fmt::format("encoding {:#x}", e.value);
    default: return {};
  }
}

std::string FirmwarePlaces::explain(const FirmwareHart::Event& e, bool with_caller) const {
  std::string text = fmt::format("{} at {}", name_of(e.cause), place(e.pc));
  const bool has_address = (e.cause >= load_misaligned && e.cause <= store_fault) || e.cause == fetch_fault;
  if (has_address) text += fmt::format(", address {:#010x}", e.value);
  if (!e.response.empty()) text += ", answered " + e.response;
  if (const std::string why = reason(e); !why.empty()) text += ": " + why;
  if (elf_ == nullptr || !with_caller) return text;
  // Where the call was, if that is another function.
  const ElfFile::Symbol* caller = e.ra >= 2 ? elf_->function_at(e.ra - 2) : nullptr;
  if (caller != nullptr && caller != elf_->function_at(e.pc)) text += "; called from " + function(e.ra - 2);
  return text;
}

std::string FirmwarePlaces::call_stack(const FirmwareHart::Event& e, FirmwareHart& hart) const {
  constexpr std::size_t most_bytes = 1 << 20, piece = 4096, most_told = 12;
  if (elf_ == nullptr || e.sp == 0) return {};
  StackSnapshot from{e.pc, e.ra, e.sp, e.fp, {}};
  // By pieces: the stack may end anywhere in its memory.
  for (std::uint8_t bytes[piece]; from.bytes.size() < most_bytes;) {
    const std::uint64_t at = std::uint64_t{e.sp} + from.bytes.size();
    const Bytes done = at <= 0xFFFFFFFF ? hart.debug_read(at, bytes, piece) : 0;
    from.bytes.insert(from.bytes.end(), bytes, bytes + done);
    if (done != piece) break;
  }
  const std::vector<std::uint32_t> calls = unwind_calls(elf_->path, from);
  if (calls.empty()) return {};
  // A recursion is told once, with its depth.
  std::vector<std::pair<std::string, std::size_t>> frames = {{function(e.pc), 1}};
  for (const std::uint32_t call : calls) {
    const std::string frame = function(call);
    if (frame == frames.back().first)
      ++frames.back().second;
    else
      frames.emplace_back(frame, 1);
  }
  std::string text = "call stack: ";
  for (std::size_t i = 0; i < std::min(frames.size(), most_told); ++i)
    text += fmt::format("{}{}{}", i == 0 ? "" : " < ", frames[i].first,
                        frames[i].second == 1 ? "" : fmt::format(" {} times", frames[i].second));
  return frames.size() > most_told ? text + " < ..." : text;
}

}  // namespace snnvp
