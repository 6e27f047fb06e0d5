// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/memory_store.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#include <sys/mman.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/quantity.h>

namespace snnvp {

MemoryStore::MemoryStore(Bytes size) : size_(size) {
  if (size == 0) throw InputError("a memory needs a size of at least 1 byte");
  const std::string wanted = "a memory of " + format_quantity(Value(size), Dimension::bytes);
  if (size > std::numeric_limits<std::size_t>::max() / 2) throw InputError(wanted + " is larger than the address space of this host");
  void* mapping = mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw InputError("the host refused address space for " + wanted + ": " + std::strerror(errno));
  base_ = static_cast<std::uint8_t*>(mapping);
}

MemoryStore::~MemoryStore() { munmap(base_, static_cast<std::size_t>(size_)); }

}  // namespace snnvp
