// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/base/types.h>

// Optional interfaces of a block, found by dynamic_cast on the created module. Header-only, so that a
// plug-in needs no symbol of ours (spec/tlm.md 14).
namespace snnvp {

/// A statistic that counts up. Never touched reads as null in reports, touched and zero as 0.
class Counter {
public:
  /// Adds; a sum beyond 64 bits is an error, not a wrap.
  void add(std::uint64_t n) {
    if (n > std::numeric_limits<std::uint64_t>::max() - value_) throw std::overflow_error("a counter would pass 2^64");
    value_ += n;
    touched_ = true;
  }
  /// Marks as touched without counting.
  void touch() { touched_ = true; }
  void reset() { value_ = 0, touched_ = false; }
  bool touched() const { return touched_; }
  std::uint64_t value() const { return value_; }

private:
  std::uint64_t value_ = 0;
  bool touched_ = false;
};

/// Receives the statistics of one block at the end of a run. Names must be declared in the descriptor.
class StatSink {
public:
  virtual ~StatSink() = default;
  virtual void count(const std::string& name, const Counter& counter) = 0;
  /// Null if nullopt.
  virtual void integer(const std::string& name, std::optional<std::uint64_t> value) = 0;
  virtual void real(const std::string& name, std::optional<double> value) = 0;
  virtual void text(const std::string& name, const std::string& value) = 0;
};

class StatProvider {
public:
  virtual ~StatProvider() = default;
  virtual void report_stats(StatSink& sink) const = 0;
};

/// Priced event counts by key (spec/energy.md 6.1), in key order.
using EventCounts = std::map<std::string, std::uint64_t>;

class EventProvider {
public:
  virtual ~EventProvider() = default;
  virtual EventCounts events() const = 0;
  /// Busy cycles of each unit with its own time, by unit name; the clock is the block's.
  virtual std::map<std::string, Cycles> unit_busy_cycles() const { return {}; }
};

class Resettable {
public:
  virtual ~Resettable() = default;
  /// Asynchronous, at any time, repeatable; afterwards the block is as after construction, memories keep their bytes.
  virtual void reset() = 0;
};

/// One window of an interconnect's address map.
struct AddressWindow {
  Address base = 0;
  Bytes size = 0;
  Address offset = 0;      ///< first address inside the target
  unsigned out_index = 0;  ///< which initiator-side port leads to the target
  std::string target;      ///< "dram.in", for messages and the printed map
};

/// An interconnect that decodes addresses; windows are added before elaboration ends.
class AddressRouter {
public:
  virtual ~AddressRouter() = default;
  virtual void map(const AddressWindow& window) = 0;
  /// The built map as text, with peer names.
  virtual std::string memory_map() const = 0;
};

class IdleProvider {
public:
  virtual ~IdleProvider() = default;
  /// Nothing under way. `waiting_for` says in words what a busy block waits for.
  virtual bool is_idle() const = 0;
  virtual std::string waiting_for() const { return {}; }
};

}  // namespace snnvp
