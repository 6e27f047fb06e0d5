// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/layer_bound.h>

namespace snnvp::desk {

namespace {

using Json = nlohmann::ordered_json;

constexpr double memory_share = 0.30;

std::optional<double> number(const Json& layer, const char* key) {
  if (!layer.contains(key) || !layer.at(key).is_number()) return std::nullopt;
  return layer.at(key).get<double>();
}

}  // namespace

std::string bound_of(const Json& layer) {
  const auto total = number(layer, "total_cycles"), stall = number(layer, "stall_cycles"), compute = number(layer, "compute_cycles"),
             detect = number(layer, "detect_cycles");
  if (!total || *total <= 0) return "";
  if (stall && *stall > memory_share * *total) return "memory";
  if (detect && compute && *detect > *compute) return "detection";
  if (compute) return "compute";
  return "";
}

std::optional<Roofline> roofline_of(const Json& layer) {
  const auto m = number(layer, "M"), k = number(layer, "K"), n = number(layer, "N"), bits = number(layer, "dram_bits"),
             cycles = number(layer, "cycles");
  if (!m || !k || !n || !bits || !cycles || *bits <= 0 || *cycles <= 0) return std::nullopt;
  const double ops = *m * *k * *n;
  return Roofline{ops / (*bits / 8), ops / *cycles};
}

}  // namespace snnvp::desk
