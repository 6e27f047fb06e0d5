// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <systemc>
#include <tlm>
#include <vector>

// Two blocks of a vendor who never heard of snnvp: SystemC and TLM-2.0, nothing else.
namespace acme {

/// A copy engine: registers on `regs`, data over `out`, `irq` high until acknowledged.
class Dma : public sc_core::sc_module {
public:
  enum Register : unsigned { source = 0x00, destination = 0x04, length = 0x08, go = 0x0C, status = 0x10, acknowledge = 0x14 };
  enum Status : std::uint32_t { busy = 1, done = 2, failed = 4 };

  tlm_utils::simple_target_socket<Dma> regs{"regs"};
  tlm_utils::simple_initiator_socket<Dma> out{"out"};
  sc_core::sc_out<bool> irq{"irq"};

  SC_HAS_PROCESS(Dma);
  Dma(const sc_core::sc_module_name& name, unsigned burst, sc_core::sc_time cycle) : sc_module(name), burst_(burst), cycle_(cycle) {
    regs.register_b_transport(this, &Dma::access);
    regs.register_transport_dbg(this, &Dma::debug);
    SC_THREAD(run);
    SC_METHOD(drive_irq);
    sensitive << irq_event_;
    dont_initialize();
  }

  bool is_busy() const { return values_[status / 4] & busy; }
  std::uint64_t copies() const { return copies_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t bursts() const { return bursts_; }

private:
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return payload.set_response_status(tlm::TLM_OK_RESPONSE);
    const sc_dt::uint64 at = payload.get_address();
    if (at > acknowledge) return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (payload.get_byte_enable_ptr()) return payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    if (payload.get_data_length() != 4 || at % 4 || payload.get_streaming_width() < 4)
      return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    delay += cycle_;
    std::uint32_t& value = values_[at / 4];
    if (payload.is_read()) std::memcpy(payload.get_data_ptr(), &value, 4);
    if (payload.is_write()) {
      std::uint32_t written;
      std::memcpy(&written, payload.get_data_ptr(), 4);
      if (at == go) {
        if (!is_busy()) values_[status / 4] = busy, start_.notify(delay);
      } else if (at == acknowledge) {
        values_[status / 4] &= ~(done | failed);
        irq_event_.notify(delay);
      } else if (at != status) {
        value = written;
      }
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  unsigned debug(tlm::tlm_generic_payload& payload) {
    const sc_dt::uint64 at = payload.get_address();
    if (!payload.is_read() || at >= sizeof values_) return 0;
    const unsigned n = static_cast<unsigned>(std::min<sc_dt::uint64>(payload.get_data_length(), sizeof values_ - at));
    std::memcpy(payload.get_data_ptr(), reinterpret_cast<const unsigned char*>(values_) + at, n);
    return n;
  }

  void run() {
    for (;;) {
      wait(start_);
      std::vector<unsigned char> buffer(burst_);
      bool good = true;
      for (std::uint32_t at = 0; good && at < values_[length / 4]; at += burst_) {
        const unsigned n = std::min(burst_, values_[length / 4] - at);
        good = move(tlm::TLM_READ_COMMAND, values_[source / 4] + at, buffer.data(), n) &&
               move(tlm::TLM_WRITE_COMMAND, values_[destination / 4] + at, buffer.data(), n);
        ++bursts_;
        bytes_ += n;
      }
      ++copies_;
      values_[status / 4] = good ? done : failed;
      irq_event_.notify(sc_core::SC_ZERO_TIME);
    }
  }

  bool move(tlm::tlm_command command, sc_dt::uint64 address, unsigned char* data, unsigned n) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(n);
    payload.set_streaming_width(n);
    sc_core::sc_time delay = cycle_;
    out->b_transport(payload, delay);
    wait(delay);
    return payload.is_response_ok();
  }

  void drive_irq() { irq.write((values_[status / 4] & (done | failed)) != 0); }

  unsigned burst_;
  sc_core::sc_time cycle_;
  std::uint32_t values_[6] = {};
  sc_core::sc_event start_, irq_event_;
  std::uint64_t copies_ = 0, bytes_ = 0, bursts_ = 0;
};

/// A test driver: fills memory with a pattern, has the DMA copy it, waits for its interrupt, compares.
class Tester : public sc_core::sc_module {
public:
  tlm_utils::simple_initiator_socket<Tester> out{"out"};
  sc_core::sc_in<bool> irq{"irq"};

  SC_HAS_PROCESS(Tester);
  Tester(const sc_core::sc_module_name& name, std::uint32_t dma, std::uint32_t memory, std::uint32_t length)
      : sc_module(name), dma_(dma), memory_(memory), length_(length) {
    SC_THREAD(run);
  }
  bool has_ended() const { return has_ended_; }
  std::uint64_t wrong() const { return wrong_; }
  std::uint64_t compared() const { return compared_; }

private:
  void run() {
    const std::uint32_t to = memory_ + 2 * length_;
    for (std::uint32_t at = 0; at < length_; at += 4) put(memory_ + at, pattern(at));
    put(dma_ + Dma::source, memory_);
    put(dma_ + Dma::destination, to);
    put(dma_ + Dma::length, length_);
    put(dma_ + Dma::go, 1);
    while (!irq.read()) wait(irq.value_changed_event());
    wrong_ += get(dma_ + Dma::status) != Dma::done;
    put(dma_ + Dma::acknowledge, 1);
    for (std::uint32_t at = 0; at < length_; at += 4, ++compared_) wrong_ += get(to + at) != pattern(at);
    has_ended_ = true;
  }
  static std::uint32_t pattern(std::uint32_t at) { return at * 2654435761U + 12345; }
  void put(std::uint32_t address, std::uint32_t value) { transfer(tlm::TLM_WRITE_COMMAND, address, value); }
  std::uint32_t get(std::uint32_t address) {
    std::uint32_t value = 0;
    transfer(tlm::TLM_READ_COMMAND, address, value);
    return value;
  }
  void transfer(tlm::tlm_command command, std::uint32_t address, std::uint32_t& value) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    sc_core::sc_time delay;
    out->b_transport(payload, delay);
    wait(delay);
    wrong_ += !payload.is_response_ok();
  }

  std::uint32_t dma_, memory_, length_;
  bool has_ended_ = false;
  std::uint64_t wrong_ = 0, compared_ = 0;
};

}  // namespace acme
