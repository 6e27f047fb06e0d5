// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

// Packets of GDB's remote protocol: $data#checksum (GDB manual, appendix E). No sockets here.
namespace snnvp::gdb {

/// Most bytes of a packet's data in either direction; announced to the client.
constexpr std::size_t packet_size = 0x4000;

/// What comes over the connection, taken apart. Whatever lies between packets is ignored.
class PacketReader {
public:
  enum class Kind {
    packet,       ///< `data` is a packet, unescaped
    bad_packet,   ///< checksum wrong or too long: to be asked for again
    interrupt,    ///< the byte 0x03: stop the program
    acknowledge,  ///< `+`
    repeat,       ///< `-`: the client did not understand the last answer
  };
  struct Item {
    Kind kind = Kind::packet;
    std::string data;
  };

  void feed(std::string_view bytes);
  /// The next item, in order of arrival.
  std::optional<Item> take();
  bool empty() const { return items_.empty(); }
  /// Forgets everything: another client.
  void clear();

private:
  enum class State { between, data, checksum_high, checksum_low };
  void finish_packet(bool is_good);

  State state_ = State::between;
  std::string raw_;
  bool too_long_ = false;
  int high_ = -1;
  std::deque<Item> items_;
};

/// The packet that carries these data, escaped.
std::string frame(std::string_view data);

std::string to_hex(std::string_view bytes);
/// A register or word in target order (little-endian).
std::string word_to_hex(std::uint32_t value);
/// The bytes of hexadecimal digits; nothing if there is anything else or half a byte.
std::optional<std::string> from_hex(std::string_view digits);
/// Like word_to_hex backwards, from the first eight digits.
std::optional<std::uint32_t> word_from_hex(std::string_view digits);
/// Takes a hexadecimal number off the front of `text`; nothing if it does not begin with one or does not fit 64 bits.
std::optional<std::uint64_t> take_number(std::string_view& text);
/// Takes one character off the front if it is `c`.
bool take(std::string_view& text, char c);

}  // namespace snnvp::gdb
