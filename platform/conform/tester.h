// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/conform/payload_pool.h>
#include <snnvp/platform/conform/stimulus.h>
#include <snnvp/platform/conform/verdict.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp::conform {

/// Sends random transactions to one target port and compares everything with a prediction (spec/tlm.md 12.2): blocking ones with debug
/// and DMI between them, by turns with up to four at a time with phases. Findings go to the verdict.
class Tester : public sc_core::sc_module {
public:
  struct Options {
    PortModel model;
    std::uint64_t seed = 1;
    unsigned stream = 0;          ///< testers of one bench draw different numbers
    std::uint64_t count = 4000;   ///< transactions: by turns 400 blocking ones and 100 with phases
    std::function<void()> reset;  ///< resets the block and what lies behind it; may be empty
    unsigned at_once = 1;         ///< testers that share the block: none resets it before all have sent everything
    std::shared_ptr<unsigned> sent = std::make_shared<unsigned>(0);  ///< how many of them have
    const Tester* after = nullptr;                                   ///< begins when that one has ended
    sc_core::sc_time start;                                          ///< and not before
    bool learns = true;                                              ///< reads the memory's first contents; else they are 0
    bool drives_phases = true;                                       ///< false: not even the socket's conversion is tried
  };

  Tester(const sc_core::sc_module_name& name, Options options, Golden& golden, Verdict& verdict);
  ~Tester() override;

  tlm_utils::simple_initiator_socket<Tester, 32> out;

  bool is_done() const { return is_done_; }
  /// The transaction under way or the last one, from 1.
  std::uint64_t transaction() const { return number_; }
  const sc_core::sc_event& done() const { return done_event_; }
  /// Called with the number of each transaction before it is sent.
  std::function<void(std::uint64_t)> on_transaction;
  /// The block cannot be reset, which is known once it is built.
  void leave_out_reset() { options_.reset = nullptr; }
  /// What the tester was last about, for a run that does not come back.
  const std::string& doing() const { return doing_; }

private:
  struct Flight;  // a transaction with phases

  void run();
  void run_blocking(std::uint64_t many);
  void finding(const char* rule, const std::string& text, const tlm::tlm_generic_payload* payload = nullptr);
  void check(const char* rule, bool is_right, const std::string& text, const tlm::tlm_generic_payload* payload = nullptr);
  bool has_enough() const { return findings_ >= 200; }
  void say_what_does_not_apply();

  // tester.cpp: blocking transport
  void blocking_transaction();
  void fill(tlm::tlm_generic_payload& payload, const Stimulus& stimulus, std::vector<std::uint8_t>& buffer,
            std::vector<std::uint8_t>& enables);
  void score(const Stimulus& stimulus, tlm::tlm_generic_payload& payload, const std::vector<std::uint8_t>& before,
             const std::vector<std::uint8_t>& buffer);
  void score_mark(const Stimulus& stimulus, const tlm::tlm_generic_payload& payload, const Mark& mark);
  void score_register(const Stimulus& stimulus, const std::uint8_t* data);
  void finish_payload(tlm::tlm_generic_payload& payload);

  // tester_views.cpp: debug, DMI, reset
  void learn();
  void compare_memory();
  void check_debug();
  void check_dmi();
  void check_dmi_grant(const Window& window, Address address, const tlm::tlm_dmi& dmi);
  void check_reset();
  unsigned debug(Command command, Address address, std::uint8_t* data, unsigned length);
  void plain(Command command, Address address, std::uint8_t* data, unsigned length);
  void invalidated(sc_dt::uint64 start, sc_dt::uint64 end) { invalidations_.emplace_back(start, end); }

  // tester_registers.cpp
  void check_registers();
  bool read_register(Address address, std::uint32_t& value);
  bool write_register(Address address, std::uint32_t value);
  std::uint32_t debug_register(Address address, bool& is_there);
  void check_register(const RegisterSpec& spec);
  void check_stored(const RegisterSpec& spec);
  void compare_reset_values(const char* when);

  // tester_phases.cpp: non-blocking transport
  void run_phases(std::uint64_t left);
  bool launch();
  bool overlaps(const Stimulus& stimulus) const;
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void handle_answer(Flight& flight, tlm::tlm_sync_enum answer, const tlm::tlm_phase& phase, const sc_core::sc_time& delay);
  void end_request(Flight& flight);
  void respond(Flight& flight, const sc_core::sc_time& delay);
  void complete(Flight& flight);
  void drop(Flight& flight);
  void send_end_responses();
  Flight* flight_of(const tlm::tlm_generic_payload& payload);

  static constexpr std::size_t guard = 16;

  Options options_;
  const PortModel& model_;
  Golden& golden_;
  Verdict& verdict_;
  StimulusGenerator draw_;
  PayloadPool pool_;
  tlm::tlm_generic_payload unmanaged_;
  Mark sticky_;
  std::vector<std::uint8_t> buffer_, before_, predicted_, enables_;
  std::vector<std::pair<Address, Address>> invalidations_;
  std::vector<std::uint32_t> first_values_;  // of registers, before anything was written
  std::uint64_t number_ = 0, findings_ = 0;
  std::string doing_ = "nothing yet";
  bool is_done_ = false;
  sc_core::sc_event done_event_, progress_;
  std::vector<std::unique_ptr<Flight>> flights_, lost_;  // what was lost may be used still
};

}  // namespace snnvp::conform
