// SPDX-License-Identifier: Apache-2.0
#include "random_initiator.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <snnvp/platform/tlm/initiator_port.h>
#include <snnvp/platform/tlm/protocol_monitor.h>

namespace snnvp::conformance {

struct RandomInitiator::Stimulus {
  tlm::tlm_command command = tlm::TLM_READ_COMMAND;
  Address address = 0;
  unsigned length = 1;
  unsigned streaming_width = 1;
  std::vector<std::uint8_t> enables;  // empty: none
  sc_core::sc_time delay;

  Bytes span() const { return std::min(streaming_width, length); }
  bool lane(unsigned i) const { return enables.empty() || enables[i % enables.size()] != 0; }
  bool has_disabled_lane() const {
    for (unsigned i = 0; i < length; ++i)
      if (!lane(i)) return true;
    return false;
  }
};

RandomInitiator::RandomInitiator(const sc_core::sc_module_name& name, Traits traits, Golden& golden)
    : sc_module(name), out("out"), traits_(std::move(traits)), golden_(golden), random_(traits_.seed), buffer_(most_bytes + 2 * guard) {
  out.register_invalidate_direct_mem_ptr(this, &RandomInitiator::invalidated);
  SC_THREAD(run);
}

void RandomInitiator::finding(const char* check, const std::string& text) {
  findings_.push_back({check, fmt::format("{} after {} transactions: {}; {}", check, completed_, text, describe(payload_))});
}

void RandomInitiator::run() {
  if (traits_.start != sc_core::SC_ZERO_TIME) wait(traits_.start);
  for (completed_ = 0; completed_ < traits_.transactions && findings_.size() < 50; ++completed_) {
    transaction();
    if (completed_ % 64 == 63) compare_memory();
    if (completed_ % 64 == 31) check_debug();
    if (completed_ % 128 == 7) check_dmi();
  }
  compare_memory();
  check_reset();
  is_done_ = true;
}

const Window* RandomInitiator::window_of(Address address, Bytes span) const {
  for (const Window& window : traits_.windows)
    if (address >= window.base && span <= window.size && address - window.base <= window.size - span) return &window;
  return nullptr;
}

Address RandomInitiator::draw_address(Bytes span) {
  const Window& window = traits_.windows[below(traits_.windows.size())];
  switch (below(20)) {
    case 0: return window.last();                                              // the last byte
    case 1: return window.last() - below(std::min<Bytes>(span, window.size));  // ends at it or crosses it
    case 2: return window.last() + 1 + below(256);                             // outside
    case 3: return window.base - 1 - below(128);                               // before; wraps for a window at 0
    case 4: return ~Address{0} - below(128);                                   // next to 2^64
    default: return window.base + below(window.size);
  }
}

RandomInitiator::Stimulus RandomInitiator::draw() {
  Stimulus s;
  const auto kind = below(100);
  s.command = kind < 50 ? tlm::TLM_READ_COMMAND : kind < 95 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_IGNORE_COMMAND;
  s.length = static_cast<unsigned>(1 + below(most_bytes));
  switch (below(8)) {
    case 0: s.streaming_width = 3; break;
    case 1: s.streaming_width = std::max(1u, s.length / 2); break;
    case 2: s.streaming_width = static_cast<unsigned>(1 + below(s.length)); break;
    case 3: s.streaming_width = static_cast<unsigned>(s.length + 1 + below(64)); break;
    default: s.streaming_width = s.length;
  }
  const auto enables = below(12);  // absent in two thirds
  if (enables >= 8) {
    s.enables.resize(1 + below(s.length));
    for (std::uint8_t& e : s.enables) e = enables == 8 ? 0xFF : enables == 9 ? 0 : below(2) ? 0xFF : 0;
  }
  s.address = draw_address(s.span());
  s.delay = sc_core::sc_time(5.0 * static_cast<double>(below(3)), sc_core::SC_NS);
  return s;
}

tlm::tlm_response_status RandomInitiator::predict(const Stimulus& s) const {
  if (s.command == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_OK_RESPONSE;
  if (window_of(s.address, s.span()) == nullptr) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (!traits_.byte_enables && s.has_disabled_lane()) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  if (!traits_.streaming && s.span() < s.length) return tlm::TLM_BURST_ERROR_RESPONSE;
  return tlm::TLM_OK_RESPONSE;
}

// The definition of spec/tlm.md 5.1, byte by byte.
void RandomInitiator::apply(const Stimulus& s, std::vector<std::uint8_t>& data) {
  const Window& window = *window_of(s.address, s.span());
  std::vector<std::uint8_t>& memory = golden_[window.memory];
  const Address start = s.address - window.base + window.offset;
  for (unsigned i = 0; i < s.length; ++i) {
    if (!s.lane(i)) continue;
    std::uint8_t& byte = memory[start + i % s.streaming_width];
    if (s.command == tlm::TLM_WRITE_COMMAND)
      byte = data[guard + i];
    else
      data[guard + i] = byte;
  }
}

void RandomInitiator::transaction() {
  const Stimulus stimulus = draw();
  for (std::uint8_t& byte : buffer_) byte = static_cast<std::uint8_t>(random_());
  const std::vector<std::uint8_t> before = buffer_;
  send(stimulus);
  score(stimulus, before);
}

void RandomInitiator::send(const Stimulus& s) {
  std::vector<std::uint8_t> enables = s.enables;
  payload_.set_command(s.command);
  payload_.set_address(s.address);
  payload_.set_data_ptr(buffer_.data() + guard);
  payload_.set_data_length(s.length);
  payload_.set_streaming_width(s.streaming_width);
  payload_.set_byte_enable_ptr(enables.empty() ? nullptr : enables.data());
  payload_.set_byte_enable_length(static_cast<unsigned>(enables.size()));
  payload_.set_dmi_allowed(false);
  payload_.set_gp_option(tlm::TLM_MIN_PAYLOAD);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = s.delay;
  const sc_core::sc_time begin = sc_core::sc_time_stamp() + delay;
  out->b_transport(payload_, delay);
  const sc_core::sc_time end = sc_core::sc_time_stamp() + delay;
  if (payload_.is_response_ok() && s.command != tlm::TLM_IGNORE_COMMAND && end < begin + traits_.least_latency)
    finding("S6", fmt::format("took less than {} ps", ps_of(traits_.least_latency)));
  payload_.set_byte_enable_ptr(nullptr);
}

void RandomInitiator::score(const Stimulus& s, const std::vector<std::uint8_t>& before) {
  const tlm::tlm_response_status expected = predict(s);
  if (payload_.get_response_status() != expected) finding("S2", "expected " + response_name(expected));
  std::vector<std::uint8_t> data = before;
  const bool transfers = expected == tlm::TLM_OK_RESPONSE && s.command != tlm::TLM_IGNORE_COMMAND;
  if (transfers) apply(s, data);
  const auto wrong = std::mismatch(data.begin(), data.end(), buffer_.begin());
  if (wrong.first != data.end())
    finding("S1", fmt::format("data byte {} is {:#x}, expected {:#x}", (wrong.first - data.begin()) - static_cast<std::ptrdiff_t>(guard),
                              *wrong.second, *wrong.first));
  if (transfers && payload_.is_response_ok() && payload_.is_dmi_allowed() != traits_.grants_dmi)
    finding("S6", "the dmi_allowed hint disagrees with what a DMI request gets");
  payload_.set_dmi_allowed(false);
}

unsigned RandomInitiator::debug(tlm::tlm_command command, Address address, std::uint8_t* data, unsigned length) {
  payload_.set_command(command);
  payload_.set_address(address);
  payload_.set_data_ptr(data);
  payload_.set_data_length(length);
  payload_.set_streaming_width(length);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_byte_enable_length(0);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  const unsigned done = out->transport_dbg(payload_);
  payload_.set_data_ptr(buffer_.data() + guard);  // the caller's buffer ends with the caller
  payload_.set_data_length(0);
  return done;
}

void RandomInitiator::compare_memory() {
  for (const Window& window : traits_.windows) {
    std::vector<std::uint8_t> seen(window.size);
    const unsigned done = debug(tlm::TLM_READ_COMMAND, window.base, seen.data(), static_cast<unsigned>(window.size));
    if (done != window.size) finding("S4", fmt::format("a debug read of a whole window gave {} of {} bytes", done, window.size));
    const auto* golden = golden_[window.memory].data() + window.offset;
    for (Bytes i = 0; i < done && i < window.size; ++i)
      if (seen[i] != golden[i]) {
        finding("S3", fmt::format("memory byte at {:#x} is {:#x}, expected {:#x}", window.base + i, seen[i], golden[i]));
        break;
      }
  }
}

void RandomInitiator::check_debug() {
  const Window& window = traits_.windows[below(traits_.windows.size())];
  std::uint8_t first[40], second[40];
  std::memset(first, 0x5A, sizeof first);
  std::memset(second, 0x5A, sizeof second);
  const Address near_end = window.last() - 9;
  const unsigned done = debug(tlm::TLM_READ_COMMAND, near_end, first, 40);
  if (done != 10) finding("S4", fmt::format("a debug read of 40 bytes, 10 before the end, gave {}", done));
  if (std::any_of(first + 10, first + 40, [](std::uint8_t b) { return b != 0x5A; }))
    finding("S4", "a debug read changed bytes beyond its count");
  debug(tlm::TLM_READ_COMMAND, near_end, second, 40);
  if (std::memcmp(first, second, sizeof first) != 0) finding("S4", "a repeated debug read gave other bytes");
  const Address beyond = window.last() + 1;
  if (window_of(beyond, 1) == nullptr && beyond != 0) {
    if (const unsigned n = debug(tlm::TLM_READ_COMMAND, beyond, first, 40); n != 0)
      finding("S4", fmt::format("a debug read outside gave {} bytes", n));
  }
  // Debug writes reach the same bytes, and only those inside.
  std::uint8_t written[12];
  for (std::uint8_t& byte : written) byte = static_cast<std::uint8_t>(random_());
  if (const unsigned n = debug(tlm::TLM_WRITE_COMMAND, near_end, written, 12); n != 10)
    finding("S4", fmt::format("a debug write across the end gave {}", n));
  std::copy(written, written + 10, golden_[window.memory].begin() + static_cast<std::ptrdiff_t>(window.offset + window.size - 10));
}

void RandomInitiator::check_dmi() {
  const Window& window = traits_.windows[below(traits_.windows.size())];
  const Address address = window.base + below(window.size);
  payload_.set_command(below(2) ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND);
  payload_.set_address(address);
  tlm::tlm_dmi dmi;
  const bool granted = out->get_direct_mem_ptr(payload_, dmi);
  const std::string range = fmt::format("{:#x} to {:#x}", dmi.get_start_address(), dmi.get_end_address());
  if (payload_.get_address() != address) finding("S5", "a DMI request changed the address");
  if (dmi.get_start_address() > address || dmi.get_end_address() < address)
    finding("S5", "the DMI answer " + range + " does not hold the address");
  if (granted != traits_.grants_dmi) return finding("S5", granted ? "DMI was granted" : "DMI was refused");
  if (!granted) {
    if (!dmi.is_none_allowed()) finding("S5", "a DMI refusal allows an access");
    if (dmi.get_start_address() < window.base || dmi.get_end_address() > window.last())
      finding("S5", "the refused range " + range + " leaves the window");
    return;
  }
  if (dmi.get_start_address() != window.base || dmi.get_end_address() != window.last())
    return finding("S5", fmt::format("the DMI window is {}, expected {:#x} to {:#x}", range, window.base, window.last()));
  if (dmi.get_read_latency() != window.dmi_latency || dmi.get_write_latency() != window.dmi_latency)
    finding("S5", fmt::format("the DMI latency is {} ps, expected {} ps", ps_of(dmi.get_read_latency()), ps_of(window.dmi_latency)));
  if (!dmi.is_read_write_allowed()) return finding("S5", "a memory's DMI does not allow both reads and writes");

  std::uint8_t* byte = dmi.get_dmi_ptr() + (address - dmi.get_start_address());
  std::uint8_t& golden = golden_[window.memory][address - window.base + window.offset];
  if (*byte != golden) finding("S5", fmt::format("DMI shows {:#x}, expected {:#x}", *byte, golden));
  golden = *byte = static_cast<std::uint8_t>(random_());  // the next reads by transport must see it

  const Address outside = window.last() + 1;
  if (window_of(outside, 1) != nullptr) return;
  payload_.set_address(outside);
  if (out->get_direct_mem_ptr(payload_, dmi)) finding("S5", "DMI was granted outside");
}

void RandomInitiator::check_reset() {
  if (!traits_.reset) return;
  invalidations_.clear();
  traits_.reset();
  if (traits_.grants_dmi)
    for (const Window& window : traits_.windows) {
      const bool told = std::any_of(invalidations_.begin(), invalidations_.end(),
                                    [&](const auto& range) { return range.first <= window.base && range.second >= window.last(); });
      if (!told) finding("S5", fmt::format("reset did not invalidate DMI of {:#x} to {:#x}", window.base, window.last()));
      for (const auto& [start, end] : invalidations_)
        if (window_of(start, end - start + 1) == nullptr)
          finding("S5", fmt::format("an invalidation {:#x} to {:#x} leaves its window", start, end));
    }
  compare_memory();
}

void RandomInitiator::invalidated(sc_dt::uint64 start, sc_dt::uint64 end) { invalidations_.emplace_back(start, end); }

}  // namespace snnvp::conformance
