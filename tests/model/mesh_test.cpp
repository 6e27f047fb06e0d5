// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/mesh/mesh.h>

#include <catch2/catch.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/tlm/memory_target.h>

#include "../support/fresh_kernel.h"
#include "../support/script.h"

using namespace snnvp;
using namespace snnvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

/// Memory that takes a fixed time and remembers what came, when.
struct Recorder : sc_core::sc_module, MemoryTarget {
  TargetPort in;
  sc_time latency;
  std::vector<std::uint8_t> order;
  std::vector<Picoseconds> arrival;
  Recorder(const sc_core::sc_module_name& name, sc_time time = {})
      : sc_module(name), MemoryTarget(1 << 16, true), in("in", *this, port_options()), latency(time) {}
  void begin(tlm::tlm_command, Address, Bytes, sc_time& delay) override {
    arrival.push_back(now_ps(delay));
    delay += latency;
  }
  bool write(Address address, const std::uint8_t* data, Bytes length, sc_time& delay) override {
    order.push_back(*data);
    return MemoryTarget::write(address, data, length, delay);
  }
};

/// 4 x 1 routers, links of 32 bits, 1 GHz: 3 cycles a hop, 1 at the end.
Mesh::Params row(std::vector<Mesh::Place> initiators, std::vector<Mesh::Place> targets) {
  Mesh::Params p;
  p.config.width = 4;
  p.config.height = 1;
  p.config.flit_bits = 32;
  p.initiators = std::move(initiators);
  p.targets = std::move(targets);
  return p;
}

/// A target socket that sees payloads as they come.
struct Sink : sc_core::sc_module {
  tlm_utils::simple_target_socket<Sink> in;
  std::vector<std::string> seen;
  sc_time busy;
  tlm::tlm_response_status answer = tlm::TLM_OK_RESPONSE;
  Sink(const sc_core::sc_module_name& name, sc_time time = {}) : sc_module(name), in("in"), busy(time) {
    in.register_b_transport(this, &Sink::transport);
  }
  void transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
    const SpikeBurst* burst = nullptr;
    payload.get_extension(burst);
    seen.push_back(std::to_string(now_ps(delay) / 1000) + "@" + std::to_string(payload.get_address()) + ":" +
                   std::string(reinterpret_cast<char*>(payload.get_data_ptr()), payload.get_data_length()) +
                   (burst != nullptr ? "/" + std::to_string(burst->timestep) : ""));
    delay += busy;
    payload.set_response_status(answer);
  }
};

}  // namespace

TEST_CASE("a transaction becomes a request with header and a response and takes exactly their way", "[mesh]") {
  FreshKernel kernel;
  Recorder memory("memory", sc_time(10, SC_NS));
  Mesh mesh("mesh", row({{"script", 0, false}}, {{"memory", 3, false}}), ClockDomain(1'000'000'000));
  mesh.map({0x1000, 0x1000, 0, 0, "memory.in"});
  mesh.out[0].bind(memory.in);
  Script script("script", [](InitiatorPort& port) {
    std::array<std::uint8_t, 16> data{1, 2, 3};
    sc_time delay;
    // Three hops of 3 cycles and 1: 10 for a flit. Write: 5 flits there, 1 back.
    REQUIRE(port.write(0x1000, data.data(), 16, delay) == tlm::TLM_OK_RESPONSE);
    CHECK(now_ps(delay) == 1000 * (14 + 10 + 10));
    std::array<std::uint8_t, 16> back{};
    REQUIRE(port.read(0x1000, back.data(), 16, delay) == tlm::TLM_OK_RESPONSE);
    CHECK(now_ps(delay) == 1000 * (34 + 10 + 10 + 14));
    CHECK(back == data);
    CHECK(port.read(0x3000, back.data(), 16, delay) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
  script.out.bind(mesh.in[0]);
  sc_core::sc_start();
  CHECK(script.is_done());
  CHECK(memory.arrival == std::vector<Picoseconds>{14'000, 44'000});
  CHECK(mesh.is_idle());
  CHECK(mesh.network().counts().flits_in == 5 + 1 + 1 + 5);
}

TEST_CASE("tlm.V10 a packet costs two kernel activations whatever its way", "[mesh]") {
  FreshKernel kernel;
  Recorder memory("memory");
  Mesh::Params params = row({{"script", 0, false}}, {{"memory", 63, false}});
  params.config.width = params.config.height = 8;
  Mesh mesh("mesh", params, ClockDomain(1'000'000'000));
  mesh.map({0, 0x1000, 0, 0, "memory.in"});
  mesh.out[0].bind(memory.in);
  Script script("script", [](InitiatorPort& port) {
    std::array<std::uint8_t, 64> data{};
    sc_time delay;
    for (unsigned i = 0; i < 100; ++i) port.write(0, data.data(), 64, delay);
  });
  script.out.bind(mesh.in[0]);
  sc_core::sc_start();
  // 200 packets over 14 hops: one activation sends each, the thread's wake-up is the other.
  CHECK(mesh.network().packets().out() == 200);
  CHECK(mesh.activations() <= 200 + 1);
}

TEST_CASE("what three initiators of a node send in one cycle does not depend on the order of processes", "[mesh]") {
  const auto run = [](const std::vector<unsigned>& order) {
    FreshKernel kernel;
    Recorder memory("memory");
    Mesh mesh("mesh", row({{"a", 0, false}, {"b", 0, false}, {"c", 0, false}}, {{"memory", 3, false}}), ClockDomain(1'000'000'000));
    mesh.map({0, 0x1000, 0, 0, "memory.in"});
    mesh.out[0].bind(memory.in);
    std::vector<std::unique_ptr<Script>> scripts;
    std::array<std::vector<Picoseconds>, 3> done;
    for (const unsigned i : order) {
      const std::string name(1, static_cast<char>('a' + i));
      scripts.push_back(std::make_unique<Script>(name.c_str(), [&done, i](InitiatorPort& port) {
        std::array<std::uint8_t, 24> data{static_cast<std::uint8_t>('a' + i)};
        sc_time delay;
        for (unsigned n = 0; n < 20; ++n) {
          port.write(64 * i, data.data(), 24, delay);
          done[i].push_back(now_ps(delay));
        }
      }));
      scripts.back()->out.bind(mesh.in[i]);
    }
    sc_core::sc_start();
    std::string text(memory.order.begin(), memory.order.end());
    for (const auto& times : done)
      for (const Picoseconds t : times) text += " " + std::to_string(t);
    return text;
  };
  const std::string expected = run({0, 1, 2});
  CHECK(expected.substr(0, 3) == "abc");
  for (const auto& order : std::vector<std::vector<unsigned>>{{2, 1, 0}, {1, 2, 0}, {0, 2, 1}}) CHECK(run(order) == expected);
}

TEST_CASE("a method process is served without waiting, on the time of an empty mesh", "[mesh]") {
  FreshKernel kernel;
  Recorder memory("memory");
  Mesh mesh("mesh", row({{"method", 0, false}}, {{"memory", 3, false}}), ClockDomain(1'000'000'000));
  mesh.map({0, 0x1000, 0, 0, "memory.in"});
  mesh.out[0].bind(memory.in);
  struct Method : sc_core::sc_module {
    InitiatorPort out{"out"};
    Picoseconds done = 0;
    SNNVP_HAS_PROCESS(Method);
    explicit Method(const sc_core::sc_module_name& name) : sc_module(name) { SC_METHOD(run); }
    void run() {
      std::array<std::uint8_t, 4> data{7};
      sc_time delay;
      out.write(0, data.data(), 4, delay);
      done = now_ps(delay);
    }
  } method("method");
  method.out.bind(mesh.in[0]);
  sc_core::sc_start();
  CHECK(method.done == 1000 * (11 + 10));
  CHECK(memory.arrival == std::vector<Picoseconds>{11'000});
}

TEST_CASE("writes to a packet port are packets of their own bytes and do not wait for an answer", "[mesh]") {
  FreshKernel kernel;
  Sink sink("sink");
  Mesh mesh("mesh", row({{"script", 0, false}}, {{"sink", 3, true}}), ClockDomain(1'000'000'000));
  mesh.map({0x100, 0x100, 0x40, 0, "sink.in"});
  mesh.out[0].bind(sink.in);
  Script script("script", [](InitiatorPort& port) {
    sc_time delay(5, SC_NS);
    REQUIRE(port.write(0x100, reinterpret_cast<const std::uint8_t*>("spikes"), 6, delay) == tlm::TLM_OK_RESPONSE);
    CHECK(now_ps(delay) == 5000);
    tlm::tlm_generic_payload payload;
    SpikeBurst burst;
    burst.timestep = 42;
    std::string text = "more";
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(0x101);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(text.data()));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    payload.set_extension(&burst);
    port->b_transport(payload, delay);
    text = "gone";  // the packet has its own bytes
    payload.clear_extension(&burst);
    CHECK(payload.is_response_ok());
  });
  script.out.bind(mesh.in[0]);
  sc_core::sc_start();
  // Two flits, three hops: sent in cycle 5, there in 16. The second packet follows on its heels.
  CHECK(sink.seen == std::vector<std::string>{"16@64:spikes", "17@65:more/42"});
  CHECK(mesh.is_idle());
}

TEST_CASE("a busy packet port holds the network back and then the writers, and nothing is lost", "[mesh]") {
  FreshKernel kernel;
  Sink sink("sink", sc_time(100, SC_NS));
  Mesh::Params params = row({{"script", 0, false}}, {{"sink", 3, true}});
  params.sink_queue = 2;
  params.source_queue = 4;
  Mesh mesh("mesh", params, ClockDomain(1'000'000'000));
  mesh.map({0, 0x100, 0, 0, "sink.in"});
  mesh.out[0].bind(sink.in);
  Picoseconds finished = 0;
  Script script("script", [&finished](InitiatorPort& port) {
    sc_time delay;
    for (char c = 'a'; c <= 'z'; ++c) port.write(0, reinterpret_cast<const std::uint8_t*>(&c), 1, delay);
    finished = now_ps(delay);
  });
  script.out.bind(mesh.in[0]);
  sc_core::sc_start();
  REQUIRE(sink.seen.size() == 26);
  for (std::size_t i = 0; i < 26; ++i) CHECK(sink.seen[i].back() == static_cast<char>('a' + i));
  // 4 in the source's queue, a few in the buffers, 2 at the sink: the writer waits for some 8 services at least.
  CHECK(finished > 600'000);
  CHECK(mesh.is_idle());
}

TEST_CASE("packets that a port answers with an error are counted", "[mesh]") {
  FreshKernel kernel;
  Sink sink("sink");
  sink.answer = tlm::TLM_GENERIC_ERROR_RESPONSE;
  Mesh mesh("mesh", row({{"script", 1, false}}, {{"sink", 2, true}}), ClockDomain(1'000'000'000));
  mesh.map({0, 0x100, 0, 0, "sink.in"});
  mesh.out[0].bind(sink.in);
  Script script("script", [](InitiatorPort& port) {
    sc_time delay;
    const std::uint8_t byte = 1;
    CHECK(port.write(0, &byte, 1, delay) == tlm::TLM_OK_RESPONSE);
  });
  script.out.bind(mesh.in[0]);
  sc_core::sc_start();
  struct Stats : StatSink {
    std::uint64_t failed = 0;
    void count(const std::string& name, const Counter& counter) override {
      if (name == "failed_packets") failed = counter.value();
    }
    void integer(const std::string&, std::optional<std::uint64_t>) override {}
    void real(const std::string&, std::optional<double>) override {}
    void text(const std::string&, const std::string&) override {}
  } stats;
  mesh.report_stats(stats);
  CHECK(stats.failed == 1);
}

TEST_CASE("a reset in the middle ends what waits with an error and leaves an empty mesh that works", "[mesh]") {
  FreshKernel kernel;
  Recorder memory("memory", sc_time(50, SC_NS));
  Mesh mesh("mesh", row({{"script", 0, false}}, {{"memory", 3, false}}), ClockDomain(1'000'000'000));
  mesh.map({0, 0x1000, 0, 0, "memory.in"});
  mesh.out[0].bind(memory.in);
  Script script("script", [](InitiatorPort& port) {
    std::array<std::uint8_t, 64> data{};
    sc_time delay;
    CHECK(port.write(0, data.data(), 64, delay) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(sc_core::sc_time_stamp() == sc_time(7, SC_NS));
    const Picoseconds before = now_ps(delay);
    CHECK(port.write(0, data.data(), 64, delay) == tlm::TLM_OK_RESPONSE);
    CHECK(now_ps(delay) - before == 1000 * (26 + 50 + 10));
  });
  script.out.bind(mesh.in[0]);
  Thread reset("reset", [&mesh] {
    sc_core::wait(sc_time(7, SC_NS));
    mesh.reset();
    CHECK(mesh.is_idle());
  });
  sc_core::sc_start();
  CHECK(script.is_done());
  CHECK(mesh.is_idle());
  CHECK(mesh.network().packets().out() == 2);
}

TEST_CASE("a thread that is killed while its packet travels leaves nothing behind", "[mesh]") {
  FreshKernel kernel;
  Recorder memory("memory");
  Mesh mesh("mesh", row({{"script", 0, false}, {"other", 1, false}}, {{"memory", 3, false}}), ClockDomain(1'000'000'000));
  mesh.map({0, 0x1000, 0, 0, "memory.in"});
  mesh.out[0].bind(memory.in);
  sc_core::sc_process_handle victim;
  Script script("script", [&victim](InitiatorPort& port) {
    victim = sc_core::sc_get_current_process_handle();
    std::array<std::uint8_t, 64> data{};
    sc_time delay;
    port.write(0, data.data(), 64, delay);
  });
  Script other("other", [](InitiatorPort& port) {
    std::array<std::uint8_t, 64> data{};
    sc_time delay;
    for (unsigned i = 0; i < 5; ++i) {
      const tlm::tlm_response_status status = port.write(0, data.data(), 64, delay);
      CHECK(status == tlm::TLM_OK_RESPONSE);
    }
  });
  script.out.bind(mesh.in[0]);
  other.out.bind(mesh.in[1]);
  Thread killer("killer", [&victim] {
    sc_core::wait(sc_time(5, SC_NS));
    victim.kill();
  });
  sc_core::sc_start();
  CHECK_FALSE(script.is_done());
  CHECK(other.is_done());
  CHECK(mesh.is_idle());
}
