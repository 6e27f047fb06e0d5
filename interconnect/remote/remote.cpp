// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/remote/remote.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <snnvp/interconnect/bus/mapped_access.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

using remote::Access;
using remote::Answer;
using remote::Frame;
using remote::FrameType;

namespace {

Access access_of(const tlm::tlm_generic_payload& payload) {
  Access access;
  access.command = payload.is_write() ? Access::write : Access::read;
  access.length = payload.get_data_length();
  access.streaming_width = payload.get_streaming_width();
  access.address = payload.get_address();
  if (payload.is_write()) access.data.assign(payload.get_data_ptr(), payload.get_data_ptr() + access.length);
  if (const unsigned char* enables = payload.get_byte_enable_ptr())
    access.byte_enables.assign(enables, enables + payload.get_byte_enable_length());
  return access;
}

/// A payload for an access that came; data of a read arrive in `access.data`.
void fill(tlm::tlm_generic_payload& payload, Access& access) {
  access.data.resize(access.length);
  payload.set_command(access.command == Access::write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(access.address);
  payload.set_data_ptr(access.data.data());
  payload.set_data_length(access.length);
  payload.set_streaming_width(access.streaming_width == 0 ? access.length : access.streaming_width);
  payload.set_byte_enable_ptr(access.byte_enables.empty() ? nullptr : access.byte_enables.data());
  payload.set_byte_enable_length(static_cast<unsigned>(access.byte_enables.size()));
}

}  // namespace

RemoteBridge::RemoteBridge(const sc_core::sc_module_name& name, const Params& params)
    : sc_module(name),
      in("in"),
      out("out"),
      irq_in("irq_in", params.irq_inputs),
      irq_out("irq_out", params.irq_outputs),
      params_(params),
      sent_levels_(params.irq_inputs, false) {
  in.register_b_transport(this, &RemoteBridge::b_transport);
  in.register_transport_dbg(this, &RemoteBridge::debug);
  in.register_get_direct_mem_ptr(this, &RemoteBridge::direct);
  SNNVP_HAS_PROCESS(RemoteBridge);
  SC_THREAD(synchronise);
  SC_THREAD(serve);
  SC_METHOD(drive_lines);
  sensitive << level_event_;
  dont_initialize();
  if (params.irq_inputs != 0) {
    SC_METHOD(send_lines);
    for (auto& line : irq_in) sensitive << line;
    dont_initialize();
  }
}

void RemoteBridge::set_questions(Questions questions) {
  questions_ = std::move(questions);
  channel_.set_patience(params_.timeout_s, questions_.is_interrupted);
}

void RemoteBridge::fail(const std::string& text) {
  const bool is_interrupted = questions_.is_interrupted && questions_.is_interrupted();  // then it is not the peer's fault
  if (!failure_ && !is_interrupted)
    failure_ = Failure{"peer_lost", "the peer at " + (params_.listen.empty() ? params_.connect : params_.listen) + " is lost: " + text,
                       "its own messages may tell why; both sides must use the same version"};
  is_connected_ = false;
  sc_core::sc_stop();
}

void RemoteBridge::start_of_simulation() {
  channel_.set_patience(params_.timeout_s, questions_.is_interrupted);
  try {
    params_.listen.empty() ? channel_.connect(params_.connect) : channel_.listen(params_.listen);
    channel_.send({FrameType::hello, 0, 0, remote::encode(remote::Hello{params_.quantum, name()})});
    const Frame frame = channel_.receive();
    remote::Hello hello;
    if (frame.type != FrameType::hello || !remote::decode(frame.payload, hello))
      throw remote::PeerLost("its first frame is no valid hello");
    quantum_ = std::min(params_.quantum, hello.quantum);
    peer_ = hello.name;
    is_connected_ = true;
  } catch (const remote::PeerLost& lost) {
    fail(lost.what());
  }
}

void RemoteBridge::send(FrameType type, std::uint64_t id, Picoseconds time, std::vector<std::uint8_t> payload) {
  channel_.send({type, id, time, std::move(payload)});
  if (type == FrameType::request || type == FrameType::response || type == FrameType::irq) ++sent_since_;
}

void RemoteBridge::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (is_malformed(payload) || !is_thread() || !is_connected_) return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  if (payload.get_data_length() > remote::max_data || payload.get_byte_enable_length() > remote::max_data)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  const std::uint64_t id = next_id_++;
  Waiting waiting;
  struct Entry {  // leaves the list on every path, a killed thread included
    std::map<std::uint64_t, Waiting*>& list;
    std::uint64_t id;
    ~Entry() { list.erase(id); }
  } entry{waiting_, id};
  waiting_[id] = &waiting;
  ++requests_sent_;
  send(FrameType::request, id, now_ps(delay), remote::encode(access_of(payload)));
  sc_core::wait(waiting.done);
  delay = sc_core::SC_ZERO_TIME;
  const auto status = static_cast<tlm::tlm_response_status>(waiting.answer.status);
  if (status == tlm::TLM_OK_RESPONSE && payload.is_read()) {
    const unsigned char* enables = payload.get_byte_enable_ptr();
    for (unsigned i = 0; i < payload.get_data_length(); ++i)
      if (enables == nullptr || enables[i % payload.get_byte_enable_length()] != 0) payload.get_data_ptr()[i] = waiting.answer.data[i];
  }
  payload.set_response_status(status);
}

/// A pointer does not lead into another process.
bool RemoteBridge::direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.init();
  if (payload.get_address() < params_.memory)
    dmi.set_end_address(params_.memory - 1);
  else
    dmi.set_start_address(params_.memory);
  return false;
}

unsigned RemoteBridge::debug(tlm::tlm_generic_payload& payload) {
  if (!is_connected_ || payload.get_data_ptr() == nullptr || payload.get_data_length() == 0 || (!payload.is_read() && !payload.is_write()))
    return 0;
  const unsigned length = static_cast<unsigned>(std::min<Bytes>(payload.get_data_length(), remote::max_data));
  Access access;
  access.command = payload.is_write() ? Access::write : Access::read;
  access.length = access.streaming_width = length;
  access.address = payload.get_address();
  if (payload.is_write()) access.data.assign(payload.get_data_ptr(), payload.get_data_ptr() + length);
  const std::uint64_t id = next_id_++;
  ++debug_sent_;
  try {
    send(FrameType::debug_request, id, now_ps(), remote::encode(access));
    for (;;) {
      Frame frame = channel_.receive();
      if (frame.type == FrameType::debug_request) {
        answer_debug(frame);
      } else if (frame.type == FrameType::debug_response && frame.id == id) {
        Answer answer;
        if (!remote::decode(frame.payload, answer) || answer.status < 0 || static_cast<unsigned>(answer.status) > length ||
            (payload.is_read() && answer.data.size() != static_cast<std::size_t>(answer.status)))
          throw remote::PeerLost("its answer to a debug access makes no sense");
        if (payload.is_read()) std::copy(answer.data.begin(), answer.data.end(), payload.get_data_ptr());
        return static_cast<unsigned>(answer.status);
      } else {
        stash_.push_back(std::move(frame));
      }
    }
  } catch (const remote::PeerLost& lost) {
    fail(lost.what());
    return 0;
  }
}

void RemoteBridge::answer_debug(const Frame& frame) {
  Access access;
  if (!remote::decode(frame.payload, access)) throw remote::PeerLost("its debug access makes no sense");
  ++debug_served_;
  tlm::tlm_generic_payload payload;
  access.byte_enables.clear();
  fill(payload, access);
  const unsigned done = out.size() == 0 ? 0 : std::min(out->transport_dbg(payload), access.length);
  Answer answer;
  answer.status = static_cast<std::int32_t>(done);
  if (access.command == Access::read) answer.data.assign(access.data.begin(), access.data.begin() + done);
  send(FrameType::debug_response, frame.id, frame.time, remote::encode(answer));
}

/// Meets the peer at every multiple of the quantum: tells that nothing before it will follow, and takes what the peer did before it.
void RemoteBridge::synchronise() {
  if (!is_connected_) return;
  for (Picoseconds at = 0;; at += quantum_) {
    if (at > now_ps()) wait(sc_time_of(at - now_ps()));
    const bool is_done = at != 0 && is_idle() && levels_.empty() && (!questions_.others_are_done || questions_.others_are_done());
    if (!is_connected_ || !meet_peer(at, is_done)) return;
  }
}

/// False: the run is over, for both.
bool RemoteBridge::meet_peer(Picoseconds now, bool is_done) {
  ++meetings_;
  try {
    const bool is_quiet = sent_since_ == 0;
    send(FrameType::sync, is_done && is_quiet, now, {});
    sent_since_ = received_since_ = 0;
    for (;;) {
      Frame frame;
      if (stash_.empty()) {
        frame = channel_.receive();
      } else {
        frame = std::move(stash_.front());
        stash_.pop_front();
      }
      if (frame.type != FrameType::sync) {
        take(std::move(frame), now > quantum_ ? now - quantum_ : 0);
        continue;
      }
      if (frame.time != now) throw remote::PeerLost(fmt::format("it is at {} ps where both should be at {} ps", frame.time, now));
      std::stable_sort(requests_.begin(), requests_.end(), [](const Request& a, const Request& b) { return a.due < b.due; });
      std::stable_sort(levels_.begin(), levels_.end(), [](const Level& a, const Level& b) { return a.due < b.due; });
      if (!requests_.empty()) request_event_.notify(sc_core::SC_ZERO_TIME);
      if (!levels_.empty()) level_event_.notify(sc_core::SC_ZERO_TIME);
      // Both sides see the same: neither has anything to do, and nothing is on its way.
      return !(is_done && is_quiet && frame.id != 0 && received_since_ == 0);
    }
  } catch (const remote::PeerLost& lost) {
    fail(lost.what());
    return false;
  }
}

/// A frame that arrived before the peer's sync; `earliest` is the time of the meeting before.
void RemoteBridge::take(Frame frame, Picoseconds earliest) {
  if (frame.type == FrameType::debug_request) return answer_debug(frame);
  if (frame.type == FrameType::bye)
    throw remote::PeerLost("it ended its run (" + std::string(frame.payload.begin(), frame.payload.end()) + ") before this side was done");
  if (frame.time < earliest) throw remote::PeerLost(fmt::format("its time runs backwards: {} ps after {} ps", frame.time, earliest));
  if (frame.time > ~Picoseconds{0} / 4) throw remote::PeerLost("its time makes no sense");
  ++received_since_;
  const Picoseconds due = frame.time + quantum_;
  if (frame.type == FrameType::request) {
    Request request{frame.id, due, {}};
    if (!remote::decode(frame.payload, request.access)) throw remote::PeerLost("its request makes no sense");
    requests_.push_back(std::move(request));
  } else if (frame.type == FrameType::irq) {
    ++irqs_received_;
    if (frame.payload.size() != 1) throw remote::PeerLost("its interrupt makes no sense");
    if (frame.id < irq_out.size()) levels_.push_back({due, static_cast<unsigned>(frame.id), frame.payload[0] != 0});
  } else if (frame.type == FrameType::response) {
    const auto it = waiting_.find(frame.id);
    Answer answer;
    if (it == waiting_.end() || !remote::decode(frame.payload, answer)) throw remote::PeerLost("it answers what nobody asked");
    it->second->answer = std::move(answer);
    it->second->done.notify(sc_time_of(due > now_ps() ? due - now_ps() : 0));
  } else {
    throw remote::PeerLost("it sends a frame that does not belong here");
  }
}

/// What the peer asks of this side, one after the other, each at its time.
void RemoteBridge::serve() {
  for (;;) {
    while (requests_.empty()) wait(request_event_);
    Request request = std::move(requests_.front());
    requests_.pop_front();
    is_serving_ = true;
    if (request.due > now_ps()) wait(sc_time_of(request.due - now_ps()));
    tlm::tlm_generic_payload payload;
    fill(payload, request.access);
    sc_core::sc_time delay;
    if (out.size() == 0)
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    else
      out->b_transport(payload, delay);
    Answer answer;
    answer.status = payload.get_response_status();
    if (payload.is_read() && payload.is_response_ok()) answer.data = std::move(request.access.data);
    ++requests_served_;
    is_serving_ = false;
    send(FrameType::response, request.id, now_ps(delay), remote::encode(answer));
  }
}

void RemoteBridge::drive_lines() {
  while (!levels_.empty() && levels_.front().due <= now_ps()) {
    irq_out[levels_.front().line].write(levels_.front().is_high);
    levels_.pop_front();
  }
  if (!levels_.empty()) next_trigger(sc_time_of(levels_.front().due - now_ps()));
}

void RemoteBridge::send_lines() {
  if (!is_connected_) return;
  for (unsigned line = 0; line < irq_in.size(); ++line) {
    const bool level = irq_in[line].read();
    if (level == sent_levels_[line]) continue;
    sent_levels_[line] = level;
    ++irqs_sent_;
    send(FrameType::irq, line, now_ps(), {static_cast<std::uint8_t>(level)});
  }
}

void RemoteBridge::finish(const std::string& status) {
  if (!channel_.is_open() || failure_) return;
  try {
    send(FrameType::bye, 0, now_ps(), std::vector<std::uint8_t>(status.begin(), status.end()));
    if (status != "ok") return channel_.flush();
    // The peer may still read results back.
    for (bool is_over = false; !is_over;) {
      const Frame frame = channel_.receive();
      if (frame.type == FrameType::debug_request) answer_debug(frame);
      is_over = frame.type == FrameType::bye;
    }
  } catch (const remote::PeerLost&) {
    // The run is over: there is nothing left to lose.
  }
}

void RemoteBridge::report_stats(StatSink& sink) const {
  sink.integer("requests_sent", requests_sent_);
  sink.integer("requests_served", requests_served_);
  sink.integer("debug_sent", debug_sent_);
  sink.integer("debug_served", debug_served_);
  sink.integer("irqs_sent", irqs_sent_);
  sink.integer("irqs_received", irqs_received_);
  sink.integer("meetings", meetings_);
  sink.integer("quantum_ps", quantum_ == 0 ? std::nullopt : std::optional<std::uint64_t>(quantum_));
}

std::string RemoteBridge::waiting_for() const {
  if (is_idle()) return {};
  return fmt::format("{} answers from the peer, {} requests of it", waiting_.size(), requests_.size() + (is_serving_ ? 1 : 0));
}

}  // namespace snnvp
