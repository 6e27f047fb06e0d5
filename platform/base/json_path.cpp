// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/base/json_path.h>

#include <algorithm>
#include <cstdlib>

namespace snnvp {

using Json = nlohmann::ordered_json;

const Json* find_value(const Json& report, const std::string& path) {
  const Json* at = &report;
  for (std::size_t begin = 0; at && begin <= path.size();) {
    std::size_t end = std::min(path.find('.', begin), path.size());
    const Json* next = nullptr;
    if (at->is_object()) {
      // Keys may hold dots themselves ("models.sram.reads"): the longest that fits wins.
      for (std::size_t cut = path.size(); cut > begin && !next;) {
        const auto it = at->find(path.substr(begin, cut - begin));
        if (it != at->end()) next = &*it, end = cut;
        const std::size_t dot = path.rfind('.', cut - 1);
        if (dot == std::string::npos || dot <= begin) break;
        cut = dot;
      }
    } else if (at->is_array()) {
      // Likewise names ("block0.mha").
      std::size_t longest = 0;
      for (const Json& item : *at) {
        const auto it = item.is_object() ? item.find("name") : item.end();
        const std::string name = it != item.end() && it->is_string() ? it->get<std::string>() : "";
        const std::size_t after = begin + name.size();
        if (name.size() <= longest || path.compare(begin, name.size(), name) != 0) continue;
        if (after != path.size() && path[after] != '.') continue;
        next = &item, longest = name.size(), end = after;
      }
      const std::string part = path.substr(begin, end - begin);
      if (!next && part.size() > 2 && part.front() == '[' && part.find_first_not_of("0123456789", 1) == part.size() - 1) {
        const unsigned long index = std::strtoul(part.c_str() + 1, nullptr, 10);
        if (index < at->size()) next = &(*at)[index];
      }
    }
    at = next;
    begin = end + 1;
  }
  return at;
}

}  // namespace snnvp
