// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What a debugger works on: harts with registers, memory, breakpoints. Knows neither the protocol nor SystemC.
namespace snnvp::gdb {

/// Numbers of registers, GDB's for RISC-V: x0 to x31, pc, then (after the floating-point ones) the CSRs.
constexpr unsigned pc_number = 32, csr_base = 65, csr_count = 4096;

enum class WatchKind { write, read, access };

struct Watchpoint {
  WatchKind kind = WatchKind::write;
  std::uint32_t address = 0, bytes = 4;
};

/// Why the program stands still.
struct StopEvent {
  enum class Cause { start, interrupt, step, breakpoint, watchpoint, time, fault };
  Cause cause = Cause::start;
  unsigned hart = 0;
  std::uint32_t address = 0;  ///< watchpoint: of the data; else of the instruction
  WatchKind watch = WatchKind::write;
};

/// How one hart goes on.
struct Resume {
  enum class Kind {
    hold,   ///< not at all, until the next resume
    run,    ///< until something stops it
    step,   ///< one instruction
    range,  ///< step by step until it leaves [start, end)
  };
  Kind kind = Kind::run;
  std::uint32_t start = 0, end = 0;

  bool contains(std::uint32_t pc) const { return pc >= start && pc < end; }
};
/// By hart.
using Resumes = std::vector<Resume>;

struct NamedRegister {
  std::string name;
  unsigned number = 0;  ///< csr_base + number of the CSR
};

class Target {
public:
  virtual ~Target() = default;
  virtual unsigned harts() const = 0;
  /// What a list of threads says of a hart.
  virtual std::string hart_text(unsigned hart) const = 0;
  /// The CSRs that exist.
  virtual std::vector<NamedRegister> csrs() const = 0;
  /// Nothing, or false: no such register, or it cannot be written.
  virtual std::optional<std::uint32_t> read_register(unsigned hart, unsigned number) = 0;
  virtual bool write_register(unsigned hart, unsigned number, std::uint32_t value) = 0;
  /// As the hart sees addresses, without side effects; shorter than asked where memory ends.
  virtual std::string read_memory(unsigned hart, std::uint32_t address, std::size_t bytes) = 0;
  virtual bool write_memory(unsigned hart, std::uint32_t address, const std::string& bytes) = 0;
  /// On all harts.
  virtual void set_breakpoint(std::uint32_t address, bool set) = 0;
  virtual void set_watchpoints(const std::vector<Watchpoint>& watchpoints) = 0;
  /// Answer to `monitor COMMAND`, text for people.
  virtual std::string monitor(unsigned hart, const std::string& command) = 0;
  /// The debugger asks for the end of the run.
  virtual void kill() = 0;
};

}  // namespace snnvp::gdb
