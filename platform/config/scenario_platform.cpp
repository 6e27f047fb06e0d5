// SPDX-License-Identifier: Apache-2.0
// The section `platform` of a scenario: clocks, blocks, links, maps.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/extends.h>
#include <snnvp/platform/config/params.h>
#include <snnvp/platform/config/scenario_sections.h>

namespace snnvp {

namespace {

constexpr const char* name_rule = "names are lower-case letters, digits and underscores, beginning with a letter";

/// A clock faster than the kernel's resolution of 1 ps could not tick.
constexpr double max_clock_hz = 1e12;

class PlatformReader {
public:
  PlatformReader(Scenario& scenario, Diagnostics& diagnostics) : scenario_(scenario), diagnostics_(diagnostics) {}

  void read(const Node& platform) {
    check_keys(platform, {"clocks", "blocks", "links", "maps", "defaults", "extends"}, "platform", "platform", diagnostics_);
    if (const Node* clocks = member(platform, "clocks", Node::Type::map)) read_clocks(*clocks);
    if (const Node* blocks = member(platform, "blocks", Node::Type::list))
      read_blocks(*blocks);
    else if (!platform.find("blocks") || platform.find("blocks")->is_null())
      diagnostics_.error(platform.pos, "platform.blocks", "a platform needs at least one block", "blocks: [ { name: ..., kind: ... } ]");
    if (const Node* links = member(platform, "links", Node::Type::list))
      for (std::size_t i = 0; i < links->items.size(); ++i) read_link(links->items[i], fmt::format("platform.links[{}]", i));
    if (const Node* maps = member(platform, "maps", Node::Type::list))
      for (std::size_t i = 0; i < maps->items.size(); ++i) read_map(maps->items[i], fmt::format("platform.maps[{}]", i));
    if (const Node* defaults = member(platform, "defaults", Node::Type::map)) read_defaults(*defaults);
  }

private:
  const Node* member(const Node& map, const std::string& key, Node::Type type) {
    const Node* node = map.find(key);
    if (!node || node->is_null()) return nullptr;
    if (node->type == type) return node;
    const char* expected = type == Node::Type::map ? "a map is expected, not " : "a list is expected, not ";
    diagnostics_.error(node->pos, "platform." + key, expected + describe(*node));
    return nullptr;
  }

  bool expect_map(const Node& node, const std::string& path, const std::string& example) {
    if (node.is_map()) return true;
    diagnostics_.error(node.pos, path, "a map is expected, not " + describe(node), "write " + example);
    return false;
  }

  void read_clocks(const Node& clocks) {
    static const ParamSpec spec = quantity("clock", Dimension::frequency, Value(), "").range(1, max_clock_hz);
    for (const Node::Entry& entry : clocks.entries) {
      const std::string path = "platform.clocks." + entry.key;
      if (!is_name(entry.key)) diagnostics_.error(entry.key_pos, path, quote(entry.key) + " is not a name", name_rule);
      const Value hz = check_param(entry.value, spec, "platform", path, diagnostics_);
      // A clock of unknown frequency still exists: blocks that use it are not wrong.
      scenario_.clocks.push_back({entry.key, hz.is_null() ? 1 : hz.as_u64(), entry.key_pos});
    }
  }

  /// The name of a clock as written, checked; nothing if it is no text.
  std::optional<std::string> clock_name(const Node& node, const std::string& path) {
    const auto is_it = [&](const ClockDecl& clock) { return clock.name == node.text; };
    if (node.is_scalar() && std::any_of(scenario_.clocks.begin(), scenario_.clocks.end(), is_it)) return node.text;
    std::vector<std::string> names;
    for (const ClockDecl& clock : scenario_.clocks) names.push_back(clock.name);
    std::string hint = names.empty() ? "platform.clocks declares none" : "clocks: " + join_names(names);
    if (!node.is_scalar()) {
      diagnostics_.error(node.pos, path, "the name of a clock is expected, not " + describe(node), hint);
      return std::nullopt;
    }
    if (const std::string near = did_you_mean(node.text, names); !near.empty()) hint += "   " + near;
    diagnostics_.error(node.pos, path, "there is no clock " + quote(node.text), hint);
    return node.text;
  }

  void read_blocks(const Node& blocks) {
    if (blocks.items.empty()) diagnostics_.error(blocks.pos, "platform.blocks", "a platform needs at least one block");
    for (std::size_t i = 0; i < blocks.items.size(); ++i) {
      const Node& node = blocks.items[i];
      const std::string path = item_path("platform.blocks", node, i);
      if (expect_map(node, path, "{ name: ..., kind: ... }")) read_block(node, path);
    }
  }

  void read_block(const Node& node, const std::string& path) {
    check_keys(node, {"name", "kind", "clock", "clocks", "pins", "params", "tier", "floorplan"}, "a block", path, diagnostics_);
    BlockDecl block;
    block.path = path;
    block.pos = node.pos;
    block.name = required_text(node, "name", path, diagnostics_);
    block.kind = required_text(node, "kind", path, diagnostics_);
    if (const Node* kind = node.find("kind")) block.kind_pos = kind->pos;
    if (!block.name.empty()) check_block_name(block, *node.find("name"));
    if (const Node* clock = node.find("clock")) {
      block.clock_pos = clock->pos;
      block.clock = clock_name(*clock, path + ".clock");
    }
    if (const Node* clocks = node.find("clocks"); clocks && expect_map(*clocks, path + ".clocks", "{ port_clock: clock }"))
      for (const Node::Entry& entry : clocks->entries)
        if (const auto name = clock_name(entry.value, member_path(path + ".clocks", entry.key)))
          block.clocks.emplace_back(entry.key, *name);
    if (const Node* pins = node.find("pins"); pins && expect_map(*pins, path + ".pins", "{ clk: CLOCK, rst: reset }")) {
      block.pins_pos = pins->pos;
      for (const Node::Entry& entry : pins->entries) {
        const bool is_reset = entry.value.is_scalar() && (entry.value.text == "reset" || entry.value.text == "reset_n");
        const auto joined = is_reset ? std::optional(entry.value.text) : clock_name(entry.value, member_path(path + ".pins", entry.key));
        if (joined) block.pins.emplace_back(entry.key, *joined);
      }
    }
    if (const Node* tier = node.find("tier")) {
      static const ParamSpec spec = required_param("tier", ParamType::integer, "").range(0, 1023);
      const Value value = check_param(*tier, spec, "a block", path + ".tier", diagnostics_);
      if (!value.is_null()) block.tier = static_cast<unsigned>(value.as_u64());
    }
    if (const Node* plan = node.find("floorplan"); plan && expect_map(*plan, path + ".floorplan", "{ tier: 0, x: 1, y: 1, w: 2, h: 2 }"))
      block.floorplan = read_floorplan(*plan, path + ".floorplan");
    if (const Node* params = node.find("params"); params && !params->is_null())
      if (expect_map(*params, path + ".params", "{ name: value }")) block.params = params;
    scenario_.blocks.push_back(std::move(block));
  }

  std::optional<FloorplanDecl> read_floorplan(const Node& node, const std::string& path) {
    static const std::vector<ParamSpec> specs = [] {
      std::vector<ParamSpec> all{
          required_param("tier", ParamType::integer, "die it lies on, 0 is the farthest from the heat sink").range(0, 63)};
      for (const char* name : {"x", "y", "w", "h"}) {
        ParamSpec spec = param(name, Value(), "of its rectangle, mm").unit("mm").range(0, 1000);
        spec.type = ParamType::real;
        all.push_back(spec);
      }
      return all;
    }();
    const std::size_t errors = diagnostics_.error_count();
    const Value values = check_params(&node, specs, "a floorplan", path, diagnostics_);
    if (diagnostics_.error_count() != errors) return std::nullopt;
    FloorplanDecl plan;
    plan.pos = node.pos;
    plan.tier = static_cast<unsigned>(values.find("tier")->as_u64());
    std::vector<std::string> missing;
    double mm[4] = {};
    for (std::size_t i = 0; i < 4; ++i) {
      const Value* value = values.find(specs[i + 1].name);
      if (!value || value->is_null())
        missing.push_back(specs[i + 1].name);
      else
        mm[i] = value->as_double();
    }
    if (missing.size() == 4) return plan;
    if (!missing.empty()) {
      diagnostics_.error(node.pos, path, "a rectangle needs x, y, w and h; missing: " + join_names(missing),
                         "the tier alone spreads the block over it");
      return std::nullopt;
    }
    if (mm[2] <= 0 || mm[3] <= 0) {
      diagnostics_.error(node.pos, path, "the rectangle has no area: w and h must be above 0");
      return std::nullopt;
    }
    plan.place = FloorplanDecl::Place{mm[0], mm[1], mm[2], mm[3]};
    return plan;
  }

  void check_block_name(const BlockDecl& block, const Node& name) {
    if (!is_name(block.name)) diagnostics_.error(name.pos, block.path + ".name", quote(block.name) + " is not a name", name_rule);
    for (const BlockDecl& other : scenario_.blocks) {
      if (other.name != block.name) continue;
      diagnostics_.error(name.pos, block.path + ".name", "a second block of this name",
                         fmt::format("the first is at {}:{}:{}", other.pos.file, other.pos.line, other.pos.column));
      return;
    }
  }

  void read_link(const Node& node, const std::string& path) {
    if (!expect_map(node, path, "{ from: block.port, to: block.port }")) return;
    check_keys(node, {"from", "to"}, "a link", path, diagnostics_);
    LinkDecl link;
    link.path = path;
    link.pos = node.pos;
    link.from = required_text(node, "from", path, diagnostics_);
    link.to = required_text(node, "to", path, diagnostics_);
    if (link.from.empty() || link.to.empty()) return;
    link.from_pos = node.find("from")->pos;
    link.to_pos = node.find("to")->pos;
    scenario_.links.push_back(std::move(link));
  }

  /// An address or a size: an integer, or bytes with a unit; nothing after an error.
  std::optional<std::uint64_t> read_bytes(const Node& node, const std::string& path) {
    const auto wrong = [&](const std::string& text) {
      diagnostics_.error(node.pos, path, text, "write 0x1000, 4096 or 4 KiB (units: " + allowed_units(Dimension::bytes) + ")");
      return std::nullopt;
    };
    if (!node.is_scalar()) return wrong("an integer or a number of bytes is expected, not " + describe(node));
    if (node.quoted) return wrong(describe(node) + " is a text because of its quotes; remove them");
    ParsedNumber number = parse_integer(node.text);
    // With nothing but digits no unit is missing: then the integer's own problem is the one to tell.
    const bool is_bare = node.text.find_first_not_of("0123456789abcdefABCDEFxX_+-") == std::string::npos;
    if (!number && !is_bare) number = parse_quantity(node.text, Dimension::bytes);
    if (!number) return wrong(number.problem);
    if (number.value.is_negative()) return wrong(describe(node) + " is negative");
    return number.value.as_u64();
  }

  std::optional<std::uint64_t> required_bytes(const Node& map, const std::string& key, const std::string& path) {
    if (const Node* node = map.find(key)) return read_bytes(*node, path + "." + key);
    diagnostics_.error(map.pos, path + "." + key, "the key is missing");
    return std::nullopt;
  }

  void read_map(const Node& node, const std::string& path) {
    if (!expect_map(node, path, "{ through: bus, to: block.port, base: 0x1000_0000, size: 4 KiB }")) return;
    check_keys(node, {"through", "to", "base", "size", "offset"}, "an address map entry", path, diagnostics_);
    MapDecl map;
    map.path = path;
    map.pos = node.pos;
    map.through = required_text(node, "through", path, diagnostics_);
    map.to = required_text(node, "to", path, diagnostics_);
    const auto base = required_bytes(node, "base", path), size = required_bytes(node, "size", path);
    const Node* offset_node = node.find("offset");
    const auto offset = offset_node ? read_bytes(*offset_node, path + ".offset") : 0;
    const bool fits = !base || !size || !offset || check_window(node, *base, *size, *offset, path);
    if (map.through.empty() || map.to.empty() || !base || !size || !offset || !fits) return;
    map.base = *base;
    map.size = *size;
    map.offset = *offset;
    map.through_pos = node.find("through")->pos;
    map.to_pos = node.find("to")->pos;
    map.base_pos = node.find("base")->pos;
    map.size_pos = node.find("size")->pos;
    scenario_.maps.push_back(std::move(map));
  }

  bool check_window(const Node& node, std::uint64_t base, std::uint64_t size, std::uint64_t offset, const std::string& path) {
    constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    const Node& size_node = *node.find("size");
    if (size == 0) {
      diagnostics_.error(size_node.pos, path + ".size", "a window of size 0 maps nothing");
      return false;
    }
    if (size - 1 > last - base || size - 1 > last - offset) {
      const bool at_base = size - 1 > last - base;
      diagnostics_.error(
          size_node.pos, path + ".size",
          fmt::format("{} from {} 0x{:x} ends beyond 64 bits", describe(size_node), at_base ? "base" : "offset", at_base ? base : offset));
      return false;
    }
    return true;
  }

  void read_defaults(const Node& defaults) {
    for (const Node::Entry& entry : defaults.entries) expect_map(entry.value, "platform.defaults." + entry.key, "{ parameter: value }");
    scenario_.defaults = &defaults;
  }

  Scenario& scenario_;
  Diagnostics& diagnostics_;
};

}  // namespace

bool is_name(const std::string& text) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

void check_keys(const Node& map, const std::vector<std::string>& allowed, const std::string& what, const std::string& path,
                Diagnostics& diagnostics) {
  for (const Node::Entry& entry : map.entries) {
    const bool is_known = std::find(allowed.begin(), allowed.end(), entry.key) != allowed.end();
    if (is_known && entry.key != "extends") continue;
    if (is_known) {
      // Those of the files are resolved by now.
      diagnostics.error(entry.key_pos, member_path(path, entry.key), "extends cannot be set from outside the file");
      continue;
    }
    std::string hint = entry.key == "extends" ? extends_rule : "allowed: " + join_names(allowed);
    if (const std::string near = did_you_mean(entry.key, allowed); !near.empty()) hint += "   " + near;
    diagnostics.error(entry.key_pos, member_path(path, entry.key), "unknown key of " + what, hint);
  }
}

std::string required_text(const Node& map, const std::string& key, const std::string& path, Diagnostics& diagnostics) {
  const Node* node = map.find(key);
  if (!node) {
    diagnostics.error(map.pos, member_path(path, key), "the key is missing");
    return "";
  }
  if (node->is_scalar() && !node->text.empty()) return node->text;
  diagnostics.error(node->pos, member_path(path, key), "a text is expected, not " + describe(*node));
  return "";
}

void read_platform(const Node& platform, Scenario& scenario, Diagnostics& diagnostics) {
  PlatformReader(scenario, diagnostics).read(platform);
}

}  // namespace snnvp
