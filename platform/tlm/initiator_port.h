// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// An initiator socket with plain calls; sets every payload attribute before every call (spec/tlm.md section 6).
/// Timed calls must come from an SC_THREAD: a target may wait. Several threads may share a port.
class InitiatorPort : public tlm_utils::simple_initiator_socket<InitiatorPort, 32> {
public:
  explicit InitiatorPort(const char* name);
  ~InitiatorPort() override;

  /// Timed transfer of `length` bytes (1 to 2^32 - 1). `delay` is the local time ahead of the kernel on entry and
  /// the completion time on return; nothing is waited for here. The response is returned, never thrown.
  tlm::tlm_response_status read(Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay);
  tlm::tlm_response_status write(Address address, const std::uint8_t* data, Bytes length, sc_core::sc_time& delay);

  /// Debug transport of any length: the number of bytes done.
  Bytes debug_read(Address address, std::uint8_t* data, Bytes length);
  Bytes debug_write(Address address, const std::uint8_t* data, Bytes length);

  /// T19: `call` learns of every range, inclusive, whose pointers a target takes back. Once, before elaboration ends.
  void on_invalidate(std::function<void(Address first, Address last)> call);

  /// A stable small integer for arbitration and traces, carried by the `initiator_id` extension; 0 = none.
  void set_initiator_id(unsigned id) { initiator_id_ = id; }

  std::uint64_t transactions() const { return transactions_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return bytes_written_; }
  /// As after construction: the counts restart.
  void reset_counts() { transactions_ = bytes_read_ = bytes_written_ = 0; }

private:
  struct Slot;  // a payload and its extension
  class Lease;  // a slot in use; returned on every path, a killed thread included

  void prepare(Slot& slot, tlm::tlm_command command, Address address, std::uint8_t* data, Bytes length);
  tlm::tlm_response_status transfer(tlm::tlm_command command, Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay);
  Bytes debug(tlm::tlm_command command, Address address, std::uint8_t* data, Bytes length);
  void invalidate(sc_dt::uint64 first, sc_dt::uint64 last) { invalidate_(first, last); }

  unsigned initiator_id_ = 0;
  std::uint64_t transactions_ = 0, bytes_read_ = 0, bytes_written_ = 0;
  std::function<void(Address, Address)> invalidate_;
  std::vector<std::unique_ptr<Slot>> slots_;  // pool: grows to the number of threads that use the port at once
  Slot* idle_ = nullptr;                      // list of those not in use
};

/// "ADDRESS_ERROR" and so on.
std::string response_name(tlm::tlm_response_status status);

}  // namespace snnvp
