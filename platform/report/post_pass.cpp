// SPDX-License-Identifier: Apache-2.0
// Counts times prices (spec/energy.md 2 and 4).
#include <snnvp/platform/report/pricing.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include <snnvp/platform/report/ledger_notes.h>

namespace snnvp {
namespace {

constexpr double joule_per_pj = 1e-12, watt_per_mw = 1e-3;

/// Orders factor lists, so that energies which depend on the same constants meet.
struct FactorsLess {
  bool operator()(const std::vector<PriceFactor>& a, const std::vector<PriceFactor>& b) const {
    const auto key = [](const PriceFactor& f) { return std::make_tuple(f.constant, f.is_doubling, f.exponent); };
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [&](const PriceFactor& x, const PriceFactor& y) { return key(x) < key(y); });
  }
};

/// Collects rows and what the totals depend on.
class LedgerBuilder {
public:
  explicit LedgerBuilder(const PriceContext& context) : context_(context) {
    ledger_.settings = context.settings;
    ledger_.constants = context.constants;
  }

  /// A row with its energy; `term` gives price and pedigree.
  void add_row(LedgerRow row, const PriceTerm& term) {
    const Constant& origin = context_.constants[term.origin];
    row.unit = term.unit;
    row.unit_price = context_.constants.nominal(term);
    row.lo = context_.constants.lowest(term);
    row.hi = context_.constants.highest(term);
    row.path = origin.path, row.status = origin.status, row.source = origin.source;
    row.is_extrapolated = term.extrapolated;
    ledger_.rows.push_back(std::move(row));
  }

  /// Remembers on which constants an energy depends; `origin` counts even if it is only a table's name.
  void depend(double energy_j, const std::vector<PriceFactor>& factors, std::size_t origin) {
    std::vector<PriceFactor> banded;
    bool names_origin = false;
    for (const PriceFactor& factor : factors) {
      const Constant& c = context_.constants[factor.constant];
      names_origin = names_origin || factor.constant == origin;
      // E is proportional to constant^exponent; the doubling temperature acts through its derivative.
      const double weight = factor.is_doubling ? std::fabs(std::log(2.0) * factor.exponent / c.value) : factor.exponent;
      SourceSums& sums = sources_[factor.constant];
      sums.energy_j += energy_j * weight;
      if (!c.has_band()) continue;
      banded.push_back(factor);
      const double nominal = factor.at(c.value);
      sums.at_lo_j += energy_j * (factor.at(c.lo) / nominal - 1);
      sums.at_hi_j += energy_j * (factor.at(c.hi) / nominal - 1);
    }
    if (!names_origin) sources_[origin].energy_j += energy_j;
    terms_[banded] += energy_j;
  }

  Ledger finish() {
    sum();
    for (const auto& [factors, energy_j] : terms_) ledger_.terms.push_back({energy_j, factors});
    for (const auto& [index, sums] : sources_) {
      LedgerSource source;
      source.constant = context_.constants[index];
      source.energy_j = round_to_12_digits(sums.energy_j);
      source.share = ledger_.total_j > 0 ? round_to_12_digits(sums.energy_j / ledger_.total_j) : 0;
      source.total_lo_j = round_to_12_digits(ledger_.total_j + std::min(sums.at_lo_j, sums.at_hi_j));
      source.total_hi_j = round_to_12_digits(ledger_.total_j + std::max(sums.at_lo_j, sums.at_hi_j));
      ledger_.sources.push_back(std::move(source));
    }
    std::sort(ledger_.sources.begin(), ledger_.sources.end(),
              [](const LedgerSource& a, const LedgerSource& b) { return a.constant.path < b.constant.path; });
    return std::move(ledger_);
  }

  Ledger& ledger() { return ledger_; }

private:
  struct SourceSums {
    double energy_j = 0, at_lo_j = 0, at_hi_j = 0;  // the latter two: change of the total at the band's ends
  };

  void sum() {
    std::stable_sort(ledger_.rows.begin(), ledger_.rows.end(), [](const LedgerRow& a, const LedgerRow& b) {
      return std::tie(a.block, a.key, a.path) < std::tie(b.block, b.key, b.path);
    });
    for (const LedgerRow& row : ledger_.rows) {
      BlockEnergy& block = ledger_.by_block[row.block];
      (row.is_static ? block.static_j : block.dynamic_j) += row.energy_j;
      ledger_.by_event[row.key] += row.energy_j;
    }
    for (auto& [name, block] : ledger_.by_block) {
      block.total_j = block.static_j + block.dynamic_j;
      ledger_.static_j += block.static_j;
      ledger_.dynamic_j += block.dynamic_j;
    }
    ledger_.total_j = ledger_.static_j + ledger_.dynamic_j;
  }

  const PriceContext& context_;
  Ledger ledger_;
  std::map<std::vector<PriceFactor>, double, FactorsLess> terms_;
  std::map<std::size_t, SourceSums> sources_;
};

/// Prices what one block did.
class BlockPricer {
public:
  BlockPricer(const PriceContext& context, const PriceContext::Block& block, const BlockActivity& activity, double elapsed_s,
              LedgerBuilder& builder)
      : context_(context), block_(block), activity_(activity), elapsed_s_(elapsed_s), builder_(builder) {}

  void run() {
    check_activity();
    builder_.ledger().by_block[block_.name].mode = block_.mode;
    price_events();
    price_overheads();
    price_preset();
    price_published();
    price_static();
  }

private:
  LedgerRow row(const std::string& key, LedgerRow::Kind kind) const {
    LedgerRow r;
    r.block = block_.name, r.key = key, r.kind = kind;
    r.mode = block_.mode, r.node_nm = block_.node_nm, r.vdd = block_.vdd;
    return r;
  }

  void check_activity() const {
    for (const auto& [name, unit] : activity_.units) {
      // One cycle of slack: elapsed time is a rounded double.
      if (unit.hz == 0 || static_cast<double>(unit.busy) > elapsed_s_ * static_cast<double>(unit.hz) * (1 + 1e-9) + 1)
        throw InternalError(fmt::format("unit '{}' of block '{}' was busy for {} cycles at {} Hz, longer than the run of {} s", name,
                                        block_.name, unit.busy, unit.hz, elapsed_s_));
    }
  }

  void add_events(const std::string& key, std::uint64_t count, const PriceTerm& term, bool is_datapath = false) {
    LedgerRow r = row(key, LedgerRow::Kind::event);
    r.count = count;
    r.is_static = key.find("_leak_ns.") != std::string::npos;
    r.energy_j = static_cast<double>(count) * context_.constants.nominal(term) * joule_per_pj;
    builder_.depend(r.energy_j, term.factors, term.origin);
    dynamic_.push_back({r.energy_j, term.factors, term.origin});
    if (is_datapath) datapath_.push_back({r.energy_j, &term});
    builder_.add_row(std::move(r), term);
  }

  void add_power(const std::string& key, double seconds, const PriceTerm& term, bool is_static) {
    LedgerRow r = row(key, LedgerRow::Kind::power);
    r.is_static = is_static;
    r.energy_j = context_.constants.nominal(term) * watt_per_mw * seconds;
    builder_.depend(r.energy_j, term.factors, term.origin);
    builder_.add_row(std::move(r), term);
  }

  void price_events() {
    for (const auto& [key, count] : activity_.events) {
      const auto price = block_.prices.find(key);
      if (price == block_.prices.end())
        throw InternalError(fmt::format("block '{}' ({}) counted '{}', a key that it does not declare", block_.name, block_.kind, key));
      if (count == 0) continue;
      for (const PriceTerm& term : price->second.terms) add_events(key, count, term, price->second.is_datapath);
    }
  }

  /// Clock, control and wire, in proportion to the datapath (spec/energy.md 6.2).
  void price_overheads() {
    static const char* const keys[] = {"overhead.clock", "overhead.control", "overhead.wire"};
    double datapath_j = 0;
    for (const DatapathPart& part : datapath_) datapath_j += part.energy_j;
    for (std::size_t i = 0; datapath_j > 0 && i < block_.overheads.size(); ++i) {
      const PriceTerm& overhead = block_.overheads[i];
      const double fraction = context_.constants.nominal(overhead);
      LedgerRow r = row(keys[i], LedgerRow::Kind::overhead);
      r.energy_j = datapath_j * fraction;
      for (const DatapathPart& part : datapath_) {
        std::vector<PriceFactor> factors = part.term->factors;
        factors.insert(factors.end(), overhead.factors.begin(), overhead.factors.end());
        builder_.depend(part.energy_j * fraction, factors, overhead.origin);
        dynamic_.push_back({part.energy_j * fraction, std::move(factors), overhead.origin});
      }
      builder_.add_row(std::move(r), overhead);
    }
  }

  /// What a place-and-route preset takes from the dynamic energy: a row of its own, below zero for a factor below one.
  void price_preset() {
    if (!block_.preset_factor) return;
    const double change = context_.constants.nominal(*block_.preset_factor) - 1;
    LedgerRow r = row(preset_factor_key, LedgerRow::Kind::overhead);
    for (const DynamicPart& part : dynamic_) {
      r.energy_j += part.energy_j * change;
      builder_.depend(part.energy_j * change, part.factors, part.origin);
    }
    builder_.add_row(std::move(r), *block_.preset_factor);
  }

  /// Published power x time and priced statistics of a calibrated list.
  void price_published() {
    for (const PriceContext::UnitPower& published : block_.powers) {
      double seconds = elapsed_s_;
      if (!published.unit.empty()) {
        const auto unit = activity_.units.find(published.unit);
        const Cycles busy = unit == activity_.units.end() ? 0 : unit->second.busy;
        const double hz = published.hz > 0 ? published.hz : unit == activity_.units.end() ? 1 : static_cast<double>(unit->second.hz);
        seconds = static_cast<double>(busy) / hz;
      }
      add_power(published.key, seconds, published.power, false);
    }
    for (const PriceContext::StatisticPrice& priced : block_.statistics) {
      const auto statistic = activity_.statistics.find(priced.statistic);
      const std::uint64_t count = statistic == activity_.statistics.end() ? 0 : statistic->second;
      if (count > 0) add_events(priced.key, count, priced.price);
    }
  }

  /// Leakage and standby, over elapsed time.
  void price_static() {
    const double seconds = elapsed_s_ * (block_.power_gated_when_idle ? busy_share() : 1);
    for (const auto& [key, power] : block_.leakage) add_power(key, seconds, at_temperature(power), true);
    // Which rows are open is not counted: a memory that is used at all is charged as active all the time.
    const bool is_used = activity_.is_used.value_or(std::any_of(activity_.events.begin(), activity_.events.end(), [](const auto& event) {
      return event.second > 0 && event.first.rfind("dram_", 0) == 0;
    }));
    for (const PriceTerm& power : is_used ? block_.standby_active : block_.standby_idle) add_power("standby.dram", elapsed_s_, power, true);
  }

  /// Leakage at the temperature the block had, where that is known.
  PriceTerm at_temperature(PriceTerm power) const {
    if (activity_.leakage_kelvin)
      for (PriceFactor& factor : power.factors)
        if (factor.is_doubling) factor.exponent = *activity_.leakage_kelvin - leakage_reference_kelvin;
    return power;
  }

  /// The busiest unit's share of the run; a block without units is never idle.
  double busy_share() const {
    if (activity_.units.empty() || elapsed_s_ <= 0) return 1;
    double share = 0;
    for (const auto& [name, unit] : activity_.units)
      share = std::max(share, static_cast<double>(unit.busy) / static_cast<double>(unit.hz) / elapsed_s_);
    return std::min(share, 1.0);
  }

  struct DatapathPart {
    double energy_j;
    const PriceTerm* term;
  };
  struct DynamicPart {
    double energy_j;
    std::vector<PriceFactor> factors;
    std::size_t origin;
  };

  const PriceContext& context_;
  const PriceContext::Block& block_;
  const BlockActivity& activity_;
  double elapsed_s_;
  LedgerBuilder& builder_;
  std::vector<DatapathPart> datapath_;
  std::vector<DynamicPart> dynamic_;
};

std::map<std::string, const BlockActivity*> by_name(const PriceContext& context, const PricingInput& input) {
  std::map<std::string, const BlockActivity*> result;
  for (const BlockActivity& activity : input.blocks) {
    const bool is_known = std::any_of(context.blocks.begin(), context.blocks.end(), [&](const auto& b) { return b.name == activity.name; });
    if (!is_known) throw InternalError(fmt::format("block '{}' was counted but never declared", activity.name));
    if (!result.emplace(activity.name, &activity).second) throw InternalError(fmt::format("block '{}' was counted twice", activity.name));
  }
  return result;
}

/// An unsigned underflow shows up as 1.8e19, so no total of a key may pass 2^63.
void check_counts(const PricingInput& input) {
  constexpr std::uint64_t most = std::uint64_t{1} << 63;
  std::map<std::string, std::uint64_t> totals;
  for (const BlockActivity& activity : input.blocks)
    for (const auto& [key, count] : activity.events) {
      std::uint64_t& total = totals[key];
      if (count > most || total > most - count)
        throw InternalError(
            fmt::format("event '{}' of block '{}': the total passes 2^63, a count has wrapped below zero", key, activity.name));
      total += count;
    }
}

}  // namespace

Ledger price(const PriceContext& context, const PricingInput& input) {
  if (!std::isfinite(input.elapsed_s) || input.elapsed_s < 0) throw InternalError(fmt::format("elapsed time is {} s", input.elapsed_s));
  check_counts(input);
  const auto activities = by_name(context, input);

  LedgerBuilder builder(context);
  for (const PriceContext::Block& block : context.blocks) {
    if (!block.not_counted.empty()) {
      builder.ledger().not_counted.push_back({block.name, block.not_counted});
      continue;
    }
    static const BlockActivity idle;
    const auto it = activities.find(block.name);
    BlockPricer(context, block, it == activities.end() ? idle : *it->second, input.elapsed_s, builder).run();
  }
  Ledger ledger = builder.finish();
  check_ledger(ledger);
  annotate(ledger, context, input);
  return ledger;
}

}  // namespace snnvp
