// SPDX-License-Identifier: Apache-2.0
// The debugger's protocol without a socket, on harts without a simulation.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <functional>
#include <random>
#include <string>

#include <snnvp/platform/gdb/packet.h>
#include <snnvp/platform/gdb/session.h>

#include "core_target.h"

using namespace rv;
using namespace snnvp;
using namespace snnvp::test;
using Catch::Contains;
using gdb::Session;

namespace {

constexpr std::uint32_t base = Machine::ram_base;

struct Rig {
  CoreTarget target{2};
  Session session{target};

  Rig() {
    // t0 counts in a loop of three instructions, then a call and a store.
    const std::vector<Word> program{addi(t0, x0, 3), addi(t0, t0, Word(-1)), bne(t0, x0, Word(-4)),
                                    sw(t0, a0, 0),   lw(t1, a0, 0),          jal(ra, 8),
                                    jal(x0, 0),      addi(a1, x0, 7),        jalr(x0, ra, 0)};
    for (auto& m : target.machines) m->put(base, program), m->core.set_reg(a0, base + 0x1000);
    session.stopped({gdb::StopEvent::Cause::start, 0, base, gdb::WatchKind::write});
  }
  /// The one reply to a packet.
  std::string ask(const std::string& packet) {
    const Session::Answer answer = session.handle(packet);
    REQUIRE(answer.then == Session::Then::stay);
    REQUIRE(answer.replies.size() == 1);
    return answer.replies.front();
  }
  /// The stop reply after a packet that lets the program go on.
  std::string go(const std::string& packet) {
    const Session::Answer answer = session.handle(packet);
    REQUIRE(answer.then == Session::Then::resume);
    REQUIRE(answer.replies.empty());
    return session.stopped(target.run(session.resumes(), [] { return false; }));
  }
  std::uint32_t pc(unsigned hart = 0) const { return target.machines[hart]->core.pc(); }
};

}  // namespace

TEST_CASE("firmware.F27 packets survive framing, and what is between them is ignored", "[gdb]") {
  CHECK(gdb::frame("OK") == "$OK#9a");
  CHECK(gdb::frame("}#$*") == "$}]}\x03}\x04}\n#62");
  gdb::PacketReader reader;
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (const char c : "noise" + gdb::frame("X" + all) + "\x03+-$g#00$cut$g#67#67") reader.feed({&c, 1});
  using Kind = gdb::PacketReader::Kind;
  const auto first = reader.take();
  REQUIRE(first);
  CHECK(first->kind == Kind::packet);
  CHECK(first->data == "X" + all);
  for (const Kind kind : {Kind::interrupt, Kind::acknowledge, Kind::repeat, Kind::bad_packet, Kind::packet}) {
    const auto item = reader.take();
    REQUIRE(item);
    CHECK(item->kind == kind);
    if (kind == Kind::packet) CHECK(item->data == "g");
  }
  CHECK_FALSE(reader.take());
  reader.feed("$" + std::string(100'000, 'a') + "#");
  reader.feed("00");
  CHECK(reader.take()->kind == Kind::bad_packet);
}

TEST_CASE("firmware.F27 every question of the table gets its answer", "[gdb]") {
  Rig rig;
  CHECK(rig.ask("qSupported:swbreak+;hwbreak+;multiprocess+") ==
        "PacketSize=4000;qXfer:features:read+;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+");
  CHECK(rig.session.acknowledges());
  CHECK(rig.ask("QStartNoAckMode") == "OK");
  CHECK_FALSE(rig.session.acknowledges());
  CHECK(rig.ask("?") == "T05thread:1;");
  CHECK(rig.ask("qAttached") == "1");
  CHECK(rig.ask("qC") == "QC1");
  CHECK(rig.ask("qfThreadInfo") == "m1,2");
  CHECK(rig.ask("qsThreadInfo") == "l");
  CHECK(rig.ask("qThreadExtraInfo,2") == gdb::to_hex("hart 1"));
  CHECK(rig.ask("Hg2") == "OK");
  CHECK(rig.ask("qC") == "QC2");
  CHECK(rig.ask("Hc-1") == "OK");
  CHECK(rig.ask("Hg3") == "E01");
  CHECK(rig.ask("T2") == "OK");
  CHECK(rig.ask("T3") == "E01");
  CHECK(rig.ask("vCont?") == "vCont;c;C;s;S;r;t");
  CHECK(rig.ask("qSymbol::") == "OK");
  for (const char* unknown : {"qOffsets", "qTStatus", "vMustReplyEmpty", "!", "vRun;x", "qXfer:memory-map:read::0,10", "Z9,0,0", "R00"})
    CHECK(rig.ask(unknown).empty());
  CHECK(rig.session.handle("D").then == Session::Then::detach);
  CHECK(rig.session.handle("k").then == Session::Then::kill);
  CHECK(rig.target.is_killed);
}

TEST_CASE("firmware.F27 the target description names registers and CSRs and is read in pieces", "[gdb]") {
  Rig rig;
  std::string all;
  for (;;) {
    const std::string part = rig.ask("qXfer:features:read:target.xml:" + fmt::format("{:x}", all.size()) + ",400");
    all += part.substr(1);
    if (part[0] == 'l') break;
  }
  CHECK_THAT(all, Contains("<architecture>riscv:rv32</architecture>") && Contains("<osabi>none</osabi>") &&
                      Contains("name=\"sp\" bitsize=\"32\" type=\"data_ptr\" regnum=\"2\"") &&
                      Contains("name=\"pc\" bitsize=\"32\" type=\"code_ptr\" regnum=\"32\"") && Contains("name=\"mepc\"") &&
                      Contains("regnum=\"898\"") && Contains("pmpaddr15"));
  CHECK(rig.ask("qXfer:features:read:target.xml:fffff,400") == "l");
  CHECK(rig.ask("qXfer:features:read:other.xml:0,400") == "E00");
}

TEST_CASE("firmware.F27 registers, CSRs and memory are read and written", "[gdb]") {
  Rig rig;
  CHECK(rig.ask("p20") == "00000080");  // pc
  CHECK(rig.ask("Pa=78563412") == "OK");
  CHECK(rig.target.machines[0]->core.reg(10) == 0x12345678);
  CHECK(rig.target.machines[1]->core.reg(10) == base + 0x1000);
  CHECK(rig.ask("P0=ffffffff") == "OK");
  CHECK(rig.ask("p0") == "00000000");
  const std::string registers = rig.ask("g");
  CHECK(registers.size() == 33 * 8);
  CHECK(registers.substr(80, 8) == "78563412");
  CHECK(rig.ask("G" + registers.substr(0, 88) + "01000000" + registers.substr(96)) == "OK");
  CHECK(rig.target.machines[0]->core.reg(11) == 1);
  // mtvec is 0x305; mhartid 0xf14 cannot be written.
  CHECK(rig.ask(fmt::format("P{:x}=00010080", 65 + 0x305)) == "OK");
  CHECK(rig.ask(fmt::format("p{:x}", 65 + 0x305)) == "00010080");
  CHECK(rig.ask(fmt::format("P{:x}=01000000", 65 + 0xF14)) == "E01");
  CHECK(rig.ask(fmt::format("p{:x}", 65 + 0x7FF)) == "E01");
  CHECK(rig.ask("p21") == "E01");  // f0
  CHECK(rig.ask("m80001000,4") == "00000000");
  CHECK(rig.ask("M80001000,3:aabbcc") == "OK");
  CHECK(rig.ask("X80001003,2:}#") == "OK");  // as the reader hands it on, unescaped
  CHECK(rig.ask("m80001000,4") == "aabbcc7d");
  CHECK(rig.ask("m8000fffe,10") == "0000");
  CHECK(rig.ask("m10000000,4") == "E01");
  CHECK(rig.ask("M8000fffe,4:00000000") == "E01");
  CHECK(rig.ask("M80001000,4:00") == "E01");
}

TEST_CASE("firmware.F27 breakpoints, steps, ranges and watchpoints stop where they should", "[gdb]") {
  Rig rig;
  rig.ask("qSupported:swbreak+;hwbreak+");
  CHECK(rig.ask("Z0,80000004,4") == "OK");
  CHECK(rig.go("vCont;c:1") == "T05swbreak:;thread:1;");
  CHECK(rig.pc() == base + 4);
  CHECK(rig.go("c") == "T05swbreak:;thread:1;");  // the one it stands on is passed once
  CHECK(rig.target.machines[0]->core.reg(t0) == 2);
  CHECK(rig.ask("z0,80000004,4") == "OK");
  CHECK(rig.target.breakpoints == 0);
  CHECK(rig.go("vCont;s:1") == "T05thread:1;");
  CHECK(rig.pc() == base + 8);
  CHECK(rig.go("vCont;r80000000,8000000c:1") == "T05thread:1;");
  CHECK(rig.pc() == base + 12);
  CHECK(rig.ask("Z2,80001000,4") == "OK");
  CHECK(rig.go("vCont;c:1") == "T05watch:80001000;thread:1;");
  CHECK(rig.pc() == base + 16);
  CHECK(rig.ask("z2,80001000,4") == "OK");
  CHECK(rig.ask("Z3,80001002,1") == "OK");
  CHECK(rig.go("vCont;c:1") == "T05rwatch:80001000;thread:1;");
  CHECK(rig.ask("z3,80001002,1") == "OK");
  CHECK(rig.ask("Z1,80000018,2") == "OK");
  CHECK(rig.go("vCont;c:1") == "T05hwbreak:;thread:1;");
  CHECK(rig.target.machines[0]->core.reg(a1) == 7);
  CHECK(rig.pc(1) == base);  // the other hart was held
  CHECK(rig.go("vCont;s:2;c") == "T05thread:2;");
  CHECK(rig.pc(1) == base + 4);
  CHECK(rig.session.handle("D").then == Session::Then::detach);
  CHECK(rig.target.breakpoints == 0);
}

TEST_CASE("a hardware and a software breakpoint at one place are two", "[gdb]") {
  Rig rig;
  rig.ask("Z0,80000004,2"), rig.ask("Z1,80000004,2"), rig.ask("Z0,80000004,2");
  CHECK(rig.target.breakpoints == 1);
  rig.ask("z0,80000004,2"), rig.ask("z0,80000004,2");
  CHECK(rig.target.breakpoints == 1);
  rig.ask("z1,80000004,2");
  CHECK(rig.target.breakpoints == 0);
  CHECK(rig.ask("z1,80000004,2") == "OK");
  CHECK(rig.target.breakpoints == 0);
}

TEST_CASE("a debugged core counts the cycles of one that is not", "[gdb]") {
  Rig plain, debugged;
  plain.target.machines[0]->core.run(1000);
  debugged.ask("Z0,80000010,4");
  debugged.go("vCont;s:1");
  debugged.go("vCont;r80000000,80000008:1");
  debugged.go("vCont;c:1");
  debugged.ask("z0,80000010,4");
  auto& core = debugged.target.machines[0]->core;
  while (core.now() < plain.target.machines[0]->core.now()) core.run(plain.target.machines[0]->core.now() - core.now());
  CHECK(core.instructions() == plain.target.machines[0]->core.instructions());
  CHECK(core.now() == plain.target.machines[0]->core.now());
  CHECK(core.pc() == plain.target.machines[0]->core.pc());
}

TEST_CASE("monitor text of any length arrives whole", "[gdb]") {
  Rig rig;
  const auto text_of = [&](const std::string& command) {
    const Session::Answer answer = rig.session.handle("qRcmd," + gdb::to_hex(command));
    std::string text;
    for (const std::string& reply : answer.replies) {
      CHECK(reply.size() <= gdb::packet_size);
      if (reply[0] == 'O' && reply != "OK") text += gdb::from_hex(reply.substr(1)).value();
    }
    CHECK(answer.replies.back() == "OK");
    return text;
  };
  CHECK(text_of("info") == "hart 0 hears info\n");
  CHECK(text_of("big") == std::string(20'000, 'x'));
  CHECK(rig.ask("qRcmd,6") == "E01");
}

TEST_CASE("no packet breaks a session", "[gdb]") {
  Rig rig;
  std::mt19937 random(1);
  const std::vector<std::string> starts{"m",        "M",
                                        "X",        "Z0,",
                                        "z2,",      "vCont",
                                        "vCont;r",  "qXfer:features:read:target.xml:",
                                        "H",        "p",
                                        "P",        "G",
                                        "T",        "q",
                                        "qRcmd,",   "c",
                                        "s",        "C",
                                        "Q",        "vCont;s:",
                                        "vCont;c;", "qThreadExtraInfo,",
                                        "?",        "D",
                                        "Hgp1."};
  const std::string letters = "0123456789abcdef,;:=-pXz80000000";
  for (int i = 0; i < 100'000; ++i) {
    std::string packet = starts[random() % starts.size()];
    for (unsigned n = random() % 24; n > 0; --n)
      packet += random() % 16 == 0 ? static_cast<char>(random()) : letters[random() % letters.size()];
    const Session::Answer answer = rig.session.handle(packet);
    for (const std::string& reply : answer.replies) REQUIRE(reply.size() <= 2 * gdb::packet_size);
    if (answer.then == Session::Then::resume) REQUIRE(rig.session.resumes().size() == 2);
  }
  CHECK(rig.ask("qC").substr(0, 2) == "QC");
}
