// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <snnvp/platform/base/sha256.h>
#include <snnvp/platform/base/text.h>

using namespace snnvp;
namespace fs = std::filesystem;

namespace {

/// A folder of its own that goes away with the test.
struct TempFolder {
  fs::path path = fs::temp_directory_path() / ("snnvp_text_test." + std::to_string(::getpid()));
  TempFolder() { fs::create_directories(path); }
  ~TempFolder() { fs::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
};

}  // namespace

TEST_CASE("doubles print in the shortest form that reads back", "[text]") {
  CHECK(shortest_double(0.1) == "0.1");
  CHECK(shortest_double(3.0) == "3");
  CHECK(shortest_double(1e-5) == "1e-05");
  CHECK(shortest_double(1.0 / 3) == "0.3333333333333333");
}

TEST_CASE("hexadecimal digits are lower case and padded", "[text]") {
  CHECK(hex(0) == "0");
  CHECK(hex(0xBEEF, 8) == "0000beef");
  CHECK(hex(~std::uint64_t{0}) == "ffffffffffffffff");
}

TEST_CASE("quoted text is printable and short", "[text]") {
  CHECK(quote("abc") == "'abc'");
  CHECK(quote("a\n\x1b") == "'a\\n\\x1b'");
  CHECK(quote("\xC3\xA9\xC3\xA9", 3) == "'\xC3\xA9...'");
}

TEST_CASE("ill-formed UTF-8 is found at its first byte", "[text]") {
  std::size_t at = 99;
  CHECK(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", at));
  for (const char* bad : {"a\xFF", "a\xC3", "a\xC0\x80", "a\xED\xA0\x80", "a\xF4\x90\x80\x80", "a\x80"}) {
    CHECK_FALSE(is_utf8(bad, at));
    CHECK(at == 1);
  }
}

TEST_CASE("a file is replaced in one step and leaves nothing beside it", "[text]") {
  const TempFolder folder;
  const std::string file = folder / "report.json";
  std::string problem;
  REQUIRE(write_file_atomically(file, "old", problem));
  REQUIRE(write_file_atomically(file, std::string("new\0bytes", 9), problem));
  CHECK(read_file(file, problem) == std::string("new\0bytes", 9));
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);

  CHECK_FALSE(write_file_atomically(folder / "missing/report.json", "x", problem));
  CHECK(problem == "cannot write " + (folder / "missing/report.json") + ": No such file or directory");
  fs::create_directory(folder.path / "busy");
  std::ofstream(folder / "busy/file") << "x";
  CHECK_FALSE(write_file_atomically(folder / "busy", "x", problem));
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 2);
}

TEST_CASE("files that cannot be read are explained", "[text]") {
  const TempFolder folder;
  std::string problem;
  CHECK_FALSE(read_file(folder / "no", problem));
  CHECK(problem == "cannot read " + (folder / "no") + ": No such file or directory");
  CHECK_FALSE(read_file(folder.path.string(), problem));
  CHECK(problem == "cannot read " + folder.path.string() + ": it is a folder");
  CHECK_FALSE(read_file("/dev/zero", problem));
  CHECK(problem == "cannot read /dev/zero: it is not a regular file");
  CHECK_FALSE(read_file("", problem));
  std::ofstream(folder / "large") << std::string(100, 'x');
  CHECK_FALSE(read_file(folder / "large", problem, 99));
  CHECK(problem == "cannot read " + (folder / "large") + ": it has 100 bytes, the limit is 99");
  CHECK(read_file(folder / "large", problem, 100)->size() == 100);
  std::ofstream(folder / "sparse") << "x";
  fs::resize_file(folder / "sparse", std::uintmax_t{1} << 42);
  CHECK_FALSE(read_file(folder / "sparse", problem));
  CHECK(problem == "cannot read " + (folder / "sparse") + ": it has 4398046511104 bytes, the limit is 4294967296");
}

TEST_CASE("SHA-256 meets the standard's examples", "[text]") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const TempFolder folder;
  std::string problem;
  std::ofstream(folder / "a") << std::string(1'000'000, 'a');
  CHECK(sha256_of_file(folder / "a", problem) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK_FALSE(sha256_of_file(folder / "no", problem));
  CHECK(problem == "cannot read " + (folder / "no") + ": No such file or directory");
  CHECK_FALSE(sha256_of_file(folder.path.string(), problem));
}
