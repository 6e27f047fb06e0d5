// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/heat_replay.h>

#include <fmt/format.h>

#include <algorithm>
#include <systemc>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/config/canonical.h>
#include <snnvp/platform/config/document.h>
#include <snnvp/platform/config/params.h>

namespace snnvp {
namespace {

ParamSet params_of(const nlohmann::json& block, const KindDescriptor& kind) {
  Diagnostics diagnostics;
  const Node node = read_yaml_text(to_yaml(block.at("params")), "activity.json", ".", diagnostics);
  const Value values = check_params(&node, kind.params, kind.kind, "platform.blocks", diagnostics);
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  return ParamSet(values);
}

}  // namespace

HeatReplay::HeatReplay(const Technology& technology, const PriceContext& prices, const HeatRecord& record, const nlohmann::json& block,
                       const Registry& registry)
    : prices_(prices), record_(record), account_(prices, record_.places) {
  const KindDescriptor* kind = registry.find(block.at("kind").get<std::string>());
  if (!kind) throw InputError("the run's thermal model is of kind " + block.at("kind").get<std::string>() + ", which this build lacks");
  module_ = kind->factory(record.block.c_str(), params_of(block, *kind));
  model_ = dynamic_cast<ThermalModel*>(module_.get());
  if (!model_) throw InputError("kind " + kind->kind + " is no thermal model");
  record_.not_throttled.clear();
  model_->set_up(technology, record_.sources, record_.power_maps, record_.leakage_maps);
  for (const HeatEpoch& epoch : record_.epochs) {
    model_->end_epoch(epoch.seconds, account_.powers(epoch));
    if (epoch.acted) act();
  }
  model_->finish();
}

HeatReplay::~HeatReplay() = default;

/// As during the run, where nothing may follow from it.
void HeatReplay::act() {
  for (const HeatPlace& place : record_.places) {
    const HeatAction action = action_of(*model_, record_, place);
    const char* what = place.has_clock && action.divider > 1            ? "its clock would be divided"
                       : place.has_refresh && action.refresh_factor > 1 ? "it would refresh more often"
                                                                        : nullptr;
    if (what)
      throw InputError(fmt::format("with these prices {} would run too hot and {}: the run's time would change, so it must be simulated",
                                   place.block, what));
    auto& blocks = record_.not_throttled;
    if (action.divider > 1 && std::find(blocks.begin(), blocks.end(), place.block) == blocks.end()) blocks.push_back(place.block);
  }
}

void HeatReplay::add_leakage_temperatures(PricingInput& input) const {
  if (prices_.settings.is_thermal) account_.add_leakage_temperatures(model_->leakage_temperature(), input);
}

void HeatReplay::collect(RunReport& report) const { collect_heat(*model_, record_, report); }

}  // namespace snnvp
