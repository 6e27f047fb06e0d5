// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/run/heat_account.h>

namespace snnvp {

/// The heat of a finished run under other prices: a thermal model without a platform, given the same epochs. Refuses, with a sentence,
/// what would have changed the run's time.
class HeatReplay : public HeatResult {
public:
  /// `block`: the thermal model's entry of the resolved scenario. The references must outlive it.
  HeatReplay(const Technology& technology, const PriceContext& prices, const HeatRecord& record, const nlohmann::json& block,
             const Registry& registry);
  ~HeatReplay() override;

  void add_leakage_temperatures(PricingInput& input) const override;
  std::string status() const override { return model_->status(); }
  void collect(RunReport& report) const override;

private:
  void act();

  const PriceContext& prices_;
  HeatRecord record_;
  HeatAccount account_;
  std::unique_ptr<sc_core::sc_module> module_;
  ThermalModel* model_ = nullptr;
};

}  // namespace snnvp
