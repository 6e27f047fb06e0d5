// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace snnvp {

/// From now on documents that were read without a fault are kept, and not parsed again while their text is the same: for programs that
/// check a scenario at many points. What is read stays the same to the last position.
void keep_read_documents();

}  // namespace snnvp
