// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/riscv/insn_trace.h>

#include <cerrno>
#include <cinttypes>
#include <cstring>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp::riscv {
namespace {

constexpr const char* names[32] = {"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                   "a6",   "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

}  // namespace

InsnTrace::InsnTrace(const std::string& path, Fetch fetch) : path_(path), file_(std::fopen(path.c_str(), "w")), fetch_(std::move(fetch)) {
  if (file_ == nullptr) throw InputError("insn_trace: cannot write " + quote(path, 200) + ": " + std::strerror(errno));
}

InsnTrace::~InsnTrace() { std::fclose(file_); }

Stop InsnTrace::run(Core& core, Cycles end) {
  for (;;) {
    const std::uint32_t pc = core.pc();
    const Cycles cycle = core.now();
    const std::uint64_t retired = core.instructions();
    for (unsigned i = 1; i < 32; ++i) before_[i] = core.reg(i);
    const Stop stop = core.step();
    if (core.instructions() != retired) line(core, cycle, pc);
    if (stop != Stop::budget || core.now() >= end) return stop;
  }
}

void InsnTrace::line(const Core& core, Cycles cycle, std::uint32_t pc) {
  std::uint8_t bytes[4] = {};
  const bool is_known = fetch_(pc, bytes, 2);
  const bool is_whole = (bytes[0] & 3) == 3 && fetch_(pc + 2, bytes + 2, 2);
  const std::uint32_t word = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
  std::fprintf(file_, is_whole ? "%9" PRIu64 " %08" PRIx32 " %08" PRIx32 : "%9" PRIu64 " %08" PRIx32 "     %04" PRIx32, cycle, pc,
               is_known ? word : 0);
  for (unsigned i = 1; i < 32; ++i)
    if (core.reg(i) != before_[i]) std::fprintf(file_, " %s=%08" PRIx32, names[i], core.reg(i));
  if (std::fputc('\n', file_) == EOF) throw InputError("insn_trace: cannot write " + quote(path_, 200) + ": " + std::strerror(errno));
}

}  // namespace snnvp::riscv
