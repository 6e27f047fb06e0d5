#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""client.py ADDRESS: writes and reads back memory in a running `snnvp run memory.yaml`, then ends both."""
import sys

from snnvp_remote import OK, Peer

peer = Peer(sys.argv[1])
pattern = bytes(i * 7 & 0xFF for i in range(1000))
status, _ = peer.transfer(True, 0x8000_0000, pattern)
assert status == OK, status
status, data = peer.transfer(False, 0x8000_0000, len(pattern))
assert status == OK and data == pattern
status, _ = peer.transfer(False, 0x4000_0000, 4)
print(f"{len(data)} bytes are back, an unmapped address answers {status}, {peer.time // 1000} ns passed")
print("the peer ended with", peer.finish())
