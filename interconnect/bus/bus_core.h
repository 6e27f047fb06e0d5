// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/reservation.h>

// What a bus decides, without SystemC: address decode, translation of DMI windows, arbitration, occupancy.
namespace snnvp {

/// One entry of a bus's address map: [base, base + size) on the bus is [offset, offset + size) of a target.
struct BusMapping : AddressWindow {
  BusMapping() = default;
  explicit BusMapping(const AddressWindow& window) : AddressWindow(window) {}

  Address last() const { return base + (size - 1); }
  bool contains(Address address, Bytes span) const {
    const Address inside = address - base;  // wraps below the base, and is too large then
    return inside < size && span <= size - inside;
  }
  Address to_target(Address address) const { return address - base + offset; }
};

/// An inclusive range of addresses.
struct AddressRange {
  Address start = 0;
  Address end = std::numeric_limits<Address>::max();
};

/// The address map of a bus: entries that do not overlap, ordered by base.
class AddressMap {
public:
  /// Throws InputError if the entry is empty, wraps at 2^64 or overlaps another; both are named then (B10).
  void add(const BusMapping& mapping);

  /// The entry that holds all of [address, address + span), or nullptr: a span that crosses into another window
  /// is not decoded even if both exist (B2).
  const BusMapping* find(Address address, Bytes span) const;
  const std::vector<BusMapping>& entries() const { return entries_; }
  /// The unmapped range around an address that is not mapped.
  AddressRange hole_around(Address address) const;
  /// One line per entry, in address order (B11).
  std::string text() const;

private:
  std::vector<BusMapping> entries_;
};

/// The part of a target's range that is visible through `mapping`, in bus addresses. `skipped` is how far its start
/// moved, for the DMI pointer. False: nothing of it is visible (B7, B8).
bool visible_range(const BusMapping& mapping, const AddressRange& of_target, AddressRange& on_bus, Address& skipped);

/// A burst that wants the bus. Times are local times of its initiator.
struct BusRequest {
  Picoseconds ready_ps = 0;  ///< when it wants to start
  Cycles ready = 0;          ///< the first bus cycle at or after that
  Cycles beats = 0;          ///< cycles it occupies the bus
  unsigned initiator = 0;
  Address address = 0;  ///< with is_write: a fixed order for equal requests of one initiator
  bool is_write = false;
  Cycles start = 0;  ///< result: the cycle it was granted
};

/// Decides who has the bus when: earliest local time first, ties round robin by initiator name (decision 5).
/// One request at a time; waiting is arithmetic.
class BusArbiter {
public:
  /// `names[i]` is the name of initiator i; where names are missing or equal, the lower port number goes first.
  explicit BusArbiter(const std::vector<std::string>& names, unsigned initiators);

  /// Index in `requests` of the one to grant next. Must not be empty.
  std::size_t next(const std::vector<BusRequest*>& requests) const;
  /// Books the bus for a request; sets and returns its start cycle.
  Cycles grant(BusRequest& request);

  Cycles busy_cycles() const { return occupancy_.busy(); }
  Cycles wait_cycles() const { return occupancy_.waited(); }
  const std::vector<std::uint64_t>& grants() const { return grants_; }
  void reset();

private:
  unsigned turns_until(unsigned initiator) const;

  std::vector<unsigned> rank_;  // of each initiator in name order
  unsigned last_rank_;          // rank of the last one granted
  Reservation occupancy_;       // in bus cycles
  std::vector<std::uint64_t> grants_;
};

/// Cycles a transfer of `length` bytes occupies a bus of `width` bytes; 0 is unlimited width.
constexpr Cycles bus_beats(Bytes length, Bytes width) { return width == 0 ? 0 : ceil_div(length, width); }

}  // namespace snnvp
