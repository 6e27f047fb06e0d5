// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/tlm/sc_time.h>

// Random initiator with scoreboard (spec/tlm.md 12.2): a golden byte array predicts the status, every data byte and
// every memory byte of each transaction. Findings name the check that bit: S1 to S6.
namespace snnvp::conformance {

/// A stretch of addresses, as the initiator sees it, that leads into a memory.
struct Window {
  Address base = 0;
  Bytes size = 0;
  unsigned memory = 0;           ///< index into the golden memories
  Address offset = 0;            ///< first byte of the memory that is visible
  sc_core::sc_time dmi_latency;  ///< exact latency of a DMI grant (S5)

  Address last() const { return base + (size - 1); }
};

/// The bytes of all memories, as they must be; shared by all initiators of a bench.
using Golden = std::vector<std::vector<std::uint8_t>>;

/// What the kit is told about the target.
struct Traits {
  std::vector<Window> windows;
  bool byte_enables = true;
  bool streaming = true;
  bool grants_dmi = false;
  sc_core::sc_time least_latency;  ///< every transfer takes at least this long (S6)
  unsigned transactions = 4000;
  std::uint64_t seed = 1;
  std::function<void()> reset;  ///< if set: called at the end, must invalidate DMI
  sc_core::sc_time start;       ///< when the thread begins
};

struct Finding {
  std::string check;  ///< "S1" to "S6"
  std::string text;
};

class RandomInitiator : public sc_core::sc_module {
public:
  SNNVP_HAS_PROCESS(RandomInitiator);
  RandomInitiator(const sc_core::sc_module_name& name, Traits traits, Golden& golden);

  tlm_utils::simple_initiator_socket<RandomInitiator, 32> out;

  const std::vector<Finding>& findings() const { return findings_; }
  bool is_done() const { return is_done_; }
  unsigned completed() const { return completed_; }

private:
  struct Stimulus;

  void run();
  void transaction();
  Stimulus draw();
  Address draw_address(Bytes span);
  void send(const Stimulus& stimulus);
  void score(const Stimulus& stimulus, const std::vector<std::uint8_t>& before);
  void apply(const Stimulus& stimulus, std::vector<std::uint8_t>& data);
  tlm::tlm_response_status predict(const Stimulus& stimulus) const;
  void compare_memory();
  void check_debug();
  void check_dmi();
  void check_reset();
  void invalidated(sc_dt::uint64 start, sc_dt::uint64 end);

  const Window* window_of(Address address, Bytes span) const;
  unsigned debug(tlm::tlm_command command, Address address, std::uint8_t* data, unsigned length);
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  void finding(const char* check, const std::string& text);

  static constexpr std::size_t guard = 16;
  static constexpr std::size_t most_bytes = 96;

  Traits traits_;
  Golden& golden_;
  std::mt19937_64 random_;
  tlm::tlm_generic_payload payload_;
  std::vector<std::uint8_t> buffer_;  // guard, data, guard
  std::vector<Finding> findings_;
  std::vector<std::pair<Address, Address>> invalidations_;
  bool is_done_ = false;
  unsigned completed_ = 0;
};

}  // namespace snnvp::conformance
