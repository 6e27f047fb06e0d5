// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/sram/sram.h>

#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {
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
  length <= word_bytes ? word(is_write, address, length, delay) : burst(is_write, address, length, delay);
}

bool Sram::access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const bool is_write = payload.get_command() == tlm::TLM_WRITE_COMMAND;
  const Bytes length = payload.get_data_length();
  if (length <= word_bytes)
    word(is_write, payload.get_address(), length, delay);
  else
    burst(is_write, payload.get_address(), length, delay);
  transfer(payload);
  return true;
}

void Sram::burst(bool is_write, Address address, Bytes length, sc_core::sc_time& delay) {
  const Cycles done = core_.access(is_write, address, length, clock_.cycle_at(now_ps(delay)));
  delay = sc_time_of(clock_.time_ps(done) - now_ps());
}

/// Its counts with those of accesses that went past the port. Each of these is taken as one port word.
SramCore Sram::core_with_direct() const {
  SramCore core = core_;
  const DirectUsers::Sum direct = users_.sum();
  core.count_words(false, direct.reads, direct.bytes_read);
  core.count_words(true, direct.writes, direct.bytes_written);
  return core;
}

void Sram::report_stats(StatSink& sink) const {
  const SramCore core = core_with_direct();
  const std::uint64_t accesses = core.reads().accesses + core.writes().accesses;
  const auto put = [&](const char* name, std::uint64_t value, bool happened) {
    Counter counter;
    if (happened) counter.add(value);
    sink.count(name, counter);
  };
  put("accesses", accesses, accesses != 0);
  put("bytes_read", core.reads().bytes, core.reads().accesses != 0);
  put("bytes_written", core.writes().bytes, core.writes().accesses != 0);
  put("busy_cycles", core.busy_cycles(), accesses != 0);
  put("wait_cycles", core.wait_cycles(), accesses != 0);
  put("bank_conflicts", core.conflicts(), accesses != 0);
}

void Sram::reset() {
  core_.reset();
  users_.reset();
  if (allow_dmi()) in.invalidate_dmi(0, store().size() - 1);
}

}  // namespace snnvp
