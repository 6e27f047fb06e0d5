// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram.h>

#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

Dram::Dram(const sc_core::sc_module_name& name, const Params& params)
    : sc_module(name), MemoryTarget(params.size, params.allow_dmi), in("in", *this, port_options()), core_(params) {
  const sc_core::sc_time word_time = sc_time_of(core_.unloaded_ps(8));
  set_dmi_latency(word_time, word_time);
  in.set_dmi_hint(params.allow_dmi);
}

void Dram::begin(tlm::tlm_command command, Address address, Bytes length, sc_core::sc_time& delay) {
  accesses_.add(1);
  const Picoseconds done = core_.access(command == tlm::TLM_WRITE_COMMAND, address, length, now_ps(delay));
  delay = sc_time_of(done - now_ps());
}

bool Dram::access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  Dram::begin(payload.get_command(), payload.get_address(), payload.get_data_length(), delay);
  transfer(payload);
  return true;
}

EventCounts Dram::events() const { return core_.events(now_ps() - counted_since_); }

void Dram::report_stats(StatSink& sink) const {
  const Picoseconds elapsed = now_ps() - counted_since_;
  const auto time = [&](const char* name, Picoseconds value) {
    Counter counter;
    if (accesses_.touched()) counter.add(value);
    sink.count(name, counter);
  };
  sink.count("accesses", accesses_);
  sink.count("bytes_read", core_.bytes_read());
  sink.count("bytes_written", core_.bytes_written());
  sink.count("page_activations", core_.activations());
  time("busy_ps", core_.busy_ps());
  time("wait_ps", core_.waited_ps());
  const bool is_known = elapsed != 0 && core_.bandwidth() != 0;
  sink.real("utilisation", is_known ? std::optional(static_cast<double>(core_.busy_ps()) / static_cast<double>(elapsed)) : std::nullopt);
}

void Dram::reset() {
  core_.reset();
  accesses_.reset();
  counted_since_ = now_ps();
  if (allow_dmi()) in.invalidate_dmi(0, store().size() - 1);
}

}  // namespace snnvp
