// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pi2/weight_file.h>

#include <charconv>
#include <cmath>
#include <fstream>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::pi2 {

std::vector<double> read_weight_csv(const std::string& path, std::size_t rows, std::size_t columns) {
  std::ifstream in(path);
  if (!in) throw InputError(path + ": cannot be read");
  std::vector<double> values;
  std::string line;
  std::size_t number = 0, row = 0;
  while (std::getline(in, line)) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    if (++row > rows) throw InputError(fmt::format("{}:{}: more than {} rows (one per input)", path, number, rows));
    const char *at = line.data(), *end = at + line.size();
    std::size_t count = 0;
    while (at < end) {
      while (at < end && (*at == ' ' || *at == ',' || *at == '\t')) ++at;
      if (at == end) break;
      double value = 0;
      if (*at == '+') ++at;
      const auto [next, error] = std::from_chars(at, end, value);
      if (error != std::errc() || !std::isfinite(value))
        throw InputError(fmt::format("{}:{}: column {} is not a number", path, number, count + 1));
      values.push_back(value);
      at = next;
      ++count;
    }
    if (count != columns) throw InputError(fmt::format("{}:{}: {} columns, {} are needed (one per output)", path, number, count, columns));
  }
  if (row != rows) throw InputError(fmt::format("{}: {} rows, {} are needed (one per input)", path, row, rows));
  return values;
}

}  // namespace snnvp::pi2
