// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/sram/sram.h>

#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {
namespace {

constexpr Bytes word_bytes = 8;  // what DMI calls one access (spec/tlm.md T20)

}  // namespace

Sram::Sram(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& clock)
    : sc_module(name),
      MemoryTarget(params.size, params.allow_dmi),
      in("in", *this, port_options()),
      core_(params),
      clock_(clock),
      word_time_(sc_time_of(clock.duration_ps(params.latency_cycles))) {
  set_dmi_latency(word_time_, word_time_);
  in.set_dmi_hint(params.allow_dmi);
}

// Words take the latency and slip in between bursts, so that they cost the same by transport and by DMI; bursts are
// booked on the port.
void Sram::begin(tlm::tlm_command command, Address address, Bytes length, sc_core::sc_time& delay) {
  const bool is_write = command == tlm::TLM_WRITE_COMMAND;
  accesses_.add(1);
  (is_write ? bytes_written_ : bytes_read_).add(length);
  if (length <= word_bytes) {
    core_.count(is_write, address, length);
    delay += word_time_;
    return;
  }
  const Cycles done = core_.access(is_write, address, length, clock_.cycle_at(now_ps(delay)));
  delay = sc_time_of(clock_.time_ps(done) - now_ps());
}

bool Sram::access(tlm::tlm_command command, Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay) {
  begin(command, address, length, delay);
  transfer(command, address, data, length);
  return true;
}

void Sram::report_stats(StatSink& sink) const {
  sink.count("accesses", accesses_);
  sink.count("bytes_read", bytes_read_);
  sink.count("bytes_written", bytes_written_);
  const auto cycles = [&](const char* name, Cycles value) {
    Counter counter;
    counter.add(value);
    sink.count(name, counter);
  };
  cycles("busy_cycles", core_.busy_cycles());
  cycles("wait_cycles", core_.wait_cycles());
}

void Sram::reset() {
  core_.reset();
  accesses_.reset();
  bytes_read_.reset();
  bytes_written_.reset();
  if (allow_dmi()) in.invalidate_dmi(0, store().size() - 1);
}

}  // namespace snnvp
