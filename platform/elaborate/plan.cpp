// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/elaborate/plan.h>

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/config/extends.h>
#include <snnvp/platform/config/params.h>
#include <snnvp/platform/elaborate/holds_data.h>

namespace snnvp {
namespace {

std::optional<PortRef> parse_port(const std::string& text) {
  PortRef ref;
  const auto dot = text.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == text.size()) return std::nullopt;
  ref.block = text.substr(0, dot);
  ref.port = text.substr(dot + 1);
  const auto bracket = ref.port.find('[');
  if (bracket == std::string::npos) return ref;
  if (ref.port.back() != ']' || bracket == 0) return std::nullopt;
  const ParsedNumber index = parse_integer(ref.port.substr(bracket + 1, ref.port.size() - bracket - 2));
  if (!index || index.value.is_negative() || index.value.as_u64() > 4095) return std::nullopt;
  ref.index = static_cast<int>(index.value.as_u64());
  ref.port.resize(bracket);
  return ref;
}

std::string kind_word(PortKind kind) {
  switch (kind) {
    case PortKind::target: return "a target socket";
    case PortKind::initiator: return "an initiator socket";
    case PortKind::irq_out: return "an interrupt output";
    case PortKind::irq_in: return "an interrupt input";
    case PortKind::clock_pin: return "a clock pin";
    default: return "a reset pin";
  }
}

std::string hex(Address address) { return fmt::format("0x{:x}", address); }

/// Collects the steps of the planning; every method reports and goes on.
class Planner {
public:
  Planner(const Scenario& scenario, const Registry& registry, Diagnostics& diagnostics)
      : scenario_(scenario), registry_(registry), diagnostics_(diagnostics) {}

  Plan run() {
    find_kinds();
    note_mentions();
    add_links();
    add_maps();
    check_bindings();
    check_windows();
    check_params();
    std::sort(plan_.links.begin(), plan_.links.end(), [](const LinkPlan& a, const LinkPlan& b) { return key_of(a) < key_of(b); });
    return std::move(plan_);
  }

private:
  static std::tuple<std::string, std::string, int> key_of(const LinkPlan& link) {
    return {link.from.block, link.from.port, link.from.index};
  }

  void find_kinds() {
    std::vector<std::string> kinds;
    for (const KindDescriptor* k : registry_.all()) kinds.push_back(k->kind);
    for (const BlockDecl& decl : scenario_.blocks) {
      BlockPlan block;
      block.decl = &decl;
      block.kind = registry_.find(decl.kind);
      if (!block.kind) {
        std::string hint = did_you_mean(decl.kind, kinds);
        diagnostics_.error(decl.kind_pos, decl.path + ".kind", "unknown kind " + decl.kind,
                           "allowed: " + join_names(kinds, 40) + (hint.empty() ? "" : "   " + hint));
        unknown_kinds_.insert(decl.name);
        continue;
      }
      plan_.blocks.emplace(decl.name, std::move(block));
    }
    if (scenario_.defaults)
      for (const Node::Entry& entry : scenario_.defaults->entries)
        if (!registry_.find(entry.key))
          diagnostics_.error(entry.key_pos, "platform.defaults." + entry.key, "unknown kind " + entry.key, did_you_mean(entry.key, kinds));
  }

  /// The port a reference names, with everything wrong about it reported.
  const PortSpec* find_port(const PortRef& ref, const SourcePos& pos, const std::string& path) {
    const auto block = plan_.blocks.find(ref.block);
    if (block == plan_.blocks.end()) {
      if (unknown_kinds_.count(ref.block)) return nullptr;  // already told
      std::vector<std::string> names;
      for (const BlockDecl& decl : scenario_.blocks) names.push_back(decl.name);
      diagnostics_.error(pos, path, "there is no block " + ref.block, "blocks: " + join_names(names) + hint_of(ref.block, names));
      return nullptr;
    }
    std::vector<std::string> names;
    for (const PortSpec& port : block->second.kind->ports) {
      if (port.name == ref.port) {
        if (ref.index >= 0 && !port.is_vector) {
          diagnostics_.error(pos, path, ref.block + "." + ref.port + " is a single port, not an array");
          return nullptr;
        }
        return &port;
      }
      names.push_back(port.name);
    }
    diagnostics_.error(pos, path, block->second.kind->kind + " has no port " + ref.port,
                       "ports: " + join_names(names) + hint_of(ref.port, names));
    return nullptr;
  }

  /// Every port that a link or map speaks of, rightly or not. If it ends up unbound, the reason has been told.
  void note_mentions() {
    const Node* platform = scenario_.document.find("platform");
    for (const char* section : {"links", "maps"}) {
      const Node* list = platform ? platform->find(section) : nullptr;
      if (!list) continue;
      for (const Node& item : list->items)
        for (const char* key : {"from", "to", "through"})
          if (const Node* text = item.find(key); text && text->is_scalar())
            mention(std::string_view(key) == "through" ? text->text + ".out" : text->text);
    }
  }

  void mention(const std::string& text) {
    const auto dot = std::min(text.find('.'), text.size());
    std::vector<std::string> names;
    for (const auto& [name, block] : plan_.blocks) names.push_back(name);
    const std::string name = meant(text.substr(0, dot), names);
    const auto block = plan_.blocks.find(name);
    if (block == plan_.blocks.end()) return;
    names.clear();
    for (const PortSpec& port : block->second.kind->ports) names.push_back(port.name);
    const std::string port = text.substr(dot == text.size() ? dot : dot + 1);
    mentioned_.insert(name + "." + meant(port.substr(0, port.find('[')), names));
  }

  static std::string meant(const std::string& written, const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), written) != names.end() ? written : nearest_name(written, names);
  }

  /// True if a link or map speaks of the port, or of the block without a port that is known.
  bool is_mentioned(const std::string& block, const std::string& port) const {
    return mentioned_.count(block + "." + port) != 0 || mentioned_.count(block + ".") != 0;
  }

  static std::string hint_of(const std::string& wanted, const std::vector<std::string>& names) {
    const std::string hint = did_you_mean(wanted, names);
    return hint.empty() ? "" : "   " + hint;
  }

  struct Open {
    LinkPlan link;
    SourcePos pos;
    std::string path;
    bool from_vector = false, to_vector = false;
  };

  void add_links() {
    std::vector<Open> open;
    for (const LinkDecl& decl : scenario_.links) {
      const auto from = parse_port(decl.from), to = parse_port(decl.to);
      if (!from)
        diagnostics_.error(decl.from_pos, decl.path + ".from", "'" + decl.from + "' is not a port",
                           "write block.port or block.port[index]");
      if (!to)
        diagnostics_.error(decl.to_pos, decl.path + ".to", "'" + decl.to + "' is not a port", "write block.port or block.port[index]");
      if (!from || !to) continue;
      const PortSpec* a = find_port(*from, decl.from_pos, decl.path + ".from");
      const PortSpec* b = find_port(*to, decl.to_pos, decl.path + ".to");
      if (!a || !b) continue;
      if (plan_.blocks.at(from->block).kind->routes_addresses && from->port == "out") {
        diagnostics_.error(decl.from_pos, decl.path + ".from", decl.from + " is linked by platform.maps, not here",
                           "write { through: " + from->block + ", to: " + decl.to + ", base: ..., size: ... }");
        continue;
      }
      const bool tlm = a->kind == PortKind::initiator && b->kind == PortKind::target;
      const bool irq = a->kind == PortKind::irq_out && b->kind == PortKind::irq_in;
      if (!tlm && !irq) {
        diagnostics_.error(decl.from_pos, decl.path,
                           decl.from + " is " + kind_word(a->kind) + ", " + decl.to + " is " + kind_word(b->kind) + ": these do not join",
                           "links go from an initiator socket to a target socket, or from an interrupt output to an interrupt input");
        continue;
      }
      open.push_back({{*from, *to, irq, scenario_.run.protocol_check}, decl.pos, decl.path, a->is_vector, b->is_vector});
    }
    settle(open);
  }

  /// Gives un-indexed links to vector ports the next free index, in order of the initiator's name (decision 3).
  void settle(std::vector<Open>& open) {
    std::stable_sort(open.begin(), open.end(), [](const Open& a, const Open& b) { return key_of(a.link) < key_of(b.link); });
    std::map<std::pair<std::string, std::string>, std::set<int>> taken_to, taken_from;
    for (const Open& o : open) {
      if (o.link.to.index >= 0) taken_to[{o.link.to.block, o.link.to.port}].insert(o.link.to.index);
      if (o.link.from.index >= 0) taken_from[{o.link.from.block, o.link.from.port}].insert(o.link.from.index);
    }
    const auto next = [](std::set<int>& taken) {
      int i = 0;
      while (taken.count(i)) ++i;
      taken.insert(i);
      return i;
    };
    for (Open& o : open) {
      if (o.to_vector && o.link.to.index < 0) o.link.to.index = next(taken_to[{o.link.to.block, o.link.to.port}]);
      if (o.from_vector && o.link.from.index < 0) o.link.from.index = next(taken_from[{o.link.from.block, o.link.from.port}]);
      bind_end(o.link.from, o.pos, o.path);
      bind_end(o.link.to, o.pos, o.path);
      if (auto& count = vector_size_[{o.link.to.block, o.link.to.port}]; o.to_vector) count = std::max(count, o.link.to.index + 1);
      plan_.links.push_back(o.link);
    }
    for (const auto& [port, taken] : taken_to)
      if (!is_sparse(port.first, port.second)) check_gaps(open, port.first, port.second, taken);
  }

  bool is_sparse(const std::string& block, const std::string& port) const {
    const auto& ports = plan_.blocks.at(block).kind->ports;
    return std::any_of(ports.begin(), ports.end(), [&](const PortSpec& p) { return p.name == port && p.is_sparse; });
  }

  void check_gaps(const std::vector<Open>& open, const std::string& block, const std::string& port, const std::set<int>& taken) {
    int expected = 0;
    for (const int index : taken) {
      if (index == expected++) continue;
      const auto above = std::find_if(open.begin(), open.end(), [&, index = index](const Open& o) {
        return o.link.to.block == block && o.link.to.port == port && o.link.to.index == index;
      });
      diagnostics_.error(above->pos, above->path,
                         fmt::format("{0}.{1}[{2}] is linked, but {0}.{1}[{3}] is not", block, port, index, expected - 1),
                         "indices count from 0 without gaps; left out, they are given in the order of the initiators' names");
      return;
    }
  }

  void bind_end(const PortRef& end, const SourcePos& pos, const std::string& path) {
    const auto [it, fresh] = bound_.emplace(end.text(), pos);
    if (!fresh)
      diagnostics_.error(pos, path, end.text() + " is bound twice",
                         fmt::format("first at {}:{}:{}", it->second.file, it->second.line, it->second.column));
  }

  void add_maps() {
    std::map<std::string, std::map<std::string, unsigned>> outs;  // router -> target -> index, in name order
    std::vector<std::pair<const MapDecl*, PortRef>> good;
    for (const MapDecl& decl : scenario_.maps) {
      const auto router = plan_.blocks.find(decl.through);
      bool ok = true;
      if (router == plan_.blocks.end()) {
        if (!unknown_kinds_.count(decl.through)) {
          std::vector<std::string> names;
          for (const auto& [name, block] : plan_.blocks)
            if (block.kind->routes_addresses) names.push_back(name);
          diagnostics_.error(decl.through_pos, decl.path + ".through", "there is no block " + decl.through,
                             "interconnects: " + join_names(names) + hint_of(decl.through, names));
        }
        ok = false;
      } else if (!router->second.kind->routes_addresses) {
        diagnostics_.error(decl.through_pos, decl.path + ".through",
                           decl.through + " (" + router->second.kind->kind + ") does not route addresses");
        ok = false;
      }
      const auto to = parse_port(decl.to);
      if (!to) {
        diagnostics_.error(decl.to_pos, decl.path + ".to", "'" + decl.to + "' is not a port", "write block.port");
        continue;
      }
      const PortSpec* port = find_port(*to, decl.to_pos, decl.path + ".to");
      if (!port) continue;
      if (port->kind != PortKind::target) {
        diagnostics_.error(decl.to_pos, decl.path + ".to",
                           decl.to + " is " + kind_word(port->kind) + ": only target sockets can be mapped");
        continue;
      }
      if (!ok) continue;
      outs[decl.through].emplace(to->text(), 0);
      good.emplace_back(&decl, *to);
    }
    for (auto& [router, targets] : outs) {
      unsigned index = 0;
      for (auto& [target, out] : targets) {
        out = index++;
        LinkPlan link;
        link.from = {router, "out", static_cast<int>(out)};
        link.to = *parse_port(target);
        // A router behind a router: the next free element of its `in`.
        for (const PortSpec& port : plan_.blocks.at(link.to.block).kind->ports)
          if (port.name == link.to.port && port.is_vector && link.to.index < 0)
            for (link.to.index = 0; bound_.count(link.to.text()) != 0;) ++link.to.index;
        link.monitor = scenario_.run.protocol_check;
        const auto first = std::find_if(
            good.begin(), good.end(), [&t = target, &r = router](const auto& g) { return g.second.text() == t && g.first->through == r; });
        bind_end(link.to, first->first->to_pos, first->first->path);
        plan_.links.push_back(link);
      }
    }
    for (const auto& [decl, to] : good) {
      MapPlan map;
      map.router = decl->through;
      map.target = to;
      map.window = {decl->base, decl->size, decl->offset, outs[decl->through][to.text()], to.text()};
      plan_.maps.push_back(map);
      map_decl_[&plan_.maps.back() - plan_.maps.data()] = decl;
    }
    std::vector<std::size_t> order(plan_.maps.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
      return std::tie(plan_.maps[a].router, plan_.maps[a].window.base, plan_.maps[a].window.target) <
             std::tie(plan_.maps[b].router, plan_.maps[b].window.base, plan_.maps[b].window.target);
    });
    std::vector<MapPlan> sorted;
    std::map<std::ptrdiff_t, const MapDecl*> decls;
    for (const std::size_t i : order) {
      decls[static_cast<std::ptrdiff_t>(sorted.size())] = map_decl_[static_cast<std::ptrdiff_t>(i)];
      sorted.push_back(plan_.maps[i]);
    }
    plan_.maps = std::move(sorted);
    map_decl_ = std::move(decls);
  }

  void check_bindings() {
    for (const auto& [name, block] : plan_.blocks) {
      check_pins(block);
      bool has_in = true;
      for (const PortSpec& port : block.kind->ports) {
        if (is_pin(port)) continue;
        const std::string first = name + "." + port.name + (port.is_vector ? "[0]" : "");
        const bool bound = bound_.count(first) != 0;
        if (block.kind->routes_addresses && port.name == "in" && !bound) has_in = false;
        if (block.kind->routes_addresses && port.name == "out") continue;
        if (bound || port.is_optional || is_mentioned(name, port.name)) continue;
        const std::string cure =
            port.kind == PortKind::target ? "link an initiator to it or map it through an interconnect" : "link it to a target socket";
        if (block.kind->routes_addresses && port.name == "in")
          diagnostics_.error(block.decl->pos, block.decl->path, name + " is unreachable: nothing is linked to " + name + ".in", cure);
        else
          diagnostics_.error(block.decl->pos, block.decl->path, name + "." + port.name + " is not bound", cure);
      }
      if (block.kind->routes_addresses && has_in && !is_mentioned(name, "out") &&
          std::none_of(plan_.maps.begin(), plan_.maps.end(), [&n = name](const MapPlan& m) { return m.router == n; }))
        diagnostics_.error(block.decl->pos, block.decl->path, name + " maps nothing: every access through it would fail",
                           "add an entry to platform.maps");
    }
  }

  static bool is_pin(const PortSpec& port) { return port.kind == PortKind::clock_pin || port.kind == PortKind::reset_pin; }

  /// Every clock and reset pin of a block is joined, each to the right thing.
  void check_pins(const BlockPlan& block) {
    const BlockDecl& decl = *block.decl;
    std::vector<std::string> names;
    for (const PortSpec& port : block.kind->ports)
      if (is_pin(port)) names.push_back(port.name);
    for (const auto& [pin, joined] : decl.pins) {
      const auto port =
          std::find_if(block.kind->ports.begin(), block.kind->ports.end(), [&n = pin](const PortSpec& p) { return p.name == n; });
      const bool is_reset = joined == "reset" || joined == "reset_n";
      if (port == block.kind->ports.end() || !is_pin(*port))
        diagnostics_.error(decl.pins_pos, decl.path + ".pins." + pin, decl.kind + " has no clock or reset pin " + pin,
                           names.empty() ? "it has none" : "pins: " + join_names(names) + hint_of(pin, names));
      else if (is_reset != (port->kind == PortKind::reset_pin))
        diagnostics_.error(decl.pins_pos, decl.path + ".pins." + pin, pin + " is " + kind_word(port->kind) + ", " + joined + " is none",
                           "clock pins take the name of a clock, reset pins `reset` (high) or `reset_n` (low)");
    }
    for (const PortSpec& port : block.kind->ports)
      if (is_pin(port) && !port.is_optional &&
          std::none_of(decl.pins.begin(), decl.pins.end(), [&](const auto& pin) { return pin.first == port.name; }))
        diagnostics_.error(decl.pos, decl.path, decl.name + "." + port.name + " is not joined",
                           "pins: { " + port.name + ": " + (port.kind == PortKind::clock_pin ? "CLOCK" : "reset") + " }");
  }

  void check_windows() {
    for (std::size_t i = 0; i < plan_.maps.size(); ++i) {
      const MapPlan& map = plan_.maps[i];
      const MapDecl& decl = *map_decl_[static_cast<std::ptrdiff_t>(i)];
      if (i > 0 && plan_.maps[i - 1].router == map.router) {
        const AddressWindow& before = plan_.maps[i - 1].window;
        if (before.base + (before.size - 1) >= map.window.base)
          diagnostics_.error(
              decl.base_pos, decl.path + ".base",
              fmt::format("{} at {}..{} overlaps {} at {}..{}", decl.to, hex(map.window.base), hex(map.window.base + (map.window.size - 1)),
                          before.target, hex(before.base), hex(before.base + (before.size - 1))));
      }
      const auto target = plan_.blocks.find(map.target.block);
      if (target == plan_.blocks.end() || !target->second.kind->window) continue;
      pending_windows_.emplace_back(i, &decl);
    }
  }

  void check_params() {
    std::map<std::string, std::uint64_t> hz;
    for (const ClockDecl& clock : scenario_.clocks) hz[clock.name] = clock.hz;
    plan_.clocks = hz;
    for (auto& [name, block] : plan_.blocks) {
      const BlockDecl& decl = *block.decl;
      std::map<std::string, std::uint64_t> clocks;
      if (decl.clock && hz.count(*decl.clock)) clocks["clock"] = hz[*decl.clock];
      for (const auto& [port, clock] : decl.clocks)
        if (hz.count(clock)) clocks[port] = hz[clock];
      if (block.kind->needs_clock && !decl.clock) {
        std::vector<std::string> names;
        for (const ClockDecl& clock : scenario_.clocks) names.push_back(clock.name);
        diagnostics_.error(decl.pos, decl.path, decl.kind + " needs `clock:`",
                           names.empty() ? "declare one under platform.clocks" : "declared: " + join_names(names));
      }
      const std::size_t errors = diagnostics_.error_count();
      const Node merged = with_defaults(decl);
      Value values = snnvp::check_params(&merged, block.kind->params, decl.kind, decl.path + ".params", diagnostics_);
      block.params = ParamSet(std::move(values), std::move(clocks), peers_of(name));
      if (diagnostics_.error_count() != errors || (block.kind->needs_clock && !decl.clock)) continue;
      if (block.kind->check) check_between(block, merged);
    }
    for (const auto& [i, decl] : pending_windows_) {
      const MapPlan& map = plan_.maps[i];
      const BlockPlan& target = plan_.blocks.at(map.target.block);
      if (diagnostics_.has_errors() && target.params.values().keys().size() != target.kind->params.size()) continue;
      const Bytes room = target.kind->window(target.params, map.target.port);
      if (room == 0) continue;
      const auto text = [](Bytes bytes) { return format_quantity(Value(bytes), Dimension::bytes); };
      if (map.window.offset >= room)
        diagnostics_.error(decl->pos, decl->path + ".offset",
                           fmt::format("the range begins at offset {}, but {} has {}", hex(map.window.offset), decl->to, text(room)),
                           fmt::format("allowed: 0..{}", hex(room - 1)));
      else if (map.window.size > room - map.window.offset)
        diagnostics_.error(decl->size_pos, decl->path + ".size",
                           fmt::format("the range of {} at offset {} is larger than {}, which has {}: its end is unreachable",
                                       text(map.window.size), hex(map.window.offset), decl->to, text(room)),
                           "largest size here: " + text(room - map.window.offset));
    }
  }

  /// The kind's own checks; what they say of one parameter is told where that parameter stands.
  void check_between(const BlockPlan& block, const Node& params) {
    const std::string path = block.decl->path + ".params";
    Diagnostics found;
    block.kind->check(block.params, params.pos, path, found);
    for (const Diagnostic& item : found.items()) {
      const Node* at = item.path.size() > path.size() ? params.find(std::string_view(item.path).substr(path.size() + 1)) : nullptr;
      const SourcePos& pos = at ? at->pos : item.pos;
      if (item.severity == Diagnostic::Severity::error) diagnostics_.error(pos, item.path, item.text, item.hint);
      if (item.severity == Diagnostic::Severity::warning) diagnostics_.warning(pos, item.path, item.text, item.hint);
      if (item.severity == Diagnostic::Severity::notice) diagnostics_.notice(pos, item.path, item.text, item.hint);
    }
  }

  /// Instance over platform.defaults over descriptor.
  Node with_defaults(const BlockDecl& decl) const {
    Node own;
    own.type = Node::Type::map;
    own.pos = decl.pos;
    if (decl.params) own = *decl.params;
    const Node* defaults = scenario_.defaults ? scenario_.defaults->find(decl.kind) : nullptr;
    if (!defaults || !defaults->is_map() || !own.is_map()) return own;
    Node merged = *defaults;
    merged.pos = own.pos;
    merge_into(merged, std::move(own), decl.path + ".params");
    return merged;
  }

  std::map<std::string, std::vector<std::string>> peers_of(const std::string& name) const {
    std::map<std::string, std::vector<std::string>> peers;
    const auto put = [&peers](const std::string& port, int index, const std::string& peer) {
      auto& list = peers[port];
      const auto at = static_cast<std::size_t>(std::max(index, 0));
      if (list.size() <= at) list.resize(at + 1);
      list[at] = peer;
    };
    for (const LinkPlan& link : plan_.links) {
      if (link.from.block == name) put(link.from.port, link.from.index, link.to.text());
      if (link.to.block == name) put(link.to.port, link.to.index, link.from.text());
    }
    return peers;
  }

  const Scenario& scenario_;
  const Registry& registry_;
  Diagnostics& diagnostics_;
  Plan plan_;
  std::set<std::string> unknown_kinds_;
  std::set<std::string> mentioned_;  // "pu.dma"; "pu." if no port of that block is meant
  std::map<std::string, SourcePos> bound_;
  std::map<std::pair<std::string, std::string>, int> vector_size_;
  std::map<std::ptrdiff_t, const MapDecl*> map_decl_;
  std::vector<std::pair<std::size_t, const MapDecl*>> pending_windows_;
};

}  // namespace

const LinkPlan* Plan::link_from(const PortRef& from) const {
  for (const LinkPlan& link : links)
    if (link.from.block == from.block && link.from.port == from.port && (from.index < 0 || link.from.index == from.index)) return &link;
  return nullptr;
}

std::optional<AddressWindow> Plan::window_of(const PortRef& initiator, const std::string& target_block,
                                             const std::string& target_port) const {
  const LinkPlan* link = link_from(initiator);
  if (!link) return std::nullopt;
  if (link->to.block == target_block && link->to.port == target_port) {
    const BlockPlan& block = blocks.at(target_block);
    const Bytes size = block.kind->window ? block.kind->window(block.params, target_port) : 0;
    return AddressWindow{0, size, 0, 0, target_block + "." + target_port};
  }
  return window_through(link->to.block, target_block, target_port, 8);
}

std::optional<AddressWindow> Plan::window_through(const std::string& router, const std::string& target_block,
                                                  const std::string& target_port, unsigned hops) const {
  std::optional<AddressWindow> best;
  const auto consider = [&best](const AddressWindow& window) {
    if (!best || window.size > best->size) best = window;
  };
  for (const MapPlan& map : maps) {
    if (map.router != router) continue;
    if (map.target.block == target_block && map.target.port == target_port) {
      consider(map.window);
    } else if (const auto next = blocks.find(map.target.block); hops > 1 && next != blocks.end() && next->second.kind->routes_addresses) {
      // What the next router shows of the target, cut to what this window shows of the router.
      const auto inner = window_through(map.target.block, target_block, target_port, hops - 1);
      if (!inner) continue;
      const Address first = std::max(map.window.offset, inner->base);
      const Address last = std::min(map.window.offset + (map.window.size - 1), inner->base + (inner->size - 1));
      if (first <= last)
        consider({map.window.base + (first - map.window.offset), last - first + 1, inner->offset + (first - inner->base),
                  map.window.out_index, inner->target});
    }
  }
  return best;
}

std::optional<Address> Plan::address_of(const PortRef& initiator, const std::string& target_block, const std::string& target_port) const {
  const auto window = window_of(initiator, target_block, target_port);
  if (!window || window->offset != 0) return std::nullopt;
  return window->base;
}

std::optional<AddressWindow> Plan::shared_memory(const std::vector<PortRef>& initiators) const {
  std::optional<AddressWindow> largest;
  for (const auto& [name, block] : blocks) {
    if (!block.kind->is_memory) continue;
    std::optional<AddressWindow> seen;
    bool all = true;
    const auto& ports = block.kind->ports;  // a foreign memory's socket has a name of its own
    const auto port = std::find_if(ports.begin(), ports.end(), [](const PortSpec& p) { return p.kind == PortKind::target; });
    if (port == ports.end() || !holds_data(block, port->name)) continue;
    for (const PortRef& initiator : initiators) {
      const auto window = window_of(initiator, name, port->name);
      all = all && window && (!seen || (window->base == seen->base && window->offset == seen->offset));
      if (window && !seen) seen = window;
    }
    if (all && seen && (!largest || seen->size > largest->size)) largest = seen;
  }
  return largest;
}

Plan make_plan(const Scenario& scenario, const Registry& registry, Diagnostics& diagnostics) {
  return Planner(scenario, registry, diagnostics).run();
}

}  // namespace snnvp
