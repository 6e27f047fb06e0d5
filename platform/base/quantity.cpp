// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/base/quantity.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp {

namespace {

__extension__ using Wide = unsigned __int128;

ParsedNumber problem(std::string text) { return {Value(), std::move(text)}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

/// A number as written: (-1)^negative * digits * 10^exponent, or a hexadecimal integer.
struct Written {
  bool negative = false;
  bool is_hex = false;
  bool has_fraction = false;
  bool has_exponent = false;
  std::string digits;  ///< without leading or (decimal) trailing zeros; empty for zero
  int exponent = 0;
  std::size_t length = 0;  ///< characters of the text that belong to the number
};

/// Appends digits with single underscores between them; false if an underscore stands elsewhere.
bool take_digits(std::string_view text, std::size_t& at, bool (*is_one)(char), std::string& digits) {
  while (at < text.size() && (is_one(text[at]) || text[at] == '_')) {
    if (text[at] == '_') {
      const bool between = at > 0 && is_one(text[at - 1]) && at + 1 < text.size() && is_one(text[at + 1]);
      if (!between) return false;
    } else {
      digits += text[at];
    }
    ++at;
  }
  return true;
}

std::string leading_zero_problem(std::string_view whole) {
  std::string decimal(whole.substr(std::min(whole.find_first_not_of('0'), whole.size() - 1)));
  const bool octal = std::all_of(whole.begin(), whole.end(), [](char c) { return c >= '0' && c <= '7'; }) && whole.size() <= 20;
  std::uint64_t as_octal = 0;
  for (const char c : whole) as_octal = as_octal * 8 + static_cast<std::uint64_t>(c - '0');
  const std::string start = quote(whole) + " has a leading zero: write " + quote(decimal, 40) + " for the decimal number";
  return octal && as_octal > 7 ? fmt::format("{}, or {} if octal was meant", start, as_octal) : start;
}

/// Reads the number at the start of `text`; returns a sentence if it is none.
std::string read_number(std::string_view text, Written& out) {
  std::size_t at = 0;
  if (text.empty()) return "a number is expected";
  if (text[0] == '+' || text[0] == '-') out.negative = text[at++] == '-';
  const std::string_view body = text.substr(at);
  for (const char* word : {".inf", ".Inf", ".INF", "inf", ".nan", ".NaN", ".NAN", "nan"})
    if (body == word) return quote(text) + ": infinity and not-a-number are not allowed";
  if (starts_with(body, "0o") || starts_with(body, "0O") || starts_with(body, "0b") || starts_with(body, "0B"))
    if (body.size() > 2 && is_digit(body[2]))
      return quote(text) + ": octal and binary numbers are not read; write it in decimal or with 0x";

  if (starts_with(body, "0x") || starts_with(body, "0X")) {
    at += 2;
    out.is_hex = true;
    if (!take_digits(text, at, is_hex_digit, out.digits)) return quote(text) + ": an underscore may stand only between two digits";
    if (out.digits.empty()) return quote(text) + " has no digits after 0x";
    out.digits.erase(0, std::min(out.digits.find_first_not_of('0'), out.digits.size()));
    return out.length = at, std::string();
  }

  std::string whole, fraction, exponent;
  if (!take_digits(text, at, is_digit, whole)) return quote(text) + ": an underscore may stand only between two digits";
  if (at < text.size() && text[at] == '.') {
    out.has_fraction = true;
    ++at;
    if (!take_digits(text, at, is_digit, fraction)) return quote(text) + ": an underscore may stand only between two digits";
  }
  if (whole.empty() && fraction.empty()) return quote(text) + " is not a number";
  if (whole.size() > 1 && whole[0] == '0') return leading_zero_problem(whole);
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    // Only an exponent if digits follow; otherwise the letter begins the unit.
    std::size_t digit = at + 1;
    const bool is_negative = digit < text.size() && text[digit] == '-';
    if (digit < text.size() && (text[digit] == '-' || text[digit] == '+')) ++digit;
    if (digit < text.size() && is_digit(text[digit])) {
      at = digit;
      while (at < text.size() && is_digit(text[at])) exponent += text[at++];
      out.has_exponent = true;
      exponent.erase(0, exponent.find_first_not_of('0'));
      if (exponent.size() > 4) return quote(text) + ": the exponent is out of range";
      for (const char c : exponent) out.exponent = out.exponent * 10 + (c - '0');
      if (is_negative) out.exponent = -out.exponent;
    }
  }
  if (fraction.size() > 1000 || whole.size() > 1000) return quote(text) + " has too many digits";
  out.digits = whole + fraction;
  out.exponent -= static_cast<int>(fraction.size());
  out.digits.erase(0, std::min(out.digits.find_first_not_of('0'), out.digits.size()));
  while (!out.digits.empty() && out.digits.back() == '0') out.digits.pop_back(), ++out.exponent;
  if (out.digits.empty()) out.exponent = 0;
  return out.length = at, std::string();
}

enum class Whole { exact, fraction, overflow };

/// digits * 10^exponent * 2^binary as an unsigned integer, if it is one.
Whole to_whole(const Written& number, int exponent, int binary, std::uint64_t& out) {
  constexpr Wide limit = std::numeric_limits<std::uint64_t>::max();
  out = 0;
  if (number.digits.empty()) return Whole::exact;
  const unsigned base = number.is_hex ? 16 : 10;
  if (number.digits.size() > 36) return exponent + static_cast<int>(number.digits.size()) > 20 ? Whole::overflow : Whole::fraction;
  Wide value = 0;
  for (const char c : number.digits) {
    const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    if (value > (~Wide{0} - static_cast<unsigned>(digit)) / base) return Whole::overflow;
    value = value * base + static_cast<unsigned>(digit);
  }
  // A factor of ten is one of five and one of two; the twos may come from the unit ("0.5 KiB").
  for (; exponent < 0; ++exponent, --binary) {
    if (value % 5 != 0) return Whole::fraction;
    value /= 5;
  }
  for (; binary < 0; ++binary) {
    if (value % 2 != 0) return Whole::fraction;
    value /= 2;
  }
  for (; exponent > 0; --exponent) {
    if (value > limit / 10) return Whole::overflow;
    value *= 10;
  }
  for (; binary > 0; --binary) {
    if (value > limit / 2) return Whole::overflow;
    value *= 2;
  }
  if (value > limit) return Whole::overflow;
  out = static_cast<std::uint64_t>(value);
  return Whole::exact;
}

/// digits * 10^exponent as the nearest double, if there is one.
std::optional<double> to_real(const Written& number, int exponent) {
  if (number.digits.empty()) return 0.0;
  std::string digits = number.digits;
  if (number.is_hex) {
    std::uint64_t whole = 0;
    if (to_whole(number, 0, 0, whole) != Whole::exact) return std::nullopt;
    digits = std::to_string(whole);
  }
  const std::string text = fmt::format("{}e{}", digits, exponent);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return number.negative ? -value : value;
}

struct Unit {
  const char* name;
  int decimal;  ///< value in base units = number * 10^decimal * 2^binary
  int binary;
  bool preferred;  ///< used for printing
};

struct DimensionInfo {
  bool is_whole;            ///< base values are integers
  const char* base_plural;  ///< for "is not a whole number of ..."
  const char* example;
  std::vector<Unit> units;  ///< small to large
};

const DimensionInfo& info(Dimension dimension) {
  static const std::array<DimensionInfo, 12> table = {{
      {false, "", "1", {}},
      {true, "hertz", "500 MHz", {{"Hz", 0, 0, true}, {"kHz", 3, 0, true}, {"MHz", 6, 0, true}, {"GHz", 9, 0, true}}},
      {true,
       "bytes",
       "64 KiB",
       {{"B", 0, 0, true},
        {"kB", 3, 0, false},
        {"KiB", 0, 10, true},
        {"MB", 6, 0, false},
        {"MiB", 0, 20, true},
        {"GB", 9, 0, false},
        {"GiB", 0, 30, true},
        {"TB", 12, 0, false},
        {"TiB", 0, 40, true}}},
      {true, "picoseconds", "100 us", {{"ps", 0, 0, true}, {"ns", 3, 0, true}, {"us", 6, 0, true}, {"ms", 9, 0, true}, {"s", 12, 0, true}}},
      {false, "", "5 mW", {{"pW", -12, 0, true}, {"nW", -9, 0, true}, {"uW", -6, 0, true}, {"mW", -3, 0, true}, {"W", 0, 0, true}}},
      {false,
       "",
       "0.9 pJ",
       {{"fJ", -15, 0, true}, {"pJ", -12, 0, true}, {"nJ", -9, 0, true}, {"uJ", -6, 0, true}, {"mJ", -3, 0, true}, {"J", 0, 0, true}}},
      {false, "", "0.9 V", {{"mV", -3, 0, true}, {"V", 0, 0, true}}},
      {false, "", "350 K", {{"K", 0, 0, true}, {"degC", 0, 0, false}}},
      {false, "", "1.5 mm2", {{"um2", -12, 0, true}, {"mm2", -6, 0, true}, {"cm2", -4, 0, false}, {"m2", 0, 0, true}}},
      {false,
       "",
       "25.6 GB/s",
       {{"B/s", 0, 0, true},
        {"kB/s", 3, 0, true},
        {"KiB/s", 0, 10, false},
        {"MB/s", 6, 0, true},
        {"MiB/s", 0, 20, false},
        {"GB/s", 9, 0, true},
        {"GiB/s", 0, 30, false},
        {"TB/s", 12, 0, true},
        {"bit/s", 0, -3, false},
        {"kbit/s", 3, -3, false},
        {"Mbit/s", 6, -3, false},
        {"Gbit/s", 9, -3, false},
        {"Tbit/s", 12, -3, false}}},
      {false, "", "1.5 mm", {{"nm", -9, 0, true}, {"um", -6, 0, true}, {"mm", -3, 0, true}, {"cm", -2, 0, false}, {"m", 0, 0, true}}},
      {false, "", "0.9 pJ/bit", {{"fJ/bit", -15, 0, true}, {"pJ/bit", -12, 0, true}, {"nJ/bit", -9, 0, true}, {"J/bit", 0, 0, true}}},
  }};
  return table[static_cast<std::size_t>(dimension)];
}

constexpr double kelvin_at_0_celsius = 273.15;

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::string units_hint(Dimension dimension) {
  return fmt::format("write for instance {} (units: {})", info(dimension).example, allowed_units(dimension));
}

}  // namespace

ParsedNumber parse_integer(std::string_view text) {
  Written number;
  if (std::string wrong = read_number(text, number); !wrong.empty()) return problem(wrong);
  if (number.length != text.size()) return problem(quote(text) + " is not an integer");
  std::uint64_t value = 0;
  const Whole whole = to_whole(number, number.exponent, 0, value);
  if (whole == Whole::overflow) return problem(quote(text) + " does not fit into 64 bits");
  if (whole == Whole::fraction) return problem(quote(text) + " is not an integer");
  if (number.has_fraction && !number.has_exponent) return problem(fmt::format("{} is not an integer; write {}", quote(text), value));
  if (!number.negative) return {Value(value), {}};
  if (value > std::uint64_t{1} << 63) return problem(quote(text) + " does not fit into 64 bits");
  if (value == 0) return {Value(value), {}};
  return {Value(static_cast<std::int64_t>(std::uint64_t{0} - value)), {}};
}

ParsedNumber parse_real(std::string_view text) {
  Written number;
  if (std::string wrong = read_number(text, number); !wrong.empty()) return problem(wrong);
  if (number.length != text.size()) return problem(quote(text) + " is not a number");
  const std::optional<double> value = to_real(number, number.exponent);
  if (!value) return problem(quote(text) + " is outside the range of a real number");
  return {Value(*value), {}};
}

ParsedNumber parse_quantity(std::string_view text, Dimension dimension) {
  if (dimension == Dimension::none) return parse_real(text);
  const DimensionInfo& about = info(dimension);
  Written number;
  if (std::string wrong = read_number(text, number); !wrong.empty()) return problem(wrong);
  const std::string_view suffix = trim(text.substr(number.length));
  if (suffix.empty()) {
    if (!number.digits.empty() || dimension == Dimension::temperature)
      return problem(quote(text) + " has no unit; " + units_hint(dimension));
    return {about.is_whole ? Value(0u) : Value(0.0), {}};
  }
  const auto unit = std::find_if(about.units.begin(), about.units.end(), [&](const Unit& u) { return suffix == u.name; });
  if (unit == about.units.end()) {
    std::vector<std::string> names;
    for (const Unit& u : about.units) names.push_back(u.name);
    const std::string near = did_you_mean(suffix, names);
    const std::string start = fmt::format("unknown unit {} in {}; ", quote(suffix, 20), quote(text));
    return problem(near.empty() ? start + units_hint(dimension) : fmt::format("{}{} (units: {})", start, near, allowed_units(dimension)));
  }
  if (about.is_whole) {
    std::uint64_t value = 0;
    switch (to_whole(number, number.exponent + unit->decimal, unit->binary, value)) {
      case Whole::overflow: return problem(quote(text) + " does not fit into 64 bits");
      case Whole::fraction: return problem(fmt::format("{} is not a whole number of {}", quote(text), about.base_plural));
      case Whole::exact: break;
    }
    if (number.negative && value != 0) return problem(quote(text) + " is negative");
    return {Value(value), {}};
  }
  // Decimal prefixes go into the exponent, so that the result is the nearest double of what was written.
  std::optional<double> value = to_real(number, number.exponent + unit->decimal);
  if (value) value = std::ldexp(*value, unit->binary);
  if (value && std::string_view(unit->name) == "degC") value = *value + kelvin_at_0_celsius;
  if (!value || !std::isfinite(*value)) return problem(quote(text) + " is outside the range of a real number");
  if (dimension == Dimension::temperature && *value < 0) return problem(quote(text) + " is below absolute zero");
  return {Value(*value), {}};
}

std::string format_quantity(const Value& value, Dimension dimension) {
  if (value.is_null()) return "null";
  Written number;
  const std::string plain = value.type() == Value::Type::real ? shortest_double(value.as_double())
                            : value.is_negative()             ? std::to_string(value.as_i64())
                                                              : std::to_string(value.as_u64());
  const std::vector<Unit>& units = info(dimension).units;
  if (units.empty() || !read_number(plain, number).empty()) return plain;
  const auto base = std::find_if(units.begin(), units.end(), [](const Unit& u) { return u.decimal == 0 && u.binary == 0; });
  if (number.digits.empty()) return fmt::format("0 {}", base->name);

  if (dimension == Dimension::bytes && value.type() == Value::Type::integer && !value.is_negative()) {
    const Unit* best = &*base;
    for (const Unit& unit : units)
      if (unit.preferred && value.as_u64() % (std::uint64_t{1} << unit.binary) == 0) best = &unit;
    return fmt::format("{} {}", value.as_u64() >> best->binary, best->name);
  }
  // The largest unit in which the number is at least 1, else the smallest one: only the decimal point moves,
  // so the text is exact.
  const int magnitude = number.exponent + static_cast<int>(number.digits.size()) - 1;
  const Unit* best = nullptr;
  for (const Unit& unit : units)
    if (unit.preferred && unit.binary == 0 && (!best || unit.decimal <= magnitude)) best = &unit;
  const int point = magnitude - best->decimal + 1;  // digits before the decimal point
  const int size = static_cast<int>(number.digits.size());
  const std::string sign = number.negative ? "-" : "";
  constexpr int max_zeros = 6;
  if (point > size + max_zeros || point < -max_zeros)
    return fmt::format("{}{}e{} {}", sign, number.digits, number.exponent - best->decimal, best->name);
  std::string digits = number.digits;
  if (point >= size)
    digits.append(static_cast<std::size_t>(point - size), '0');
  else if (point > 0)
    digits.insert(static_cast<std::size_t>(point), ".");
  else
    digits = "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  return fmt::format("{}{} {}", sign, digits, best->name);
}

std::string allowed_units(Dimension dimension) {
  std::string out;
  for (const Unit& unit : info(dimension).units) out += (out.empty() ? "" : ", ") + std::string(unit.name);
  return out;
}

}  // namespace snnvp
