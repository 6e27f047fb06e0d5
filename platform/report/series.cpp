// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/series.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/report/stat_value.h>

namespace snnvp {
namespace {

/// Shares of time, and the counter that each follows: a share in a window is that of the run times the counter's rate over its mean.
constexpr std::pair<const char*, const char*> shares[] = {
    {"utilisation", "busy_cycles"}, {"utilisation", "busy_ps"}, {"link_utilisation_mean", "noc_flit_hops"}};

const BlockReport* find_block(const RunReport& report, const std::string& name) {
  for (const BlockReport& block : report.blocks)
    if (block.name == name) return &block;
  return nullptr;
}

/// Statistics that add up; a gauge or a ratio does not.
bool adds_up(const BlockReport* block, const std::string& stat) {
  if (!block || !block->descriptor) return false;
  for (const StatSpec& spec : block->descriptor->stats)
    if (spec.name == stat)
      return spec.kind == StatKind::count || spec.kind == StatKind::bytes || spec.kind == StatKind::cycles || spec.kind == StatKind::time;
  return false;
}

std::optional<double> real_of(const BlockReport& block, const std::string& stat) {
  for (const auto& [name, value] : block.stats)
    if (name == stat)
      if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

double seconds_of(Picoseconds time) { return static_cast<double>(time) * 1e-12; }

}  // namespace

std::size_t Series::column(const std::string& block, Column::Kind kind, const std::string& name, std::uint64_t hz) {
  const auto [it, is_new] = index_.try_emplace({block, static_cast<int>(kind), name}, columns_.size());
  if (is_new) columns_.push_back({block, name, kind, hz});
  return it->second;
}

void Series::add(Picoseconds now, const std::vector<BlockActivity>& counted) {
  std::vector<std::uint64_t> counts(columns_.size());
  const auto set = [&](std::size_t at, std::uint64_t value) {
    if (at >= counts.size()) counts.resize(at + 1);
    counts[at] = value;
  };
  for (const BlockActivity& block : counted) {
    for (const auto& [name, value] : block.statistics) set(column(block.name, Column::Kind::statistic, name, 0), value);
    for (const auto& [key, value] : block.events) set(column(block.name, Column::Kind::event, key, 0), value);
    for (const auto& [unit, activity] : block.units) set(column(block.name, Column::Kind::unit, unit, activity.hz), activity.busy);
  }
  ends_.push_back(now);
  counts_.push_back(std::move(counts));
}

void Series::end_window(Picoseconds now, const std::vector<BlockActivity>& counted) {
  add(now, counted);
  start_ = now;
  if (ends_.size() < most_) return;
  for (std::size_t i = 0; i < ends_.size() / 2; ++i) {
    ends_[i] = ends_[2 * i + 1];
    counts_[i] = std::move(counts_[2 * i + 1]);
  }
  ends_.resize(ends_.size() / 2);
  counts_.resize(ends_.size());
  length_ *= 2;
}

void Series::finish(Picoseconds now, const std::vector<BlockActivity>& counted) {
  if (!ends_.empty() && now == ends_.back()) {  // the run ended with a window: what was settled since belongs to it
    ends_.pop_back();
    counts_.pop_back();
  }
  add(now, counted);
}

std::int64_t Series::change(std::size_t window, std::size_t at) const {
  const auto count = [&](std::size_t w) { return at < counts_[w].size() ? counts_[w][at] : 0; };
  return static_cast<std::int64_t>(count(window) - (window == 0 ? 0 : count(window - 1)));  // below zero where a block was reset
}

std::vector<Series::Row> Series::rows(const RunReport& report, const PriceContext* prices) const {
  std::vector<Row> rows;
  if (ends_.empty()) return rows;
  const double run_s = seconds_of(ends_.back());
  for (std::size_t w = 0; w < ends_.size(); ++w) {
    const Picoseconds begin = w == 0 ? 0 : ends_[w - 1];
    const double window_s = seconds_of(ends_[w] - begin);
    rows.push_back({w, "", "begin_s", seconds_of(begin), {}});
    rows.push_back({w, "", "length_s", window_s, {}});
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      const Column& c = columns_[at];
      const std::int64_t n = change(w, at);
      const BlockReport* block = find_block(report, c.block);
      if (n == 0 || !block || (c.kind == Column::Kind::statistic && !adds_up(block, c.name))) continue;
      const char* prefix = c.kind == Column::Kind::event ? "events." : c.kind == Column::Kind::unit ? "busy." : "";
      rows.push_back({w, c.block, prefix + c.name, static_cast<double>(n), n});
      if (window_s <= 0) continue;
      if (c.kind == Column::Kind::unit && c.hz != 0)
        rows.push_back({w, c.block, "utilisation." + c.name, static_cast<double>(n) / (static_cast<double>(c.hz) * window_s), {}});
      const std::uint64_t total = counts_.back().at(at);
      for (const auto& [share, counter] : shares)
        if (const auto mean = real_of(*block, share); mean && c.kind == Column::Kind::statistic && c.name == counter && total != 0)
          rows.push_back({w, c.block, share, *mean * (static_cast<double>(n) / window_s) / (static_cast<double>(total) / run_s), {}});
    }
  }
  if (prices) add_power(*prices, rows);
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return std::tie(a.window, a.block, a.stat) < std::tie(b.window, b.block, b.stat); });
  return rows;
}

/// The counts of each window at the prices of the run. A unit that counted more cycles than a window has, because a burst or tile is
/// booked when it begins, carries them over.
void Series::add_power(const PriceContext& prices, std::vector<Row>& rows) const {
  std::vector<double> carried(columns_.size());
  for (std::size_t w = 0; w < ends_.size(); ++w) {
    const double window_s = seconds_of(ends_[w] - (w == 0 ? 0 : ends_[w - 1]));
    if (window_s <= 0) continue;
    std::map<std::string, BlockActivity> blocks;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      const Column& c = columns_[at];
      BlockActivity& block = blocks[c.block];
      const std::uint64_t n = static_cast<std::uint64_t>(std::max<std::int64_t>(0, change(w, at)));
      if (c.kind == Column::Kind::event) {
        block.events[c.name] = n;
        if (c.name.rfind("dram_", 0) == 0) block.is_used = block.is_used.value_or(false) || counts_.back().at(at) != 0;
      } else if (c.kind == Column::Kind::statistic) {
        block.statistics[c.name] = n;
      } else {
        const double room = std::floor(static_cast<double>(c.hz) * window_s), wanted = static_cast<double>(n) + carried[at];
        const double busy = std::min(room, wanted);
        carried[at] = wanted - busy;
        block.units[c.name] = {static_cast<Cycles>(busy), c.hz};
      }
    }
    PricingInput input;
    input.elapsed_s = window_s;
    for (auto& [name, block] : blocks) {
      block.name = name;
      input.blocks.push_back(std::move(block));
    }
    const Ledger ledger = price(prices, input);
    rows.push_back({w, "", "power_w", ledger.total_j / window_s, {}});
    for (const auto& [name, energy] : ledger.by_block) rows.push_back({w, name, "power_w", energy.total_j / window_s, {}});
  }
}

std::string series_csv(const std::vector<Series::Row>& rows) {
  std::string out = "window,block,stat,value\n";
  for (const Series::Row& row : rows) {
    // Figures that follow from others are rounded: hosts may differ in the last bit.
    const std::string value = row.count ? fmt::format("{}", *row.count) : fmt::format("{:.9g}", row.value);
    out += fmt::format("{},{},{},{}\n", row.window, csv_field(row.block), csv_field(row.stat), value);
  }
  return out;
}

}  // namespace snnvp
