// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/uart/uart.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

namespace text {
extern const char* const uart_registers;
}

namespace {
constexpr std::uint32_t ier_receive = 1, ier_transmit = 2, lsr_ready = 1, lsr_thre = 0x20, lsr_temt = 0x40;
constexpr Address data_offset = 0, iir_offset = 2;
constexpr std::size_t most_text = 16u << 20;          // kept of the output; all of it is shown
constexpr std::size_t most_consumed = 1u << 20;       // of the input, before its room is used again
constexpr Picoseconds listen_period = 1'000'000'000;  // simulated time between two looks at the host's line
constexpr int listen_wall_ms = 1;                     // as long in wall time, where nothing else happens

TargetPort::Options port_options() {
  TargetPort::Options options;
  options.size = 256;
  options.max_access = 4;
  options.aligned_only = true;
  options.byte_enables = false;
  options.streaming = false;
  return options;
}
}  // namespace

Uart::Uart(const sc_core::sc_module_name& name, const Params& params)
    : sc_module(name),
      bank_(parse_register_map(text::uart_registers, "models.uart")),
      regs("regs", *this, port_options()),
      irq("irq"),
      params_(params),
      lcr_(bank_.index("lcr")),
      ier_(bank_.index("ier")) {
  bank_.on_read(
      "data",
      [this](sc_core::sc_time& delay) -> std::uint32_t {
        if (has_divisor()) return divisor_[0];
        take_from_host();
        if (!has_input(delay)) return 0;
        received_.add(1);
        input_base_ = now_ps(delay) + params_.char_time;
        return static_cast<std::uint8_t>(params_.input[next_input_++]);
      },
      [this]() -> std::uint32_t {
        return has_divisor() ? divisor_[0] : has_input(sc_core::SC_ZERO_TIME) ? static_cast<std::uint8_t>(params_.input[next_input_]) : 0;
      });
  bank_.on_write("data", [this](std::uint32_t value, sc_core::sc_time& delay) {
    if (has_divisor())
      divisor_[0] = static_cast<std::uint8_t>(value);
    else
      send(static_cast<char>(value), delay);
  });
  const auto ier = [this] { return has_divisor() ? std::uint32_t{divisor_[1]} : ier_value_; };
  bank_.on_read(
      "ier", [ier](sc_core::sc_time&) { return ier(); }, ier);
  bank_.on_write("ier", [this](std::uint32_t value, sc_core::sc_time& delay) {
    if (has_divisor()) {
      divisor_[1] = static_cast<std::uint8_t>(value);
      return;
    }
    if ((value & ~ier_value_ & ier_transmit) != 0 && !is_transmitting(delay)) transmit_pending_ = true;
    ier_value_ = value & 3;
  });
  bank_.on_read(
      "iir",
      [this](sc_core::sc_time& delay) {
        take_from_host();
        const std::uint32_t now = cause(delay);
        if (now == 2) transmit_pending_ = false;
        return now | (fifo_ ? 0xC0u : 0u);
      },
      [this] { return cause(sc_core::SC_ZERO_TIME) | (fifo_ ? 0xC0u : 0u); });
  bank_.on_write("iir", [this](std::uint32_t value, sc_core::sc_time&) { fifo_ = (value & 1) != 0; });
  bank_.on_read(
      "lsr",
      [this](sc_core::sc_time& delay) {
        take_from_host();
        return line_status(delay);
      },
      [this] { return line_status(sc_core::SC_ZERO_TIME); });
  input_base_ = params_.char_time;
  SNNVP_HAS_PROCESS(Uart);
  SC_METHOD(update);
  sensitive << update_event_;
  SC_METHOD(listen);
  sensitive << listen_event_;
  dont_initialize();
}

void Uart::connect(std::function<void(char)> sink) {
  if (params_.console == Console::stdio) sink_ = std::move(sink);
}

std::string Uart::open() {
  if (params_.console == Console::pty)
    line_ = open_pseudo_terminal();
  else if (params_.standard_input)
    line_ = open_standard_input();
  return line_ ? line_->name() : std::string();
}

/// Never waits: the simulation goes on whether somebody types or not.
void Uart::take_from_host() {
  if (!line_) return;
  const std::string text = line_->take();
  if (text.empty()) return;
  was_fed_ = true;
  if (next_input_ > most_consumed) params_.input.erase(0, std::exchange(next_input_, 0));
  params_.input += text;
}

/// Looks for input while the program waits for its interrupt. Where nothing else happens simulated time goes no faster than wall time, so
/// that a person has some to type.
void Uart::listen() {
  listens_ = false;
  if ((ier_value_ & ier_receive) == 0) return;
  if (!sc_core::sc_pending_activity() || ps_of(sc_core::sc_time_to_pending_activity()) >= listen_period) line_->wait(listen_wall_ms);
  take_from_host();
  update_event_.notify(sc_core::SC_ZERO_TIME);
}

bool Uart::has_input(const sc_core::sc_time& delay) const { return input_left() != 0 && now_ps(delay) >= input_base_; }

bool Uart::is_transmitting(const sc_core::sc_time& delay) const { return now_ps(delay) < transmit_end_; }

std::uint32_t Uart::cause(const sc_core::sc_time& delay) const {
  if ((ier_value_ & ier_receive) != 0 && has_input(delay)) return 4;
  if ((ier_value_ & ier_transmit) != 0 && transmit_pending_ && !is_transmitting(delay)) return 2;
  return 1;
}

std::uint32_t Uart::line_status(const sc_core::sc_time& delay) const {
  return (has_input(delay) ? lsr_ready : 0) | (is_transmitting(delay) ? 0 : lsr_thre | lsr_temt);
}

void Uart::send(char c, const sc_core::sc_time& delay) {
  sent_.add(1);
  if (text_.size() < most_text) text_ += c;
  if (sink_) sink_(c);
  if (line_) line_->send(c);
  transmit_end_ = now_ps(delay) + params_.char_time;
  transmit_pending_ = true;
}

bool Uart::read(Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay) {
  std::memset(data, 0, length);
  bank_.read(address, data, 1, delay);
  if (address == data_offset || address == iir_offset) update_event_.notify(delay);  // no other read changes anything
  return true;
}

bool Uart::write(Address address, const std::uint8_t* data, Bytes, sc_core::sc_time& delay) {
  bank_.write(address, data, 1, delay);
  update_event_.notify(delay);
  return true;
}

/// The interrupt level, from state; and the next time at which it may change by itself.
void Uart::update() {
  irq.write(cause(sc_core::SC_ZERO_TIME) != 1);
  Picoseconds next = 0;
  const auto consider = [&next](Picoseconds time) {
    if (time > now_ps() && (next == 0 || time < next)) next = time;
  };
  if ((ier_value_ & ier_transmit) != 0) consider(transmit_end_);
  if ((ier_value_ & ier_receive) != 0 && input_left() != 0) consider(input_base_);
  if (next != 0) update_event_.notify(sc_time_of(next - now_ps()));
  if (line_ && !listens_ && (ier_value_ & ier_receive) != 0 && input_left() == 0) {
    listens_ = true;
    listen_event_.notify(sc_time_of(listen_period));
  }
}

void Uart::report_stats(StatSink& sink) const {
  sink.count("sent", sent_);
  sink.count("received", received_);
}

void Uart::reset() {
  bank_.reset();
  divisor_[0] = divisor_[1] = 0;
  ier_value_ = 0;
  fifo_ = transmit_pending_ = false;
  transmit_end_ = 0;
  // What has gone over the line, both ways, has gone: the other end was not reset.
  update_event_.notify(sc_core::SC_ZERO_TIME);
}

namespace {

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(fmt::format("{}: {}", path, std::strerror(errno)));
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void register_uart(Registry& registry) {
  KindDescriptor kind;
  kind.kind = "models.uart";
  kind.doc = "16550 subset: output to the console and to a file of the output folder, input from a file, a pseudo terminal or stdin";
  ParamSpec input = path_param("input", "file whose bytes are received; null: none");
  input.nullable = true;
  kind.params = {param("console", "stdio", "stdio: output is shown; pty: a pseudo terminal, both ways; none: only kept")
                     .choices({"stdio", "pty", "none"}),
                 param("stdin", false, "with stdio: the standard input is received, as it is typed"),
                 quantity("char_time", Dimension::time, Picoseconds{0}, "of one character; 0: instant").range(0, 1e12).from("assumed"),
                 input};
  PortSpec regs = target("regs", "byte registers, 256 B");
  regs.abilities.is_wide_first = true;
  kind.ports = {regs, irq_out("irq", "a level")};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    Uart::Params params;
    const std::string console = set.get<std::string>("console");
    params.console = console == "stdio" ? Uart::Console::stdio : console == "pty" ? Uart::Console::pty : Uart::Console::none;
    params.standard_input = set.get<bool>("stdin");
    params.char_time = set.get<Picoseconds>("char_time");
    if (!set.is_null("input")) params.input = file_text(set.get<std::string>("input"));
    return std::make_unique<Uart>(name, params);
  };
  kind.check = [](const ParamSet& set, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
    if (set.get<bool>("stdin") && set.get<std::string>("console") == "pty")
      diagnostics.error(pos, path + ".stdin", "a line has one other end: with console: pty it is the pseudo terminal", "allowed: false");
  };
  kind.stats = {{"sent", "1", StatKind::count, "characters sent"}, {"received", "1", StatKind::count, "characters received"}};
  kind.needs_clock = false;
  kind.energy_not_counted = "no price for a serial line";
  kind.registers = text::uart_registers;
  kind.window = [](const ParamSet&, const std::string&) { return std::uint64_t{256}; };
  registry.add(std::move(kind));
}

}  // namespace snnvp
