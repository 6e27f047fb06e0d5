// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include <systemc>

#include <snnvp/models/uart/host_line.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/firmware.h>
#include <snnvp/platform/tlm/register_bank.h>

namespace snnvp {

/// 16550 subset: output is kept and may be shown, input comes from a file at the pace of `char_time`, or from the host as it is typed
/// (README.md).
class Uart final : public sc_core::sc_module,
                   private TargetRegion,
                   public FirmwareConsole,
                   public StatProvider,
                   public Resettable,
                   public IdleProvider {
public:
  enum class Console { stdio, pty, none };
  struct Params {
    Picoseconds char_time = 0;  ///< of one character, out and in; 0: output is instant, input is there at once
    Console console = Console::stdio;
    bool standard_input = false;  ///< what is typed there is received
    std::string input;            ///< what will be received first
  };

  Uart(const sc_core::sc_module_name& name, const Params& params);

private:
  RegisterBank bank_;

public:
  TargetPort regs;
  sc_core::sc_out<bool> irq;

  const std::string& text() const override { return text_; }
  void connect(std::function<void(char)> sink) override;
  std::string open() override;
  bool is_interactive() const override { return line_ != nullptr && was_fed_; }

  void report_stats(StatSink& sink) const override;
  void reset() override;
  bool is_idle() const override { return true; }

private:
  // Accesses of more than a byte act on the first register with the low byte, as on QEMU.
  bool covers(Address address, Bytes length) const override {
    return bank_.covers(address, length == 1 ? 1 : std::max<Bytes>(length, 4)) && (length == 1 || address % 4 == 0);
  }
  bool allows(tlm::tlm_command command, Address address, Bytes) const override { return bank_.allows(command, address, 1); }
  bool read(Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay) override;
  bool write(Address address, const std::uint8_t* data, Bytes length, sc_core::sc_time& delay) override;
  Bytes debug_read(Address address, std::uint8_t* data, Bytes length) const override { return bank_.debug_read(address, data, length); }
  Bytes debug_write(Address, const std::uint8_t*, Bytes) override { return 0; }

  bool has_divisor() const { return (bank_.value(lcr_) & 0x80) != 0; }
  bool has_input(const sc_core::sc_time& delay) const;
  bool is_transmitting(const sc_core::sc_time& delay) const;
  std::uint32_t cause(const sc_core::sc_time& delay) const;
  std::uint32_t line_status(const sc_core::sc_time& delay) const;
  void send(char c, const sc_core::sc_time& delay);
  void update();
  void listen();
  void take_from_host();
  std::size_t input_left() const { return params_.input.size() - next_input_; }

  Params params_;
  unsigned lcr_, ier_;
  std::uint8_t divisor_[2] = {0, 0};
  std::uint32_t ier_value_ = 0;
  bool fifo_ = false;
  bool transmit_pending_ = false;  // transmitter-empty interrupt not yet seen in iir
  Picoseconds transmit_end_ = 0;
  std::size_t next_input_ = 0;
  Picoseconds input_base_ = 0;  // when the next input character is there
  std::string text_;
  std::function<void(char)> sink_;
  std::unique_ptr<HostLine> line_;  // null: nobody types
  bool was_fed_ = false, listens_ = false;
  Counter sent_, received_;
  sc_core::sc_event update_event_, listen_event_;
};

class Registry;
/// Registers `models.uart`.
void register_uart(Registry& registry);

}  // namespace snnvp
