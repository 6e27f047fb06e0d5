// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/registry/port_abilities.h>
#include <snnvp/platform/tlm/register_map.h>

// What a tester knows about the port it talks to, and the transactions it may send. Pure C++.
namespace snnvp::conform {

enum class Command : std::uint8_t { read, write, ignore };

/// Values of tlm::tlm_response_status.
enum class Status : int { ok = 1, incomplete = 0, generic = -1, address = -2, command = -3, burst = -4, byte_enable = -5 };
/// A set of statuses.
using StatusSet = unsigned;
constexpr StatusSet only(Status status) { return 1U << (1 - static_cast<int>(status)); }
constexpr bool holds(StatusSet set, Status status) { return (set & only(status)) != 0; }
/// "OK or BYTE_ENABLE_ERROR".
std::string text_of(StatusSet set);

/// One transaction as it is sent.
struct Stimulus {
  Command command = Command::read;
  Address address = 0;
  unsigned length = 1;
  unsigned streaming_width = 1;
  std::vector<std::uint8_t> enables;  ///< empty: none
  bool empty_enables = false;         ///< a pointer with length 0: malformed
  bool null_data = false;             ///< malformed
  Picoseconds delay = 0;
  enum class Extra : std::uint8_t { none, sticky, automatic } extension = Extra::none;
  bool managed = false;  ///< sent with a memory manager

  Bytes span() const { return streaming_width == 0 || streaming_width > length ? length : streaming_width; }
  bool lane(unsigned i) const { return enables.empty() || enables[i % enables.size()] != 0; }
  bool has_disabled_lane() const;
  bool is_malformed() const { return null_data || length == 0 || empty_enables; }
};

/// A stretch of addresses, as the tester sees it, that leads into a memory.
struct Window {
  Address base = 0;
  Bytes size = 0;
  unsigned memory = 0;                     ///< index into the golden memories
  Address offset = 0;                      ///< first byte of the memory that is visible
  Ability dmi = Ability::unstated;         ///< granted for this window
  std::optional<Picoseconds> dmi_latency;  ///< exact latency of a grant, if it is known
  Picoseconds dmi_least = 0;               ///< a grant's latency is at least this
  bool is_own = true;                      ///< this tester sends accesses there; others are only looked at

  Address last() const { return base + (size - 1); }
  bool covers(Address address, Bytes span) const { return address >= base && span <= size && address - base <= size - span; }
};

/// What a memory must hold. Of a large one only its two ends are used: testers stay there.
class GoldenMemory {
public:
  struct Region {
    Address start = 0;
    std::vector<std::uint8_t> bytes;
  };
  explicit GoldenMemory(Bytes size);

  static constexpr Bytes whole = 8192;  ///< memories up to this size are used as a whole
  static constexpr Bytes end = 2048;    ///< of a larger one: bytes at each end

  std::vector<Region>& regions() { return regions_; }
  /// The byte must be in a region.
  std::uint8_t& at(Address address) {
    Region& region = address < regions_.back().start ? regions_.front() : regions_.back();
    return region.bytes[static_cast<std::size_t>(address - region.start)];
  }

private:
  std::vector<Region> regions_;
};

/// The bytes of all memories, as they must be; shared by the testers of a bench.
using Golden = std::vector<GoldenMemory>;

struct PortModel {
  PortAbilities abilities;
  std::vector<Window> windows;          ///< memory and route: what is mapped; registers and packets: one, or none if unknown
  std::vector<RegisterSpec> registers;  ///< in offset order
  unsigned register_bytes = 4;
  std::vector<bool> read_only;  ///< by memory byte, of memory 0 only; empty: all can be written
  /// The order of checks of spec/tlm.md 5.2 and the exact status are promised; else any error of the base protocol will do where
  /// there is one, and malformed payloads are not sent.
  bool is_strict = false;
  Picoseconds least_latency = 0;  ///< of a transfer, if the bench knows it

  bool is_memory() const { return abilities.role == PortAbilities::Role::memory || abilities.role == PortAbilities::Role::route; }
  /// The window that holds the whole span, or nullptr.
  const Window* window_of(Address address, Bytes span) const;
  const RegisterSpec* register_at(Address address) const;
  /// What may come back for this transaction. With OK, `apply` says what happens.
  StatusSet predict(const Stimulus& stimulus) const;
  /// Moves the bytes between `data` (the first one of the transaction) and the golden memory: spec/tlm.md 5.1, byte by byte.
  void apply(const Stimulus& stimulus, std::uint8_t* data, Golden& golden) const;

private:
  StatusSet faults(const Stimulus& stimulus) const;
  bool is_hole(const Stimulus& stimulus) const;
  bool is_array(const Stimulus& stimulus) const;
  bool is_forbidden(const Stimulus& stimulus) const;
  bool is_bad_size(const Stimulus& stimulus) const;
};

}  // namespace snnvp::conform
