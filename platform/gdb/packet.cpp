// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/gdb/packet.h>

namespace snnvp::gdb {
namespace {

constexpr char escape = '}', escaped_bit = 0x20;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char hex_digit(unsigned value) { return "0123456789abcdef"[value & 15]; }

unsigned checksum(std::string_view raw) {
  unsigned sum = 0;
  for (const char c : raw) sum += static_cast<unsigned char>(c);
  return sum & 0xFF;
}

}  // namespace

void PacketReader::feed(std::string_view bytes) {
  for (const char c : bytes) {
    switch (state_) {
      case State::between:
        if (c == '$')
          state_ = State::data, raw_.clear(), too_long_ = false;
        else if (c == 0x03)
          items_.push_back({Kind::interrupt, {}});
        else if (c == '+')
          items_.push_back({Kind::acknowledge, {}});
        else if (c == '-')
          items_.push_back({Kind::repeat, {}});
        break;
      case State::data:
        if (c == '#')
          state_ = State::checksum_high;
        else if (c == '$')  // a packet cannot contain it: the one before was cut short
          raw_.clear(), too_long_ = false;
        else if (raw_.size() < 2 * packet_size + 64)  // every byte may be escaped; 64 for the command
          raw_ += c;
        else
          too_long_ = true;
        break;
      case State::checksum_high:
        high_ = digit(c);
        state_ = State::checksum_low;
        break;
      case State::checksum_low: {
        const int low = digit(c);
        finish_packet(!too_long_ && high_ >= 0 && low >= 0 && static_cast<unsigned>(high_ * 16 + low) == checksum(raw_));
        state_ = State::between;
        break;
      }
    }
  }
}

void PacketReader::finish_packet(bool is_good) {
  if (!is_good) {
    items_.push_back({Kind::bad_packet, {}});
    return;
  }
  std::string data;
  for (std::size_t i = 0; i < raw_.size(); ++i)
    data += raw_[i] == escape && i + 1 < raw_.size() ? static_cast<char>(raw_[++i] ^ escaped_bit) : raw_[i];
  items_.push_back({Kind::packet, std::move(data)});
}

std::optional<PacketReader::Item> PacketReader::take() {
  if (items_.empty()) return std::nullopt;
  Item item = std::move(items_.front());
  items_.pop_front();
  return item;
}

void PacketReader::clear() { *this = PacketReader(); }

std::string frame(std::string_view data) {
  std::string raw;
  for (const char c : data) {
    if (c == '$' || c == '#' || c == escape || c == '*') {
      raw += escape;
      raw += static_cast<char>(c ^ escaped_bit);
    } else {
      raw += c;
    }
  }
  const unsigned sum = checksum(raw);
  return '$' + raw + '#' + hex_digit(sum >> 4) + hex_digit(sum);
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) {
    out += hex_digit(static_cast<unsigned char>(c) >> 4);
    out += hex_digit(static_cast<unsigned char>(c));
  }
  return out;
}

std::string word_to_hex(std::uint32_t value) {
  std::string bytes;
  for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i));
  return to_hex(bytes);
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = digit(digits[i]), low = digit(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::optional<std::uint32_t> word_from_hex(std::string_view digits) {
  const auto bytes = digits.size() < 8 ? std::nullopt : from_hex(digits.substr(0, 8));
  if (!bytes) return std::nullopt;
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= static_cast<std::uint32_t>(static_cast<unsigned char>((*bytes)[i])) << (8 * i);
  return value;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  std::size_t used = 0;
  while (used < text.size() && digit(text[used]) >= 0) {
    if (value >> 60 != 0) return std::nullopt;
    value = value << 4 | static_cast<unsigned>(digit(text[used]));
    ++used;
  }
  if (used == 0) return std::nullopt;
  text.remove_prefix(used);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace snnvp::gdb
