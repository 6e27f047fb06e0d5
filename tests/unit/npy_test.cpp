// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <filesystem>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/formats/npy.h>
#include <snnvp/workloads/formats/npz.h>

using namespace snnvp;
using Kind = NpyType::Kind;

namespace {

template <typename Function>
std::string error_of(Function function) {
  try {
    function();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

// An npy file put together by hand.
std::string npy_bytes(const std::string& dictionary, const std::string& data, int major = 1) {
  std::string header = dictionary + "\n";
  std::string bytes("\x93NUMPY", 6);
  bytes += static_cast<char>(major);
  bytes += '\0';
  for (int b = 0; b < (major == 1 ? 2 : 4); ++b) bytes += static_cast<char>(header.size() >> (8 * b));
  return bytes + header + data;
}

std::string dictionary(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

NpyArray parse(const std::string& bytes) { return parse_npy(bytes, "x.npy"); }

std::string error_of_parse(const std::string& bytes) {
  return error_of([&] { parse(bytes); });
}

std::string data_of(std::size_t bytes) {
  std::string data;
  for (std::size_t i = 0; i < bytes; ++i) data += static_cast<char>(37 * i + 11);
  return data;
}

const NpyType all_types[] = {{Kind::boolean, 1},
                             {Kind::signed_integer, 1},
                             {Kind::unsigned_integer, 1},
                             {Kind::signed_integer, 2},
                             {Kind::unsigned_integer, 2},
                             {Kind::signed_integer, 4},
                             {Kind::unsigned_integer, 4},
                             {Kind::signed_integer, 8},
                             {Kind::unsigned_integer, 8},
                             {Kind::real, 2},
                             {Kind::real, 4},
                             {Kind::real, 8}};

const std::string events = "[('x', '<i2'), ('y', '<i2'), ('t', '<i8'), ('p', '|b1')]";

NpyArray sample_events() {
  std::string data;
  for (const char c : {1, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, -1, -1, 4, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0}) data += c;
  return parse(npy_bytes(dictionary(events, "(2,)"), data));
}

}  // namespace

TEST_CASE("formats.F8 every element type and format version is read and written without loss", "[npy]") {
  for (const NpyType& type : all_types)
    for (const int version : {1, 2, 3}) {
      const std::string data = data_of(6 * type.size);
      const NpyArray array = parse(npy_bytes(dictionary("'" + type.name() + "'", "(2, 3)"), data, version));
      CHECK(array.is_plain(type));
      CHECK(array.shape == std::vector<std::uint64_t>{2, 3});
      CHECK(array.elements() == 6);
      CHECK(std::memcmp(array.data.data(), data.data(), data.size()) == 0);
      const std::string written = format_npy(array);
      CHECK((written.size() - data.size()) % 64 == 0);
      CHECK(parse(written) == array);
    }
}

TEST_CASE("formats.F8 elements are decoded as numpy would", "[npy]") {
  const auto one = [](const char* descr, const std::string& data) { return parse(npy_bytes(dictionary(descr, "()"), data)); };
  CHECK(one("'|i1'", "\xFE").as_i64(0) == -2);
  CHECK(one("'<u2'", "\xFE\xFF").as_i64(0) == 65534);
  CHECK(one("'<i4'", "\xFF\xFF\xFF\x7F").as_i64(0) == 2147483647);
  CHECK(one("'<i8'", std::string("\0\0\0\0\0\0\0\x80", 8)).as_i64(0) == INT64_MIN);
  CHECK(one("'<u8'", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF").as_u64(0) == UINT64_MAX);
  CHECK(one("'|b1'", "\x02").as_i64(0) == 1);
  CHECK(one("'<f2'", std::string("\x00\x3C", 2)).as_double(0) == 1.0);
  CHECK(one("'<f2'", std::string("\x00\xC2", 2)).as_double(0) == -3.0);
  CHECK(one("'<f2'", std::string("\x01\x00", 2)).as_double(0) == 0x1p-24);
  CHECK(one("'<f2'", std::string("\xFF\x7B", 2)).as_double(0) == 65504.0);
  CHECK(std::isinf(one("'<f2'", std::string("\x00\x7C", 2)).as_double(0)));
  CHECK(std::isnan(one("'<f2'", std::string("\x01\x7C", 2)).as_double(0)));
  CHECK(one("'<f4'", std::string("\0\0\x20\xC0", 4)).as_double(0) == -2.5);
  CHECK(one("'<f4'", std::string("\0\0\x20\xC0", 4)).as_i64(0) == -2);
  CHECK(one("'<f8'", std::string("\0\0\0\0\0\0\xF0\x7F", 8)).as_i64(0) == 0);
}

TEST_CASE("formats.F8 Fortran order is transposed", "[npy]") {
  const NpyArray two = parse(npy_bytes(dictionary("'|u1'", "(2, 3)", "True"), std::string("\0\3\1\4\2\5", 6)));
  CHECK(two.data == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5});
  std::string column_major(24, '\0');
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k) column_major[static_cast<std::size_t>(i + 2 * j + 6 * k)] = static_cast<char>((i * 3 + j) * 4 + k);
  const NpyArray three = parse(npy_bytes(dictionary("'|i1'", "(2, 3, 4)", "True"), column_major));
  for (std::uint64_t i = 0; i < 24; ++i) CHECK(three.as_u64(i) == i);
}

TEST_CASE("formats.F8 structured events are read by field", "[npy]") {
  const NpyArray array = sample_events();
  CHECK(array.item_size == 13);
  REQUIRE(array.field("t") == 2);
  CHECK(array.field("nothing") == -1);
  CHECK(array.as_i64(0, 0) == 1);
  CHECK(array.as_i64(0, 2) == 3);
  CHECK(array.as_i64(0, 3) == 1);
  CHECK(array.as_i64(1, 0) == -1);
  CHECK(array.as_i64(1, 2) == 5);
  CHECK(parse(format_npy(array)) == array);
  // numpy pads aligned structures with unnamed void fields.
  const NpyArray aligned =
      parse(npy_bytes(dictionary("[('p', '|b1'), ('', '|V3'), ('t', '<i4')]", "(1,)"), std::string("\1\0\0\0\7\0\0\0", 8)));
  CHECK(aligned.as_i64(0, 1) == 7);
  CHECK(parse(format_npy(aligned)) == aligned);
}

TEST_CASE("formats.F8 shapes without elements or without axes are arrays too", "[npy]") {
  CHECK(parse(npy_bytes(dictionary("'<f4'", "(0,)"), "")).elements() == 0);
  CHECK(parse(npy_bytes(dictionary("'<f4'", "(18446744073709551615, 0, 18446744073709551615)"), "")).elements() == 0);
  CHECK(parse(npy_bytes(dictionary("'<f4'", "()"), "1234")).elements() == 1);
  CHECK(parse(npy_bytes("{\"shape\": (4L,), 'descr':'|u1','fortran_order':False}", "abcd")).elements() == 4);
}

TEST_CASE("formats.F8 a file cut at any byte or lengthened is refused", "[npy]") {
  for (const std::string& whole : {format_npy(sample_events()), npy_bytes(dictionary("'<i2'", "(3, 2)"), data_of(12), 3)}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const std::string error = error_of_parse(whole.substr(0, length));
      REQUIRE(error.substr(0, 7) == "x.npy: ");
    }
    CHECK(error_of_parse(whole + '\0').find("needs") != std::string::npos);
  }
}

TEST_CASE("formats.F8 what numpy can store and we do not read is refused with a way out", "[npy]") {
  CHECK(error_of_parse(npy_bytes(dictionary("'>i4'", "(1,)"), "abcd")) ==
        "x.npy: big-endian data (>i4). Convert it with numpy: np.save(FILE, a.astype(a.dtype.newbyteorder('<')))");
  CHECK(error_of_parse(npy_bytes(dictionary("'|O'", "(1,)"), "abcd")) ==
        "x.npy: an object array is a pickle, and unpickling runs code: never read. Save numbers, e.g. a.astype('int32')");
  CHECK(error_of_parse(npy_bytes(dictionary("'<c8'", "(1,)"), "abcdefgh")) ==
        "x.npy: cannot read elements of type '<c8'; readable: |b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8");
  CHECK(error_of_parse(npy_bytes(dictionary("[('a', [('b', '<i2')])]", "(1,)"), "ab")) ==
        "x.npy: field 'a' is itself structured; store its members as fields of their own");
  CHECK(error_of_parse(npy_bytes(dictionary("[('a', '<i2', (3,))]", "(1,)"), "abcdef")) ==
        "x.npy: field 'a' is a sub-array; store its elements as fields of their own");
  CHECK(error_of_parse("PK\3\4 and so on") == "x.npy: this is a ZIP archive (npz), not an npy file");
  CHECK(error_of_parse("hello world") == "x.npy: not an npy file (it does not start with \\x93NUMPY)");
  CHECK(error_of_parse(npy_bytes(dictionary("'|u1'", "(1,)"), "a", 4)) == "x.npy: npy format version 4.0; readable are 1.0, 2.0 and 3.0");
}

TEST_CASE("formats.F8 headers that lie are refused before memory is asked for", "[npy]") {
  CHECK(error_of_parse(npy_bytes(dictionary("'<i4'", "(2, 3)"), data_of(20))) ==
        "x.npy: shape (2, 3) with 4 bytes per element needs 24 bytes of data, the file holds 20");
  CHECK(error_of_parse(npy_bytes(dictionary("'<i4'", "(4294967296, 4294967296)"), "")).find("is larger than 1073741824 bytes") !=
        std::string::npos);
  CHECK(error_of_parse(npy_bytes(dictionary("'<f8'", "(1073741824,)"), "")).find("is larger than") != std::string::npos);
  CHECK(error_of_parse(npy_bytes(dictionary("'|u1'", "(18446744073709551616,)"), "")) == "x.npy: the shape has a number beyond 64 bits");
  CHECK(error_of_parse(npy_bytes(dictionary("'|u1'", "(-1,)"), "")) == "x.npy: the shape has a negative number");
  CHECK(error_of_parse(npy_bytes(dictionary("'|u1'", "(1)"), "a")) == "x.npy: malformed header: a shape of one axis is written (n,)");
  CHECK(error_of_parse(npy_bytes("{'descr': '|u1', 'shape': (1,)}", "a")) == "x.npy: the header has no key 'fortran_order'");
  CHECK(error_of_parse(npy_bytes("{'descr': '|u1', 'descr': '|u1'}", "a")) == "x.npy: the header has the key 'descr' twice");
  CHECK(error_of_parse(npy_bytes(dictionary("'|u1'", "(1,)") + " import os", "a")) == "x.npy: text after the header's dictionary");
  CHECK(error_of_parse(npy_bytes(dictionary("'|u1'", "(1,)", "maybe"), "a")) == "x.npy: fortran_order is neither True nor False");
  std::string huge_header = npy_bytes(dictionary("'|u1'", "(1,)"), "a", 2);
  huge_header[11] = '\x7F';
  CHECK(error_of_parse(huge_header).find("the npy header claims") != std::string::npos);
}

TEST_CASE("formats.F8 a changed byte in a file is an error or an array of the same size", "[npy]") {
  const std::string whole = npy_bytes(dictionary(events, "(2,)"), data_of(26));
  RandomStream random(1, "npy mutation");
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int round = 0; round < 8; ++round) {
      std::string changed = whole;
      changed[at] = static_cast<char>(random.next_int8());
      try {
        const NpyArray array = parse(changed);
        REQUIRE(array.data.size() == 26);
        for (std::size_t f = 0; f < array.fields.size(); ++f) array.as_double(array.elements() - 1, f);
      } catch (const InputError&) {
      }
    }
}

TEST_CASE("formats.F8 files that are missing or folders are refused by name", "[npy]") {
  CHECK(error_of([] { read_npy("/nowhere/x.npy"); }).find("/nowhere/x.npy") != std::string::npos);
  CHECK(error_of([] { read_npy("/"); }) != "no error");
  CHECK(error_of([] { read_npy("/dev/zero"); }) != "no error");
}

// ---- npz ----

namespace {

std::vector<NpzEntry> sample_archive() {
  NpyArray weights = NpyArray::of({Kind::real, 4}, {20, 30});
  for (std::size_t i = 0; i < weights.data.size(); i += 3) weights.data[i] = static_cast<std::uint8_t>(i);
  return {{"events", sample_events()}, {"weights", weights}, {"empty", NpyArray::of({Kind::signed_integer, 8}, {0})}};
}

bool equal(const std::vector<NpzEntry>& a, const std::vector<NpzEntry>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const NpzEntry& x, const NpzEntry& y) { return x.name == y.name && x.array == y.array; });
}

std::string error_of_npz(const std::string& bytes, const NpyLimits& limits = {}) {
  return error_of([&] { parse_npz(bytes, "x.npz", limits); });
}

}  // namespace

TEST_CASE("formats.F8 an npz archive is read and written stored and deflated", "[npy]") {
  const std::vector<NpzEntry> entries = sample_archive();
  CHECK(equal(parse_npz(format_npz(entries), "x.npz"), entries));
  CHECK(equal(parse_npz(format_npz(entries, true), "x.npz"), entries));
  CHECK(format_npz(entries, true).size() < format_npz(entries).size());
  CHECK(parse_npz(format_npz({}), "x.npz").empty());
  const std::string path = (std::filesystem::temp_directory_path() / "snnvp_npz_test.npz").string();
  write_npz(path, entries, true);
  CHECK(equal(read_npz(path), entries));
  std::filesystem::remove(path);
}

TEST_CASE("formats.F8 the ZIP64 placeholder numpy writes into local headers is understood", "[npy]") {
  const std::vector<NpzEntry> entries = {{"a", sample_events()}};
  std::string bytes = format_npz(entries);
  const std::size_t extra_at = 30 + 5;  // after the local header and its name "a.npy"
  bytes.replace(18, 8, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
  bytes[28] = 20;
  bytes.insert(extra_at, std::string("\x01\x00\x10\x00", 4) + std::string(16, '\0'));
  bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] + 20);  // where the directory starts
  CHECK(equal(parse_npz(bytes, "x.npz"), entries));
}

TEST_CASE("formats.F8 damaged and hostile archives are refused", "[npy]") {
  for (const bool deflate : {false, true}) {
    const std::string whole = format_npz(sample_archive(), deflate);
    for (std::size_t length = 0; length < whole.size(); ++length) REQUIRE(error_of_npz(whole.substr(0, length)).substr(0, 7) == "x.npz: ");
    RandomStream random(1, "npz mutation");
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8)));
      try {
        // Unused fields (dates, versions) may change; content may not, it is under the CRC.
        const std::vector<NpzEntry> entries = parse_npz(changed, "x.npz");
        REQUIRE(equal(entries, sample_archive()));
      } catch (const InputError&) {
      }
    }
  }
}

TEST_CASE("formats.F8 an archive that claims too much is refused before it is inflated", "[npy]") {
  std::string bomb = format_npz({{"a", NpyArray::of({Kind::unsigned_integer, 1}, {100000})}}, true);
  CHECK(error_of_npz(bomb, {50000}).find("the arrays claim more than 50000 bytes") != std::string::npos);
  const std::size_t directory = bomb.rfind("PK\1\2");
  bomb.replace(directory + 24, 4, std::string("\0\0\0\x30", 4));  // claims 805 MB
  CHECK(error_of_npz(bomb).find("more than deflate can") != std::string::npos);
  bomb.replace(directory + 24, 4, "\xFF\xFF\xFF\xFF");
  CHECK(error_of_npz(bomb).find("ZIP64") != std::string::npos);
  std::string encrypted = format_npz({{"a", sample_events()}});
  encrypted[encrypted.rfind("PK\1\2") + 8] = 1;
  CHECK(error_of_npz(encrypted) == "x.npz: member 'a.npy' is encrypted");
}
