// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/memory_store.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

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

void MemoryStore::prepare(Address address, Bytes length) {
#ifdef MADV_POPULATE_WRITE
  // Only whole pages inside the range. Where the kernel does not know the request (before 5.14), pages come one by one.
  static const auto page = static_cast<Bytes>(sysconf(_SC_PAGESIZE));
  const Bytes first = ceil_div(address, page) * page, end = (address + length) / page * page;
  if (first < end) static_cast<void>(madvise(base_ + first, static_cast<std::size_t>(end - first), MADV_POPULATE_WRITE));
#else
  static_cast<void>(address), static_cast<void>(length);
#endif
}

MemoryStore::~MemoryStore() { munmap(base_, static_cast<std::size_t>(size_)); }

}  // namespace snnvp
