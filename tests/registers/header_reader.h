// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <regex>
#include <sstream>
#include <string>

namespace snnvp::test {

/// A register as a generated C header has it, read from the header's text alone.
struct HeaderRegister {
  std::string macro, access;
  std::uint32_t offset = 0, reset = 0, stride = 0, count = 1;
  std::map<std::string, std::uint32_t> fields;  ///< masks by macro
};

/// The registers of a header by offset of the first element.
inline std::map<std::uint32_t, HeaderRegister> read_header(const std::string& text) {
  static const std::regex doc(R"(/\* .*\((ro|rw|wo|w1c|w1s|rc)\) \*/)"), number(R"(#define (SNN_\w+) (0x[0-9a-f]+|\d+)u?.*)"),
      array(R"(#define (SNN_\w+)\(i\) \((0x[0-9a-f]+)u \+ (0x[0-9a-f]+)u \* .*)");
  std::map<std::uint32_t, HeaderRegister> all;
  HeaderRegister* current = nullptr;
  std::string access;
  const auto value = [](const std::string& digits) { return static_cast<std::uint32_t>(std::stoul(digits, nullptr, 0)); };
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    std::smatch m;
    if (std::regex_match(line, m, doc)) {
      access = m[1];
    } else if (std::regex_match(line, m, array) && !access.empty()) {
      current = &(all[value(m[2])] = {m[1], access, value(m[2]), 0, value(m[3]), 1, {}});
      access.clear();
    } else if (std::regex_match(line, m, number)) {
      const std::string name = m[1];
      const auto belongs = [&](const char* suffix) { return current != nullptr && name == current->macro + suffix; };
      if (!access.empty()) {
        current = &(all[value(m[2])] = {name, access, value(m[2]), 0, 0, 1, {}});
        access.clear();
      } else if (belongs("_RESET")) {
        current->reset = value(m[2]);
      } else if (belongs("_COUNT")) {
        current->count = value(m[2]);
      } else if (name.size() > 5 && name.compare(name.size() - 5, 5, "_MASK") == 0 && current != nullptr) {
        current->fields[name] = value(m[2]);
      }
    }
  }
  return all;
}

}  // namespace snnvp::test
