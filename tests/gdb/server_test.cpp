// SPDX-License-Identifier: Apache-2.0
// The server on a real socket: debuggers that behave, and visitors that do not.
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/gdb/packet.h>
#include <snnvp/platform/gdb/server.h>

#include "core_target.h"

using namespace rv;
using namespace snnvp;
using namespace snnvp::test;
using Catch::Contains;

namespace {

/// A connection of a test.
class Client {
public:
  explicit Client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~Client() { leave(); }
  void leave() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  void write(const std::string& bytes) { static_cast<void>(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL)); }
  /// What arrives until `end` is among it, at most five seconds.
  std::string read_until(const std::string& end) {
    std::string text;
    char buffer[4096];
    pollfd wait{fd_, POLLIN, 0};
    while (text.find(end) == std::string::npos && poll(&wait, 1, 5000) == 1) {
      const ssize_t n = recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      text.append(buffer, static_cast<std::size_t>(n));
    }
    return text;
  }
  std::string ask(const std::string& packet) {
    write(gdb::frame(packet));
    const std::string text = read_until("#");
    const auto from = text.find('$');
    return from == std::string::npos ? "" : text.substr(from + 1, text.find('#') - from - 1);
  }

private:
  int fd_;
};

/// A program that runs in a thread of its own as a simulation would, under a server.
class Session {
public:
  explicit Session(bool wait)
      : target_(1),
        server_(target_, 0, {[this](const std::string& line) { lines_ += line + "\n"; }, [this] { return is_ending_.load(); }}) {
    target_.machines[0]->put(Machine::ram_base, {addi(t0, t0, 1), jal(x0, Word(-4))});
    port = server_.port();
    thread_ = std::thread([this, wait] {
      gdb::Resumes resumes(1);
      if (wait) resumes = server_.halt({gdb::StopEvent::Cause::start, 0, Machine::ram_base, gdb::WatchKind::write}, true);
      while (!is_ending_ && !target_.is_killed) {
        const auto stop = target_.run(resumes, [this] {
          ++rounds;
          return is_ending_ || server_.poll();
        });
        resumes = server_.halt(stop);
      }
      server_.ended(3);
    });
  }
  ~Session() { end(); }
  void end() {
    is_ending_ = true;
    if (thread_.joinable()) thread_.join();
  }
  /// Does the program get on?
  bool is_running() const {
    const auto before = rounds.load();
    for (int i = 0; i < 500 && rounds == before; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return rounds != before;
  }
  const std::string& lines() const { return lines_; }
  bool is_killed() const { return target_.is_killed; }

  std::uint16_t port = 0;
  std::atomic<std::uint64_t> rounds{0};

private:
  CoreTarget target_;
  std::string lines_;
  std::atomic<bool> is_ending_{false};
  gdb::Server server_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("firmware.F27 a debugger attaches, stops, goes on, interrupts, detaches and comes again", "[gdb]") {
  Session session(true);
  for (int round = 0; round < 2; ++round) {
    Client client(session.port);
    CHECK(client.ask("qSupported:swbreak+").substr(0, 11) == "PacketSize=");
    CHECK(client.ask("?").substr(0, 3) == (round == 0 ? "T05" : "T02"));
    CHECK(client.ask("Z0,80000004,2") == "OK");
    CHECK(client.ask("vCont;c") == "T05swbreak:;thread:1;");
    CHECK(client.ask("p20") == "04000080");
    CHECK(client.ask("z0,80000004,2") == "OK");
    client.write(gdb::frame("vCont;c"));
    CHECK(session.is_running());
    client.write("\x03");
    CHECK_THAT(client.read_until("#"), Contains("T02thread:1;"));
    CHECK(client.ask("D") == "OK");
    client.leave();
    CHECK(session.is_running());
  }
  session.end();
  CHECK_THAT(session.lines(), Contains("listening on 127.0.0.1") && Contains("has attached") && Contains("has detached"));
}

TEST_CASE("the end of the program is told, and a killed run ends", "[gdb]") {
  Session session(false);
  Client client(session.port);
  CHECK(client.ask("?").substr(0, 3) == "T02");
  client.write(gdb::frame("vCont;c"));
  CHECK(session.is_running());
  session.end();
  CHECK_THAT(client.read_until("$W03#"), Contains("$W03#"));
  Session other(true);
  Client killer(other.port);
  CHECK(killer.ask("vKill;1") == "OK");
  for (int i = 0; i < 500 && !other.is_killed(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(other.is_killed());
}

TEST_CASE("visitors that speak no protocol stop nothing", "[gdb]") {
  Session session(false);
  Client silent(session.port);
  CHECK(session.is_running());
  Client web(session.port);  // takes the silent one's place
  web.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n\x03\x03$broken#00$" + std::string(200'000, 'a'));
  CHECK(session.is_running());
  Client good(session.port);
  CHECK(good.ask("?").substr(0, 1) == "T");
  Client second(session.port);
  CHECK(second.read_until("#").empty());  // turned away
  CHECK(good.ask("qC") == "QC1");
  good.write("$zzz#00");
  CHECK_THAT(good.read_until("-"), Contains("-"));
  CHECK(good.ask("qC") == "QC1");
  good.write("-");
  CHECK_THAT(good.read_until("#"), Contains("$QC1#"));
}

TEST_CASE("a client that vanishes takes its breakpoints along and the program runs on", "[gdb]") {
  Session session(true);
  {
    Client client(session.port);
    CHECK(client.ask("Z0,80000004,2") == "OK");
    CHECK(client.ask("vCont;c").substr(0, 3) == "T05");
  }
  CHECK(session.is_running());
  {
    Client client(session.port);
    CHECK(client.ask("?").substr(0, 1) == "T");
    client.write(gdb::frame("vCont;c"));
    CHECK(session.is_running());
  }
  CHECK(session.is_running());
  session.end();
  CHECK_THAT(session.lines(), Contains("connection was lost"));
}

TEST_CASE("a port in use is a message, and a run that ends is not held by a debugger that never comes", "[gdb]") {
  Session session(true);
  CoreTarget target(1);
  const gdb::Server::Hooks hooks{[](const std::string&) {}, [] { return false; }};
  CHECK_THROWS_WITH(gdb::Server(target, session.port, hooks), Contains("cannot listen on 127.0.0.1") && Contains("Address already in use"));
  session.end();
}
