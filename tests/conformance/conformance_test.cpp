// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <set>

#include <snnvp/interconnect/bus/bus.h>
#include <snnvp/interconnect/mesh/mesh.h>
#include <snnvp/models/dram/dram.h>
#include <snnvp/models/sram/sram.h>
#include <snnvp/platform/tlm/protocol_monitor.h>

#include "../support/fresh_kernel.h"
#include "mutant_memory.h"
#include "random_initiator.h"

using namespace snnvp;
using namespace snnvp::conformance;
using sc_core::SC_NS;
using sc_core::sc_time;
using snnvp::test::FreshKernel;

namespace {

constexpr Bytes size = 2048;

std::set<std::string> names_of(const std::vector<Finding>& findings, const ProtocolMonitor& monitor) {
  std::set<std::string> names;
  for (const Finding& finding : findings) names.insert(finding.check);
  for (const auto& violation : monitor.violations()) names.insert("M" + std::to_string(violation.rule));
  return names;
}

/// The first thing found, or an empty text.
std::string first_of(const RandomInitiator& initiator, const ProtocolMonitor& monitor) {
  if (!initiator.findings().empty()) return initiator.findings().front().text;
  return monitor.violations().empty() ? std::string() : monitor.violations().front().text;
}

void require_clean(const RandomInitiator& initiator, const ProtocolMonitor& monitor) {
  CHECK(initiator.is_done());
  CHECK(initiator.completed() >= 4000);
  CHECK(first_of(initiator, monitor) == "");
}

/// One memory at address 0; its DMI, if any, takes as long as its fastest access unless told otherwise.
Traits plain(bool dmi, sc_time least_latency) {
  Traits traits;
  traits.windows = {{0, size, 0, 0, least_latency}};
  traits.least_latency = least_latency;
  traits.grants_dmi = dmi;
  return traits;
}

/// An initiator, a monitor and one target, which the caller binds.
struct Bench {
  FreshKernel kernel;
  Golden golden{std::vector<std::uint8_t>(size)};
  RandomInitiator initiator;
  ProtocolMonitor monitor{"monitor", "initiator.out -> target.in", ProtocolMonitor::Mode::count};

  explicit Bench(const Traits& traits) : initiator("initiator", traits, golden) { initiator.out.bind(monitor.in); }
};

std::set<std::string> kill(Fault fault) {
  MutantMemory* memory = nullptr;
  Traits traits = plain(true, MutantMemory::access_time());
  traits.reset = [&memory] { memory->reset(); };
  Bench bench(traits);
  MutantMemory mutant("mutant", size, fault);
  memory = &mutant;
  bench.monitor.out.bind(mutant.in);
  sc_core::sc_start();
  return names_of(bench.initiator.findings(), bench.monitor);
}

}  // namespace

TEST_CASE("tlm.V1 the SRAM passes the random initiator", "[conformance]") {
  for (const bool dmi : {false, true}) {
    Sram* memory = nullptr;
    Traits traits = plain(dmi, sc_time(2, SC_NS));
    traits.reset = [&memory] { memory->reset(); };
    Bench bench(traits);
    Sram::Params params;
    params.size = size;
    params.latency_cycles = 2;
    params.allow_dmi = dmi;
    Sram sram("sram", params, ClockDomain(1'000'000'000));
    memory = &sram;
    bench.monitor.out.bind(sram.in);
    sc_core::sc_start();
    require_clean(bench.initiator, bench.monitor);
  }
}

TEST_CASE("tlm.V1 the DRAM passes the random initiator", "[conformance]") {
  for (const bool dmi : {false, true})
    for (const char* preset : {"ddr4_2400r", "hbm2_2000"}) {
      Dram* memory = nullptr;
      Dram::Params params;
      params.preset = preset;
      params.size = size;
      params.allow_dmi = dmi;
      const DramCore reference(params);
      Traits traits = plain(dmi, sc_time_of(reference.latency()));
      traits.windows[0].dmi_latency = sc_time_of(reference.unloaded_ps(8));
      traits.reset = [&memory] { memory->reset(); };
      Bench bench(traits);
      Dram dram("dram", params);
      memory = &dram;
      bench.monitor.out.bind(dram.in);
      sc_core::sc_start();
      require_clean(bench.initiator, bench.monitor);
    }
}

TEST_CASE("tlm.V1 the bus passes with two initiators and two targets one of them mapped twice with an offset", "[conformance]") {
  for (const bool dmi : {false, true})
    for (const Bytes width : {Bytes{0}, Bytes{16}}) {
      FreshKernel kernel;
      Golden golden{std::vector<std::uint8_t>(size), std::vector<std::uint8_t>(4 * size)};
      Bus::Params bus_params;
      bus_params.initiators = bus_params.targets = 2;
      bus_params.width_bytes = width;
      bus_params.hop_cycles = 3;
      Bus bus("bus", bus_params, ClockDomain(500'000'000));
      const sc_time first_dmi(7, SC_NS), second_dmi = sc_time_of(6000 + 1333);  // hop and one cycle of the memory
      const std::vector<Window> windows{
          {0x1'0000'0000, size, 0, 0, first_dmi}, {0x8000'0000, size, 1, 0x400, second_dmi}, {0x9000'0000, 2 * size, 1, 0x800, second_dmi}};
      for (const Window& w : windows) bus.map(w.base, w.size, w.memory, w.offset);
      Sram::Params small, large;
      small.size = size;
      large.size = 4 * size;
      small.allow_dmi = large.allow_dmi = dmi;
      Sram first("first", small, ClockDomain(1'000'000'000)), second("second", large, ClockDomain(750'000'000));
      ProtocolMonitor below_first("below_first", "bus.out[0] -> first.in", ProtocolMonitor::Mode::count);
      ProtocolMonitor below_second("below_second", "bus.out[1] -> second.in", ProtocolMonitor::Mode::count);
      bus.out[0].bind(below_first.in);
      bus.out[1].bind(below_second.in);
      below_first.out.bind(first.in);
      below_second.out.bind(second.in);

      Traits traits;
      traits.windows = windows;
      traits.least_latency = sc_time(6, SC_NS);  // three hop cycles
      traits.grants_dmi = dmi;
      Traits other = traits;
      other.seed = 2;
      traits.reset = [&] { first.reset(), second.reset(); };
      RandomInitiator a("a", traits, golden), b("b", other, golden);
      ProtocolMonitor above_a("above_a", "a.out -> bus.in[0]", ProtocolMonitor::Mode::count);
      ProtocolMonitor above_b("above_b", "b.out -> bus.in[1]", ProtocolMonitor::Mode::count);
      a.out.bind(above_a.in);
      b.out.bind(above_b.in);
      above_a.out.bind(bus.in[0]);
      above_b.out.bind(bus.in[1]);
      sc_core::sc_start();
      require_clean(a, above_a);
      require_clean(b, above_b);
      CHECK(below_first.violation_count() == 0);
      CHECK(below_second.violation_count() == 0);
      CHECK(bus.is_idle());
    }
}

TEST_CASE("tlm.V1 the mesh passes with two initiators and two targets one of them mapped twice with an offset", "[conformance]") {
  for (const bool dmi : {false, true})
    for (const bool is_torus : {false, true}) {
      FreshKernel kernel;
      Golden golden{std::vector<std::uint8_t>(size), std::vector<std::uint8_t>(4 * size)};
      Mesh::Params mesh_params;
      mesh_params.config.width = 3;
      mesh_params.config.height = 2;
      mesh_params.config.flit_bits = 32;
      if (is_torus) mesh_params.config.topology = mesh::Topology::torus;
      mesh_params.config.vcs = 2;
      mesh_params.initiators = {{"a", 0, false}, {"b", 3, false}};  // both two links from either target, on the torus one
      mesh_params.targets = {{"first", 2, false}, {"second", 5, false}};
      Mesh mesh("mesh", mesh_params, ClockDomain(500'000'000));
      // Per initiator: two hops to the target in its row, three to the other; on the torus one and two. Header there and back, one word.
      const auto way = [&](unsigned hops) { return sc_time(2.0 * static_cast<double>(2 * mesh_params.config.zero_load(hops) + 1), SC_NS); };
      const unsigned near = is_torus ? 1 : 2;
      const sc_time first_dmi(1, SC_NS), second_dmi = sc_time_of(1333);
      const auto windows = [&](unsigned to_first, unsigned to_second) {
        return std::vector<Window>{{0x1'0000'0000, size, 0, 0, way(to_first) + first_dmi},
                                   {0x8000'0000, size, 1, 0x400, way(to_second) + second_dmi},
                                   {0x9000'0000, 2 * size, 1, 0x800, way(to_second) + second_dmi}};
      };
      for (const Window& w : windows(0, 0)) mesh.map({w.base, w.size, w.offset, w.memory, {}});
      Sram::Params small, large;
      small.size = size;
      large.size = 4 * size;
      small.allow_dmi = large.allow_dmi = dmi;
      Sram first("first", small, ClockDomain(1'000'000'000)), second("second", large, ClockDomain(750'000'000));
      ProtocolMonitor below_first("below_first", "mesh.out[0] -> first.in", ProtocolMonitor::Mode::count);
      ProtocolMonitor below_second("below_second", "mesh.out[1] -> second.in", ProtocolMonitor::Mode::count);
      mesh.out[0].bind(below_first.in);
      mesh.out[1].bind(below_second.in);
      below_first.out.bind(first.in);
      below_second.out.bind(second.in);

      Traits traits;
      traits.windows = windows(near, near + 1);
      traits.least_latency = way(near);
      traits.grants_dmi = dmi;
      Traits other = traits;
      other.windows = windows(near + 1, near);
      other.seed = 2;
      traits.reset = [&] { first.reset(), second.reset(); };
      RandomInitiator a("a", traits, golden), b("b", other, golden);
      ProtocolMonitor above_a("above_a", "a.out -> mesh.in[0]", ProtocolMonitor::Mode::count);
      ProtocolMonitor above_b("above_b", "b.out -> mesh.in[1]", ProtocolMonitor::Mode::count);
      a.out.bind(above_a.in);
      b.out.bind(above_b.in);
      above_a.out.bind(mesh.in[0]);
      above_b.out.bind(mesh.in[1]);
      sc_core::sc_start();
      require_clean(a, above_a);
      require_clean(b, above_b);
      CHECK(below_first.violation_count() == 0);
      CHECK(below_second.violation_count() == 0);
      CHECK(mesh.is_idle());
    }
}

TEST_CASE("tlm.V2 the kit finds nothing in a memory without a fault", "[conformance]") {
  CHECK(kill(Fault::none).empty());
  CHECK(kill(Fault::waits_before_answer).empty());
}

TEST_CASE("tlm.V2 the kit kills target mutants", "[conformance]") {
  for (const auto& [fault, name] : illegal_faults()) {
    INFO(name);
    CHECK_FALSE(kill(fault).empty());
  }
}

TEST_CASE("tlm.V2 mutants are killed by the check that is meant for them", "[conformance]") {
  CHECK(kill(Fault::mt1_no_status).count("M1") == 1);
  CHECK(kill(Fault::mt5_crosses_the_end).count("S2") == 1);
  CHECK(kill(Fault::mt9_partial_failing_write).count("S3") == 1);
  CHECK(kill(Fault::mt10_clears_failing_read).count("M7") == 1);
  CHECK(kill(Fault::mt11_ignores_byte_enables).count("S1") == 1);
  CHECK(kill(Fault::mt14_ignores_streaming).count("S1") == 1);
  CHECK(kill(Fault::mt17_overwrites_delay).count("M2") == 1);
  CHECK(kill(Fault::mt19_address_changed).count("M3") == 1);
  CHECK(kill(Fault::mt20_length_changed).count("M4") == 1);
  CHECK(kill(Fault::mt22_enables_null).count("M5") == 1);
  CHECK(kill(Fault::mt23_write_data_changed).count("M6") == 1);
  CHECK(kill(Fault::mt25_no_dmi_hint).count("S6") == 1);
  CHECK(kill(Fault::mt28_debug_waits).count("M11") == 1);
  CHECK(kill(Fault::mt29_debug_outside).count("S4") == 1);
  CHECK(kill(Fault::mt33_debug_notifies).count("M11") == 1);
  CHECK(kill(Fault::mt38_dmi_access_none).count("M12") == 1);
  CHECK(kill(Fault::mt41_reset_keeps_dmi).count("S5") == 1);
}
