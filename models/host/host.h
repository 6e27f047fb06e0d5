// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <systemc>

#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/engine/driver.h>
#include <snnvp/platform/tlm/initiator_port.h>

namespace snnvp {

/// A driver without a CPU: writes job descriptors by timed bursts, programs the registers of each engine,
/// rings the doorbell, waits for the interrupt (or polls), reads the status. What it takes is the bus time of
/// these accesses and `driver_cycles` per step; no instruction is modelled.
class Host : public sc_core::sc_module,
             public engine::JobDriver,
             public StatProvider,
             public EventProvider,
             public IdleProvider,
             public Resettable {
public:
  struct Params {
    Cycles driver_cycles = 0;   ///< own time before each register access [assumed: 0, a lower bound]
    Cycles poll_cycles = 1000;  ///< between two status reads where no interrupt is linked
    unsigned interrupts = 0;    ///< number of interrupt inputs
  };

  InitiatorPort out;
  sc_core::sc_vector<sc_core::sc_in<bool>> irq;

  Host(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& clock);

  void submit(std::vector<engine::Submission> submissions) override;
  void serve(engine::SubmissionSource& source) override { source_ = &source; }
  const std::vector<engine::SubmissionResult>& results() const override { return results_; }
  Bytes debug_read(Address address, std::uint8_t* data, Bytes length) override { return out.debug_read(address, data, length); }
  Bytes debug_write(Address address, const std::uint8_t* data, Bytes length) override { return out.debug_write(address, data, length); }
  bool write_first(Address address, const std::uint8_t* data, Bytes length) override;
  bool timed_read(Address address, std::uint8_t* data, Bytes length) override;

  void report_stats(StatSink& sink) const override;
  EventCounts events() const override { return {}; }
  bool is_idle() const override { return doing_.empty(); }
  std::string waiting_for() const override;
  void reset() override;

private:
  void run();
  std::string place_first();
  void serve_lane(unsigned lane);
  void drive(unsigned lane, const engine::Submission& submission, engine::SubmissionResult& result);
  bool write_register(const engine::Submission& submission, std::uint32_t offset, std::uint32_t value, engine::SubmissionResult& result);
  bool read_register(const engine::Submission& submission, std::uint32_t offset, std::uint32_t& value, engine::SubmissionResult& result);
  void pass(sc_core::sc_time delay);

  Params params_;
  ClockDomain clock_;
  std::vector<engine::Submission> submissions_;
  std::vector<engine::SubmissionResult> results_;
  engine::SubmissionSource* source_ = nullptr;
  struct FirstWrite {
    Address address;
    const std::uint8_t* data;
    Bytes length;
  };
  std::vector<FirstWrite> first_writes_;   // to a memory without debug access
  sc_core::sc_event ended_event_;          // a chain of some lane has ended
  std::map<unsigned, std::string> doing_;  // by lane; absent: idle
  Counter submitted_, descriptor_bytes_, register_accesses_, interrupts_, polls_;
};

class Registry;
void register_host(Registry& registry);

}  // namespace snnvp
