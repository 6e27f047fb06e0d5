// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/gdb/server.h>

#include <fmt/format.h>

#include <array>
#include <boost/asio.hpp>
#include <chrono>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/gdb/packet.h>
#include <snnvp/platform/gdb/session.h>

namespace snnvp::gdb {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

namespace {
constexpr auto look_again = std::chrono::milliseconds(100);  // how soon the end of a run is noticed while halted
constexpr auto write_patience = std::chrono::seconds(10);    // a client that takes nothing for so long has gone
}  // namespace

class Server::Implementation {
public:
  Implementation(Target& target, std::uint16_t port, Hooks hooks) : session_(target), harts_(target.harts()), hooks_(std::move(hooks)) {
    try {
      acceptor_.open(tcp::v4());
      acceptor_.set_option(tcp::acceptor::reuse_address(true));
      acceptor_.bind({asio::ip::address_v4::loopback(), port});
      acceptor_.listen();
    } catch (const boost::system::system_error& error) {
      throw InputError(fmt::format("--gdb: cannot listen on 127.0.0.1:{}: {}\n    choose another port, or 0 for one that is free", port,
                                   error.code().message()));
    }
    port_ = acceptor_.local_endpoint().port();
    accept();
    hooks_.say(fmt::format("gdb: listening on 127.0.0.1:{}; in gdb-multiarch: target remote :{}", port_, port_));
  }

  std::uint16_t port() const { return port_; }
  bool is_attached() const { return is_attached_; }
  double held_seconds() const { return std::chrono::duration<double>(held_).count(); }

  bool poll() {
    context_.restart();
    context_.poll();
    take_loss();
    return has_request();
  }

  Resumes halt(const StopEvent& event, bool wait_for_one) {
    const auto from = Clock::now();
    const std::string text = session_.stopped(event);
    if (is_attached_ && waits_for_stop_) {
      waits_for_stop_ = false;
      send(text);
    }
    Resumes resumes(harts_);
    while ((is_attached_ || wait_for_one || has_request()) && !hooks_.is_ending()) {
      if (serve(resumes)) break;
      context_.restart();
      context_.run_one_for(look_again);
      if (take_loss()) break;
    }
    held_ += Clock::now() - from;
    return resumes;
  }

  bool wait() {
    const auto from = Clock::now();
    while (is_attached_ && !has_request() && !hooks_.is_ending()) {
      context_.restart();
      context_.run_one_for(look_again);
      if (take_loss()) break;
    }
    held_ += Clock::now() - from;
    return is_attached_ && !hooks_.is_ending();
  }

  void ended(std::uint32_t code, const std::string& text) {
    // Text may be sent only while a client waits for the program to stop.
    if (is_attached_ && waits_for_stop_ && !text.empty()) send("O" + to_hex(text));
    if (is_attached_) send(fmt::format("W{:02x}", code & 0xFF));
    drop();
  }

private:
  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket peer) {
      // A connection that has not spoken the protocol yet makes room.
      if (!error && !is_attached_) {
        drop();
        boost::system::error_code ignored;
        peer.set_option(tcp::no_delay(true), ignored);
        socket_ = std::move(peer);
        reader_.clear();
        read();
      } else if (!error) {
        hooks_.say("gdb: a second debugger was turned away");
      }
      if (error != asio::error::operation_aborted) accept();
    });
  }

  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [this, client = client_](const boost::system::error_code& error, std::size_t bytes) {
      if (client != client_) return;
      if (error) {
        is_lost_ = true;
        return;
      }
      reader_.feed({buffer_.data(), bytes});
      while (const auto item = reader_.take()) keep(*item);
      if (client == client_) read();
    });
  }

  /// Sorts what has arrived; a client that has said nothing the protocol knows asks for nothing.
  void keep(const PacketReader::Item& item) {
    switch (item.kind) {
      case PacketReader::Kind::packet: requests_.push_back(item); break;
      case PacketReader::Kind::interrupt:
        if (is_attached_) requests_.push_back(item);
        break;
      case PacketReader::Kind::bad_packet:
        if (session_.acknowledges()) write("-");
        break;
      case PacketReader::Kind::repeat:
        if (!last_.empty()) write(last_);
        break;
      case PacketReader::Kind::acknowledge: break;
    }
  }

  bool has_request() const { return !requests_.empty(); }

  /// Answers what has arrived; true: the program goes on.
  bool serve(Resumes& resumes) {
    while (has_request()) {  // also what a client said last before it left
      const PacketReader::Item item = std::move(requests_.front());
      requests_.pop_front();
      if (item.kind == PacketReader::Kind::interrupt) {  // halted already; a client that waits is told so
        if (waits_for_stop_) waits_for_stop_ = false, send(session_.stopped({StopEvent::Cause::interrupt, 0, 0, WatchKind::write}));
        continue;
      }
      if (!is_attached_) {
        is_attached_ = true;
        hooks_.say("gdb: a debugger has attached, simulated time stands still");
      }
      if (session_.acknowledges()) write("+");
      const Session::Answer answer = session_.handle(item.data);
      for (const std::string& reply : answer.replies) send(reply);
      switch (answer.then) {
        case Session::Then::stay: break;
        case Session::Then::resume:
          resumes = session_.resumes();
          waits_for_stop_ = true;
          return true;
        case Session::Then::detach:
          hooks_.say("gdb: the debugger has detached, the program runs on");
          drop();
          return true;
        case Session::Then::kill:
          hooks_.say("gdb: the debugger ends the run");
          drop();
          return true;
      }
    }
    return false;
  }

  void send(const std::string& data) {
    last_ = frame(data);
    write(last_);
  }

  void write(const std::string& bytes) {
    if (!socket_.is_open() || is_lost_) return;
    bool is_done = false, is_good = false;
    const unsigned client = client_;
    asio::async_write(socket_, asio::buffer(bytes),
                      [&](const boost::system::error_code& error, std::size_t) { is_done = true, is_good = !error; });
    for (const auto from = Clock::now(); !is_done;) {
      context_.restart();
      context_.run_one_for(look_again);
      const auto waited = Clock::now() - from;
      if (waited > write_patience || (waited > look_again && hooks_.is_ending())) break;
    }
    if (!is_done) {  // its handler refers to this call: it must come back before
      socket_.close();
      while (!is_done) {
        context_.restart();
        context_.run_one();
      }
    }
    if (!is_good && client == client_) is_lost_ = true;
  }

  /// Forgets a client that has gone; true if the program was halted for it.
  bool take_loss() {
    if (!is_lost_) return false;
    const bool was_attached = is_attached_;
    if (was_attached) hooks_.say("gdb: the connection was lost, breakpoints are gone and the program runs on");
    drop();
    return was_attached;
  }

  void drop() {
    boost::system::error_code ignored;
    if (socket_.is_open()) {
      socket_.shutdown(tcp::socket::shutdown_both, ignored);
      socket_.close(ignored);
    }
    socket_ = tcp::socket(context_);
    ++client_;
    requests_.clear();
    reader_.clear();
    last_.clear();
    session_.release();
    is_attached_ = waits_for_stop_ = is_lost_ = false;
  }

  Session session_;
  unsigned harts_;
  Hooks hooks_;
  asio::io_context context_;
  tcp::acceptor acceptor_{context_};
  tcp::socket socket_{context_};
  std::uint16_t port_ = 0;
  std::array<char, 4096> buffer_{};
  PacketReader reader_;
  std::deque<PacketReader::Item> requests_;
  std::string last_;
  unsigned client_ = 0;
  bool is_attached_ = false;
  bool waits_for_stop_ = false;  // the client let the program run and expects to hear when it stops
  bool is_lost_ = false;
  Clock::duration held_{};
};

Server::Server(Target& target, std::uint16_t port, Hooks hooks) : self_(std::make_unique<Implementation>(target, port, std::move(hooks))) {}
Server::~Server() = default;
std::uint16_t Server::port() const { return self_->port(); }
bool Server::is_attached() const { return self_->is_attached(); }
bool Server::poll() { return self_->poll(); }
Resumes Server::halt(const StopEvent& event, bool wait_for_one) { return self_->halt(event, wait_for_one); }
bool Server::wait() { return self_->wait(); }
void Server::ended(std::uint32_t code, const std::string& text) { self_->ended(code, text); }
double Server::held_seconds() const { return self_->held_seconds(); }

}  // namespace snnvp::gdb
