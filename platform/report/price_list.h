// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/base/value.h>
#include <snnvp/platform/report/technology.h>

namespace snnvp {

/// A named price list: settings of the technology section, and published figures for calibrated mode.
/// New presets are new files in price_lists/, not new code.
struct PriceList {
  /// Published power of a part: P x busy cycles / hz, or P x elapsed time if no unit is named.
  struct Power {
    std::string key, price, unit;
    double hz = 0;
  };
  /// A price on a statistic of the block: an engine's own DRAM bits, as its authors count them.
  struct Statistic {
    std::string key, statistic, price;
  };
  /// A published price of an event, `times` over. A key that is listed more than once costs the sum.
  struct Event {
    std::string key, price;
    double times = 1;
  };
  struct Kind {
    std::string kind;
    std::vector<Power> powers;
    std::vector<Statistic> statistics;
    std::vector<Event> events;
  };
  struct Exception {
    std::string kind, reason;
  };

  std::string name, doc;
  std::string warning;               ///< told with every run that uses the list; empty: none
  Value set = Value::make_record();  ///< checked technology parameters
  std::vector<Kind> blocks;          ///< empty: bottom-up only
  std::vector<Exception> not_counted;
  bool falls_back_to_bottom_up = false;  ///< for kinds without published figures

  const Kind* find(const std::string& kind) const;
  const Exception* find_exception(const std::string& kind) const;
};

/// Reads price_lists/NAME.yaml; throws InputError with every fault in it.
PriceList read_price_list(const Technology& technology, const std::string& name);

}  // namespace snnvp
