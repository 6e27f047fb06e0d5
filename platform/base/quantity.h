// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <snnvp/platform/base/value.h>
#include <snnvp/platform/registry/param.h>

namespace snnvp {

/// The outcome of reading a number: a value, or a sentence that says what is wrong with the text.
struct ParsedNumber {
  Value value;  ///< null if `problem` is not empty
  std::string problem;
  explicit operator bool() const { return problem.empty(); }
};

/// Decimal with underscores between digits, `0x` hexadecimal, or an exponent where the result is exact.
/// A leading zero, a sign without digits, octal, binary, .inf and .nan are problems with an explanation.
ParsedNumber parse_integer(std::string_view text);
/// As parse_integer, or a decimal fraction / exponent; never inf or nan.
ParsedNumber parse_real(std::string_view text);
/// A number with a unit of `dimension` ("1.2 GHz", "64KiB", "0.9 pJ", "100 us"); a bare number is a
/// problem that lists the units, except 0. Result in base units: Hz, bytes and ps are integers (a value
/// that is not whole in them is a problem), others SI reals.
ParsedNumber parse_quantity(std::string_view text, Dimension dimension);

/// "64 KiB", "500 MHz", "1.5 us": shortest exact text that parse_quantity reads back.
std::string format_quantity(const Value& value, Dimension dimension);
/// "Hz, kHz, MHz, GHz"
std::string allowed_units(Dimension dimension);

}  // namespace snnvp
