// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/traffic/traffic_run.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::traffic {

std::vector<TracePacket> read_trace(const std::string& path, std::uint32_t nodes, std::uint32_t packet_flits) {
  std::ifstream file(path);
  if (!file) throw InputError(path + ": cannot be read");
  std::vector<TracePacket> packets;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || (number == 1 && line.rfind("cycle", 0) == 0)) continue;
    std::uint64_t fields[4] = {0, 0, 0, packet_flits};
    std::size_t count = 0;
    const char *at = line.data(), *const end = at + line.size();
    bool is_good = true;
    while (is_good && count < 4) {
      const auto [next, error] = std::from_chars(at, end, fields[count]);
      is_good = error == std::errc() && (next == end || *next == ',');
      ++count;
      at = next;
      if (!is_good || next == end) break;
      ++at;
    }
    if (!is_good || at != end || count < 3)
      throw InputError(fmt::format("{}:{}: expected cycle,source,destination[,flits] in whole numbers, found \"{}\"", path, number, line));
    for (const std::size_t node : {1, 2})
      if (fields[node] >= nodes) throw InputError(fmt::format("{}:{}: the network has no node {}: it has {}", path, number, fields[node], nodes));
    if (fields[3] == 0 || fields[3] > 1U << 24) throw InputError(fmt::format("{}:{}: a packet of {} flits", path, number, fields[3]));
    if (fields[0] > Cycles{1} << 48) throw InputError(fmt::format("{}:{}: cycle {} is beyond 2^48", path, number, fields[0]));
    packets.push_back({fields[0], static_cast<std::uint32_t>(fields[1]), static_cast<std::uint32_t>(fields[2]), static_cast<std::uint32_t>(fields[3])});
  }
  if (packets.empty()) throw InputError(path + ": no packets");
  std::stable_sort(packets.begin(), packets.end(), [](const TracePacket& a, const TracePacket& b) { return a.cycle < b.cycle; });
  return packets;
}

}  // namespace snnvp::traffic
