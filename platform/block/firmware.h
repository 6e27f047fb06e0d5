// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

// What a firmware workload asks of blocks: harts that execute it, devices it talks to the world with. Header-only.
namespace snnvp {

/// Told by blocks when the program is over, at the simulated time at which it is.
class FirmwareObserver {
public:
  virtual ~FirmwareObserver() = default;
  /// `status` is a status word; `code` the program's exit code; `reason` a sentence for people, empty if all is well.
  virtual void finish(const std::string& status, std::uint32_t code, const std::string& reason) = 0;
  /// A store to the watched word of the tohost protocol.
  virtual void tohost(std::uint32_t value) = 0;
  /// Somebody has finished the program: no hart executes one instruction more.
  virtual bool is_over() const = 0;
  /// The program asks for all harts and devices as after power-up, itself as it was loaded.
  virtual void restart() = 0;
};

/// The device that keeps `mtime`.
class FirmwareTimer {
public:
  virtual ~FirmwareTimer() = default;
  virtual std::uint64_t mtime(Picoseconds at) const = 0;
};

/// Addresses of a memory as a hart sees them, inclusive.
struct MemoryRange {
  std::uint32_t first = 0, last = 0;
};

/// What a hart did to one memory through a pointer, past the memory's port.
struct DirectUse {
  std::uint64_t reads = 0, writes = 0, bytes_read = 0, bytes_written = 0;
  std::uint64_t bytes_fetched = 0;  ///< as code, in words of 4 bytes
};

/// A memory that counts what harts did to it through pointers as its own accesses.
class DirectMemory {
public:
  virtual ~DirectMemory() = default;
  /// `use` is asked whenever counts are reported.
  virtual void add_user(std::function<DirectUse()> use) = 0;
};

/// A processor that runs a program placed in memory.
class FirmwareHart {
public:
  enum class State { running, sleeping, parked, stopped };
  /// What one function's code took, by address of a straight piece of it.
  struct Piece {
    std::uint32_t address = 0;
    std::uint64_t executions = 0, cycles = 0;
  };
  /// A trap or bus error worth telling.
  struct Event {
    std::uint32_t pc = 0, cause = 0, value = 0;
    std::uint64_t cycle = 0;
    std::string response;          ///< of the bus, if an access failed there
    std::uint32_t ra = 0;          ///< return address
    std::uint32_t sp = 0, fp = 0;  ///< stack and frame pointer; 0: not known
  };
  /// Who wrote to a device last.
  struct Writer {
    std::uint32_t pc = 0, address = 0;
  };
  struct Summary {
    std::uint64_t cycles = 0, instructions = 0, stall_cycles = 0, sleep_cycles = 0, mmio_reads = 0, mmio_writes = 0;
    std::uint64_t exceptions = 0, interrupts = 0;
  };

  virtual ~FirmwareHart() = default;
  virtual unsigned hart_id() const = 0;
  /// Where execution starts; before time 0.
  virtual void start_at(std::uint32_t pc) = 0;
  /// The program never runs past this time; 0: no limit.
  virtual void set_time_limit(Picoseconds limit) = 0;
  /// What can be executed and used by atomics.
  virtual void set_memories(std::vector<MemoryRange> memories) = 0;
  /// Accesses past the bus to one of these memories, by its place in the list.
  virtual DirectUse direct_use(std::size_t memory) = 0;
  virtual void set_timer(const FirmwareTimer* timer) = 0;
  virtual void set_observer(FirmwareObserver* observer) = 0;
  virtual void watch_tohost(std::uint32_t address) = 0;
  virtual Bytes debug_read(Address address, std::uint8_t* data, Bytes length) = 0;
  virtual Bytes debug_write(Address address, const std::uint8_t* data, Bytes length) = 0;

  virtual State state() const = 0;
  virtual std::uint32_t pc() const = 0;
  virtual std::uint32_t csr(std::uint32_t number) = 0;
  virtual Summary summary() const = 0;
  virtual std::vector<Piece> profile() = 0;
  /// The first access faults, at most 16.
  virtual const std::vector<Event>& access_faults() const = 0;
  /// The trap that began the chain of traps under way.
  virtual Event first_trap() const = 0;
  /// The last exception, ecall aside.
  virtual std::optional<Event> last_exception() const = 0;
  /// The last store to a device register in [first, last], the lowest that was written to.
  virtual std::optional<Writer> last_writer(std::uint32_t first, std::uint32_t last) const = 0;
};

/// A character device whose output is kept.
class FirmwareConsole {
public:
  virtual ~FirmwareConsole() = default;
  /// Everything written so far.
  virtual const std::string& text() const = 0;
  /// Also hands each character on, if the console is to be seen.
  virtual void connect(std::function<void(char)> sink) = 0;
  /// Opens the host's end of its line, if it has one to be opened, and returns how people reach it; else empty. Before time 0.
  virtual std::string open() { return {}; }
  /// The program was fed by hand: an equal run need not give an equal report.
  virtual bool is_interactive() const { return false; }
};

/// A device the program ends the run with and marks its phases on.
class FirmwareControl {
public:
  struct Phase {
    std::uint32_t id = 0;
    Picoseconds start = 0, end = 0;
  };
  virtual ~FirmwareControl() = default;
  virtual void set_observer(FirmwareObserver* observer) = 0;
  virtual std::vector<Phase> phases() const = 0;
};

}  // namespace snnvp
