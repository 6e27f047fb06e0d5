// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/remote/frame.h>

#include <fmt/format.h>

#include <type_traits>

namespace snnvp::remote {
namespace {

class Writer {
public:
  template <typename T>
  Writer& put(T value) {
    auto bits = static_cast<std::make_unsigned_t<T>>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(bits) >> (8 * i)));
    return *this;
  }
  template <typename Range>
  Writer& append(const Range& range) {
    bytes.insert(bytes.end(), range.begin(), range.end());
    return *this;
  }
  std::vector<std::uint8_t> bytes;
};

class Reader {
public:
  Reader(const std::uint8_t* data, std::size_t size) : at_(data), left_(size) {}

  template <typename T>
  bool get(T& value) {
    if (left_ < sizeof(T)) return false;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) bits |= static_cast<std::uint64_t>(at_[i]) << (8 * i);
    value = static_cast<T>(bits);
    at_ += sizeof(T), left_ -= sizeof(T);
    return true;
  }
  template <typename Container>
  bool take(Container& to, std::size_t n) {
    if (left_ < n) return false;
    to.assign(at_, at_ + n);
    at_ += n, left_ -= n;
    return true;
  }
  std::size_t left() const { return left_; }

private:
  const std::uint8_t* at_;
  std::size_t left_;
};

}  // namespace

std::array<std::uint8_t, header_bytes> encode_header(const Frame& frame) {
  Writer w;
  w.put(magic).put(version).put(static_cast<std::uint16_t>(frame.type)).put(frame.id);
  w.put(static_cast<std::uint64_t>(frame.payload.size())).put(frame.time);
  std::array<std::uint8_t, header_bytes> out{};
  std::copy(w.bytes.begin(), w.bytes.end(), out.begin());
  return out;
}

std::string decode_header(const std::array<std::uint8_t, header_bytes>& bytes, Frame& frame, Bytes& length) {
  Reader r(bytes.data(), bytes.size());
  std::uint32_t their_magic = 0;
  std::uint16_t their_version = 0, type = 0;
  r.get(their_magic), r.get(their_version), r.get(type), r.get(frame.id), r.get(length), r.get(frame.time);
  if (their_magic != magic)
    return fmt::format("what it sends is not this protocol: a frame begins with 0x{:08x}, not 0x{:08x}", their_magic, magic);
  if (their_version != version) return fmt::format("it speaks version {} of the protocol, this is version {}", their_version, version);
  if (type == 0 || type >= static_cast<std::uint16_t>(FrameType::count_)) return fmt::format("it sends a frame of unknown type {}", type);
  if (length > max_payload) return fmt::format("it sends a frame of {} bytes, more than the {} allowed", length, max_payload);
  frame.type = static_cast<FrameType>(type);
  return {};
}

std::vector<std::uint8_t> encode(const Hello& hello) { return Writer().put(hello.quantum).append(hello.name).bytes; }

bool decode(const std::vector<std::uint8_t>& payload, Hello& hello) {
  Reader r(payload.data(), payload.size());
  return r.get(hello.quantum) && hello.quantum != 0 && r.take(hello.name, r.left());
}

std::vector<std::uint8_t> encode(const Access& access) {
  Writer w;
  w.put(static_cast<std::uint32_t>(access.command)).put(access.length).put(access.streaming_width);
  w.put(static_cast<std::uint32_t>(access.byte_enables.size())).put(access.address);
  return w.append(access.byte_enables).append(access.data).bytes;
}

bool decode(const std::vector<std::uint8_t>& payload, Access& access) {
  Reader r(payload.data(), payload.size());
  std::uint32_t command = 0, enables = 0;
  if (!r.get(command) || !r.get(access.length) || !r.get(access.streaming_width) || !r.get(enables) || !r.get(access.address)) return false;
  if (command > Access::write || access.length == 0 || access.length > max_data || !r.take(access.byte_enables, enables)) return false;
  access.command = static_cast<std::uint8_t>(command);
  return r.left() == (command == Access::write ? access.length : 0) && r.take(access.data, r.left());
}

std::vector<std::uint8_t> encode(const Answer& answer) { return Writer().put(answer.status).append(answer.data).bytes; }

bool decode(const std::vector<std::uint8_t>& payload, Answer& answer) {
  Reader r(payload.data(), payload.size());
  return r.get(answer.status) && r.take(answer.data, r.left());
}

}  // namespace snnvp::remote
