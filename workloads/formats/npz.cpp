// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/npz.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <zlib.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp {

namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t directory_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::size_t local_size = 30;
constexpr std::size_t directory_size = 46;
constexpr std::size_t end_size = 22;
constexpr std::uint32_t zip64_mark = 0xFFFFFFFF;
// Deflate cannot expand further than this; a directory that claims more is lying.
constexpr std::uint64_t max_deflate_ratio = 1032;
constexpr std::uint16_t stored = 0;
constexpr std::uint16_t deflated = 8;

struct Member {
  std::string name;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t packed_size = 0;
  std::uint64_t size = 0;
  std::uint64_t local_offset = 0;
};

class Archive {
public:
  Archive(std::string_view bytes, const std::string& name, const NpyLimits& limits) : bytes_(bytes), name_(name), limits_(limits) {}

  std::vector<NpzEntry> read() {
    std::vector<NpzEntry> entries;
    std::set<std::string> names;
    for (const Member& member : directory()) {
      NpzEntry entry{member.name, {}};
      const std::string suffix = ".npy";
      if (entry.name.size() <= suffix.size() || entry.name.compare(entry.name.size() - suffix.size(), suffix.size(), suffix) != 0)
        fail("member " + quote(member.name) + " is not an npy file");
      entry.name.resize(entry.name.size() - suffix.size());
      if (!names.insert(entry.name).second) fail("two arrays are called " + quote(entry.name));
      entry.array = parse_npy(extract(member), name_ + "(" + member.name + ")", limits_);
      entries.push_back(std::move(entry));
    }
    return entries;
  }

private:
  [[noreturn]] void fail(const std::string& what) const { throw InputError(name_ + ": " + what); }

  std::uint64_t number(std::uint64_t at, unsigned count) const {
    std::uint64_t value = 0;
    for (unsigned b = 0; b < count; ++b) value |= std::uint64_t{static_cast<unsigned char>(bytes_[at + b])} << (8 * b);
    return value;
  }
  bool has(std::uint64_t at, std::uint64_t count) const { return at <= bytes_.size() && count <= bytes_.size() - at; }

  // The end record is the last one whose comment reaches exactly to the end of the file.
  std::uint64_t find_end() const {
    if (bytes_.size() >= end_size) {
      const std::uint64_t last = bytes_.size() - end_size;
      const std::uint64_t first = last - std::min<std::uint64_t>(last, 0xFFFF);
      for (std::uint64_t at = last + 1; at-- > first;)
        if (number(at, 4) == end_signature && number(at + 20, 2) == bytes_.size() - at - end_size) return at;
    }
    fail("not a ZIP archive, or cut short (no end of the directory)");
  }

  std::vector<Member> directory() const {
    const std::uint64_t end = find_end();
    const std::uint64_t count = number(end + 10, 2);
    std::uint64_t at = number(end + 16, 4);
    if (count == 0xFFFF || at == zip64_mark || number(end + 12, 4) == zip64_mark)
      fail("ZIP64 archives are not supported; save fewer or smaller arrays per file");
    if (number(end + 4, 2) != 0 || number(end + 6, 2) != 0 || number(end + 8, 2) != count) fail("the archive is split over several files");
    std::vector<Member> members;
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!has(at, directory_size) || number(at, 4) != directory_signature) fail("the archive's directory is damaged");
      Member m;
      m.flags = static_cast<std::uint16_t>(number(at + 8, 2));
      m.method = static_cast<std::uint16_t>(number(at + 10, 2));
      m.crc = static_cast<std::uint32_t>(number(at + 16, 4));
      m.packed_size = number(at + 20, 4);
      m.size = number(at + 24, 4);
      m.local_offset = number(at + 42, 4);
      const std::uint64_t name_length = number(at + 28, 2);
      const std::uint64_t rest = name_length + number(at + 30, 2) + number(at + 32, 2);
      if (!has(at + directory_size, rest)) fail("the archive's directory is damaged");
      m.name = std::string(bytes_.substr(at + directory_size, name_length));
      at += directory_size + rest;
      check(m);
      total += m.size;
      if (total > limits_.max_bytes) fail(fmt::format("the arrays claim more than {} bytes", limits_.max_bytes));
      members.push_back(std::move(m));
    }
    return members;
  }

  void check(const Member& m) const {
    const std::string who = "member " + quote(m.name);
    if (m.flags & 1U) fail(who + " is encrypted");
    if (m.packed_size == zip64_mark || m.size == zip64_mark || m.local_offset == zip64_mark)
      fail(who + " is a ZIP64 member (over 4 GiB): not supported");
    if (m.method != stored && m.method != deflated)
      fail(fmt::format("{} uses compression method {}; readable are stored and deflated", who, m.method));
    if (m.method == stored && m.packed_size != m.size) fail(who + " is stored, but its two sizes differ");
    if (m.size / max_deflate_ratio > m.packed_size)
      fail(fmt::format("{} claims to expand from {} to {} bytes, more than deflate can", who, m.packed_size, m.size));
  }

  std::string extract(const Member& m) const {
    const std::string who = "member " + quote(m.name);
    if (!has(m.local_offset, local_size) || number(m.local_offset, 4) != local_signature) fail(who + " is not where the directory says");
    const std::uint64_t name_length = number(m.local_offset + 26, 2);
    const std::uint64_t data = m.local_offset + local_size + name_length + number(m.local_offset + 28, 2);
    if (!has(m.local_offset + local_size, name_length) || bytes_.substr(m.local_offset + local_size, name_length) != m.name)
      fail(who + " has another name in its own header");
    if (!has(data, m.packed_size)) fail(who + " ends beyond the file");
    const std::string_view packed = bytes_.substr(data, m.packed_size);
    std::string content = m.method == stored ? std::string(packed) : inflate_exactly(packed, m.size, who);
    if (crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())) != m.crc)
      fail(who + " is damaged: its CRC-32 differs");
    return content;
  }

  std::string inflate_exactly(std::string_view packed, std::uint64_t size, const std::string& who) const {
    std::string content(size, '\0');
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) fail(who + ": zlib could not start");
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    // One spare byte shows data beyond the claimed size.
    char spare = 0;
    stream.next_out = size != 0 ? reinterpret_cast<Bytef*>(content.data()) : reinterpret_cast<Bytef*>(&spare);
    stream.avail_out = static_cast<uInt>(size);
    int state = inflate(&stream, Z_FINISH);
    if (state == Z_BUF_ERROR && stream.avail_out == 0) {
      stream.next_out = reinterpret_cast<Bytef*>(&spare);
      stream.avail_out = 1;
      state = inflate(&stream, Z_FINISH);
    }
    const bool complete = state == Z_STREAM_END && stream.total_out == size && stream.avail_in == 0;
    inflateEnd(&stream);
    if (!complete) fail(who + " does not inflate to the size the directory claims");
    return content;
  }

  std::string_view bytes_;
  const std::string& name_;
  const NpyLimits& limits_;
};

std::string deflate_all(const std::string& content) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw InternalError("zlib could not start");
  std::string packed(deflateBound(&stream, static_cast<uLong>(content.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int state = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (state != Z_STREAM_END) throw InternalError("zlib could not deflate");
  return packed;
}

void put(std::string& to, std::uint64_t value, unsigned bytes) {
  for (unsigned b = 0; b < bytes; ++b) to += static_cast<char>(value >> (8 * b));
}

}  // namespace

std::vector<NpzEntry> parse_npz(std::string_view bytes, const std::string& name, const NpyLimits& limits) {
  return Archive(bytes, name, limits).read();
}

std::vector<NpzEntry> read_npz(const std::string& path, const NpyLimits& limits) {
  std::string problem;
  const auto bytes = read_file(path, problem, zip64_mark);
  if (!bytes) throw InputError(problem);
  return parse_npz(*bytes, path, limits);
}

std::string format_npz(const std::vector<NpzEntry>& entries, bool deflate) {
  constexpr std::uint16_t first_of_1980 = (1U << 5) | 1U;  // the earliest date of the format
  std::string archive;
  std::string directory;
  if (entries.size() >= 0xFFFF) throw InputError("npz archives of 65535 and more arrays cannot be written");
  for (const NpzEntry& entry : entries) {
    const std::string member = entry.name + ".npy";
    const std::string content = format_npy(entry.array);
    const std::string packed = deflate ? deflate_all(content) : content;
    if (archive.size() + content.size() + packed.size() >= zip64_mark) throw InputError("npz archives of 4 GiB and more cannot be written");
    std::string common;
    put(common, 20, 2);
    put(common, 0, 2);
    put(common, deflate ? deflated : stored, 2);
    put(common, 0, 2);
    put(common, first_of_1980, 2);
    put(common, crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())), 4);
    put(common, packed.size(), 4);
    put(common, content.size(), 4);
    put(common, member.size(), 2);
    put(common, 0, 2);
    put(directory, directory_signature, 4);
    put(directory, 20, 2);
    directory += common;
    directory.append(10, '\0');  // comment length, disk, attributes
    put(directory, archive.size(), 4);
    directory += member;
    put(archive, local_signature, 4);
    archive += common + member + packed;
  }
  const std::size_t start = archive.size();
  archive += directory;
  put(archive, end_signature, 4);
  put(archive, 0, 4);
  put(archive, entries.size(), 2);
  put(archive, entries.size(), 2);
  put(archive, directory.size(), 4);
  put(archive, start, 4);
  put(archive, 0, 2);
  return archive;
}

void write_npz(const std::string& path, const std::vector<NpzEntry>& entries, bool deflate) {
  std::string problem;
  if (!write_file_atomically(path, format_npz(entries, deflate), problem)) throw InputError(problem);
}

}  // namespace snnvp
