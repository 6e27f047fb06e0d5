// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include <snnvp/interconnect/remote/frame.h>

namespace snnvp::remote {

/// The peer is gone, silent, or talks nonsense; what() says which.
class PeerLost : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Frames over a socket, in order. `unix:PATH`, or `HOST:PORT` for TCP.
class Channel {
public:
  Channel();
  ~Channel();

  /// How long a peer may keep silent, in seconds of wall time, and who is asked whether to go on waiting.
  void set_patience(double seconds, std::function<bool()> is_interrupted);
  /// Waits for a peer, or looks for one until there is one. Throws InputError if the address cannot be used, PeerLost if nobody comes.
  void listen(const std::string& address);
  void connect(const std::string& address);
  /// Queues a frame; it leaves during receive() or flush().
  void send(const Frame& frame);
  /// The next frame; meanwhile everything queued leaves. Throws PeerLost.
  Frame receive();
  /// Waits until everything queued has left. Throws PeerLost.
  void flush();
  bool is_open() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What is wrong with an address, in words, or empty.
std::string address_problem(const std::string& address);

}  // namespace snnvp::remote
