// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/initiator_port.h>

#include <algorithm>
#include <limits>
#include <utility>

#include <snnvp/platform/tlm/extensions.h>

namespace snnvp {

struct InitiatorPort::Slot {
  ~Slot() { payload.clear_extension(&id); }
  tlm::tlm_generic_payload payload;
  InitiatorId id;
  Slot* next = nullptr;
};

class InitiatorPort::Lease {
public:
  explicit Lease(InitiatorPort& port) : port_(port) {
    if (port.idle_ == nullptr) {
      port.slots_.push_back(std::make_unique<Slot>());
      port.idle_ = port.slots_.back().get();
    }
    slot_ = port.idle_;
    port.idle_ = slot_->next;
  }
  ~Lease() {
    slot_->next = port_.idle_;
    port_.idle_ = slot_;
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Slot& operator*() { return *slot_; }

private:
  InitiatorPort& port_;
  Slot* slot_;
};

InitiatorPort::InitiatorPort(const char* name) : tlm_utils::simple_initiator_socket<InitiatorPort, 32>(name) {}
InitiatorPort::~InitiatorPort() = default;

void InitiatorPort::prepare(Slot& slot, tlm::tlm_command command, Address address, std::uint8_t* data, Bytes length) {
  tlm::tlm_generic_payload& payload = slot.payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(data);
  payload.set_data_length(static_cast<unsigned>(length));
  payload.set_streaming_width(static_cast<unsigned>(length));
  payload.set_byte_enable_ptr(nullptr);
  payload.set_byte_enable_length(0);
  payload.set_dmi_allowed(false);
  payload.set_gp_option(tlm::TLM_MIN_PAYLOAD);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  if (initiator_id_ != slot.id.id) {
    slot.id.id = initiator_id_;
    payload.set_extension(initiator_id_ == 0 ? nullptr : &slot.id);
  }
}

tlm::tlm_response_status InitiatorPort::transfer(tlm::tlm_command command, Address address, std::uint8_t* data, Bytes length,
                                                 sc_core::sc_time& delay) {
  if (length > std::numeric_limits<unsigned>::max()) return tlm::TLM_BURST_ERROR_RESPONSE;  // a payload cannot say it
  Lease lease(*this);
  prepare(*lease, command, address, data, length);
  ++transactions_;
  (*this)->b_transport((*lease).payload, delay);
  return (*lease).payload.get_response_status();
}

tlm::tlm_response_status InitiatorPort::read(Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay) {
  const auto status = transfer(tlm::TLM_READ_COMMAND, address, data, length, delay);
  if (status == tlm::TLM_OK_RESPONSE) bytes_read_ += length;
  return status;
}

tlm::tlm_response_status InitiatorPort::write(Address address, const std::uint8_t* data, Bytes length, sc_core::sc_time& delay) {
  // A payload has one data pointer for both directions; targets never modify write data (T10).
  const auto status = transfer(tlm::TLM_WRITE_COMMAND, address, const_cast<std::uint8_t*>(data), length, delay);
  if (status == tlm::TLM_OK_RESPONSE) bytes_written_ += length;
  return status;
}

Bytes InitiatorPort::debug(tlm::tlm_command command, Address address, std::uint8_t* data, Bytes length) {
  constexpr Bytes most = 1u << 30;  // a payload's length has 32 bits
  Lease lease(*this);
  Bytes done = 0;
  while (done < length) {
    const Bytes piece = std::min(most, length - done);
    prepare(*lease, command, address + done, data + done, piece);
    const Bytes moved = (*this)->transport_dbg((*lease).payload);
    done += std::min(moved, piece);
    if (moved == 0 || address + done < address) break;  // nothing there, or the end of the address space
  }
  return done;
}

Bytes InitiatorPort::debug_read(Address address, std::uint8_t* data, Bytes length) {
  return debug(tlm::TLM_READ_COMMAND, address, data, length);
}

Bytes InitiatorPort::debug_write(Address address, const std::uint8_t* data, Bytes length) {
  return debug(tlm::TLM_WRITE_COMMAND, address, const_cast<std::uint8_t*>(data), length);
}

void InitiatorPort::on_invalidate(std::function<void(Address first, Address last)> call) {
  invalidate_ = std::move(call);
  register_invalidate_direct_mem_ptr(this, &InitiatorPort::invalidate);
}

std::string response_name(tlm::tlm_response_status status) {
  switch (status) {
    case tlm::TLM_OK_RESPONSE: return "OK";
    case tlm::TLM_INCOMPLETE_RESPONSE: return "INCOMPLETE";
    case tlm::TLM_GENERIC_ERROR_RESPONSE: return "GENERIC_ERROR";
    case tlm::TLM_ADDRESS_ERROR_RESPONSE: return "ADDRESS_ERROR";
    case tlm::TLM_COMMAND_ERROR_RESPONSE: return "COMMAND_ERROR";
    case tlm::TLM_BURST_ERROR_RESPONSE: return "BURST_ERROR";
    case tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE: return "BYTE_ENABLE_ERROR";
  }
  return "status " + std::to_string(static_cast<int>(status));
}

}  // namespace snnvp
