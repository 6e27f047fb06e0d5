// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/nir.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/sha256.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/hdf5_tree.h>
#include <snnvp/workloads/formats/nir_nodes.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

namespace {

// Beyond any network; keep every loop over a damaged file short.
constexpr std::size_t max_edges = 1U << 17;
constexpr std::size_t max_nodes = 1U << 14;

class Importer {
public:
  Importer(const std::string& file, const NirOptions& options) : file_(file), options_(options), context_{file_, options_, diagnostics_} {}

  NirImport run() {
    const Hdf5Item root = read_hdf5(file_);
    header(root);
    const Hdf5Item* top = root.child("node");
    if (top == nullptr || top->kind != Hdf5Item::Kind::group) {
      diagnostics_.error({file_}, "/node", top == nullptr ? "missing group: not a NIR file" : "is no group: not a NIR file");
      throw InputError(diagnostics_);
    }
    top_level(*top);
    if (diagnostics_.has_errors()) throw InputError(diagnostics_);
    splice();
    if (!is_refused()) finish_graph();
    if (diagnostics_.has_errors()) throw InputError(diagnostics_);
    report();
    return std::move(result_);
  }

private:
  /// A node while the file is read; inner inputs and outputs are only joints between two graphs.
  struct Entry {
    NirNode read;
    bool joint = false;
  };

  NetworkGraph& graph() { return result_.graph; }
  bool is_refused() const {
    return std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return !entry.read.refusal.empty(); });
  }

  void header(const Hdf5Item& root) {
    graph().source = file_;
    std::string problem;
    if (auto digest = sha256_of_file(file_, problem)) graph().source_sha256 = *digest;
    const std::size_t slash = file_.find_last_of('/');
    graph().name = file_.substr(slash == std::string::npos ? 0 : slash + 1);
    if (const std::size_t dot = graph().name.rfind('.'); dot != std::string::npos && dot > 0) graph().name.resize(dot);
    graph().dt = options_.dt;
    graph().reset = options_.reset;
    const Hdf5Item* version = root.child("version");
    if (version == nullptr || version->strings.size() != 1)
      result_.notices.push_back("the file does not say which version of NIR wrote it");
    if (!options_.dt_given)
      result_.notices.push_back(
          fmt::format("NIR files do not say the time step: dt = {} s is assumed (--dt)", shortest_double(options_.dt)));
    if (!options_.reset_given)
      result_.notices.push_back(fmt::format("NIR files do not say what a spike does to the membrane: {} is assumed (--reset)",
                                            options_.reset == ResetRule::to_v_reset ? "to_v_reset" : "subtract"));
  }

  // -- reading groups -----------------------------------------------------------------------------------------------------

  std::size_t add(Entry entry) {
    entries_.push_back(std::move(entry));
    return entries_.size() - 1;
  }

  void top_level(const Hdf5Item& top) {
    const std::string type = nir_type(top, "/node", context_);
    if (type.empty()) return;
    if (type == "NIRGraph") {
      graph_group(top, "/node", "");
      return;
    }
    add({read_nir_node(top, "/node", "node", context_), false});  // a single node is a network of its own
  }

  /// Where edges to and from a name of one graph lead.
  struct Ends {
    std::vector<std::size_t> in, out;
  };

  /// Reads a graph's nodes and edges; gives its ends as a node of the graph around it.
  Ends graph_group(const Hdf5Item& group, const std::string& path, const std::string& prefix) {
    const Hdf5Item* nodes = group.child("nodes");
    Ends ends;
    metadata(group, path);
    if (nodes == nullptr || nodes->kind != Hdf5Item::Kind::group) {
      diagnostics_.error({file_}, path + "/nodes",
                         nodes == nullptr                        ? "missing group"
                         : nodes->kind == Hdf5Item::Kind::unread ? nodes->problem
                                                                 : "is no group");
      return ends;
    }
    std::map<std::string, Ends> known;
    for (const Hdf5Item& child : nodes->children) {
      const std::string child_path = path + "/nodes/" + printable(child.name);
      if (child.kind != Hdf5Item::Kind::group) {
        diagnostics_.error({file_}, child_path, child.kind == Hdf5Item::Kind::unread ? child.problem : "is no group");
        continue;
      }
      if (!is_name(child.name, child_path)) continue;
      if (entries_.size() >= max_nodes) {
        diagnostics_.error({file_}, path + "/nodes", fmt::format("more than {} nodes", max_nodes));
        return ends;
      }
      const std::string type = nir_type(child, child_path, context_);
      if (type.empty()) continue;
      if (type == "NIRGraph") {
        known[child.name] = graph_group(child, child_path, prefix + child.name + "/");
        continue;
      }
      metadata(child, child_path);
      Entry entry{read_nir_node(child, child_path, prefix + child.name, context_), false};
      const NodeOp op = entry.read.node.op;
      const bool is_end = entry.read.refusal.empty() && (op == NodeOp::input || op == NodeOp::output);
      entry.joint = is_end && !prefix.empty();
      const std::size_t index = add(std::move(entry));
      known[child.name] = {{index}, {index}};
      if (is_end) (op == NodeOp::input ? ends.in : ends.out).push_back(index);
    }
    if (!prefix.empty() && (ends.in.empty() || ends.out.empty()))
      diagnostics_.error({file_}, path, "a graph inside a graph must contain Input and Output nodes");
    edges(group, path, known);
    return ends;
  }

  bool is_name(const std::string& name, const std::string& path) {
    std::size_t bad_at = 0;
    const bool control = std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (!name.empty() && name.size() <= 256 && !control && is_utf8(name, bad_at)) return true;
    diagnostics_.error({file_}, path, "this name cannot be used: names are UTF-8 text of at most 256 bytes without control characters");
    return false;
  }

  /// Some exporters put the time step there. It is a hint for people, never a value.
  void metadata(const Hdf5Item& group, const std::string& path) {
    const Hdf5Item* data = group.child("metadata");
    if (data == nullptr) return;
    for (const Hdf5Item& item : data->children)
      if (item.name == "dt" && item.numbers.size() == 1 &&
          !(options_.dt_given && std::abs(item.numbers[0] - options_.dt) <= 1e-9 * options_.dt))
        result_.notices.push_back(fmt::format("{}/metadata says dt = {} s; it is not used (--dt)", path, shortest_double(item.numbers[0])));
  }

  std::string renamed(const std::string& name) {
    const auto found = options_.rename.find(name);
    if (found == options_.rename.end()) return name;
    used_renames_.insert(name);
    return found->second;
  }

  void edges(const Hdf5Item& group, const std::string& path, const std::map<std::string, Ends>& known) {
    const Hdf5Item* list = group.child("edges");
    const std::string edges_path = path + "/edges";
    const auto fail = [&](const std::string& what, const std::string& hint = {}) { diagnostics_.error({file_}, edges_path, what, hint); };
    if (list == nullptr) return fail("missing dataset");
    if (list->kind == Hdf5Item::Kind::unread) return fail(list->problem);
    // An empty list has no strings in it, and the writer lets numpy choose another type.
    if (list->kind != Hdf5Item::Kind::group && list->numbers.empty() && list->strings.empty()) return;
    if (list->kind != Hdf5Item::Kind::strings || list->shape.size() != 2 || list->shape[1] != 2)
      return fail("must be text of shape (edges, 2): source and destination");
    std::vector<std::string> names;
    for (const auto& [name, ends] : known) names.push_back(name);
    std::set<std::pair<std::string, std::string>> seen;
    for (std::size_t e = 0; e < list->shape[0]; ++e) {
      const std::string from = renamed(list->strings[2 * e]), to = renamed(list->strings[2 * e + 1]);
      bool dangles = false;
      for (const std::string& name : {from, to}) {
        if (known.count(name) != 0) continue;
        dangles = true;
        const std::string near = nearest_name(name, names);
        fail(fmt::format("edge {} ({} -> {}): there is no node {}", e, printable(from, 60), printable(to, 60), quote(name)),
             near.empty() ? fmt::format("nodes: {}", join_names(names))
                          : fmt::format("did you mean {}? --rename {}={} repairs it", near, printable(name, 60), near));
      }
      if (dangles) continue;
      if (!seen.emplace(from, to).second) {
        if (options_.duplicate_edges == DuplicateEdges::error)
          fail(fmt::format("edge {} ({} -> {}) is listed twice", e, from, to), "--duplicate-edges sum or ignore says what that means");
        if (options_.duplicate_edges != DuplicateEdges::sum) continue;
      }
      if (known.at(from).out.size() * known.at(to).in.size() > max_edges) return fail(fmt::format("edge {} joins into too many edges", e));
      for (const std::size_t a : known.at(from).out)
        for (const std::size_t b : known.at(to).in) arcs_.push_back({a, b});
      if (arcs_.size() > max_edges) return fail(fmt::format("more than {} edges", max_edges));
    }
  }

  // -- from the file's nesting to one graph -------------------------------------------------------------------------------

  /// Takes the joints out: what leads to one leads on to all behind it.
  void splice() {
    for (std::size_t j = 0; j < entries_.size(); ++j) {
      if (!entries_[j].joint) continue;
      std::vector<std::size_t> before, behind;
      std::vector<Pair> rest;
      for (const Pair& arc : arcs_) {
        if (arc.first == j && arc.second == j) {
          diagnostics_.error({file_}, entries_[j].read.node.name, "leads to itself without a state between");
          return;
        }
        if (arc.second == j)
          before.push_back(arc.first);
        else if (arc.first == j)
          behind.push_back(arc.second);
        else
          rest.push_back(arc);
      }
      for (const std::size_t a : before)
        for (const std::size_t b : behind) rest.emplace_back(a, b);
      if (rest.size() > max_edges) {
        diagnostics_.error({file_}, entries_[j].read.node.name, fmt::format("joins into more than {} edges", max_edges));
        return;
      }
      arcs_ = std::move(rest);
    }
  }

  void finish_graph() {
    std::vector<std::size_t> index(entries_.size(), 0);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].joint) continue;
      index[i] = graph().nodes.size();
      graph().nodes.push_back(entries_[i].read.node);
      types_.push_back(entries_[i].read.type);
    }
    for (const Pair& arc : arcs_) graph().edges.push_back({index[arc.first], index[arc.second], 0});
    for (const auto& [name, to] : options_.rename)
      if (used_renames_.count(name) == 0) diagnostics_.error({file_}, "--rename", fmt::format("no edge names {}", quote(name)));
    if (diagnostics_.has_errors()) return;
    add_ends();
    choose_if_gain();
    delay_cycles(graph(), diagnostics_);
    if (diagnostics_.has_errors()) return;
    Diagnostics shapes;
    infer_shapes(graph(), shapes);
    for (const Diagnostic& d : shapes.items()) {
      if (d.severity == Diagnostic::Severity::error)
        diagnostics_.error({file_}, d.path, d.text, d.hint);
      else
        result_.notices.push_back(fmt::format("{}: {}", d.path, d.text));
    }
  }

  /// Files without Input or Output nodes get them before every root and after every leaf, as the reference library does.
  void add_ends() {
    const std::size_t count = graph().nodes.size();
    std::vector<bool> has_in(count, false), has_out(count, false);
    for (const GraphEdge& edge : graph().edges) has_out[edge.from] = true, has_in[edge.to] = true;
    const bool no_inputs = graph().inputs().empty(), no_outputs = graph().outputs().empty();
    for (std::size_t i = 0; i < count; ++i) {
      const NodeOp op = graph().nodes[i].op;
      if (no_inputs && !has_in[i] && op != NodeOp::output) end(i, "input_", NodeOp::input);
      if (no_outputs && !has_out[i] && op != NodeOp::input) end(i, "output_", NodeOp::output);
      if (!no_inputs && !has_in[i] && op != NodeOp::input)
        diagnostics_.error({file_}, graph().nodes[i].name, "no edge leads to it", "connect it, or remove it from the file");
      if (op == NodeOp::input && has_in[i]) diagnostics_.error({file_}, graph().nodes[i].name, "an edge leads to this Input node");
      if (op == NodeOp::output && has_out[i]) diagnostics_.error({file_}, graph().nodes[i].name, "an edge starts at this Output node");
    }
    if (graph().inputs().empty()) diagnostics_.error({file_}, "/node", "there is no Input node, and no node without an edge to it");
    if (graph().outputs().empty()) diagnostics_.error({file_}, "/node", "there is no Output node, and no node without an edge from it");
  }

  void end(std::size_t of, const char* prefix, NodeOp op) {
    GraphNode node;
    node.name = prefix + graph().nodes[of].name;
    node.op = op;
    if (op == NodeOp::input) {
      node.declared = wanted_shape(graph().nodes[of]);
      if (node.declared.empty()) {
        diagnostics_.error({file_}, graph().nodes[of].name,
                           "the file has no Input node, and the shape of this first node follows from nothing");
        return;
      }
    }
    graph().nodes.push_back(std::move(node));
    types_.push_back(op == NodeOp::input ? "Input, added" : "Output, added");
    const std::size_t added = graph().nodes.size() - 1;
    graph().edges.push_back(op == NodeOp::input ? GraphEdge{added, of, 0} : GraphEdge{of, added, 0});
  }

  static Shape wanted_shape(const GraphNode& node) {
    if (node.op == NodeOp::linear) return {node.weight.shape[1]};
    if (!node.declared.empty()) return node.declared;
    for (const NeuronParam* param : {&node.tau, &node.r, &node.v_threshold, &node.factor, &node.delay_steps})
      if (param->values.size() > 1) return param->shape;
    for (const NeuronParam* param : {&node.tau, &node.r, &node.v_threshold, &node.factor})
      if (!param->empty()) return {1};
    return {};
  }

  /// k of spec/formats.md 4.1.4.
  void choose_if_gain() {
    using Gain = NirOptions::IfGain;
    bool all_inverse = true, all_one = true, any = false;
    for (const GraphNode& node : graph().nodes) {
      if (node.op != NodeOp::integrator && node.op != NodeOp::if_neuron) continue;
      any = true;
      for (const double r : node.r.values) {
        all_inverse = all_inverse && std::abs(r * options_.dt - 1) <= 1e-6;
        all_one = all_one && r == 1;
      }
    }
    if (!any) return;
    Gain gain = options_.if_gain;
    if (gain == Gain::automatic) {
      if (!all_inverse && !all_one) {
        diagnostics_.error({file_}, "/node",
                           "IF and I nodes have an r that is neither 1 nor 1/dt throughout, so what an input adds is open",
                           "--if-gain r adds r times the input, --if-gain r_dt adds r dt times the input");
        return;
      }
      gain = all_inverse ? Gain::r_dt : Gain::r;
      result_.notices.push_back(
          fmt::format("IF and I nodes add {} per step (--if-gain)", all_inverse ? "r dt x, with r dt = 1," : "r x, with r = 1,"));
    }
    graph().if_gain = gain == Gain::r_dt ? options_.dt : 1;
  }

  // -- the table ----------------------------------------------------------------------------------------------------------

  void report() {
    if (is_refused()) {
      for (const Entry& entry : entries_) row(entry.read);
      return;
    }
    std::vector<std::size_t> fan_in(graph().nodes.size(), 0);
    for (const GraphEdge& edge : graph().edges) ++fan_in[edge.to];
    std::vector<std::string> sums, delayed;
    for (const std::size_t i : graph().order()) {
      const GraphNode& node = graph().nodes[i];
      ImportRow row{node.name, types_[i], shape_text(node.out), ImportVerdict::mapped, node.approximation};
      if (!node.approximation.empty()) row.verdict = ImportVerdict::approximated;
      result_.rows.push_back(std::move(row));
      if (fan_in[i] > 1) sums.push_back(node.name);
    }
    for (const GraphEdge& edge : graph().edges)
      if (edge.delay != 0) delayed.push_back(graph().nodes[edge.from].name + " -> " + graph().nodes[edge.to].name);
    if (!sums.empty()) result_.notices.push_back(fmt::format("several edges into one node are added up: {}", join_names(sums)));
    if (!delayed.empty()) result_.notices.push_back(fmt::format("edges on a cycle arrive one step later: {}", join_names(delayed)));
  }

  void row(const NirNode& read) {
    ImportRow row{read.node.name, read.type, "", ImportVerdict::mapped, read.node.approximation};
    if (!read.node.approximation.empty()) row.verdict = ImportVerdict::approximated;
    if (!read.refusal.empty()) row.verdict = ImportVerdict::refused, row.reason = read.refusal;
    result_.rows.push_back(std::move(row));
  }

  using Pair = std::pair<std::size_t, std::size_t>;

  const std::string& file_;
  const NirOptions& options_;
  Diagnostics diagnostics_;
  NirContext context_;
  std::vector<Entry> entries_;
  std::vector<Pair> arcs_;
  std::vector<std::string> types_;  // of graph().nodes
  std::set<std::string> used_renames_;
  NirImport result_;
};

}  // namespace

NirImport import_nir(const std::string& file, const NirOptions& options) { return Importer(file, options).run(); }

}  // namespace snnvp
