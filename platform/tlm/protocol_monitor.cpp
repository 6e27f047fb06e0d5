// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/protocol_monitor.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include <snnvp/platform/tlm/extensions.h>
#include <snnvp/platform/tlm/initiator_port.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {
namespace {

constexpr unsigned rule_count = ProtocolMonitor::last_rule + 1;  // index 0 unused

/// Who is to blame for a violation of each rule (spec/tlm.md 12.1).
constexpr std::array<const char*, rule_count> blamed{"",       "target", "target",       "target or interconnect", "target",    "target",
                                                     "target", "target", "interconnect", "interconnect",           "initiator", "target",
                                                     "target", "target", "see text"};

std::string hex(const unsigned char* bytes, unsigned length, unsigned most) {
  if (bytes == nullptr) return "null";
  std::string text;
  for (unsigned i = 0; i < std::min(length, most); ++i) text += fmt::format("{:02x}", bytes[i]);
  if (length > most) text += "...";
  return text;
}

const char* command_name(tlm::tlm_command command) {
  switch (command) {
    case tlm::TLM_READ_COMMAND: return "READ";
    case tlm::TLM_WRITE_COMMAND: return "WRITE";
    case tlm::TLM_IGNORE_COMMAND: return "IGNORE";
  }
  return "unknown command";
}

/// What the kernel shows of time and pending work; debug transport must leave it alone.
struct KernelState {
  sc_core::sc_time now = sc_core::sc_time_stamp();
  bool pending = sc_core::sc_pending_activity();
  bool pending_now = sc_core::sc_pending_activity_at_current_time();
  sc_core::sc_time to_pending = sc_core::sc_time_to_pending_activity();

  bool operator==(const KernelState& other) const {
    return now == other.now && pending == other.pending && pending_now == other.pending_now && to_pending == other.to_pending;
  }
};

bool called_from_thread() {
  const sc_core::sc_process_handle process = sc_core::sc_get_current_process_handle();
  return process.valid() && process.proc_kind() != sc_core::SC_METHOD_PROC_;
}

}  // namespace

std::string describe(const tlm::tlm_generic_payload& payload) {
  const unsigned initiator = initiator_id_of(payload);
  return fmt::format(
      "{} address {:#x} length {} streaming_width {} byte_enables {} byte_enable_length {} status {} dmi_allowed {} gp_option {} "
      "initiator {} data {}",
      command_name(payload.get_command()), payload.get_address(), payload.get_data_length(), payload.get_streaming_width(),
      hex(payload.get_byte_enable_ptr(), payload.get_byte_enable_length(), 32), payload.get_byte_enable_length(),
      response_name(payload.get_response_status()), payload.is_dmi_allowed(), static_cast<int>(payload.get_gp_option()),
      initiator == 0 ? std::string("unknown") : std::to_string(initiator), hex(payload.get_data_ptr(), payload.get_data_length(), 64));
}

ProtocolMonitor::ProtocolMonitor(const sc_core::sc_module_name& name, std::string path, Mode mode)
    : sc_module(name), in("in"), out("out"), path_(std::move(path)), mode_(mode), by_rule_(rule_count) {
  in.register_b_transport(this, &ProtocolMonitor::b_transport);
  in.register_transport_dbg(this, &ProtocolMonitor::transport_dbg);
  in.register_get_direct_mem_ptr(this, &ProtocolMonitor::get_direct_mem_ptr);
  in.register_nb_transport_fw(this, &ProtocolMonitor::nb_transport_fw);
  out.register_nb_transport_bw(this, &ProtocolMonitor::nb_transport_bw);
  out.register_invalidate_direct_mem_ptr(this, &ProtocolMonitor::invalidate_direct_mem_ptr);
}

void ProtocolMonitor::violation(unsigned rule, const std::string& what, const tlm::tlm_generic_payload* payload) {
  ++count_;
  ++by_rule_[rule];
  if (violations_.size() < max_kept || call_) {
    std::string text = fmt::format("M{} ({}) on {} at {} ps: {}", rule, blamed[rule], path_, now_ps(), what);
    if (payload != nullptr) text += "; " + describe(*payload);
    const Violation found{rule, std::move(text)};
    if (call_) call_(found);
    if (violations_.size() < max_kept) violations_.push_back(found);
  }
  if (mode_ == Mode::stop && count_ == 1) sc_core::sc_stop();
}

ProtocolMonitor::Snapshot ProtocolMonitor::take(const tlm::tlm_generic_payload& payload) {
  Snapshot s{};
  if (!idle_.empty()) {
    s = std::move(idle_.back());
    idle_.pop_back();
  }
  s.command = payload.get_command();
  s.address = payload.get_address();
  s.data = payload.get_data_ptr();
  s.length = payload.get_data_length();
  s.streaming_width = payload.get_streaming_width();
  s.enables = payload.get_byte_enable_ptr();
  s.enable_length = payload.get_byte_enable_length();
  s.option = payload.get_gp_option();
  s.has_memory_manager = payload.has_mm();
  s.data_bytes.clear();
  s.enable_bytes.clear();
  s.extensions.clear();
  if (s.data != nullptr) s.data_bytes.assign(s.data, s.data + s.length);
  if (s.enables != nullptr) s.enable_bytes.assign(s.enables, s.enables + s.enable_length);
  for (unsigned i = 0; i < tlm::max_num_extensions(); ++i) s.extensions.push_back(payload.get_extension(i));
  return s;
}

void ProtocolMonitor::check_entry(const tlm::tlm_generic_payload& payload, bool is_blocking) {
  const auto entry = [&](bool ok, const char* what) {
    if (!ok) violation(10, what, &payload);
  };
  entry(payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE, "sent with a status that is not INCOMPLETE");
  entry(!payload.is_dmi_allowed(), "sent with dmi_allowed set");
  if (payload.get_command() != tlm::TLM_IGNORE_COMMAND) {
    entry(payload.get_streaming_width() > 0, "sent with a streaming width of 0");
    entry(payload.get_data_ptr() != nullptr, "sent without a data pointer");
    entry(payload.get_data_length() > 0, "sent with a length of 0");
  }
  if (const unsigned char* enables = payload.get_byte_enable_ptr()) {
    const unsigned length = payload.get_byte_enable_length();
    entry(length > 0, "sent with a byte-enable pointer and a byte-enable length of 0");
    const bool plain = std::all_of(enables, enables + length, [](unsigned char e) { return e == 0x00 || e == 0xFF; });
    entry(plain, "sent with a byte enable that is neither 0x00 nor 0xff");
  }
  if (is_blocking) entry(called_from_thread(), "b_transport was not called from a thread");
}

void ProtocolMonitor::check_attributes(const Snapshot& before, const tlm::tlm_generic_payload& payload, unsigned address_rule,
                                       unsigned attribute_rule) {
  const auto same = [&](unsigned rule, const auto& was, const auto& is, const char* what) {
    if (!(was == is)) violation(rule, fmt::format("{} was changed", what), &payload);
  };
  if (payload.get_address() != before.address)
    violation(address_rule, fmt::format("the address was {:#x} and came back as {:#x}", before.address, payload.get_address()), &payload);
  same(attribute_rule, before.command, payload.get_command(), "the command");
  same(attribute_rule, before.data, payload.get_data_ptr(), "the data pointer");
  same(attribute_rule, before.length, payload.get_data_length(), "the length");
  same(attribute_rule, before.streaming_width, payload.get_streaming_width(), "the streaming width");
  same(attribute_rule, before.option, payload.get_gp_option(), "the gp_option");
  const bool same_enables = payload.get_byte_enable_ptr() == before.enables && payload.get_byte_enable_length() == before.enable_length &&
                            std::equal(before.enable_bytes.begin(), before.enable_bytes.end(), before.enables);
  if (!same_enables) violation(attribute_rule == 4 ? 5 : attribute_rule, "the byte enables were changed", &payload);
  // Extensions may be added on the way; those present before must be present after.
  for (unsigned i = 0; i < before.extensions.size(); ++i)
    if (before.extensions[i] != nullptr && payload.get_extension(i) != before.extensions[i])
      violation(attribute_rule == 4 ? 8 : attribute_rule, "an extension was dropped or replaced", &payload);
  if (payload.has_mm() != before.has_memory_manager)
    violation(attribute_rule == 4 ? 9 : attribute_rule, "a memory manager appeared or vanished", &payload);
}

void ProtocolMonitor::check_data(const Snapshot& before, const tlm::tlm_generic_payload& payload) {
  if (before.data == nullptr) return;
  const unsigned char* now = before.data;
  const bool is_read = before.command == tlm::TLM_READ_COMMAND;
  if (before.command == tlm::TLM_WRITE_COMMAND) {
    if (!std::equal(before.data_bytes.begin(), before.data_bytes.end(), now)) violation(6, "write data were changed", &payload);
    return;
  }
  const bool may_change = is_read && payload.is_response_ok();
  for (unsigned i = 0; i < before.length; ++i) {
    if (now[i] == before.data_bytes[i]) continue;
    const bool lane_on = before.enables == nullptr || before.enable_length == 0 || before.enable_bytes[i % before.enable_length] != 0;
    if (may_change && lane_on) continue;
    violation(7,
              fmt::format("data byte {} was changed by {}", i,
                          !is_read                   ? "an IGNORE command"
                          : payload.is_response_ok() ? "a read although its lane is disabled"
                                                     : "a read that failed"),
              &payload);
    return;
  }
}

void ProtocolMonitor::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  ++transactions_;
  check_entry(payload, true);
  if (flight_of(payload) != nullptr)
    violation(14, "initiator: b_transport with a payload whose non-blocking transaction has not ended", &payload);
  Snapshot before = take(payload);
  const Picoseconds local_before = now_ps(delay);
  out->b_transport(payload, delay);
  if (payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) violation(1, "came back INCOMPLETE", &payload);
  if (now_ps(delay) < local_before)
    violation(2, fmt::format("local time went back from {} ps to {} ps", local_before, now_ps(delay)), &payload);
  check_attributes(before, payload, 3, 4);
  check_data(before, payload);
  give_back(std::move(before));
}

unsigned ProtocolMonitor::transport_dbg(tlm::tlm_generic_payload& payload) {
  ++debug_calls_;
  Snapshot before = take(payload);
  const KernelState kernel;
  const unsigned count = out->transport_dbg(payload);
  if (!(kernel == KernelState())) violation(11, "debug transport advanced time or left activity pending", &payload);
  if (count > before.length) violation(11, fmt::format("debug transport claims {} of {} bytes", count, before.length), &payload);
  check_attributes(before, payload, 11, 11);
  give_back(std::move(before));
  return count;
}

bool ProtocolMonitor::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  ++dmi_calls_;
  const Address address = payload.get_address();
  const bool granted = out->get_direct_mem_ptr(payload, dmi);
  if (payload.get_address() != address)
    violation(3, fmt::format("a DMI request changed the address {:#x} to {:#x}", address, payload.get_address()), &payload);
  if (granted) {
    const auto grant = [&](bool ok, const char* what) {
      if (!ok)
        violation(12, fmt::format("DMI grant of {:#x} to {:#x}: {}", dmi.get_start_address(), dmi.get_end_address(), what), &payload);
    };
    grant(dmi.get_start_address() <= dmi.get_end_address(), "it starts after its end");
    grant(dmi.get_start_address() <= address && address <= dmi.get_end_address(), "it does not hold the address asked for");
    grant(dmi.get_dmi_ptr() != nullptr, "it has no pointer");
    grant(!dmi.is_none_allowed(), "it allows neither reads nor writes");
  }
  return granted;
}

void ProtocolMonitor::invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) {
  ++invalidations_;
  if (start > end) violation(13, fmt::format("DMI invalidation from {:#x} to {:#x} starts after its end", start, end), nullptr);
  in->invalidate_direct_mem_ptr(start, end);
}

}  // namespace snnvp
