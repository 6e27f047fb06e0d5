// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/simctl/simctl.h>

#include <fmt/format.h>

#include <memory>

#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

namespace text {
extern const char* const simctl_registers;
}

namespace {
constexpr std::uint32_t finish_pass = 0x5555, finish_fail = 0x3333, finish_reset = 0x7777;
constexpr std::size_t most_phases = 10'000;  // a mark in an endless loop must not eat the host's memory
constexpr std::size_t most_text = 16u << 20;
}  // namespace

Simctl::Simctl(const sc_core::sc_module_name& name, const std::vector<std::uint32_t>& args, const ClockDomain& clock)
    : sc_module(name),
      bank_(parse_register_map(text::simctl_registers, "models.simctl")),
      regs("regs", bank_, bank_.port_options()),
      clock_(clock) {
  bank_.on_write("finish", [this](std::uint32_t value, sc_core::sc_time& delay) { on_finish(value, delay); });
  bank_.on_write("phase", [this](std::uint32_t value, sc_core::sc_time& delay) { on_phase(value, delay); });
  bank_.on_write("watchdog", [this](std::uint32_t value, sc_core::sc_time& delay) { on_watchdog(value, delay); });
  bank_.on_write("putchar", [this](std::uint32_t value, sc_core::sc_time&) {
    const char c = static_cast<char>(value);
    if (text_.size() < most_text) text_ += c;
    if (sink_) sink_(c);
  });
  const unsigned high = bank_.index("cycles_hi");
  bank_.on_read(
      "cycles_lo",
      [this, high](sc_core::sc_time& delay) {
        const Cycles cycles = clock_.cycle_at(now_ps(delay));
        bank_.set(high, static_cast<std::uint32_t>(cycles >> 32));
        return static_cast<std::uint32_t>(cycles);
      },
      [this] { return static_cast<std::uint32_t>(clock_.cycle_at(now_ps())); });
  for (std::size_t i = 0; i < 8; ++i) {
    const std::uint32_t value = i < args.size() ? args[i] : 0;
    bank_.on_read(
        "arg" + std::to_string(i), [value](sc_core::sc_time&) { return value; }, [value] { return value; });
  }
  SNNVP_HAS_PROCESS(Simctl);
  SC_METHOD(finish);
  sensitive << finish_event_;
  dont_initialize();
  SC_METHOD(expire);
  sensitive << watchdog_event_;
  dont_initialize();
}

void Simctl::on_finish(std::uint32_t value, sc_core::sc_time& delay) {
  const std::uint32_t low = value & 0xFFFF;
  if (value != finish_pass && value != finish_reset && !(low == finish_fail && value >> 16 != 0)) {
    unknown_finish_ = value;
    return;
  }
  finish_value_ = value;
  finish_event_.notify(delay);
}

void Simctl::finish() {
  if (observer_ == nullptr) return;
  if (finish_value_ == finish_reset) {
    resets_.add(1);
    return observer_->restart();
  }
  if (finish_value_ == finish_pass) return observer_->finish("ok", 0, {});
  const std::uint32_t code = finish_value_ >> 16;
  observer_->finish("firmware_failed", code, fmt::format("the program ended itself with exit code {} through {}", code, name()));
}

void Simctl::on_phase(std::uint32_t value, sc_core::sc_time& delay) {
  const Picoseconds at = now_ps(delay);
  end_phase(at);
  if (value != 0 && phases_.size() < most_phases) phases_.push_back({value, at, 0});
}

void Simctl::end_phase(Picoseconds at) {
  if (!phases_.empty() && phases_.back().end == 0) phases_.back().end = at;
}

void Simctl::on_watchdog(std::uint32_t value, sc_core::sc_time& delay) {
  watchdog_writes_.add(1);
  watchdog_event_.cancel();
  if (value != 0) watchdog_event_.notify(delay + sc_time_of(Picoseconds{value} * 1'000'000));
}

void Simctl::expire() {
  if (observer_ != nullptr)
    observer_->finish("watchdog", 0, fmt::format("the watchdog of {} expired: the program did not arm it again in time", name()));
}

std::vector<FirmwareControl::Phase> Simctl::phases() const {
  std::vector<Phase> all = phases_;
  if (!all.empty() && all.back().end == 0) all.back().end = now_ps();
  return all;
}

void Simctl::trace_to(trace::Tracer& tracer, const std::string& block) {
  trace_.set(tracer);
  trace_track_ = tracer.track(block, "phase", trace::TrackKind::slices, "firmware", "id");
}

void Simctl::end_trace(Picoseconds) {
  if (!trace_) return;
  for (const Phase& phase : phases())
    trace_->slice(trace_track_, trace_->text(fmt::format("phase {}", phase.id)), phase.start, phase.end, phase.id);
}

void Simctl::report_stats(StatSink& sink) const {
  sink.integer("phases", phases_.size());
  sink.count("watchdog_writes", watchdog_writes_);
  sink.count("resets", resets_);
  sink.integer("last_unknown_finish", unknown_finish_ == 0 ? std::nullopt : std::optional<std::uint64_t>(unknown_finish_));
}

void Simctl::reset() {
  finish_event_.cancel();
  watchdog_event_.cancel();
  bank_.reset();
  end_phase(now_ps());  // what a program has said and marked so far stays
}

void register_simctl(Registry& registry) {
  KindDescriptor kind;
  kind.kind = "models.simctl";
  kind.doc = "Exit device, phase marks, log, guest watchdog and cycle counter for firmware";
  ParamSpec arg = param("", 0, "a value").range(0, 4294967295.0);
  kind.params = {list_of("args", arg, "up to eight 32-bit values the program can read").range(0, 8)};
  kind.ports = {target("regs", "registers, 4 KiB")};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    std::vector<std::uint32_t> args;
    for (const Value& value : set.at("args").items()) args.push_back(static_cast<std::uint32_t>(value.as_u64()));
    return std::make_unique<Simctl>(name, args, ClockDomain(set.clock()));
  };
  kind.stats = {{"phases", "1", StatKind::count, "phases started"},
                {"watchdog_writes", "1", StatKind::count, "writes to the watchdog"},
                {"resets", "1", StatKind::count, "resets the program asked for"},
                {"last_unknown_finish", "", StatKind::gauge, "last value written to finish that means nothing"}};
  kind.energy_not_counted = "exists in the simulation only";
  kind.registers = text::simctl_registers;
  kind.window = [](const ParamSet&, const std::string&) { return std::uint64_t{4096}; };
  registry.add(std::move(kind));
}

}  // namespace snnvp
