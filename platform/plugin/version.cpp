// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/plugin/version.h>

#include <array>
#include <sstream>

namespace snnvp {
namespace {

using Parts = std::array<unsigned, 3>;

std::optional<Parts> parts_of(const std::string& text) {
  Parts parts{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::size_t digits = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && ++digits < 9)
      parts[i] = parts[i] * 10 + static_cast<unsigned>(text[at++] - '0');
    if (digits == 0 || digits >= 9) return std::nullopt;
    if (at == text.size()) return parts;
    if (text[at++] != '.') return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<bool> version_satisfies(const std::string& version, const std::string& requirement) {
  const auto have = parts_of(version);
  if (!have) return std::nullopt;
  bool all = true;
  std::size_t count = 0;
  std::istringstream list(requirement);
  for (std::string item; std::getline(list, item, ','); ++count) {
    const auto first = item.find_first_not_of(' ');
    const auto number = item.find_first_of("0123456789");
    if (first == std::string::npos || number == std::string::npos) return std::nullopt;
    const std::string op = item.substr(first, number - first);
    const auto wanted = parts_of(item.substr(number, item.find_last_not_of(' ') + 1 - number));
    if (!wanted) return std::nullopt;
    if (op == ">=")
      all = all && *have >= *wanted;
    else if (op == ">")
      all = all && *have > *wanted;
    else if (op == "<=")
      all = all && *have <= *wanted;
    else if (op == "<")
      all = all && *have < *wanted;
    else if (op == "=" || op == "==")
      all = all && *have == *wanted;
    else
      return std::nullopt;
  }
  if (count == 0) return std::nullopt;
  return all;
}

}  // namespace snnvp
