// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <thread>

#include <nlohmann/json.hpp>

#include <snnvp/interconnect/remote/frame.h>
#include <snnvp/interconnect/remote/remote.h>

#include "../support/fresh_kernel.h"
#include "../support/process.h"
#include "../support/script.h"
#include "outside.h"

using namespace snnvp;
using namespace snnvp::test;

namespace {

const std::string examples = std::string(SNNVP_SOURCE_DIR) + "/examples/remote_client";

std::future<ProcessResult> start(std::vector<std::string> arguments) {
  return std::async(std::launch::async, [arguments = std::move(arguments)] { return run_snnvp(arguments, "/"); });
}

/// This side: host and engine; memory is the peer's, behind the bridge.
std::string engine_side(const ScratchFolder& folder, const std::string& address) {
  return folder.write("engine.yaml", R"(scenario: 1
name: engine_side
platform:
  clocks: { core: 500 MHz }
  blocks:
    - { name: bus,  kind: interconnect.bus, clock: core, params: { width: 128 B } }
    - { name: host, kind: models.host, clock: core }
    - { name: pu,   kind: models.prosperity, clock: core }
    - { name: link, kind: interconnect.remote, params: { connect: ")" +
                                         address + R"(", quantum: 200 ns, timeout: 20 s } }
    - { name: ram,  kind: models.sram, clock: core, params: { size: 1 MiB } }
  links:
    - { from: host.out, to: bus.in }
    - { from: pu.dma,   to: bus.in }
    - { from: pu.irq,   to: "host.irq[0]" }
    - { from: link.out, to: bus.in }
  maps:
    - { through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB }
    - { through: bus, to: ram.in,  base: 0x8000_0000, size: 1 MiB }
    - { through: bus, to: link.in, base: 0x2000_0000, size: 1 MiB, offset: 0x8000_0000 }
workload: { kind: synthetic, m: 16, k: 32, n: 16 }
run: { until: idle, limit: 10 ms }
)");
}

/// The other side: a memory and a vendor's DMA with its tester, which also reaches over to the first.
std::string memory_side(const ScratchFolder& folder, const std::string& address) {
  return folder.write("memory.yaml", R"(scenario: 1
name: memory_side
plugins: [ )" + outside::plugin("acme") + R"( ]
platform:
  clocks: { core: 1 GHz }
  blocks:
    - { name: bus,    kind: interconnect.bus, clock: core, params: { width: 16 B } }
    - { name: dram,   kind: models.dram, params: { size: 1 MiB } }
    - { name: dma,    kind: acme.dma, clock: core }
    - { name: tester, kind: acme.tester, params: { memory: 0x3004_0000, length: 64 } }
    - { name: link,   kind: interconnect.remote, params: { listen: ")" +
                                         address + R"(", quantum: 300 ns, timeout: 20 s } }
  links:
    - { from: dma.out,    to: bus.in }
    - { from: tester.out, to: bus.in }
    - { from: link.out,   to: bus.in }
    - { from: dma.irq,    to: tester.irq }
  maps:
    - { through: bus, to: dma.regs, base: 0x1000_0000, size: 4 KiB }
    - { through: bus, to: dram.in,  base: 0x8000_0000, size: 1 MiB }
    - { through: bus, to: link.in,  base: 0x3000_0000, size: 1 MiB, offset: 0x8000_0000 }
run: { until: idle, limit: 10 ms }
)");
}

/// A peer that is no simulator: sends bytes and goes.
void send_raw(const std::string& path, const std::string& bytes, double linger_s = 0.2) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  for (int attempt = 0; attempt < 500; ++attempt) {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      CHECK(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
      std::this_thread::sleep_for(std::chrono::duration<double>(linger_s));
      close(fd);
      return;
    }
    close(fd);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  FAIL("nobody listens");
}

std::string bytes_of(const remote::Frame& frame) {
  const auto header = remote::encode_header(frame);
  return std::string(header.begin(), header.end()) + std::string(frame.payload.begin(), frame.payload.end());
}

const std::string hello = bytes_of({remote::FrameType::hello, 0, 0, remote::encode(remote::Hello{1'000'000, "test"})});

/// How a run with only a bridge and a memory ends when the peer sends these bytes.
nlohmann::json end_of(const std::string& bytes, const std::string& timeout = "20 s", double linger_s = 0.2) {
  const ScratchFolder folder;
  const std::string socket = folder.path() + "/s";
  auto run = start({"run", examples + "/memory.yaml", "--json", "--quiet", "--set", "platform.blocks.peer.params.listen=unix:" + socket,
                    "--set", "platform.blocks.peer.params.timeout=" + timeout});
  send_raw(socket, bytes, linger_s);
  const ProcessResult result = run.get();
  INFO(result.err);
  CHECK(result.exit_code == 1);
  const auto report = nlohmann::json::parse(result.out);
  CHECK(report["status"] == "peer_lost");
  return report["diagnosis"][0];
}

}  // namespace

TEST_CASE("tlm.R1 two processes reach into each other, both end well, and both reports are byte-equal from run to run") {
  std::string first[2];
  for (int round = 0; round < 2; ++round) {
    const ScratchFolder folder;
    const std::string socket = "unix:" + folder.path() + "/s";
    // The address is part of the scenario: kept equal by a relative path.
    auto memory = std::async(std::launch::async, [&] {
      return run_process({SNNVP_EXECUTABLE, "run", memory_side(folder, "unix:s"), "--json", "--quiet"}, folder.path());
    });
    if (round == 1) std::this_thread::sleep_for(std::chrono::milliseconds(300));  // who comes first does not matter
    const ProcessResult engine = run_process({SNNVP_EXECUTABLE, "run", engine_side(folder, "unix:s"), "--json", "--quiet"}, folder.path());
    const ProcessResult other = memory.get();
    INFO(engine.err << other.err << engine.out);
    REQUIRE(engine.exit_code == 0);
    REQUIRE(other.exit_code == 0);
    if (round == 0) {
      const auto report = nlohmann::json::parse(engine.out), peer = nlohmann::json::parse(other.out);
      CHECK(report["check"]["compared"] == 256);
      for (const auto& block : peer["blocks"]) {
        if (block["name"] == "tester") CHECK((block["stats"]["wrong"] == 0 && block["stats"]["compared"] == 16));
        if (block["name"] == "link") CHECK(block["stats"]["quantum_ps"] == 200'000);  // the smaller one
      }
      CHECK(report["time"]["seconds"] == peer["time"]["seconds"]);
      first[0] = engine.out, first[1] = other.out;
    }
    CHECK(engine.out == first[0]);
    CHECK(other.out == first[1]);
  }
}

TEST_CASE(
    "tlm.R2 an access over the bridge takes a quantum each way and the target's time, debug takes none, errors come back as they are") {
  const ScratchFolder folder;
  const std::string socket = "unix:" + folder.path() + "/s";
  auto run = start({"run", examples + "/memory.yaml", "--json", "--quiet", "--set", "platform.blocks.peer.params.listen=" + socket, "--set",
                    "platform.blocks.dram.params.preset=ideal"});
  FreshKernel kernel;
  RemoteBridge::Params params;
  params.connect = socket;
  params.quantum = 250'000;
  RemoteBridge bridge("bridge", params);
  std::uint64_t answers = 0;
  Picoseconds took = 0, debug_took = 1;
  Script script("script", [&](InitiatorPort& out) {
    constexpr Address base = 0x8000'0000;
    const std::uint8_t word[4] = {1, 2, 3, 4};
    std::uint8_t back[8] = {};
    answers += out.debug_write(base, word, 4) == 4;
    answers += out.debug_read(base + (1 << 20) - 2, back, 8) == 2;  // a prefix at the end
    answers += out.debug_read(0x4000'0000, back, 4) == 0;
    debug_took = now_ps();
    sc_core::sc_time delay = sc_time_of(70'000);  // ahead of the kernel
    answers += out.read(base, back, 4, delay) == tlm::TLM_OK_RESPONSE && back[2] == 3;
    took = now_ps(delay);
    answers += out.read(0x4000'0000, back, 4, delay) == tlm::TLM_ADDRESS_ERROR_RESPONSE;
    tlm::tlm_generic_payload payload;
    unsigned char data[4] = {9, 9, 9, 9}, enables[2] = {0xFF, 0};
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(base);
    payload.set_data_ptr(data);
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    payload.set_byte_enable_ptr(enables);
    payload.set_byte_enable_length(2);
    out->b_transport(payload, delay);
    answers += payload.is_response_ok() && data[0] == 1 && data[1] == 9 && data[2] == 3 && data[3] == 9;
    tlm::tlm_dmi dmi;
    answers += !out->get_direct_mem_ptr(payload, dmi);
  });
  script.out.bind(bridge.in);
  bridge.set_questions({[&] { return script.is_done(); }, {}});
  sc_core::sc_start();
  bridge.finish("ok");
  const ProcessResult peer = run.get();
  INFO(peer.err);
  CHECK(peer.exit_code == 0);
  CHECK(script.is_done());
  CHECK_FALSE(bridge.failure());
  CHECK(answers == 7);
  CHECK(debug_took == 0);
  // 70 ns ahead, two quanta, and on the other side a hop and a beat of the bus at 1 GHz.
  CHECK(took == 70'000 + 2 * 250'000 + 2'000);
}

TEST_CASE("tlm.R3 a small client in Python writes, reads back and ends the run, over a Unix socket and over TCP") {
  for (const bool tcp : {false, true}) {
    const ScratchFolder folder;
    const std::string address = tcp ? "127.0.0.1:" + std::to_string(20000 + getpid() % 20000) : "unix:" + folder.path() + "/s";
    auto run = start({"run", examples + "/memory.yaml", "--json", "--quiet", "--set", "platform.blocks.peer.params.listen=" + address});
    ProcessResult client;
    for (int attempt = 0; attempt < 100 && client.exit_code != 0; ++attempt) {
      client = run_process({"/usr/bin/env", "python3", examples + "/client.py", address});
      if (client.err.find("refused") == std::string::npos && client.err.find("No such file") == std::string::npos) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    const ProcessResult result = run.get();
    INFO(client.out << client.err << result.err);
    CHECK(client.exit_code == 0);
    CHECK(client.out.find("1000 bytes are back, an unmapped address answers -2") != std::string::npos);
    CHECK(client.out.find("the peer ended with ok") != std::string::npos);
    REQUIRE(result.exit_code == 0);
    const auto report = nlohmann::json::parse(result.out);
    for (const auto& block : report["blocks"])
      if (block["name"] == "peer") CHECK(block["stats"]["requests_served"] == 3);
  }
}

TEST_CASE("tlm.R4 the peer's death, silence and nonsense end the run with status peer_lost and say which") {
  const auto said = [](const nlohmann::json& item, const std::string& text) {
    INFO(item.dump());
    CHECK(item["text"].get<std::string>().find(text) != std::string::npos);
  };
  said(end_of(hello), "it closed the connection");
  said(end_of("GET / HTTP/1.1\r\nHost: nobody\r\n\r\n"), "not this protocol");
  std::string other_version = hello;
  other_version[4] = 9;
  said(end_of(other_version), "it speaks version 9 of the protocol");
  said(end_of(hello.substr(0, 20)), "it closed the connection");
  said(end_of(hello, "300 ms", 2), "it has said nothing for 0.3 s");
  const std::string sync = bytes_of({remote::FrameType::sync, 0, 0, {}});
  said(end_of(sync), "no valid hello");
  said(end_of(hello + sync + bytes_of({remote::FrameType::response, 77, 1, {1, 0, 0, 0}})), "it answers what nobody asked");
  said(end_of(hello + sync + bytes_of({remote::FrameType::request, 1, 0, {1, 2, 3}})), "its request makes no sense");
  said(end_of(hello + sync + bytes_of({remote::FrameType::irq, 1, ~std::uint64_t{0}, {1}})), "its time makes no sense");
  said(end_of(hello + bytes_of({remote::FrameType::sync, 0, 12345, {}})), "where both should be at 0 ps");
  said(end_of(hello + sync + bytes_of({remote::FrameType::bye, 0, 0, {'l', 'i', 'm', 'i', 't'}})), "it ended its run (limit)");
  std::string huge = bytes_of({remote::FrameType::request, 1, 0, {}});
  huge[22] = 1;  // a length of 2^48
  said(end_of(hello + sync + huge), "more than the");
}

TEST_CASE("tlm.R5 nobody there, a bad address, and both or neither of listen and connect are told") {
  const ScratchFolder folder;
  const auto run = [&](std::vector<std::string> settings) {
    std::vector<std::string> arguments{"run", examples + "/memory.yaml", "--json", "--quiet"};
    for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", "platform.blocks.peer.params." + setting});
    return run_snnvp(arguments);
  };
  const ProcessResult alone = run({"listen=unix:" + folder.path() + "/s", "timeout=200 ms"});
  CHECK(alone.exit_code == 1);
  CHECK(alone.out.find("nobody came to unix:") != std::string::npos);
  CHECK(run({"listen=here"}).err.find("write unix:PATH or HOST:PORT") != std::string::npos);
  CHECK(run({"listen=unix:/nowhere/at/all", "timeout=200 ms"}).err.find("cannot listen at") != std::string::npos);
  CHECK(run({"connect=127.0.0.1:1"}).err.find("both given") != std::string::npos);
  CHECK(run({"listen=null"}).err.find("neither") != std::string::npos);
  CHECK(run({"listen=null", "connect=127.0.0.1:1", "timeout=200 ms"}).out.find("nobody listens at 127.0.0.1:1") != std::string::npos);
  // The user's own interrupt is not the peer's fault.
  const ProcessResult stopped =
      run_process({"/usr/bin/env", "timeout", "-s", "INT", "1", SNNVP_EXECUTABLE, "run", examples + "/memory.yaml", "--json", "--quiet",
                   "--set", "platform.blocks.peer.params.listen=unix:" + folder.path() + "/t"});
  CHECK(nlohmann::json::parse(stopped.out)["status"] == "interrupted");
  const std::string file = folder.write("precious", "text");
  CHECK(run({"listen=unix:" + file, "timeout=200 ms"}).exit_code == 2);
  CHECK(slurp(file) == "text");  // a file that is no socket stays
}

TEST_CASE("tlm.R6 frames survive the way there and back, and what is cut short is refused") {
  remote::Access access;
  access.command = remote::Access::write;
  access.length = 5, access.streaming_width = 3, access.address = 0x123456789;
  access.data = {1, 2, 3, 4, 5}, access.byte_enables = {255, 0};
  const auto bytes = remote::encode(access);
  remote::Access back;
  REQUIRE(remote::decode(bytes, back));
  CHECK((back.address == access.address && back.data == access.data && back.byte_enables == access.byte_enables &&
         back.streaming_width == 3));
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_FALSE(remote::decode(std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)), back));
  remote::Frame frame{remote::FrameType::irq, 7, 99, {1}}, read;
  Bytes length = 0;
  CHECK(remote::decode_header(remote::encode_header(frame), read, length).empty());
  CHECK((read.type == frame.type && read.id == 7 && read.time == 99 && length == 1));
}
