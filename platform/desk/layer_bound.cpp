// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/layer_bound.h>

#include <fmt/format.h>

#include <algorithm>

namespace snnvp::desk {

namespace {

using Json = nlohmann::ordered_json;

constexpr double memory_share = 0.30;  ///< as the rule memory_bound
constexpr double link_share = 0.50;

std::optional<double> number(const Json& layer, const char* key) {
  if (!layer.contains(key) || !layer.at(key).is_number()) return std::nullopt;
  return layer.at(key).get<double>();
}

}  // namespace

std::string bound_of(const Json& layer) {
  const auto at = [&layer](const char* key) { return number(layer, key).value_or(0); };
  // A stage of a package: what its resources would take alone, where its model tells them apart.
  if (number(layer, "d2d_cycles") || number(layer, "noc_cycles")) {
    const double link = std::max(at("d2d_cycles"), at("noc_cycles")), work = std::max(at("compute_cycles"), at("convert_cycles"));
    return link > work ? "link" : "compute";
  }
  if (const auto link = number(layer, "busiest_link_cycles"), all = number(layer, "cycles"); link && all && *all > 0)
    return *link > link_share * *all ? "link" : "";
  const auto total = number(layer, "total_cycles");
  if (!total || *total <= 0) return "";
  if (number(layer, "memory_cycles"))  // cores beside their memory
    return at("memory_cycles") > std::max({at("dense_cycles"), at("sparse_cycles"), at("attention_cycles")}) ? "memory" : "compute";
  const auto compute = number(layer, "compute_cycles");
  if (const auto integ = number(layer, "integ_cycles"); integ && !compute) {  // an array with ports of its own
    const double work = *integ + at("lif_cycles") + at("fill_cycles") + at("fixed_cycles");
    return std::max(at("dram_cycles"), at("glb_cycles")) > work || *total - work > memory_share * *total ? "memory" : "compute";
  }
  if (at("stall_cycles") > memory_share * *total) return "memory";
  if (compute && at("detect_cycles") > *compute) return "detection";
  return compute ? "compute" : "";
}

std::string bound_reason(const Json& layer) {
  static constexpr std::pair<const char*, const char*> parts[] = {
      {"compute_cycles", "adders"},         {"integ_cycles", "integration"},
      {"detect_cycles", "detector"},        {"preprocess_stall_cycles", "waiting for the detector"},
      {"stall_cycles", "memory stalls"},    {"dram_cycles", "DRAM transfers"},
      {"glb_cycles", "buffer transfers"},   {"lif_cycles", "neuron updates"},
      {"fill_cycles", "filling the array"}, {"busiest_link_cycles", "busiest link"},
      {"d2d_cycles", "die-to-die links"},   {"noc_cycles", "mesh"},
      {"memory_cycles", "memory"},          {"dense_cycles", "dense core"},
      {"sparse_cycles", "sparse core"},     {"attention_cycles", "attention core"}};
  auto total = number(layer, "total_cycles");
  if (!total) total = number(layer, "cycles");
  if (!total || *total <= 0) return "";
  std::string text;
  for (const auto& [key, words] : parts)
    if (const auto part = number(layer, key); part && *part > 0)
      text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", words, 100 * *part / *total);
  return text;
}

std::optional<Roofline> roofline_of(const Json& layer) {
  const auto m = number(layer, "M"), k = number(layer, "K"), n = number(layer, "N"), bits = number(layer, "dram_bits"),
             cycles = number(layer, "cycles");
  if (!m || !k || !n || !bits || !cycles || *bits <= 0 || *cycles <= 0) return std::nullopt;
  const double ops = *m * *k * *n;
  return Roofline{ops / (*bits / 8), ops / *cycles};
}

}  // namespace snnvp::desk
