// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/memory_store.h>

#include <catch2/catch.hpp>

#include <array>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/tlm/memory_target.h>

#include "../support/fresh_kernel.h"
#include "../support/script.h"

using namespace snnvp;
using namespace snnvp::test;
using sc_core::sc_time;

namespace {

struct Memory : sc_core::sc_module, MemoryTarget {
  TargetPort in;
  Memory(const sc_core::sc_module_name& name, Bytes size) : sc_module(name), MemoryTarget(size, false), in("in", *this, port_options()) {}
};

}  // namespace

TEST_CASE("unwritten bytes read as zero and a huge memory costs nothing", "[memory]") {
  MemoryStore store(Bytes{1} << 42);
  std::array<std::uint8_t, 16> data;
  data.fill(1);
  store.read((Bytes{1} << 41) + 3, data.data(), data.size());
  CHECK(data == std::array<std::uint8_t, 16>{});
  const std::array<std::uint8_t, 5> written{1, 2, 3, 4, 5};
  store.write(store.size() - 5, written.data(), 5);
  store.read(store.size() - 8, data.data(), 8);
  CHECK(data[3] == 1);
  CHECK(data[7] == 5);
}

TEST_CASE("a memory the host cannot map is the user's error and names the size", "[memory]") {
  CHECK_THROWS_AS(MemoryStore(0), InputError);
  CHECK_THROWS_WITH(MemoryStore(Bytes{1} << 60),
                    Catch::Contains("1 EiB") || Catch::Contains("1152921504606846976") || Catch::Contains("TiB"));
  CHECK_THROWS_AS(MemoryStore(~Bytes{0}), InputError);
}

TEST_CASE("timed and debug accesses see the same bytes", "[memory]") {
  FreshKernel kernel;
  Memory memory("memory", 4096);
  Script script("script", [](InitiatorPort& port) {
    std::vector<std::uint8_t> out(4096), in(4096);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i * 7);
    sc_time delay;
    CHECK(port.write(0, out.data(), 4096, delay) == tlm::TLM_OK_RESPONSE);
    CHECK(port.debug_read(0, in.data(), 4096) == 4096);
    CHECK(in == out);
    out[17] = 99;
    CHECK(port.debug_write(17, &out[17], 1) == 1);
    CHECK(port.read(16, in.data(), 4, delay) == tlm::TLM_OK_RESPONSE);
    CHECK(in[1] == 99);
    CHECK(port.transactions() == 2);
    CHECK(port.bytes_written() == 4096);
    CHECK(port.bytes_read() == 4);
    CHECK(port.read(4095, in.data(), 4, delay) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(port.bytes_read() == 4);
  });
  script.out.bind(memory.in);
  sc_core::sc_start();
  CHECK(script.is_done());
}

TEST_CASE("several threads may share an initiator port", "[memory]") {
  FreshKernel kernel;
  struct Slow : Memory {
    using Memory::Memory;
    void begin(tlm::tlm_command, Address, Bytes, sc_time&) override { sc_core::wait(sc_time(1, sc_core::SC_NS)); }
  } memory("memory", 64);
  struct Sharer : sc_core::sc_module {
    InitiatorPort out{"out"};
    unsigned done = 0;
    SNNVP_HAS_PROCESS(Sharer);
    explicit Sharer(const sc_core::sc_module_name& name) : sc_module(name) {
      SC_THREAD(first);
      SC_THREAD(second);
    }
    void first() { use(0, 11); }
    void second() { use(4, 22); }
    void use(Address address, std::uint8_t value) {
      for (int i = 0; i < 10; ++i) {
        std::array<std::uint8_t, 4> data{value, value, value, value};
        sc_time delay;
        CHECK(out.write(address, data.data(), 4, delay) == tlm::TLM_OK_RESPONSE);
        data = {};
        CHECK(out.read(address, data.data(), 4, delay) == tlm::TLM_OK_RESPONSE);
        CHECK(data[3] == value);
      }
      ++done;
    }
  } sharer("sharer");
  sharer.out.bind(memory.in);
  sc_core::sc_start();
  CHECK(sharer.done == 2);
}
