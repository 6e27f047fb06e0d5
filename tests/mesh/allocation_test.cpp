// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cstdlib>
#include <new>

#include "mesh_bench.h"

namespace {
std::uint64_t allocations = 0;
}  // namespace

// Counts what the whole test program allocates.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto a = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(a, (size + a - 1) / a * a)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

TEST_CASE("a warm network allocates nothing for packets and flits", "[mesh]") {
  using namespace snnvp;
  mesh::MeshNetwork network(test::booksim_mesh(8));
  RandomStream random(1, "allocation");
  std::uint64_t before = 0, flits_before = 0;
  for (Cycles cycle = 0; cycle < 12'000; ++cycle) {
    if (cycle == 8000) before = allocations, flits_before = network.counts().switch_traversals;
    // Every 1000 cycles a burst, so that the largest number of packets inside is seen before counting starts.
    const double rate = cycle % 1000 < 20 ? 0.5 : cycle < 8000 ? 0.15 : 0.1;
    for (mesh::Endpoint source = 0; source < 64; ++source)
      if (random.bernoulli(rate)) network.send({source, static_cast<mesh::Endpoint>(random.below(64)), 1, 0, 0}, cycle);
    if (network.next_event() <= cycle) network.step();
  }
  const std::uint64_t flits = network.counts().switch_traversals - flits_before, made = allocations - before;
  INFO(made << " allocations for " << flits << " flit-hops");
  CHECK(flits > 100'000);
  CHECK(made < flits / 10'000);  // a list may still grow past its largest size so far, never per flit
}
