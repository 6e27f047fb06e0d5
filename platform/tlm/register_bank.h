// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <snnvp/platform/tlm/register_map.h>
#include <snnvp/platform/tlm/target_port.h>

namespace snnvp {

/// Registers described by data, behind a TargetPort: whole registers at register offsets, holes are
/// ADDRESS_ERROR, access types as described, debug reads without side effects, debug writes refused.
///
/// A block looks registers up by name once, at construction, and installs handlers where an access has a
/// side effect; values live here. Banks of 8-bit registers use the same calls.
class RegisterBank : public TargetRegion {
public:
  /// Reads produce the value; may add to the delay.
  using ReadHandler = std::function<std::uint32_t(sc_core::sc_time& delay)>;
  /// Called with the value written (for w1c/w1s: the bits written as 1), after masking and after the stored value changed.
  using WriteHandler = std::function<void(std::uint32_t value, sc_core::sc_time& delay)>;
  /// What a debug read returns when the value is not stored but computed.
  using PeekHandler = std::function<std::uint32_t()>;
  /// Recomputes what follows from the registers, such as an interrupt level.
  using UpdateHandler = std::function<void(const sc_core::sc_time& delay)>;

  explicit RegisterBank(RegisterMap map);

  /// Options of the TargetPort that serves this bank.
  TargetPort::Options port_options() const;

  const RegisterMap& map() const { return map_; }
  /// Index of a register by name; throws std::logic_error if the description has none (a bug of ours).
  unsigned index(const std::string& name) const;
  std::uint32_t value(unsigned index) const { return values_[index]; }
  /// Sets a stored value from the model's side (masked).
  void set(unsigned index, std::uint32_t value) { values_[index] = value & map_.registers[index].mask; }
  /// `peek` serves debug reads; if empty, they return the stored value.
  void on_read(const std::string& name, ReadHandler handler, PeekHandler peek = {});
  void on_write(const std::string& name, WriteHandler handler);
  /// Called once after every access that changed a register or ran a handler, and once by reset().
  void on_update(UpdateHandler handler) { update_ = std::move(handler); }
  /// Declares a lo/hi pair: reading lo latches hi (10.1). `counter` gives the 64-bit value.
  void counter64(const std::string& lo, const std::string& hi, std::function<std::uint64_t()> counter);
  /// All registers to their reset values; read and write handlers are not called, `update` is, once.
  void reset();
  /// Time of one transaction, added before its handlers run.
  void set_access_time(sc_core::sc_time time) { access_time_ = time; }

  bool covers(Address, Bytes) const override;
  bool allows(tlm::tlm_command, Address, Bytes) const override;
  bool read(Address, std::uint8_t*, Bytes, sc_core::sc_time&) override;
  bool write(Address, const std::uint8_t*, Bytes, sc_core::sc_time&) override;
  void begin(tlm::tlm_command, Address, Bytes, sc_core::sc_time& delay) override { delay += access_time_; }
  /// Quiet where no handler is run.
  WordResult read_word(Address, Bytes, std::uint32_t& value, sc_core::sc_time& delay) override;
  WordResult write_word(Address, Bytes, std::uint32_t value, sc_core::sc_time& delay) override;
  /// Ends at the first byte that a normal read would refuse.
  Bytes debug_read(Address, std::uint8_t*, Bytes) const override;
  Bytes debug_write(Address, const std::uint8_t*, Bytes) override { return 0; }

private:
  struct Hooks {
    ReadHandler read;
    WriteHandler write;
    PeekHandler peek;
  };
  std::uint32_t load(std::size_t index, sc_core::sc_time& delay);
  void store(std::size_t index, std::uint32_t value, sc_core::sc_time& delay);
  int slot(Address address) const;  // index of the register that holds a byte, -1 for a hole
  std::uint32_t peek(int slot) const;
  void update(const sc_core::sc_time& delay) const {
    if (update_) update_(delay);
  }

  RegisterMap map_;
  Bytes step_;  // bytes of a register
  std::vector<std::uint32_t> values_;
  std::vector<Hooks> hooks_;
  std::vector<int> by_word_;  // up to the last register
  UpdateHandler update_;
  sc_core::sc_time access_time_;
};

}  // namespace snnvp
