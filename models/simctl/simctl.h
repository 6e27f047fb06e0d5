// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include <systemc>

#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/block/firmware.h>
#include <snnvp/platform/tlm/register_bank.h>
#include <snnvp/platform/trace/hook.h>

namespace snnvp {

/// Exit device, phase marks, log, guest watchdog and cycle counter (spec/firmware.md 4.10).
class Simctl final : public sc_core::sc_module,
                     public FirmwareControl,
                     public FirmwareConsole,
                     public StatProvider,
                     public Resettable,
                     public IdleProvider,
                     public trace::Traced {
public:
  Simctl(const sc_core::sc_module_name& name, const std::vector<std::uint32_t>& args, const ClockDomain& clock);

private:
  RegisterBank bank_;

public:
  TargetPort regs;

  void set_observer(FirmwareObserver* observer) override { observer_ = observer; }
  std::vector<Phase> phases() const override;
  const std::string& text() const override { return text_; }
  void connect(std::function<void(char)> sink) override { sink_ = std::move(sink); }

  void report_stats(StatSink& sink) const override;
  void reset() override;
  bool is_idle() const override { return true; }
  void trace_to(trace::Tracer& tracer, const std::string& block) override;
  /// All phases at once: they are kept anyway.
  void end_trace(Picoseconds now) override;

private:
  void on_finish(std::uint32_t value, sc_core::sc_time& delay);
  void on_phase(std::uint32_t value, sc_core::sc_time& delay);
  void on_watchdog(std::uint32_t value, sc_core::sc_time& delay);
  void finish();
  void expire();
  void end_phase(Picoseconds at);

  FirmwareObserver* observer_ = nullptr;
  ClockDomain clock_;
  std::uint32_t finish_value_ = 0;
  std::uint32_t unknown_finish_ = 0;  // the last value that means nothing
  sc_core::sc_event finish_event_, watchdog_event_;
  std::vector<Phase> phases_;  // the last one may be open: end 0
  std::string text_;
  std::function<void(char)> sink_;
  Counter watchdog_writes_, resets_;
  trace::Hook trace_;
  trace::Track trace_track_ = 0;
};

class Registry;
/// Registers `models.simctl`.
void register_simctl(Registry& registry);

}  // namespace snnvp
