// SPDX-License-Identifier: Apache-2.0
// `monitor` commands of a debugger: what a person wants to know of the simulation around the program.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/run/firmware_debugger.h>
#include <snnvp/platform/tlm/register_map.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {
namespace {

const char* const help_text =
    "info             simulated time, and what each hart is doing\n"
    "map              addresses of all blocks, by interconnect\n"
    "irq              interrupt lines and enables of this hart, sources of the interrupt controller\n"
    "regs BLOCK       registers of a block, read without side effects\n"
    "stats [BLOCK]    statistics so far\n"
    "events           when the simulation has something to do next\n"
    "until TIME       stop at a simulated time (\"5 ms\"; \"+5 ms\": from now) when the program goes on\n"
    "reset            all blocks as after power-up, memories keep their bytes; then: maintenance flush register-cache\n"
    "trace on|off     tell every instruction on the simulator's stderr\n"
    "quit             end the run\n";

std::string time_text(Picoseconds time) { return format_quantity(Value(time), Dimension::time); }

/// Statistics as lines.
class LineSink : public StatSink {
public:
  explicit LineSink(std::string block) : block_(std::move(block)) {}
  void count(const std::string& name, const Counter& counter) override {
    if (counter.touched()) line(name, fmt::format("{}", counter.value()));
  }
  void integer(const std::string& name, std::optional<std::uint64_t> value) override {
    if (value) line(name, fmt::format("{}", *value));
  }
  void real(const std::string& name, std::optional<double> value) override {
    if (value) line(name, fmt::format("{:.6g}", *value));
  }
  void text(const std::string& name, const std::string& value) override { line(name, value); }
  const std::string& lines() const { return lines_; }

private:
  void line(const std::string& name, const std::string& value) { lines_ += fmt::format("{:<12} {:<24} {}\n", block_, name, value); }
  std::string block_, lines_;
};

std::string unknown(const std::string& what, const std::string& name, const std::vector<std::string>& names) {
  const std::string hint = did_you_mean(name, names);
  return fmt::format("{} {}\n    allowed: {}{}\n", what, quote(name), join_names(names, 40), hint.empty() ? "" : "   " + hint);
}

}  // namespace

std::string FirmwareDebugger::monitor(unsigned hart, const std::string& command) {
  std::istringstream in(command);
  std::string verb, rest;
  in >> verb;
  std::getline(in >> std::ws, rest);
  while (!rest.empty() && rest.back() == ' ') rest.pop_back();
  if (verb.empty() || verb == "help") return help_text;
  if (verb == "info") return monitor_info();
  if (verb == "map") return view_.platform->memory_maps();
  if (verb == "irq") return monitor_irq(hart);
  if (verb == "regs") return monitor_registers(rest);
  if (verb == "stats") return monitor_stats(rest);
  if (verb == "events") return monitor_events();
  if (verb == "until") return monitor_until(rest);
  if (verb == "reset") return monitor_reset();
  if (verb == "trace" && (rest == "on" || rest == "off")) {
    traces_ = rest == "on";
    return traces_ ? "every instruction is told on the simulator's stderr\n" : "the trace is off\n";
  }
  if (verb == "trace") return "write trace on, or trace off\n";
  if (verb == "quit") {
    kill();
    return "the run ends\n";
  }
  return unknown("there is no command", verb, {"help", "info", "map", "irq", "regs", "stats", "events", "until", "reset", "trace", "quit"});
}

std::string FirmwareDebugger::monitor_info() const {
  std::string out = fmt::format("simulated time {}\n", time_text(now_ps()));
  for (unsigned i = 0; i < harts(); ++i) {
    const FirmwareHart::Summary s = harts_[i].hart->summary();
    out += fmt::format("{}\n  at {}, {} mode, {} cycles, {} instructions, {} interrupts\n", hart_text(i), view_.place(harts_[i].hart->pc()),
                       harts_[i].debug->is_machine_mode() ? "machine" : "user", s.cycles, s.instructions, s.interrupts);
  }
  return out;
}

std::optional<std::uint32_t> FirmwareDebugger::read_device(Address address, unsigned bytes) const {
  std::uint8_t data[4] = {};
  if (harts_.front().hart->debug_read(address, data, bytes) != bytes) return std::nullopt;
  std::uint32_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= static_cast<std::uint32_t>(data[i]) << (8 * i);
  return value;
}

std::string FirmwareDebugger::monitor_irq(unsigned hart) const {
  const auto csr = [&](std::uint32_t number) { return harts_[hart].debug->debug_register(gdb::csr_base + number).value_or(0); };
  const std::uint32_t mip = csr(0x344), mie = csr(0x304);
  std::string out = fmt::format("{}: mip {:#x}, mie {:#x}, mstatus.MIE {}\n", harts_[hart].name, mip, mie, csr(0x300) >> 3 & 1);
  for (const auto& [bit, name] : {std::pair{3, "software"}, {7, "timer"}, {11, "external"}})
    out += fmt::format("  {:<9} {}{}\n", name, (mip >> bit & 1) != 0 ? "pending" : "-", (mie >> bit & 1) != 0 ? ", enabled" : "");
  for (const MappedTarget& t : view_.map.targets) {
    if (t.kind != "models.intc" || t.port != "plic") continue;
    const std::uint32_t context = harts_[hart].hart->hart_id() * view_.map.context_stride;
    out += fmt::format("{}.plic: threshold {}\n", t.block, read_device(t.base + 0x20'0000 + 0x1000 * context, 4).value_or(0));
    for (const MappedInterrupt& i : view_.map.interrupts) {
      if (i.controller != t.block || i.controller_port != "irq") continue;
      const std::uint32_t word = 4 * (i.number / 32), bit = i.number % 32;
      const bool pending = (read_device(t.base + 0x1000 + word, 4).value_or(0) >> bit & 1) != 0;
      const bool enabled = (read_device(t.base + 0x2000 + 0x80 * context + word, 4).value_or(0) >> bit & 1) != 0;
      out += fmt::format("  {:>4} {:<16} priority {}{}{}\n", i.number, i.block + "." + i.port,
                         read_device(t.base + 4 * i.number, 4).value_or(0), pending ? ", pending" : "", enabled ? ", enabled" : "");
    }
  }
  return out;
}

std::string FirmwareDebugger::monitor_registers(const std::string& block) const {
  std::vector<std::string> names;
  std::string out;
  constexpr unsigned most_elements = 4;  // of an array
  for (const MappedTarget& t : view_.map.targets) {
    if (t.registers.empty()) continue;
    names.push_back(t.block);
    if (t.block != block || t.offset != 0) continue;
    for (const RegisterMap& map : parse_register_banks(t.registers, t.kind, t.registers_head)) {
      if (map.bank != t.port) continue;
      for (const RegisterSpec& r : map.registers)
        for (unsigned i = 0; i < std::min(r.count, most_elements); ++i) {
          const Address address = t.base + r.offset + Address{r.stride} * i;
          const auto value = read_device(address, map.width / 8);
          const std::string name = r.stride != 0 ? fmt::format("{}[{}]", r.name, i) : r.name;
          if (!value && r.stride != 0) continue;  // this block has fewer
          out +=
              fmt::format("{:#010x} {:<22} {}\n", address, name, value ? fmt::format("{:#0{}x}", *value, 2 + map.width / 4) : "write only");
        }
    }
  }
  if (!out.empty()) return out;
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return unknown(block.empty() ? "regs needs a block with registers, not" : "no mapped block with registers is called", block, names);
}

std::string FirmwareDebugger::monitor_stats(const std::string& block) const {
  std::string out;
  std::vector<std::string> names;
  for (const auto& [name, module] : view_.platform->blocks()) {
    const auto* provider = dynamic_cast<const StatProvider*>(module.get());
    if (provider == nullptr) continue;
    names.push_back(name);
    if (!block.empty() && block != name) continue;
    LineSink sink(name);
    provider->report_stats(sink);
    out += sink.lines().empty() ? name + " has counted nothing\n" : sink.lines();
  }
  return out.empty() ? unknown("no block with statistics is called", block, names) : out;
}

std::string FirmwareDebugger::monitor_events() const {
  if (!sc_core::sc_pending_activity()) return "nothing is pending: without an instruction nothing will happen any more\n";
  const Picoseconds left = ps_of(sc_core::sc_time_to_pending_activity());
  return fmt::format("now {}, something happens at {} (in {})\n", time_text(now_ps()), time_text(now_ps() + left), time_text(left));
}

std::string FirmwareDebugger::monitor_until(const std::string& text) {
  const bool from_now = !text.empty() && text.front() == '+';
  const ParsedNumber time = parse_quantity(std::string_view(text).substr(from_now ? 1 : 0), Dimension::time);
  if (!time) return fmt::format("until {}: {}\n", text, time.problem);
  const Picoseconds at = (from_now ? now_ps() : 0) + time.value.as_u64();
  if (at <= now_ps()) return fmt::format("{} is past: it is {}\n", time_text(at), time_text(now_ps()));
  until_ = at;
  return fmt::format("continue runs to {}\n", time_text(at));
}

std::string FirmwareDebugger::monitor_reset() {
  for (const auto& [name, module] : view_.platform->blocks())
    if (auto* block = dynamic_cast<Resettable*>(module.get())) block->reset();
  return "all blocks are reset; forget what was read before with: maintenance flush register-cache\n";
}

}  // namespace snnvp
