// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// A block that works ahead of the kernel's time where nothing can tell: its counters are then those of a time to come. Found by
/// dynamic_cast; whoever looks at counters during a run bounds it. No result depends on the bound.
class LookAhead {
public:
  virtual ~LookAhead() = default;
  virtual void set_look_ahead(Picoseconds most) = 0;
};

}  // namespace snnvp
