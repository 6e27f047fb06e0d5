// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/random.h>

using namespace snnvp;

namespace {

std::uint64_t integer(std::string_view text) {
  const ParsedNumber number = parse_integer(text);
  INFO(text << ": " << number.problem);
  REQUIRE(number);
  return number.value.as_u64();
}

std::uint64_t whole(std::string_view text, Dimension dimension) {
  const ParsedNumber number = parse_quantity(text, dimension);
  INFO(text << ": " << number.problem);
  REQUIRE(number);
  return number.value.as_u64();
}

double real(std::string_view text, Dimension dimension) {
  const ParsedNumber number = parse_quantity(text, dimension);
  INFO(text << ": " << number.problem);
  REQUIRE(number);
  return number.value.as_double();
}

std::string problem(std::string_view text) { return parse_integer(text).problem; }
std::string problem(std::string_view text, Dimension dimension) { return parse_quantity(text, dimension).problem; }

}  // namespace

TEST_CASE("tlm.V13 integers are decimal or hexadecimal with underscores and exact exponents", "[quantity]") {
  CHECK(integer("0") == 0);
  CHECK(integer("+7") == 7);
  CHECK(integer("1_000") == 1000);
  CHECK(integer("0x10") == 16);
  CHECK(integer("0x1000_0000") == 0x10000000);
  CHECK(integer("0x00fF") == 255);
  CHECK(integer("1e3") == 1000);
  CHECK(integer("1.5e3") == 1500);
  CHECK(integer("15000e-1") == 1500);
  CHECK(integer("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  CHECK(integer("0xffff_ffff_ffff_ffff") == std::numeric_limits<std::uint64_t>::max());
  CHECK(parse_integer("-5").value.as_i64() == -5);
  CHECK(parse_integer("-9223372036854775808").value.as_i64() == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(parse_integer("-0").value.is_negative());
}

TEST_CASE("tlm.V13 integer traps are explained", "[quantity]") {
  CHECK(problem("010") == "'010' has a leading zero: write '10' for the decimal number, or 8 if octal was meant");
  CHECK(problem("08") == "'08' has a leading zero: write '8' for the decimal number");
  CHECK(problem("00") == "'00' has a leading zero: write '0' for the decimal number");
  CHECK(problem("0o10") == "'0o10': octal and binary numbers are not read; write it in decimal or with 0x");
  CHECK(problem("0b11") == "'0b11': octal and binary numbers are not read; write it in decimal or with 0x");
  CHECK(problem(".inf") == "'.inf': infinity and not-a-number are not allowed");
  CHECK(problem("-.inf") == "'-.inf': infinity and not-a-number are not allowed");
  CHECK(problem(".nan") == "'.nan': infinity and not-a-number are not allowed");
  CHECK(problem("-") == "'-' is not a number");
  CHECK(problem("") == "a number is expected");
  CHECK(problem("0x") == "'0x' has no digits after 0x");
  CHECK(problem("1__0") == "'1__0': an underscore may stand only between two digits");
  CHECK(problem("1_") == "'1_': an underscore may stand only between two digits");
  CHECK(problem("_1") == "'_1': an underscore may stand only between two digits");
  CHECK(problem("2.0") == "'2.0' is not an integer; write 2");
  CHECK(problem("2.5") == "'2.5' is not an integer");
  CHECK(problem("25e-1") == "'25e-1' is not an integer");
  CHECK(problem("64 KiB") == "'64 KiB' is not an integer");
  CHECK(problem("seven") == "'seven' is not a number");
  CHECK(problem("18446744073709551616") == "'18446744073709551616' does not fit into 64 bits");
  CHECK(problem("-9223372036854775809") == "'-9223372036854775809' does not fit into 64 bits");
  CHECK(problem("1e99999") == "'1e99999': the exponent is out of range");
  CHECK(problem("1e9999") == "'1e9999' does not fit into 64 bits");
  CHECK(problem(std::string(100'000, '9')).find("too many digits") != std::string::npos);
}

TEST_CASE("reals are the nearest doubles of what is written", "[quantity]") {
  CHECK(parse_real("0.1").value.as_double() == 0.1);
  CHECK(parse_real("-2.5e-3").value.as_double() == -0.0025);
  CHECK(parse_real("3").value.type() == Value::Type::real);
  CHECK(parse_real("0x10").value.as_double() == 16.0);
  CHECK(parse_real("1e-05").value.as_double() == 1e-5);
  CHECK(parse_real(".5").value.as_double() == 0.5);
  CHECK(parse_real("1e400").problem == "'1e400' is outside the range of a real number");
  CHECK(parse_real("1.2.3").problem == "'1.2.3' is not a number");
  CHECK(parse_real("00.5").problem.find("leading zero") != std::string::npos);
}

TEST_CASE("tlm.V13 quantities carry a unit and become base units", "[quantity]") {
  CHECK(whole("500 MHz", Dimension::frequency) == 500'000'000);
  CHECK(whole("1.2GHz", Dimension::frequency) == 1'200'000'000);
  CHECK(whole("64 KiB", Dimension::bytes) == 65536);
  CHECK(whole("64KiB", Dimension::bytes) == 65536);
  CHECK(whole("0.5 KiB", Dimension::bytes) == 512);
  CHECK(whole("1e-1 kB", Dimension::bytes) == 100);
  CHECK(whole("0x10 KiB", Dimension::bytes) == 16384);
  CHECK(whole("16 TiB", Dimension::bytes) == std::uint64_t{16} << 40);
  CHECK(whole("100 us", Dimension::time) == 100'000'000);
  CHECK(whole("1.5ns", Dimension::time) == 1500);
  CHECK(whole("0", Dimension::time) == 0);
  CHECK(real("0.9 pJ", Dimension::energy) == 0.9e-12);
  CHECK(real("0.9 pJ/bit", Dimension::energy_per_bit) == 0.9e-12);
  CHECK(real("446.5 mW", Dimension::power) == 0.4465);
  CHECK(real("-5 mV", Dimension::voltage) == -0.005);
  CHECK(real("25.6 GB/s", Dimension::bandwidth) == 25.6e9);
  CHECK(real("8 Gbit/s", Dimension::bandwidth) == 1e9);
  CHECK(real("1 KiB/s", Dimension::bandwidth) == 1024.0);
  CHECK(real("85 degC", Dimension::temperature) == 358.15);
  CHECK(real("0.226 mm2", Dimension::area) == 0.226e-6);
}

TEST_CASE("tlm.V13 quantity traps are explained", "[quantity]") {
  CHECK(problem("64", Dimension::bytes) == "'64' has no unit; write for instance 64 KiB (units: B, kB, KiB, MB, MiB, GB, GiB, TB, TiB)");
  CHECK(problem("5 Mhz", Dimension::frequency) == "unknown unit 'Mhz' in '5 Mhz'; did you mean MHz? (units: Hz, kHz, MHz, GHz)");
  CHECK(problem("5 furlong", Dimension::time) ==
        "unknown unit 'furlong' in '5 furlong'; write for instance 100 us (units: ps, ns, us, ms, s)");
  CHECK(problem("1.5 B", Dimension::bytes) == "'1.5 B' is not a whole number of bytes");
  CHECK(problem("0.3 ps", Dimension::time) == "'0.3 ps' is not a whole number of picoseconds");
  CHECK(problem("-1 us", Dimension::time) == "'-1 us' is negative");
  CHECK(problem("99999999 TiB", Dimension::bytes) == "'99999999 TiB' does not fit into 64 bits");
  CHECK(problem("010 us", Dimension::time).find("leading zero") != std::string::npos);
  CHECK(problem(".inf GHz", Dimension::frequency) == "'.inf GHz' is not a number");
  CHECK(problem("-300 degC", Dimension::temperature) == "'-300 degC' is below absolute zero");
  CHECK(problem("GHz", Dimension::frequency) == "'GHz' is not a number");
}

TEST_CASE("quantities print as the shortest exact text", "[quantity]") {
  CHECK(format_quantity(std::uint64_t{65536}, Dimension::bytes) == "64 KiB");
  CHECK(format_quantity(1000, Dimension::bytes) == "1000 B");
  CHECK(format_quantity(0, Dimension::bytes) == "0 B");
  CHECK(format_quantity(500'000'000, Dimension::frequency) == "500 MHz");
  CHECK(format_quantity(1'500'000, Dimension::time) == "1.5 us");
  CHECK(format_quantity(0.9e-12, Dimension::energy) == "900 fJ");
  CHECK(format_quantity(12.45e-12, Dimension::energy) == "12.45 pJ");
  CHECK(format_quantity(0.4465, Dimension::power) == "446.5 mW");
  CHECK(format_quantity(-0.005, Dimension::voltage) == "-5 mV");
  CHECK(format_quantity(350.0, Dimension::temperature) == "350 K");
  CHECK(format_quantity(7, Dimension::none) == "7");
  CHECK(format_quantity(Value(), Dimension::time) == "null");
}

TEST_CASE("a printed quantity reads back exactly", "[quantity]") {
  RandomStream random(1, "quantities");
  for (const Dimension dimension : {Dimension::frequency, Dimension::bytes, Dimension::time})
    for (int i = 0; i < 2000; ++i) {
      const std::uint64_t value = random.next_u64() >> random.below(64);
      REQUIRE(whole(format_quantity(value, dimension), dimension) == value);
    }
  for (const Dimension dimension : {Dimension::power, Dimension::energy, Dimension::voltage, Dimension::area, Dimension::bandwidth,
                                    Dimension::length, Dimension::energy_per_bit, Dimension::temperature})
    for (int i = 0; i < 2000; ++i) {
      const double value = std::ldexp(random.uniform(), static_cast<int>(random.below(160)) - 80);
      REQUIRE(real(format_quantity(value, dimension), dimension) == value);
    }
}
