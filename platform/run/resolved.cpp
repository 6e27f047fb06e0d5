// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/resolved.h>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/config/canonical.h>

namespace snnvp {
namespace {

nlohmann::json written(const Value& value, const ParamSpec& spec) {
  if (value.is_null()) return nullptr;
  if (spec.type == ParamType::quantity) return format_quantity(value, spec.dimension);
  if (spec.members.empty()) return to_json(value);
  if (spec.type == ParamType::record) return snnvp::written(value, spec.members);
  nlohmann::json out = spec.type == ParamType::list ? nlohmann::json::array() : nlohmann::json::object();
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    nlohmann::json item = written(value.items()[i], spec.members.front());
    if (spec.type == ParamType::list)
      out.push_back(std::move(item));
    else
      out[value.keys()[i]] = std::move(item);
  }
  return out;
}

}  // namespace

nlohmann::json written(const Value& record, const std::vector<ParamSpec>& specs) {
  nlohmann::json out = nlohmann::json::object();
  for (const ParamSpec& spec : specs)
    if (const Value* value = record.find(spec.name); value && (!value->is_null() || spec.nullable)) out[spec.name] = written(*value, spec);
  return out;
}

std::string runnable_yaml(nlohmann::json resolved, const std::map<std::string, std::string>& workload_paths,
                          const std::vector<std::string>& plugin_paths) {
  for (const auto& [key, path] : workload_paths) resolved["workload"][nlohmann::json::json_pointer(key)] = path;
  for (std::size_t i = 0; i < plugin_paths.size(); ++i) resolved["plugins"][i]["path"] = plugin_paths[i];
  return to_yaml(resolved);
}

}  // namespace snnvp
