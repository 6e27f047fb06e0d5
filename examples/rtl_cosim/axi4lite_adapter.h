// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <cstring>
#include <systemc>
#include <tlm>

/// From a TLM-2.0 target socket to the pins of an AXI4-Lite target, one access at a time, cycle by cycle. It waits in b_transport
/// until the answer is there; so it is called from threads. Accesses of 1 to 4 bytes inside an aligned word; byte enables become
/// write strobes. SLVERR and DECERR become GENERIC_ERROR and ADDRESS_ERROR.
class Axi4LiteAdapter : public sc_core::sc_module {
public:
  tlm_utils::simple_target_socket<Axi4LiteAdapter> in{"in"};
  sc_core::sc_in<bool> clk{"clk"};

  // The manager's side of the bus, as Verilator names and types it.
  sc_core::sc_signal<uint32_t> awaddr{"awaddr"}, wdata{"wdata"}, wstrb{"wstrb"}, araddr{"araddr"}, bresp{"bresp"}, rdata{"rdata"},
      rresp{"rresp"};
  sc_core::sc_signal<bool> awvalid{"awvalid"}, awready{"awready"}, wvalid{"wvalid"}, wready{"wready"}, bvalid{"bvalid"}, bready{"bready"},
      arvalid{"arvalid"}, arready{"arready"}, rvalid{"rvalid"}, rready{"rready"};

  explicit Axi4LiteAdapter(const sc_core::sc_module_name& name) : sc_module(name) {
    in.register_b_transport(this, &Axi4LiteAdapter::b_transport);
  }
  std::uint64_t reads() const { return reads_; }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t cycles() const { return cycles_; }
  bool is_busy() const { return is_busy_; }

private:
  static constexpr unsigned word = 4, slave_error = 2;

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return payload.set_response_status(tlm::TLM_OK_RESPONSE);
    const unsigned length = payload.get_data_length(), lane = payload.get_address() % word;
    if (payload.get_data_ptr() == nullptr || length == 0) return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    const unsigned width = payload.get_streaming_width();
    if (lane + length > word || (width != 0 && width < length)) return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    while (is_busy_) wait(free_);
    is_busy_ = true;
    const unsigned answer = payload.is_write() ? write(payload, lane) : read(payload, lane);
    payload.set_response_status(answer == 0             ? tlm::TLM_OK_RESPONSE
                                : answer == slave_error ? tlm::TLM_GENERIC_ERROR_RESPONSE
                                                        : tlm::TLM_ADDRESS_ERROR_RESPONSE);
    is_busy_ = false;
    free_.notify();
  }

  void rising() {
    wait(clk.posedge_event());
    ++cycles_;
  }
  static bool enabled(const tlm::tlm_generic_payload& payload, unsigned i) {
    const unsigned char* enables = payload.get_byte_enable_ptr();
    return enables == nullptr || enables[i % payload.get_byte_enable_length()] != 0;
  }

  /// Address and data in the same cycle; each valid falls when it was taken.
  unsigned write(tlm::tlm_generic_payload& payload, unsigned lane) {
    std::uint32_t data = 0, strobe = 0;
    for (unsigned i = 0; i < payload.get_data_length(); ++i)
      if (enabled(payload, i)) data |= std::uint32_t{payload.get_data_ptr()[i]} << 8 * (lane + i), strobe |= 1U << (lane + i);
    awaddr.write(static_cast<std::uint32_t>(payload.get_address()) & ~(word - 1));
    wdata.write(data);
    wstrb.write(strobe);
    awvalid.write(true);
    wvalid.write(true);
    bready.write(true);
    for (bool has_address = false, has_data = false; !has_address || !has_data;) {
      rising();
      if (awvalid.read() && awready.read()) has_address = true, awvalid.write(false);
      if (wvalid.read() && wready.read()) has_data = true, wvalid.write(false);
    }
    do rising();
    while (!bvalid.read());
    bready.write(false);
    ++writes_;
    return bresp.read();
  }

  unsigned read(tlm::tlm_generic_payload& payload, unsigned lane) {
    araddr.write(static_cast<std::uint32_t>(payload.get_address()) & ~(word - 1));
    arvalid.write(true);
    rready.write(true);
    do rising();
    while (!arready.read());
    arvalid.write(false);
    do rising();
    while (!rvalid.read());
    rready.write(false);
    ++reads_;
    if (rresp.read() != 0) return rresp.read();
    const std::uint32_t data = rdata.read();
    for (unsigned i = 0; i < payload.get_data_length(); ++i)
      if (enabled(payload, i)) payload.get_data_ptr()[i] = static_cast<unsigned char>(data >> 8 * (lane + i));
    return 0;
  }

  bool is_busy_ = false;
  sc_core::sc_event free_;
  std::uint64_t reads_ = 0, writes_ = 0, cycles_ = 0;
};
