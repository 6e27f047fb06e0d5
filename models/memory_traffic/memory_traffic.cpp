// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/memory_traffic/memory_traffic.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/tlm/initiator_port.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

MemoryTrafficBlock::MemoryTrafficBlock(const sc_core::sc_module_name& name) : sc_module(name), out("out") {
  out.register_nb_transport_bw(this, &MemoryTrafficBlock::nb_transport_bw);
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&start_);
  sc_core::sc_spawn([this] { begin(); }, "begin", &options);
}

MemoryTrafficBlock::~MemoryTrafficBlock() = default;

void MemoryTrafficBlock::set_traffic(const MemoryTraffic& traffic) { core_.emplace(traffic); }

void MemoryTrafficBlock::prepare() {
  if (!core_ || !core_->traffic().check) return;
  constexpr Bytes piece = 1 << 20;
  std::vector<std::uint8_t> data(piece);
  for (Bytes done = 0, all = core_->filled(); done < all; done += piece) {
    const Bytes length = std::min(piece, all - done);
    const Address address = core_->traffic().base + done;
    core_->initial(address, data.data(), length);
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(static_cast<unsigned>(length));
    payload.set_streaming_width(static_cast<unsigned>(length));
    if (out->transport_dbg(payload) != length)
      throw InputError(fmt::format("memory traffic: the memory does not take {} bytes at {:#x}", length, address));
  }
}

/// From one access of the first pass to the next, and then to the load.
void MemoryTrafficBlock::begin() {
  if (!core_ || is_loading_) return;
  if (unloaded_next_ < core_->traffic().unloaded.size()) return next_unloaded();
  is_loading_ = true;
  result_.started = result_.ended = now_ps();
  pump(sc_core::SC_ZERO_TIME);
}

void MemoryTrafficBlock::next_unloaded() {
  Slot& slot = take_slot();
  slot.set_command(tlm::TLM_READ_COMMAND);
  slot.set_address(core_->traffic().unloaded[unloaded_next_++]);
  send(slot, sc_core::SC_ZERO_TIME);
}

void MemoryTrafficBlock::pump(sc_core::sc_time delay) {
  if (is_pumping_) return;  // a response that came while a request was being sent; the loop goes on
  is_pumping_ = true;
  while (!requesting_ && under_way_ < core_->traffic().outstanding && core_->has_next()) {
    const MemoryTrafficCore::Access access = core_->next();
    Slot& slot = take_slot();
    slot.set_command(access.is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    slot.set_address(access.address);
    if (access.is_write)
      core_->write(access.address, slot.data.data());
    else
      slot.version = core_->version(access.address);
    send(slot, delay);
  }
  is_pumping_ = false;
}

void MemoryTrafficBlock::send(Slot& slot, sc_core::sc_time delay) {
  tlm::tlm_generic_payload& payload = slot;
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  slot.sent = now_ps(delay);
  ++under_way_;
  requesting_ = &payload;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  switch (out->nb_transport_fw(payload, phase, delay)) {
    case tlm::TLM_ACCEPTED: break;
    case tlm::TLM_UPDATED:
      if (requesting_ == &payload) requesting_ = nullptr;
      if (phase == tlm::BEGIN_RESP) {
        const Picoseconds at = now_ps(delay);
        phase = tlm::END_RESP;
        out->nb_transport_fw(payload, phase, delay);  // the target waits for it before its next response
        finish(payload, at);
      }
      break;
    case tlm::TLM_COMPLETED:
      requesting_ = nullptr;
      finish(payload, now_ps(delay));
      break;
  }
}

tlm::tlm_sync_enum MemoryTrafficBlock::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (requesting_ == &payload && (phase == tlm::END_REQ || phase == tlm::BEGIN_RESP)) requesting_ = nullptr;
  if (phase == tlm::END_REQ) {
    if (is_loading_) pump(delay);
    return tlm::TLM_ACCEPTED;
  }
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  finish(payload, now_ps(delay));
  if (is_loading_) pump(delay);
  return tlm::TLM_COMPLETED;
}

void MemoryTrafficBlock::finish(tlm::tlm_generic_payload& payload, Picoseconds at) {
  Slot& slot = slot_of(payload);
  const Picoseconds latency = at - slot.sent;
  const auto tally = [latency](std::uint64_t before, Picoseconds& least, Picoseconds& most) {
    least = before == 0 ? latency : std::min(least, latency);
    most = std::max(most, latency);
  };
  --under_way_;
  if (!payload.is_response_ok()) {
    ++result_.errors;
    if (result_.error.empty())
      result_.error = fmt::format("{} at address {:#x}", response_name(payload.get_response_status()), payload.get_address());
  }
  if (!is_loading_) {
    tally(result_.unloaded_reads, result_.unloaded_min, result_.unloaded_max);
    ++result_.unloaded_reads;
    result_.unloaded_sum += latency;
    // The next one, or the load, starts with a clock edge of the memory.
    const Picoseconds edge = core_->traffic().unloaded_edge;
    const Picoseconds next = edge == 0 ? at : ceil_div(at, edge) * edge;
    start_.notify(sc_time_of(next - now_ps()));
  } else {
    tally(result_.done, result_.loaded_min, result_.loaded_max);
    ++result_.done;
    loaded_sum_ += static_cast<double>(latency);
    result_.ended = std::max(result_.ended, at);
    if (core_->traffic().check && payload.get_command() == tlm::TLM_READ_COMMAND && payload.is_response_ok()) {
      result_.compared += core_->traffic().access / 8;
      result_.mismatches += core_->mismatches(payload.get_address(), slot.data.data(), slot.version);
    }
  }
  payload.release();
}

MemoryTrafficBlock::Slot& MemoryTrafficBlock::take_slot() {
  if (free_.empty()) {
    slots_.push_back(std::make_unique<Slot>());
    Slot& slot = *slots_.back();
    const Bytes access = core_->traffic().access;
    slot.data.resize(static_cast<std::size_t>(access));
    slot.set_mm(this);
    slot.set_data_ptr(slot.data.data());
    slot.set_data_length(static_cast<unsigned>(access));
    slot.set_streaming_width(static_cast<unsigned>(access));
    slot.set_byte_enable_ptr(nullptr);
    free_.push_back(&slot);
  }
  Slot& slot = *free_.back();
  free_.pop_back();
  slot.acquire();
  return slot;
}

void MemoryTrafficBlock::free(tlm::tlm_generic_payload* payload) { free_.push_back(&slot_of(*payload)); }

bool MemoryTrafficBlock::is_finished() const { return core_ && is_loading_ && under_way_ == 0 && !core_->has_next(); }

MemoryTrafficResult MemoryTrafficBlock::traffic_result() const {
  MemoryTrafficResult result = result_;
  if (result.done != 0) result.loaded_mean = loaded_sum_ / static_cast<double>(result.done);
  return result;
}

void MemoryTrafficBlock::report_stats(StatSink& sink) const {
  Counter accesses, errors;
  if (core_ && is_loading_) accesses.add(result_.done), errors.add(result_.errors);
  sink.count("accesses", accesses);
  sink.count("errors", errors);
}

}  // namespace snnvp
