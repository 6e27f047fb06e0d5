// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

// A base-protocol checker as others write them: from the rules of IEEE 1666-2011 clauses 14 to 16 and the headers of TLM alone, with
// nothing of this project. It stands in a link and knows no block.
namespace foreign {

class BaseProtocolChecker : public sc_core::sc_module {
public:
  explicit BaseProtocolChecker(const sc_core::sc_module_name& name) : sc_module(name) {
    target.register_b_transport(this, &BaseProtocolChecker::b_transport);
    target.register_nb_transport_fw(this, &BaseProtocolChecker::nb_transport_fw);
    target.register_transport_dbg(this, &BaseProtocolChecker::transport_dbg);
    target.register_get_direct_mem_ptr(this, &BaseProtocolChecker::get_direct_mem_ptr);
    initiator.register_nb_transport_bw(this, &BaseProtocolChecker::nb_transport_bw);
    initiator.register_invalidate_direct_mem_ptr(this, &BaseProtocolChecker::invalidate_direct_mem_ptr);
  }

  tlm_utils::simple_target_socket<BaseProtocolChecker, 32> target{"target"};
  tlm_utils::simple_initiator_socket<BaseProtocolChecker, 32> initiator{"initiator"};

  std::vector<std::string> complaints;
  unsigned long long blocking = 0, phased = 0, debugs = 0, grants = 0, refusals = 0, invalidations = 0;

private:
  using Payload = tlm::tlm_generic_payload;

  struct Copy {
    explicit Copy(Payload& p)
        : command(p.get_command()),
          address(p.get_address()),
          data(p.get_data_ptr()),
          length(p.get_data_length()),
          width(p.get_streaming_width()),
          enables(p.get_byte_enable_ptr()),
          enable_length(p.get_byte_enable_length()),
          option(p.get_gp_option()),
          has_mm(p.has_mm()) {
      if (data != nullptr) bytes.assign(data, data + length);
      if (enables != nullptr) lanes.assign(enables, enables + enable_length);
    }
    tlm::tlm_command command;
    sc_dt::uint64 address;
    unsigned char* data;
    unsigned length, width;
    unsigned char* enables;
    unsigned enable_length;
    tlm::tlm_gp_option option;
    bool has_mm;
    std::vector<unsigned char> bytes, lanes;
  };
  struct Open {
    Copy copy;
    tlm::tlm_phase_enum phase;
    sc_core::sc_time last;
  };

  void expect(bool holds, const char* rule) {
    if (!holds && complaints.size() < 20000)
      complaints.push_back(std::string(name()) + " at " + sc_core::sc_time_stamp().to_string() + ": " + rule);
  }

  // 14.5 to 14.17: what an initiator sets before it sends.
  void at_call(Payload& p) {
    expect(p.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE, "14.17 e: sent with a response status other than INCOMPLETE");
    expect(!p.is_dmi_allowed(), "14.16: sent with dmi_allowed");
    if (p.get_command() == tlm::TLM_IGNORE_COMMAND) return;
    expect(p.get_data_ptr() != nullptr, "14.11: null data pointer");
    expect(p.get_data_length() > 0, "14.12: length 0");
    expect(p.get_streaming_width() > 0, "14.15: streaming width 0");
    expect(p.get_byte_enable_ptr() == nullptr || p.get_byte_enable_length() > 0, "14.14: byte enables of length 0");
  }

  // 14.7: what nobody may modify on the way.
  void unmodified(const Copy& was, Payload& p, bool at_response) {
    expect(p.get_command() == was.command, "14.7: command modified");
    expect(p.get_address() == was.address, "14.7: address not restored");
    expect(p.get_data_ptr() == was.data, "14.7: data pointer modified");
    expect(p.get_data_length() == was.length, "14.7: length modified");
    expect(p.get_streaming_width() == was.width, "14.7: streaming width modified");
    expect(p.get_byte_enable_ptr() == was.enables && p.get_byte_enable_length() == was.enable_length, "14.7: byte enables modified");
    expect(was.lanes.empty() || std::memcmp(was.lanes.data(), was.enables, was.lanes.size()) == 0, "14.7: byte-enable array modified");
    expect(p.get_gp_option() == was.option, "14.8: option modified");
    expect(p.has_mm() == was.has_mm, "14.5: memory manager set or cleared on the way");
    if (!at_response || was.data == nullptr) return;
    if (was.command != tlm::TLM_READ_COMMAND)
      expect(std::memcmp(was.bytes.data(), was.data, was.bytes.size()) == 0, "14.11: data of a write or IGNORE modified");
    else
      for (unsigned i = 0; i < was.length; ++i)
        if (!was.lanes.empty() && was.lanes[i % was.lanes.size()] == 0)
          expect(was.data[i] == was.bytes[i], "14.13: a disabled byte of a read was modified");
    expect(p.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, "14.17: response INCOMPLETE");
    if (p.is_dmi_allowed()) expect(p.is_response_ok(), "14.16: dmi_allowed with an error");
  }

  void b_transport(Payload& p, sc_core::sc_time& delay) {
    ++blocking;
    at_call(p);
    expect(open_.find(&p) == open_.end(), "15.2.10 c: b_transport within a non-blocking transaction");
    const sc_core::sc_process_handle process = sc_core::sc_get_current_process_handle();
    expect(process.valid() && process.proc_kind() == sc_core::SC_THREAD_PROC_, "11.1.1.4 b: b_transport not from a thread");
    const Copy was(p);
    const sc_core::sc_time before = sc_core::sc_time_stamp() + delay;
    initiator->b_transport(p, delay);
    expect(sc_core::sc_time_stamp() + delay >= before, "11.1.1.4: annotated time decreased over b_transport");
    unmodified(was, p, true);
  }

  void later(Open& open, const sc_core::sc_time& delay) {
    expect(sc_core::sc_time_stamp() + delay >= open.last, "15.2.7 c: annotated time decreased between phases");
    open.last = sc_core::sc_time_stamp() + delay;
  }
  void close(Payload& p) {
    if (request_ == &p) request_ = nullptr;
    if (response_ == &p) response_ = nullptr;
    open_.erase(&p);
  }

  tlm::tlm_sync_enum nb_transport_fw(Payload& p, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    const tlm::tlm_phase sent = phase;
    const sc_core::sc_time sent_delay = delay;
    if (sent == tlm::BEGIN_REQ) {
      ++phased;
      at_call(p);
      expect(p.has_mm(), "14.5: nb_transport without a memory manager");
      expect(p.get_ref_count() > 0, "14.5: nb_transport with a reference count of 0");
      expect(open_.find(&p) == open_.end(), "14.5 x: payload used again too early");
      expect(request_ == nullptr, "15.2.6 e: second request before END_REQ");
      open_.emplace(&p, Open{Copy(p), tlm::BEGIN_REQ, sc_core::sc_time_stamp() + delay});
      request_ = &p;
    } else if (sent == tlm::END_RESP) {
      const auto it = open_.find(&p);
      expect(it != open_.end() && it->second.phase == tlm::BEGIN_RESP, "15.2.4: END_RESP without BEGIN_RESP");
      if (it != open_.end()) later(it->second, delay);
      close(p);
    } else {
      expect(false, "15.2.3 c: a phase that only goes backward, or none of the base protocol");
    }
    const tlm::tlm_sync_enum answer = initiator->nb_transport_fw(p, phase, delay);
    const auto it = open_.find(&p);
    if (answer == tlm::TLM_ACCEPTED) {
      expect(phase == sent && delay == sent_delay, "11.1.2.7: TLM_ACCEPTED with phase or time modified");
    } else if (answer == tlm::TLM_UPDATED) {
      expect(sent == tlm::BEGIN_REQ && (phase == tlm::END_REQ || phase == tlm::BEGIN_RESP), "15.2.4: TLM_UPDATED with a wrong phase");
      if (it != open_.end() && sent == tlm::BEGIN_REQ) received(p, phase, delay);
    } else if (it != open_.end() && sent == tlm::BEGIN_REQ) {
      later(it->second, delay);
      unmodified(it->second.copy, p, true);
      close(p);
    }
    return answer;
  }

  /// END_REQ or BEGIN_RESP, by a call or by a return value.
  void received(Payload& p, const tlm::tlm_phase& phase, const sc_core::sc_time& delay) {
    const auto it = open_.find(&p);
    expect(it != open_.end(), "15.2.4: a phase of a transaction that is not open");
    if (it == open_.end()) return;
    later(it->second, delay);
    expect(p.get_ref_count() > 0, "14.5: released before its end");
    if (phase == tlm::END_REQ) {
      expect(it->second.phase == tlm::BEGIN_REQ, "15.2.4: END_REQ after END_REQ");
      unmodified(it->second.copy, p, false);
      it->second.phase = tlm::END_REQ;
      if (request_ == &p) request_ = nullptr;
    } else if (phase == tlm::BEGIN_RESP) {
      expect(it->second.phase != tlm::BEGIN_RESP, "15.2.4: BEGIN_RESP after BEGIN_RESP");
      expect(response_ == nullptr, "15.2.6 f: second response before END_RESP");
      unmodified(it->second.copy, p, true);
      it->second.phase = tlm::BEGIN_RESP;
      if (request_ == &p) request_ = nullptr;
      response_ = &p;
    } else {
      expect(false, "15.2.3 c: a phase that only goes forward, or none of the base protocol");
    }
  }

  tlm::tlm_sync_enum nb_transport_bw(Payload& p, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    const tlm::tlm_phase sent = phase;
    const sc_core::sc_time sent_delay = delay;
    received(p, phase, delay);
    const tlm::tlm_sync_enum answer = target->nb_transport_bw(p, phase, delay);
    if (answer == tlm::TLM_ACCEPTED) {
      expect(phase == sent && delay == sent_delay, "11.1.2.7: TLM_ACCEPTED with phase or time modified");
    } else if (answer == tlm::TLM_UPDATED) {
      expect(sent == tlm::BEGIN_RESP && phase == tlm::END_RESP, "15.2.4: TLM_UPDATED with a wrong phase");
      close(p);
    } else {
      expect(sent == tlm::BEGIN_RESP, "15.2.4: TLM_COMPLETED to END_REQ");
      close(p);
    }
    return answer;
  }

  unsigned transport_dbg(Payload& p) {
    ++debugs;
    const Copy was(p);
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    const unsigned done = initiator->transport_dbg(p);
    expect(sc_core::sc_time_stamp() == now, "11.3: debug transport took time");
    expect(done <= was.length, "11.3: debug transport of more than the length");
    unmodified(was, p, false);
    return done;
  }

  bool get_direct_mem_ptr(Payload& p, tlm::tlm_dmi& dmi) {
    const Copy was(p);
    const bool granted = initiator->get_direct_mem_ptr(p, dmi);
    granted ? ++grants : ++refusals;
    expect(p.get_address() == was.address, "11.2.3: DMI request modified the address");
    expect(dmi.get_start_address() <= dmi.get_end_address(), "11.2.5: DMI region starts after its end");
    expect(dmi.get_start_address() <= was.address && was.address <= dmi.get_end_address(), "11.2.5: DMI region without the address");
    if (granted) {
      expect(dmi.get_dmi_ptr() != nullptr, "11.2.5: DMI grant without a pointer");
      expect(!dmi.is_none_allowed(), "11.2.5: DMI grant of no access");
      expect(was.command != tlm::TLM_READ_COMMAND || dmi.is_read_allowed(), "11.2.5: a read was asked for and not granted");
      expect(was.command != tlm::TLM_WRITE_COMMAND || dmi.is_write_allowed(), "11.2.5: a write was asked for and not granted");
    }
    return granted;
  }

  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) {
    ++invalidations;
    expect(start <= end, "11.2.6: DMI invalidation starts after its end");
    target->invalidate_direct_mem_ptr(start, end);
  }

  std::map<Payload*, Open> open_;
  Payload* request_ = nullptr;
  Payload* response_ = nullptr;
};

}  // namespace foreign
