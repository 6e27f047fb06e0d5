// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/event_key.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <string_view>

#include <fmt/format.h>

namespace snnvp {
namespace {

struct Family {
  std::string name;
  std::string parameters;  ///< as printed behind the name
  std::size_t numbers = 0;
  bool ports = false;  ///< may end in .1r1w
};

const std::vector<Family>& families() {
  static const std::vector<Family> list = {
      {"add", ".<width>", 1},
      {"mult", ".<width>", 1},
      {"mac", ".<width>.<accumulator>", 2},
      {"fp_add", ".<16 or 32>", 1},
      {"fp_mult", ".<16 or 32>", 1},
      {"spike_acc", ".<width>.<accumulator>", 2},
      {"lif", ".<width>", 1},
      {"cmp", ".<width>", 1},
      {"shift", ".<width>", 1},
      {"mux_bit"},
      {"reg_bit"},
      {"reg_bit_idle"},
      {"and_pop_bit"},
      {"tcam_bit"},
      {"sram_rd", ".<bytes>.<bits>[.1r1w]", 2, true},
      {"sram_wr", ".<bytes>.<bits>[.1r1w]", 2, true},
      {"sram_leak_ns", ".<bytes>.<bits>", 2},
      {"dram_act"},
      {"dram_rd_bit"},
      {"dram_wr_bit"},
      {"dram_ref"},
      {"flit_buf_wr", ".<bits>.<ports>.<vcs>", 3},
      {"flit_buf_rd", ".<bits>.<ports>.<vcs>", 3},
      {"flit_xbar", ".<bits>.<ports>.<vcs>", 3},
      {"flit_alloc", ".<bits>.<ports>.<vcs>", 3},
      {"router_clk", ".<bits>.<ports>.<vcs>", 3},
      {"router_leak_ns", ".<bits>.<ports>.<vcs>", 3},
      {"link_bit_um"},
      {"bond_bit"},
      {"ubump_bit"},
      {"tsv_bit"},
      {"tsv_fine_bit"},
      {"d2d_bit"},
      {"d2d_idle_bit"},
      {"switch_bit"},
      {"instr"},
  };
  return list;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

/// Always an answer, however far away: a message without any known key would not help.
std::string nearest_key(const std::string& name, const std::vector<std::string>& also_known) {
  std::string best;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  const auto consider = [&](const std::string& known, const std::string& shown) {
    // A key cut short is nearer than another of equal length.
    const std::size_t distance = !name.empty() && known.rfind(name, 0) == 0 ? 0 : edit_distance(name, known);
    if (distance < least) least = distance, best = shown;
  };
  for (const std::string& known : also_known) consider(known, known);
  for (const Family& family : families()) consider(family.name, family.name + family.parameters);
  return best;
}

/// A plain positive number without leading zero that fits a size.
bool read_size(std::string_view text, std::uint64_t& value) {
  if (text.empty() || text.front() == '0') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value <= (std::uint64_t{1} << 40);
}

}  // namespace

std::vector<std::string> event_key_patterns() {
  std::vector<std::string> patterns;
  for (const Family& family : families()) patterns.push_back(family.name + family.parameters);
  return patterns;
}

EventKey parse_event_key(const std::string& key, const std::vector<std::string>& also_known) {
  EventKey result;
  std::string_view rest = key;
  const auto next_part = [&rest] {
    const std::size_t dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    return part;
  };
  result.name = std::string(next_part());

  const auto family = std::find_if(families().begin(), families().end(), [&](const Family& f) { return f.name == result.name; });
  if (family == families().end())
    throw UnpricedKey{fmt::format("no price for event key '{}'", key),
                      fmt::format("nearest known key: {}", nearest_key(result.name, also_known))};

  const UnpricedKey wrong_form{fmt::format("no price for event key '{}'", key),
                               fmt::format("this key is written {}{}", family->name, family->parameters)};
  for (std::size_t i = 0; i < family->numbers; ++i) {
    std::uint64_t number = 0;
    if (!read_size(next_part(), number)) throw wrong_form;
    result.numbers.push_back(number);
  }
  if (family->ports && rest == "1r1w") {
    result.dual_port = true;
    rest = {};
  }
  if (!rest.empty() || key.back() == '.') throw wrong_form;
  return result;
}

}  // namespace snnvp
