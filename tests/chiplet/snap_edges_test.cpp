// SPDX-License-Identifier: Apache-2.0
// TLM-2.0 at the edges of a package of chips.
#include <snnvp/models/snap/snap.h>

#include <catch2/catch.hpp>

#include <snnvp/platform/tlm/memory_target.h>

#include "../support/fresh_kernel.h"

using namespace snnvp;
using namespace snnvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

struct Memory : sc_core::sc_module, MemoryTarget {
  TargetPort in;
  std::vector<Picoseconds> arrival;
  explicit Memory(const sc_core::sc_module_name& name) : sc_module(name), MemoryTarget(1 << 16, true), in("in", *this, port_options()) {}
  void begin(tlm::tlm_command, Address, Bytes, sc_time& delay) override { arrival.push_back(now_ps(delay)); }
};

struct Sink : sc_core::sc_module {
  tlm_utils::simple_target_socket<Sink> in;
  std::vector<std::string> seen;
  explicit Sink(const sc_core::sc_module_name& name) : sc_module(name), in("in") { in.register_b_transport(this, &Sink::transport); }
  void transport(tlm::tlm_generic_payload& payload, sc_time&) {
    const SpikeBurst* burst = nullptr;
    payload.get_extension(burst);
    seen.emplace_back(reinterpret_cast<char*>(payload.get_data_ptr()), payload.get_data_length());
    if (burst != nullptr) seen.back() += "/" + std::to_string(burst->flow) + "." + std::to_string(burst->timestep);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

/// A thread that does what it is told through a socket.
struct Script : sc_core::sc_module {
  SNNVP_HAS_PROCESS(Script);
  tlm_utils::simple_initiator_socket<Script> out;
  std::function<void(Script&)> body;
  bool has_ended = false;
  Script(const sc_core::sc_module_name& name, std::function<void(Script&)> what) : sc_module(name), out("out"), body(std::move(what)) {
    SC_THREAD(run);
  }
  void run() {
    body(*this);
    has_ended = true;
  }
  tlm::tlm_response_status access(bool writes, Address address, std::vector<std::uint8_t>& data, SpikeBurst* burst = nullptr) {
    tlm::tlm_generic_payload payload;
    payload.set_command(writes ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(static_cast<unsigned>(data.size()));
    payload.set_streaming_width(static_cast<unsigned>(data.size()));
    payload.set_byte_enable_ptr(nullptr);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    if (burst != nullptr) payload.set_extension(burst);
    sc_time delay;
    out->b_transport(payload, delay);
    if (burst != nullptr) payload.clear_extension(burst);
    if (delay != sc_core::SC_ZERO_TIME) wait(delay);
    return payload.get_response_status();
  }
};

/// 2 x 1 chips of 4 x 4 tiles; the script at tile (0, 0), the targets on the second chip.
Snap::Params package(LinkKind kind = LinkKind::emio_serial) {
  Snap::Params p;
  p.config.chips_x = 2, p.config.chips_y = 1;
  p.config.mesh.width = p.config.mesh.height = 4;
  p.config.d2d.kind = kind;
  p.initiators = {{"script.out", 0, false}};
  p.targets = {{"memory.in", snap::tile_at(p.config, 6, 1), false}, {"sink.in", snap::tile_at(p.config, 5, 0), true}};
  return p;
}

struct Bench {
  FreshKernel kernel;
  Snap snap;
  Memory memory;
  Sink sink;
  Script script;
  Bench(const Snap::Params& params, std::function<void(Script&)> body)
      : snap("snap", params), memory("memory"), sink("sink"), script("script", std::move(body)) {
    snap.map({0x1000, 0x8000, 0, 0, "memory.in"});
    snap.map({0x10000, 0x1000, 0, 1, "sink.in"});
    snap.out[0].bind(memory.in);
    snap.out[1].bind(sink.in);
    script.out.bind(snap.in[0]);
  }
};

std::vector<std::uint8_t> numbered(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(7 * i + 3);
  return bytes;
}

}  // namespace

TEST_CASE("a memory access crosses dies as packets, comes back, and takes the way of its bits", "[chiplet]") {
  std::vector<Picoseconds> done;
  std::vector<std::uint8_t> read(4);
  Bench bench(package(), [&](Script& s) {
    std::vector<std::uint8_t> four{1, 2, 3, 4};
    CHECK(s.access(true, 0x1010, four) == tlm::TLM_OK_RESPONSE);
    done.push_back(now_ps());
    CHECK(s.access(false, 0x1010, read) == tlm::TLM_OK_RESPONSE);
    done.push_back(now_ps());
  });
  sc_core::sc_start();
  REQUIRE(bench.script.has_ended);
  CHECK(read == std::vector<std::uint8_t>{1, 2, 3, 4});
  // Request of a header and 32 bits, two flits of 38: 3 links and 1 cycle to the edge, a flit more; mux 1, twice 38 + 32 bits + 16 of
  // the header's bytes on the serial link, flight 4; then 2 + 1 links.
  const snap::Config& c = package().config;
  snap::EdgeNetwork empty(c);
  const snap::Tile near = 0, far = snap::tile_at(c, 6, 1);
  const Cycles request = empty.unloaded(near, far, 38, 4), answer = empty.unloaded(far, near, 38, 0);
  CHECK(bench.memory.arrival.at(0) == request * 1000);
  // What is sent because of an arrival leaves in the cycle after it: the answer, and the next request.
  CHECK(done.at(0) == (request + answer + 1) * 1000);
  CHECK(done.at(1) - done.at(0) == (empty.unloaded(near, far, 38, 0) + empty.unloaded(far, near, 38, 4) + 2) * 1000);
  CHECK(request > answer);
  CHECK(answer >= 38 + 38 + 1 + 4 + 3 * 6 + 1);
  CHECK(bench.snap.edges().network().d2d_packets() == 4);
  CHECK(bench.snap.is_idle());
}

TEST_CASE("long accesses are cut to what a packet of the link holds and every byte arrives", "[chiplet]") {
  for (const LinkKind kind : {LinkKind::emio_serial, LinkKind::parallel, LinkKind::ucie}) {
    Snap::Params p = package(kind);
    p.config.d2d.ucie.flit = FlitFormat::f68;
    if (kind == LinkKind::ucie) p.config.d2d.ucie.crc = CrcCheck::ideal, p.config.d2d.ucie.errors[0].ber = 1e-4;
    const std::vector<std::uint8_t> sent = numbered(5000);
    std::vector<std::uint8_t> got(5000);
    Bench bench(p, [&](Script& s) {
      std::vector<std::uint8_t> data = sent;
      CHECK(s.access(true, 0x1000, data) == tlm::TLM_OK_RESPONSE);
      CHECK(s.access(false, 0x1000, got) == tlm::TLM_OK_RESPONSE);
    });
    sc_core::sc_start();
    CHECK(bench.script.has_ended);
    CHECK(got == sent);
    CHECK(bench.snap.is_idle());
  }
}

TEST_CASE("damage on links without a CRC arrives in the memory", "[chiplet]") {
  Snap::Params p = package(LinkKind::ucie);
  p.config.d2d.ucie.flit = FlitFormat::raw64;
  p.config.d2d.ucie.errors[0].ber = 1e-3;
  std::vector<std::uint8_t> got(4000);
  Bench bench(p, [&](Script& s) {
    std::vector<std::uint8_t> data = numbered(4000);
    s.access(true, 0x1000, data);
    s.access(false, 0x1000, got);
  });
  sc_core::sc_start();
  const std::vector<std::uint8_t> sent = numbered(4000);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < sent.size(); ++i) wrong += got[i] != sent[i];
  CHECK(wrong > 5);
  CHECK(wrong < 200);
}

TEST_CASE("the bytes of a packet are its payload, with and without the extension, in order", "[chiplet]") {
  Bench bench(package(), [&](Script& s) {
    for (int i = 0; i < 40; ++i) {
      std::vector<std::uint8_t> data{'p', static_cast<std::uint8_t>('0' + i / 10), static_cast<std::uint8_t>('0' + i % 10)};
      SpikeBurst burst;
      burst.flow = 5, burst.timestep = static_cast<std::uint64_t>(i);
      CHECK(s.access(true, 0x10000, data, i % 2 == 1 ? &burst : nullptr) == tlm::TLM_OK_RESPONSE);
    }
  });
  sc_core::sc_start();
  REQUIRE(bench.sink.seen.size() == 40);
  for (int i = 0; i < 40; ++i) {
    const std::string number{static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
    CHECK(bench.sink.seen[static_cast<std::size_t>(i)] == "p" + number + (i % 2 == 1 ? "/5." + std::to_string(i) : ""));
  }
  CHECK(bench.snap.edges().spike_packets() == 40);
  CHECK(bench.snap.is_idle());
}

TEST_CASE("what is wrong at an edge is answered, and a reset ends what waits", "[chiplet]") {
  tlm::tlm_response_status nowhere = tlm::TLM_OK_RESPONSE, lost = tlm::TLM_OK_RESPONSE, after = tlm::TLM_INCOMPLETE_RESPONSE;
  Bench bench(package(), [&](Script& s) {
    std::vector<std::uint8_t> data(4);
    nowhere = s.access(true, 0x99999, data);
    lost = s.access(true, 0x1000, data);
    after = s.access(true, 0x1000, data);
  });
  sc_core::sc_start(sc_time(20, SC_NS));
  bench.snap.reset();
  sc_core::sc_start();
  CHECK(nowhere == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(lost == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(after == tlm::TLM_OK_RESPONSE);
}
