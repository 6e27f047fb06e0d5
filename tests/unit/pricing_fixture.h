// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <snnvp/platform/config/params.h>
#include <snnvp/platform/report/pricing.h>

namespace snnvp::test {

/// The technology files of the source tree.
inline std::string technology_folder() {
  return (std::filesystem::path(__FILE__).lexically_normal().parent_path().parent_path().parent_path() / "scenarios" / "tech").string();
}

inline const Technology& technology() {
  static const Technology instance(technology_folder());
  return instance;
}

/// A platform to be priced by hand-made counts.
struct Bench {
  std::string section;  ///< YAML of the technology section
  std::vector<BlockDeclaration> blocks;
  Diagnostics diagnostics;

  explicit Bench(std::string technology_section = "{}") : section(std::move(technology_section)) {}

  BlockDeclaration& add(const std::string& name, std::vector<std::string> keys, const std::string& kind = "models.test") {
    BlockDeclaration block;
    block.name = name, block.kind = kind;
    block.pos = {"bench.yaml", 7, 5};
    block.path = "platform.blocks." + name;
    block.event_keys = std::move(keys);
    blocks.push_back(std::move(block));
    return blocks.back();
  }

  /// Resolves; faults are in `diagnostics`.
  PriceContext resolve() {
    const Node node = read_yaml_text(section, "technology.yaml", ".", diagnostics);
    const Value params = check_params(&node, technology_params(technology()), "technology", "technology", diagnostics);
    return resolve_prices(technology(), params, blocks, diagnostics, &node);
  }

  /// Resolves and prices; any fault fails the test.
  Ledger price(const PricingInput& input) {
    const PriceContext context = resolve();
    INFO(diagnostics.format());
    REQUIRE_FALSE(diagnostics.has_errors());
    return snnvp::price(context, input);
  }
};

inline BlockActivity activity(const std::string& name, std::map<std::string, std::uint64_t> events) {
  BlockActivity result;
  result.name = name;
  result.events = std::move(events);
  return result;
}

/// One block "b" that counts `events` for `elapsed_s`.
inline Ledger price_events(const std::string& section, const std::map<std::string, std::uint64_t>& events, double elapsed_s = 0) {
  Bench bench(section);
  std::vector<std::string> keys;
  for (const auto& [key, count] : events) keys.push_back(key);
  bench.add("b", keys);
  return bench.price({elapsed_s, {activity("b", events)}});
}

/// pJ of one event of `key`, over all parts of its price.
inline double price_of(const std::string& key, const std::string& section = "{overheads: off}") {
  return price_events(section, {{key, 1}}).dynamic_j * 1e12;
}

}  // namespace snnvp::test
