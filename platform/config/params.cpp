// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/config/params.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/extends.h>

namespace snnvp {

namespace {

/// A kind's parameters are told in full.
constexpr std::size_t most_names = 40;

/// Where messages go and whom they are about.
struct Context {
  const std::string& owner;
  Diagnostics& diagnostics;

  void wrong(const Node& node, const ParamSpec& spec, const std::string& path, const std::string& text) const {
    diagnostics.error(node.pos, path, text, "allowed: " + describe_allowed(spec));
  }
};

Value check_record(const Node* node, const std::vector<ParamSpec>& specs, const std::string& path, const SourcePos& parent,
                   Context& context);
Value check_value(const Node& node, const ParamSpec& spec, const std::string& path, Context& context);

Value default_of(const ParamSpec& spec) {
  if (spec.type != ParamType::record || (spec.nullable && spec.default_value.is_null())) return spec.default_value;
  Value value = default_params(spec.members);
  for (std::size_t i = 0; i < spec.default_value.keys().size(); ++i) value.set(spec.default_value.keys()[i], spec.default_value.items()[i]);
  return value;
}

const ParamSpec* find_spec(const std::vector<ParamSpec>& specs, std::string_view name) {
  for (const ParamSpec& spec : specs)
    if (spec.name == name) return &spec;
  return nullptr;
}

std::vector<std::string> names_of(const std::vector<ParamSpec>& specs) {
  std::vector<std::string> names;
  for (const ParamSpec& spec : specs) names.push_back(spec.name);
  std::sort(names.begin(), names.end());
  return names;
}

/// All names that can be written, nested ones dotted, so that "threshold" finds "neuron.threshold".
void collect_dotted(const std::vector<ParamSpec>& specs, const std::string& prefix, std::vector<std::string>& out) {
  for (const ParamSpec& spec : specs) out.push_back(prefix + spec.name);
  for (const ParamSpec& spec : specs)
    if (spec.type == ParamType::record) collect_dotted(spec.members, prefix + spec.name + ".", out);
}

std::string suggest(std::string_view wanted, const std::vector<ParamSpec>& specs) {
  std::vector<std::string> dotted;
  collect_dotted(specs, "", dotted);
  for (const std::string& name : dotted) {
    const auto dot = name.rfind('.');
    if (dot != std::string::npos && std::string_view(name).substr(dot + 1) == wanted) return "did you mean " + name + "?";
  }
  return did_you_mean(wanted, dotted);
}

/// A member as given: by its own key, by dotted keys, or both (then merged in `nested`).
struct Given {
  const Node::Entry* direct = nullptr;
  Node nested;
  bool has_nested = false;

  const Node* value() const { return has_nested ? &nested : direct ? &direct->value : nullptr; }
};

void give_directly(Given& given, const Node::Entry& entry, const std::string& path, Context& context) {
  const SourcePos* first = given.direct ? &given.direct->key_pos : nullptr;
  if (!first && given.has_nested && !entry.value.is_map()) first = &given.nested.pos;
  if (first) {
    context.diagnostics.error(entry.key_pos, path, "given twice",
                              fmt::format("first given at {}:{}:{}", first->file, first->line, first->column));
    return;
  }
  given.direct = &entry;
  if (given.has_nested) given.nested.entries.insert(given.nested.entries.end(), entry.value.entries.begin(), entry.value.entries.end());
}

void give_by_dotted_key(Given& given, const Node::Entry& entry, std::string_view rest, const std::string& path, Context& context) {
  if (!given.has_nested) {
    if (given.direct && !given.direct->value.is_map()) {
      const SourcePos& first = given.direct->key_pos;
      context.diagnostics.error(entry.key_pos, path, "given twice",
                                fmt::format("first given at {}:{}:{}", first.file, first.line, first.column));
      return;
    }
    if (given.direct)
      given.nested = given.direct->value;
    else
      given.nested.type = Node::Type::map, given.nested.pos = entry.key_pos, given.nested.base_dir = entry.value.base_dir;
    given.has_nested = true;
  }
  Node::Entry nested = entry;
  nested.key = std::string(rest);
  given.nested.entries.push_back(std::move(nested));
}

/// Sorts the entries of a map by the members they belong to; what belongs to none is reported.
std::vector<Given> assign_entries(const Node& node, const std::vector<ParamSpec>& specs, const std::string& path, Context& context) {
  std::vector<Given> given(specs.size());
  for (const Node::Entry& entry : node.entries) {
    const std::string entry_path = member_path(path, entry.key);
    if (const ParamSpec* spec = find_spec(specs, entry.key)) {
      give_directly(given[static_cast<std::size_t>(spec - specs.data())], entry, entry_path, context);
      continue;
    }
    const auto dot = entry.key.find('.');
    const ParamSpec* head = dot == std::string::npos ? nullptr : find_spec(specs, std::string_view(entry.key).substr(0, dot));
    if (head && (head->type == ParamType::record || head->type == ParamType::map)) {
      const std::string_view rest = std::string_view(entry.key).substr(dot + 1);
      give_by_dotted_key(given[static_cast<std::size_t>(head - specs.data())], entry, rest, entry_path, context);
      continue;
    }
    std::string hint = specs.empty() ? "it takes no parameters" : "allowed: " + join_names(names_of(specs), most_names);
    if (entry.key == "extends") hint = extends_rule;
    if (const std::string near = suggest(entry.key, specs); !near.empty()) hint += "   " + near;
    context.diagnostics.error(entry.key_pos, entry_path, "unknown parameter of " + context.owner, hint);
  }
  return given;
}

Value check_record(const Node* node, const std::vector<ParamSpec>& specs, const std::string& path, const SourcePos& parent,
                   Context& context) {
  static const Node empty;
  const SourcePos& pos = node ? node->pos : parent;
  if (node && !node->is_null() && !node->is_map()) {
    context.diagnostics.error(node->pos, path, "a map of parameters is expected, not " + describe(*node),
                              specs.empty() ? "it takes no parameters" : "allowed: " + join_names(names_of(specs), most_names));
    return default_params(specs);
  }
  const std::vector<Given> given = assign_entries(node ? *node : empty, specs, path, context);
  Value record = Value::make_record();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const ParamSpec& spec = specs[i];
    const std::string name = member_path(path, spec.name);
    if (const Node* value = given[i].value()) {
      record.set(spec.name, check_value(*value, spec, name, context));
    } else if (spec.required) {
      context.diagnostics.error(pos, name, "required parameter of " + context.owner + " is missing", "allowed: " + describe_allowed(spec));
      record.set(spec.name, default_of(spec));
    } else if (spec.type == ParamType::record && !(spec.nullable && spec.default_value.is_null())) {
      // The members may be required although the group was not written.
      check_record(nullptr, spec.members, name, pos, context);
      record.set(spec.name, default_of(spec));
    } else {
      record.set(spec.name, default_of(spec));
    }
  }
  return record;
}

/// Any value, for parameters that describe no inner structure.
Value free_value(const Node& node) {
  switch (node.type) {
    case Node::Type::null: return {};
    case Node::Type::list: {
      Value list = Value::make_list();
      for (const Node& item : node.items) list.push_back(free_value(item));
      return list;
    }
    case Node::Type::map: {
      Value record = Value::make_record();
      for (const Node::Entry& entry : node.entries) record.set(entry.key, free_value(entry.value));
      return record;
    }
    case Node::Type::scalar: break;
  }
  if (!node.quoted) {
    if (node.text == "true" || node.text == "false") return node.text == "true";
    if (ParsedNumber integer = parse_integer(node.text)) return integer.value;
    if (ParsedNumber real = parse_real(node.text)) return real.value;
  }
  return node.text;
}

/// Range of a number, or of the number of items; false after an error.
bool check_range(double value, const Node& node, const ParamSpec& spec, const std::string& path, const std::string& what,
                 Context& context) {
  if ((!spec.min || value >= *spec.min) && (!spec.max || value <= *spec.max)) return true;
  context.wrong(node, spec, path, what + " is out of range: " + describe_range(spec));
  return false;
}

Value check_number(const Node& node, const ParamSpec& spec, const std::string& path, Context& context) {
  const ParsedNumber number = spec.type == ParamType::integer ? parse_integer(node.text)
                              : spec.type == ParamType::real  ? parse_real(node.text)
                                                              : parse_quantity(node.text, spec.dimension);
  if (!number) {
    context.wrong(node, spec, path, number.problem);
    return default_of(spec);
  }
  // Most integers are counts and are read as unsigned; whoever wants negative ones declares a range or a
  // negative default.
  const bool signed_default = spec.default_value.type() == Value::Type::integer && spec.default_value.is_negative();
  if (number.value.is_negative() && !spec.min && !signed_default) {
    context.wrong(node, spec, path, describe(node) + " is negative");
    return default_of(spec);
  }
  return check_range(number.value.as_double(), node, spec, path, describe(node), context) ? number.value : default_of(spec);
}

Value check_scalar(const Node& node, const ParamSpec& spec, const std::string& path, Context& context) {
  switch (spec.type) {
    case ParamType::text: return node.text;
    case ParamType::path:
      if (!node.text.empty()) return resolve_path(node.base_dir, node.text);
      context.wrong(node, spec, path, "the path is empty");
      return default_of(spec);
    case ParamType::choice: {
      if (std::find(spec.choices_.begin(), spec.choices_.end(), node.text) != spec.choices_.end()) return node.text;
      std::string hint = "allowed: " + join_names(spec.choices_, spec.choices_.size());
      if (const std::string near = did_you_mean(node.text, spec.choices_); !near.empty()) hint += "   " + near;
      context.diagnostics.error(node.pos, path, describe(node) + " is not one of the choices", hint);
      return default_of(spec);
    }
    case ParamType::boolean:
      if (!node.quoted && (node.text == "true" || node.text == "false")) return node.text == "true";
      context.wrong(node, spec, path, describe(node) + " is not true or false");
      return default_of(spec);
    default: break;
  }
  if (node.quoted) {
    context.wrong(node, spec, path, describe(node) + " is a text because of its quotes; remove them");
    return default_of(spec);
  }
  return check_number(node, spec, path, context);
}

Value check_list(const Node& node, const ParamSpec& spec, const std::string& path, Context& context) {
  Value list = Value::make_list();
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Node& item = node.items[i];
    list.push_back(spec.members.empty() ? free_value(item) : check_value(item, spec.members.front(), item_path(path, item, i), context));
  }
  return list;
}

Value check_map(const Node& node, const ParamSpec& spec, const std::string& path, Context& context) {
  Value map = Value::make_record();
  for (const Node::Entry& entry : node.entries) {
    const std::string name = member_path(path, entry.key);
    if (std::find(map.keys().begin(), map.keys().end(), entry.key) != map.keys().end())
      context.diagnostics.error(entry.key_pos, name, "given twice");
    map.set(entry.key, spec.members.empty() ? free_value(entry.value) : check_value(entry.value, spec.members.front(), name, context));
  }
  return map;
}

Value check_value(const Node& node, const ParamSpec& spec, const std::string& path, Context& context) {
  if (node.is_null()) {
    if (spec.nullable) return {};
    if (spec.type == ParamType::record) return check_record(&node, spec.members, path, node.pos, context);
    context.wrong(node, spec, path, "a value is needed here, not null");
    return default_of(spec);
  }
  const bool is_list = spec.type == ParamType::list, is_map = spec.type == ParamType::map || spec.type == ParamType::record;
  if (is_list ? !node.is_list() : is_map ? !node.is_map() : !node.is_scalar()) {
    const char* expected = is_list ? "a list" : is_map ? "a map" : "a single value";
    context.wrong(node, spec, path, fmt::format("{} is expected, not {}", expected, describe(node)));
    return default_of(spec);
  }
  if (spec.type == ParamType::record)
    return spec.members.empty() ? free_value(node) : check_record(&node, spec.members, path, node.pos, context);
  if (!is_list && !is_map) return check_scalar(node, spec, path, context);
  const std::size_t count = is_list ? node.items.size() : node.entries.size();
  if (!check_range(static_cast<double>(count), node, spec, path, fmt::format("a {} of {} items", is_list ? "list" : "map", count), context))
    return default_of(spec);
  return is_list ? check_list(node, spec, path, context) : check_map(node, spec, path, context);
}

}  // namespace

Value check_params(const Node* node, const std::vector<ParamSpec>& specs, const std::string& owner, const std::string& path,
                   Diagnostics& diagnostics) {
  Context context{owner, diagnostics};
  return check_record(node, specs, path, {}, context);
}

Value check_param(const Node& node, const ParamSpec& spec, const std::string& owner, const std::string& path, Diagnostics& diagnostics) {
  Context context{owner, diagnostics};
  return check_value(node, spec, path, context);
}

Value default_params(const std::vector<ParamSpec>& specs) {
  Value record = Value::make_record();
  for (const ParamSpec& spec : specs) record.set(spec.name, default_of(spec));
  return record;
}

}  // namespace snnvp
