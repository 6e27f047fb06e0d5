// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/remote/channel.h>

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <chrono>
#include <deque>
#include <filesystem>
#include <optional>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::remote {

namespace asio = boost::asio;
using Stream = asio::generic::stream_protocol;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t longest_unix_path = 107;  // sockaddr_un

/// "HOST:PORT" taken apart.
bool split(const std::string& address, std::string& host, unsigned short& port) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size() || address.size() - colon > 6) return false;
  unsigned value = 0;
  for (const char c : address.substr(colon + 1)) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  host = address.substr(0, colon);
  port = static_cast<unsigned short>(value);
  return value >= 1 && value <= 65535;
}

bool is_unix(const std::string& address) { return address.rfind("unix:", 0) == 0; }

}  // namespace

std::string address_problem(const std::string& address) {
  if (is_unix(address)) {
    if (address.size() == 5) return "unix: needs the path of a socket";
    if (address.size() - 5 > longest_unix_path) return fmt::format("the path of a Unix socket has at most {} bytes", longest_unix_path);
    return {};
  }
  std::string host;
  unsigned short port = 0;
  return split(address, host, port) ? "" : "write unix:PATH or HOST:PORT, such as 127.0.0.1:4711";
}

struct Channel::Impl {
  asio::io_context io;
  std::optional<Stream::socket> socket;
  double patience_s = 60;
  std::function<bool()> is_interrupted;
  std::deque<std::vector<std::uint8_t>> outbox;
  std::deque<Frame> inbox;
  std::array<std::uint8_t, header_bytes> header{};
  Frame incoming;
  bool is_writing = false, is_reading = false;
  std::string problem;

  /// Lets the socket work until `is_enough`, the peer is lost or patience ends.
  void pump(const std::function<bool()>& is_enough) {
    auto deadline = Clock::now() + std::chrono::duration<double>(patience_s);
    std::size_t seen = inbox.size() + outbox.size();
    for (;;) {
      if (is_enough()) return;
      if (!problem.empty()) throw PeerLost(problem);
      if (is_interrupted && is_interrupted()) throw PeerLost("the run was interrupted while it waited for the peer");
      if (Clock::now() > deadline) throw PeerLost(fmt::format("it has said nothing for {:g} s", patience_s));
      start_write();
      start_read();
      io.restart();
      io.run_one_for(std::chrono::milliseconds(50));
      if (const std::size_t now = inbox.size() + outbox.size(); now != seen)
        seen = now, deadline = Clock::now() + std::chrono::duration<double>(patience_s);
    }
  }

  void start_write() {
    if (is_writing || outbox.empty()) return;
    is_writing = true;
    asio::async_write(*socket, asio::buffer(outbox.front()), [this](const boost::system::error_code& error, std::size_t) {
      is_writing = false;
      outbox.pop_front();
      if (error) outbox.clear();  // reading tells why, after what has still arrived
    });
  }

  void start_read() {
    if (is_reading || !problem.empty()) return;
    is_reading = true;
    asio::async_read(*socket, asio::buffer(header), [this](const boost::system::error_code& error, std::size_t) {
      Bytes length = 0;
      incoming = Frame();
      if (!fails(error)) problem = decode_header(header, incoming, length);
      if (!problem.empty()) {
        is_reading = false;
        return;
      }
      incoming.payload.resize(length);
      asio::async_read(*socket, asio::buffer(incoming.payload), [this](const boost::system::error_code& e, std::size_t) {
        is_reading = false;
        if (!fails(e)) inbox.push_back(std::move(incoming));
      });
    });
  }

  bool fails(const boost::system::error_code& error) {
    if (!error) return false;
    const bool is_closed = error == asio::error::eof || error == asio::error::connection_reset || error == asio::error::broken_pipe;
    problem = is_closed ? "it closed the connection" : "the connection broke: " + error.message();
    return true;
  }

  /// Repeats `attempt` until it gives a connection.
  template <typename Attempt>
  void retry(const Attempt& attempt, const std::string& what) {
    const auto deadline = Clock::now() + std::chrono::duration<double>(patience_s);
    while (!attempt()) {
      if (is_interrupted && is_interrupted()) throw PeerLost("the run was interrupted while it waited for the peer");
      if (Clock::now() > deadline) throw PeerLost(fmt::format("{} within {:g} s", what, patience_s));
      usleep(20'000);
    }
  }

  template <typename Protocol>
  void accept(const typename Protocol::endpoint& endpoint, const std::string& address) {
    try {
      typename Protocol::acceptor acceptor(io, endpoint);
      acceptor.non_blocking(true);
      retry(
          [&] {
            boost::system::error_code error;
            typename Protocol::socket peer(io);
            acceptor.accept(peer, error);
            if (error) return false;
            socket.emplace(std::move(peer));
            return true;
          },
          "nobody came to " + address);
    } catch (const boost::system::system_error& error) {
      throw InputError(fmt::format("cannot listen at {}: {}", address, error.code().message()));
    }
  }

  template <typename Protocol>
  void reach(const typename Protocol::endpoint& endpoint, const std::string& address) {
    retry(
        [&] {
          boost::system::error_code error;
          typename Protocol::socket peer(io);
          peer.connect(endpoint, error);
          if (error) return false;
          socket.emplace(std::move(peer));
          return true;
        },
        "nobody listens at " + address);
  }

  asio::ip::tcp::endpoint tcp_endpoint(const std::string& address) {
    std::string host;
    unsigned short port = 0;
    if (!split(address, host, port)) throw InputError(address + ": " + address_problem(address));
    boost::system::error_code error;
    const auto found = asio::ip::tcp::resolver(io).resolve(host, std::to_string(port), error);
    if (error || found.empty()) throw InputError(fmt::format("{}: there is no such host ({})", address, error.message()));
    return found.begin()->endpoint();
  }
};

Channel::Channel() : impl_(std::make_unique<Impl>()) {}
Channel::~Channel() = default;

void Channel::set_patience(double seconds, std::function<bool()> is_interrupted) {
  impl_->patience_s = seconds;
  impl_->is_interrupted = std::move(is_interrupted);
}

void Channel::listen(const std::string& address) {
  if (!is_unix(address)) return impl_->accept<asio::ip::tcp>(impl_->tcp_endpoint(address), address);
  // A socket that a run before left behind is in nobody's way; another file stays.
  const std::string path = address.substr(5);
  asio::local::stream_protocol::socket probe(impl_->io);
  boost::system::error_code error;
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  std::error_code ignored;
  if (error == asio::error::connection_refused && std::filesystem::is_socket(path, ignored)) unlink(path.c_str());
  impl_->accept<asio::local::stream_protocol>(asio::local::stream_protocol::endpoint(path), address);
  unlink(path.c_str());  // both ends are connected: the name has done its duty
}

void Channel::connect(const std::string& address) {
  if (is_unix(address))
    return impl_->reach<asio::local::stream_protocol>(asio::local::stream_protocol::endpoint(address.substr(5)), address);
  impl_->reach<asio::ip::tcp>(impl_->tcp_endpoint(address), address);
  impl_->socket->set_option(asio::ip::tcp::no_delay(true));
}

void Channel::send(const Frame& frame) {
  const auto header = encode_header(frame);
  std::vector<std::uint8_t> bytes(header.begin(), header.end());
  bytes.insert(bytes.end(), frame.payload.begin(), frame.payload.end());
  impl_->outbox.push_back(std::move(bytes));
}

Frame Channel::receive() {
  impl_->pump([this] { return !impl_->inbox.empty() && (impl_->outbox.empty() || !impl_->problem.empty()); });
  Frame frame = std::move(impl_->inbox.front());
  impl_->inbox.pop_front();
  return frame;
}

void Channel::flush() {
  impl_->pump([this] { return impl_->outbox.empty(); });
}

bool Channel::is_open() const { return impl_->socket.has_value(); }

}  // namespace snnvp::remote
