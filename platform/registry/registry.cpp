// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/registry/registry.h>

#include <map>

namespace snnvp {
namespace {

class KindRegistry : public Registry {
public:
  void add(KindDescriptor descriptor) override {
    const std::string kind = descriptor.kind;
    if (!kinds_.emplace(kind, std::move(descriptor)).second) throw InputError("kind " + kind + " is registered twice");
  }
  const KindDescriptor* find(const std::string& kind) const override {
    const auto it = kinds_.find(kind);
    return it == kinds_.end() ? nullptr : &it->second;
  }
  std::vector<const KindDescriptor*> all() const override {
    std::vector<const KindDescriptor*> list;
    for (const auto& [name, descriptor] : kinds_) list.push_back(&descriptor);
    return list;
  }

private:
  std::map<std::string, KindDescriptor> kinds_;
};

}  // namespace

std::unique_ptr<Registry> make_registry() { return std::make_unique<KindRegistry>(); }

}  // namespace snnvp
