// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/plugin/loader.h>

#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <sstream>
#include <systemc>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/params.h>
#include <snnvp/platform/plugin/shared_object.h>
#include <snnvp/platform/plugin/version.h>

namespace snnvp {
namespace {

namespace fs = std::filesystem;

/// What was thrown, in words; to be called in a handler.
std::string thrown() {
  try {
    throw;
  } catch (const sc_core::sc_report& report) {
    return fmt::format("{}: {}", report.get_msg_type(), report.get_msg());
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

/// A call into the plug-in whose exceptions become errors of the user's input.
template <typename R, typename... A>
std::function<R(A...)> guarded(std::function<R(A...)> call, std::string what) {
  if (!call) return call;
  return [call = std::move(call), what = std::move(what)](A... arguments) -> R {
    try {
      return call(std::forward<A>(arguments)...);
    } catch (const InputError&) {
      throw;
    } catch (...) {
      throw InputError(what + " threw: " + thrown());
    }
  };
}

/// Stands between a plug-in and the registry: adds the file's name, and catches what its callbacks throw.
class PluginRegistry : public Registry {
public:
  PluginRegistry(Registry& registry, const LoadedPlugin& plugin) : registry_(registry), plugin_(plugin) {}

  void add(KindDescriptor kind) override {
    const std::string of = fmt::format("plug-in {}: ", plugin_.shown);
    const auto dot = kind.kind.find('.');
    if (dot == 0 || dot == std::string::npos || dot + 1 == kind.kind.size())
      throw InputError(fmt::format("{}'{}' is no name of a kind; write vendor.block", of, printable(kind.kind)));
    if (const KindDescriptor* other = registry_.find(kind.kind))
      throw InputError(fmt::format("{}the kind {} exists already: {}", of, kind.kind,
                                   other->plugin.empty() ? "it is built in" : "plug-in " + other->plugin + " has it too"));
    if (!kind.factory) throw InputError(fmt::format("{}the kind {} has no factory", of, kind.kind));
    const std::string what = of + kind.kind + ": its ";
    kind.plugin = plugin_.path;
    kind.factory = [make = guarded(std::move(kind.factory), what + "factory"), what](const sc_core::sc_module_name& name,
                                                                                     const ParamSet& p) {
      auto module = make(name, p);
      if (!module) throw InputError(what + "factory returns no module");
      return module;
    };
    kind.events = guarded(std::move(kind.events), what + "list of events");
    kind.macros = guarded(std::move(kind.macros), what + "list of macros");
    kind.price_hints = guarded(std::move(kind.price_hints), what + "price hints");
    kind.window = guarded(std::move(kind.window), what + "window");
    kind.refusal = guarded(std::move(kind.refusal), what + "refusal");
    kind.check = guarded(std::move(kind.check), what + "check of parameters");
    kinds.push_back(kind.kind);
    registry_.add(std::move(kind));
  }
  const KindDescriptor* find(const std::string& kind) const override { return registry_.find(kind); }
  std::vector<const KindDescriptor*> all() const override { return registry_.all(); }

  std::vector<std::string> kinds;

private:
  Registry& registry_;
  const LoadedPlugin& plugin_;
};

/// The file, or the one of its name in SNNVP_PLUGIN_PATH.
std::string find_file(const std::string& file) {
  std::error_code error;
  const fs::path name = fs::path(file).filename();
  if (!fs::exists(file, error))
    if (const char* folders = std::getenv("SNNVP_PLUGIN_PATH")) {
      std::istringstream list(folders);
      for (std::string folder; std::getline(list, folder, ':');)
        if (!folder.empty() && fs::exists(fs::path(folder) / name, error)) return fs::canonical(fs::path(folder) / name).string();
    }
  const fs::path real = fs::canonical(file, error);
  return error ? fs::absolute(file).lexically_normal().string() : real.string();
}

LoadedPlugin load(const std::string& shown, const std::string& file, const std::string& requirement, Registry& registry) {
  LoadedPlugin plugin;
  plugin.shown = shown;
  plugin.path = find_file(file);
  const snnvp_plugin_info& info = open_plugin(plugin.path, shown);
  plugin.name = info.name;
  plugin.version = info.version;
  if (!requirement.empty()) {
    const auto fits = version_satisfies(plugin.version, requirement);
    if (!fits)
      throw InputError(fmt::format("plug-in {}: version '{}' cannot be compared with '{}'; write >=1.0, <2 or =1.2.0", shown,
                                   printable(plugin.version), requirement));
    if (!*fits) throw InputError(fmt::format("plug-in {}: it is version {}, {} is required", shown, plugin.version, requirement));
  }
  for (const KindDescriptor* kind : registry.all())
    if (kind->plugin == plugin.path) plugin.kinds.push_back(kind->kind);
  if (!plugin.kinds.empty()) return plugin;  // loaded before
  PluginRegistry guard(registry, plugin);
  try {
    info.register_kinds(static_cast<Registry*>(&guard));
  } catch (const InputError&) {
    throw;
  } catch (...) {
    throw InputError(fmt::format("plug-in {}: its register_kinds threw: {}", shown, thrown()));
  }
  plugin.kinds = guard.kinds;
  return plugin;
}

}  // namespace

LoadedPlugin load_plugin(const std::string& file, const std::string& requirement, Registry& registry) {
  return load(file, file, requirement, registry);
}

std::vector<LoadedPlugin> load_plugins(const Node* plugins, Registry& registry, Diagnostics& diagnostics) {
  static const std::vector<ParamSpec> specs = {
      required_param("path", ParamType::path, "the plug-in's file"),
      param("requires", "", "versions that will do: >=1.0, <2, =1.2.0, joined by commas"),
  };
  std::vector<LoadedPlugin> loaded;
  if (plugins == nullptr) return loaded;
  for (std::size_t i = 0; i < plugins->items.size(); ++i) {
    const Node& item = plugins->items[i];
    const std::string path = fmt::format("plugins[{}]", i);
    const std::size_t errors = diagnostics.error_count();
    std::string shown, file, requirement;
    if (item.is_map()) {
      const Value values = check_params(&item, specs, "a plug-in", path, diagnostics);
      if (diagnostics.error_count() != errors) continue;
      file = values.find("path")->as_text();
      requirement = values.find("requires")->as_text();
      shown = item.find("path")->text;
    } else {
      const Value value = check_param(item, specs.front(), "a plug-in", path, diagnostics);
      if (diagnostics.error_count() != errors) continue;
      file = value.as_text();
      shown = item.text;
    }
    try {
      loaded.push_back(load(shown, file, requirement, registry));
    } catch (const InputError& error) {
      diagnostics.error(item.pos, path, error.what());
    }
  }
  return loaded;
}

}  // namespace snnvp
