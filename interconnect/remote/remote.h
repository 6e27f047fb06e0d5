// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/interconnect/remote/channel.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/run_control.h>

namespace snnvp {

/// One end of a link to another simulator: what reaches `in` comes out of `out` there, and the other way round; interrupt levels
/// likewise. Each way takes exactly one quantum of simulated time, which is what lets both sides run at once and still deterministically:
/// neither passes the other's time by more than a quantum (README.md). `in` waits, so it is called from threads; DMI is refused.
class RemoteBridge : public sc_core::sc_module, public FreeRunning, public RunFailure, public StatProvider, public IdleProvider {
public:
  struct Params {
    std::string listen, connect;      ///< one of them: `unix:PATH` or `HOST:PORT`
    Bytes memory = 0;                 ///< of the peer, from address 0; 0: nothing is known
    Picoseconds quantum = 1'000'000;  ///< the smaller one of both sides holds
    double timeout_s = 60;            ///< wall time that the peer may keep silent
    unsigned irq_inputs = 0, irq_outputs = 0;
  };

  RemoteBridge(const sc_core::sc_module_name& name, const Params& params);

  tlm_utils::simple_target_socket_optional<RemoteBridge> in;
  tlm_utils::simple_initiator_socket_optional<RemoteBridge> out;
  sc_core::sc_vector<sc_core::sc_in<bool>> irq_in;
  sc_core::sc_vector<sc_core::sc_out<bool>> irq_out;

  void set_questions(Questions questions) override;
  void finish(const std::string& status) override;
  std::optional<Failure> failure() const override { return failure_; }
  void report_stats(StatSink& sink) const override;
  bool is_idle() const override { return waiting_.empty() && requests_.empty() && !is_serving_; }
  std::string waiting_for() const override;

private:
  /// A call of `in` that waits for its answer; lives on its thread's stack.
  struct Waiting {
    remote::Answer answer;
    sc_core::sc_event done;
  };
  struct Request {
    std::uint64_t id = 0;
    Picoseconds due = 0;
    remote::Access access;
  };
  struct Level {
    Picoseconds due = 0;
    unsigned line = 0;
    bool is_high = false;
  };

  void start_of_simulation() override;
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void synchronise();
  void serve();
  void drive_lines();
  void send_lines();

  void send(remote::FrameType type, std::uint64_t id, Picoseconds time, std::vector<std::uint8_t> payload);
  bool meet_peer(Picoseconds now, bool is_idle);
  void take(remote::Frame frame, Picoseconds earliest);
  void answer_debug(const remote::Frame& frame);
  void fail(const std::string& text);

  Params params_;
  Questions questions_;
  remote::Channel channel_;
  Picoseconds quantum_ = 0;
  bool is_connected_ = false, peer_said_bye_ = false, is_serving_ = false;
  std::string peer_, bye_;
  std::optional<Failure> failure_;
  std::uint64_t next_id_ = 1, sent_since_ = 0, received_since_ = 0;
  std::deque<remote::Frame> stash_;  // arrived while a debug access waited for its answer
  std::map<std::uint64_t, Waiting*> waiting_;
  std::deque<Request> requests_;  // by time, then id
  std::deque<Level> levels_;      // by time
  std::vector<bool> sent_levels_;
  sc_core::sc_event request_event_, level_event_;
  std::uint64_t requests_sent_ = 0, requests_served_ = 0, debug_sent_ = 0, debug_served_ = 0, irqs_sent_ = 0, irqs_received_ = 0,
                meetings_ = 0;
};

class Registry;
/// Registers `interconnect.remote`.
void register_remote(Registry& registry);

}  // namespace snnvp
