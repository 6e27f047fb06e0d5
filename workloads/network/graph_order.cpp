// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/graph_order.h>

#include <algorithm>
#include <functional>
#include <queue>

namespace snnvp {

namespace {

// Successors of all nodes, one after the other: those of node n are targets[first[n]] to targets[first[n + 1] - 1].
struct Successors {
  std::vector<std::size_t> first, targets;

  Successors(std::size_t nodes, const std::vector<Arc>& arcs) : first(nodes + 1, 0), targets(arcs.size()) {
    for (const Arc& arc : arcs) ++first[arc.from + 1];
    for (std::size_t n = 0; n < nodes; ++n) first[n + 1] += first[n];
    std::vector<std::size_t> next(first.begin(), first.end() - 1);
    for (const Arc& arc : arcs) targets[next[arc.from]++] = arc.to;
  }
};

}  // namespace

std::vector<std::size_t> topological_order(std::size_t nodes, const std::vector<Arc>& arcs) {
  const Successors successors(nodes, arcs);
  std::vector<std::size_t> waiting(nodes, 0);
  for (const Arc& arc : arcs) ++waiting[arc.to];
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t n = 0; n < nodes; ++n)
    if (waiting[n] == 0) ready.push(n);
  std::vector<std::size_t> order;
  order.reserve(nodes);
  while (!ready.empty()) {
    const std::size_t n = ready.top();
    ready.pop();
    order.push_back(n);
    for (std::size_t i = successors.first[n]; i < successors.first[n + 1]; ++i)
      if (--waiting[successors.targets[i]] == 0) ready.push(successors.targets[i]);
  }
  return order;
}

// Tarjan's algorithm with its own stack, since a file may hold a chain of any length.
std::vector<std::size_t> strong_components(std::size_t nodes, const std::vector<Arc>& arcs) {
  constexpr std::size_t none = ~std::size_t{0};
  const Successors successors(nodes, arcs);
  std::vector<std::size_t> number(nodes, none), low(nodes, 0), component(nodes, none), open, next(successors.first);
  std::size_t numbered = 0, components = 0;
  std::vector<std::size_t> path;
  for (std::size_t root = 0; root < nodes; ++root) {
    if (number[root] != none) continue;
    path.push_back(root);
    while (!path.empty()) {
      const std::size_t n = path.back();
      if (number[n] == none) {
        number[n] = low[n] = numbered++;
        open.push_back(n);
      }
      bool descends = false;
      for (; next[n] < successors.first[n + 1]; ++next[n]) {
        const std::size_t to = successors.targets[next[n]];
        if (number[to] == none) {
          path.push_back(to);
          descends = true;
          break;
        }
        if (component[to] == none) low[n] = std::min(low[n], low[to]);
      }
      if (descends) continue;
      path.pop_back();
      if (!path.empty()) low[path.back()] = std::min(low[path.back()], low[n]);
      if (low[n] != number[n]) continue;
      std::size_t member = none;
      do {
        member = open.back();
        open.pop_back();
        component[member] = components;
      } while (member != n);
      ++components;
    }
  }
  for (std::size_t& c : component) c = components - 1 - c;  // Tarjan finds the last component first
  return component;
}

}  // namespace snnvp
