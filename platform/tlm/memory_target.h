// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/platform/tlm/memory_store.h>
#include <snnvp/platform/tlm/target_port.h>

namespace snnvp {

/// A memory as a TargetPort sees it: bytes in a MemoryStore, debug, and DMI over the whole store if allowed.
/// A block derives from it and overrides `begin` to add its timing and count its events.
class MemoryTarget : public TargetRegion {
public:
  MemoryTarget(Bytes size, bool allow_dmi) : store_(size), allow_dmi_(allow_dmi) {}

  /// Options of the TargetPort that serves this memory: any size, byte enables and streaming.
  TargetPort::Options port_options() const;

  MemoryStore& store() { return store_; }
  const MemoryStore& store() const { return store_; }
  bool allow_dmi() const { return allow_dmi_; }
  /// Time of one DMI access of up to 8 bytes (T20).
  void set_dmi_latency(sc_core::sc_time read, sc_core::sc_time write) { dmi_read_latency_ = read, dmi_write_latency_ = write; }

  bool read(Address address, std::uint8_t* data, Bytes length, sc_core::sc_time&) override;
  bool write(Address address, const std::uint8_t* data, Bytes length, sc_core::sc_time&) override;
  Bytes debug_read(Address address, std::uint8_t* data, Bytes length) const override;
  Bytes debug_write(Address address, const std::uint8_t* data, Bytes length) override;
  bool direct_memory(tlm::tlm_command, Address, tlm::tlm_dmi& dmi) override;

protected:
  /// Moves the bytes of a plain access.
  void transfer(tlm::tlm_generic_payload& payload) {
    if (payload.get_command() == tlm::TLM_READ_COMMAND)
      store_.read(payload.get_address(), payload.get_data_ptr(), payload.get_data_length());
    else
      store_.write(payload.get_address(), payload.get_data_ptr(), payload.get_data_length());
  }

private:
  MemoryStore store_;
  bool allow_dmi_;
  sc_core::sc_time dmi_read_latency_, dmi_write_latency_;
};

}  // namespace snnvp
