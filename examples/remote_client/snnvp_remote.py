# SPDX-License-Identifier: Apache-2.0
"""The other end of interconnect.remote in plain Python: what a simulator that is not snnvp has to do, in 100 lines.

Protocol: interconnect/remote/README.md. Time is in picoseconds; both sides meet at every multiple of the quantum.
"""
import socket
import struct

HELLO, REQUEST, RESPONSE, DEBUG_REQUEST, DEBUG_RESPONSE, IRQ, SYNC, BYE = range(1, 9)
MAGIC, VERSION = 0x50564E53, 1
HEADER = struct.Struct("<IHHQQQ")  # magic, version, type, id, length, time
ACCESS = struct.Struct("<IIIIQ")  # command (0 read, 1 write), length, streaming width, byte enables, address
OK, ADDRESS_ERROR = 1, -2  # tlm_response_status


class PeerLost(Exception):
    pass


class Peer:
    """A link to one snnvp. `memory`, a bytearray, answers its accesses; they take no time here."""

    def __init__(self, address, quantum=1_000_000, name="python", memory=None):
        if address.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(address[5:])
        else:
            host, port = address.rsplit(":", 1)
            self.socket = socket.create_connection((host, int(port)))
        self.memory = bytearray() if memory is None else memory
        self.time, self.next_id, self.sent = 0, 1, 0
        self.answers, self.levels = {}, {}
        self.send(HELLO, 0, struct.pack("<Q", quantum) + name.encode())
        kind, _, _, payload = self.receive()
        if kind != HELLO:
            raise PeerLost("no hello")
        self.quantum = min(quantum, struct.unpack_from("<Q", payload)[0])
        self.peer = payload[8:].decode()
        self.meet(False, at=0)

    def send(self, kind, identity, payload=b"", time=None):
        self.sent += kind in (REQUEST, RESPONSE, IRQ)
        header = HEADER.pack(MAGIC, VERSION, kind, identity, len(payload), self.time if time is None else time)
        self.socket.sendall(header + payload)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            part = self.socket.recv(n - len(data))
            if not part:
                raise PeerLost("the connection was closed")
            data += part
        return data

    def receive(self):
        magic, version, kind, identity, length, time = HEADER.unpack(self.exactly(HEADER.size))
        if magic != MAGIC or version != VERSION:
            raise PeerLost("not this protocol")
        return kind, identity, time, self.exactly(length)

    def access(self, payload, debug):
        """Does what a request asks for and returns the answer's payload."""
        write, length, _, enables, address = ACCESS.unpack_from(payload)
        data = payload[ACCESS.size + enables :]
        inside = max(0, min(length, len(self.memory) - address))
        if not debug and inside < length:
            return struct.pack("<i", ADDRESS_ERROR)
        if write:
            self.memory[address : address + inside] = data[:inside]
        status = struct.pack("<i", inside if debug else OK)
        return status if write else status + bytes(self.memory[address : address + inside])

    def meet(self, is_done, at=None):
        """Goes on to the next multiple of the quantum. True once both sides are done."""
        self.time = self.time + self.quantum if at is None else at
        done = is_done and self.sent == 0
        self.sent, received = 0, 0
        self.send(SYNC, int(done))
        while True:
            kind, identity, time, payload = self.receive()
            if kind == SYNC:
                return done and identity != 0 and received == 0
            if kind == BYE:
                raise PeerLost("it ended: " + payload.decode())
            if kind == DEBUG_REQUEST:
                self.send(DEBUG_RESPONSE, identity, self.access(payload, True))
                continue
            received += 1
            if kind == REQUEST:  # takes a quantum to arrive, and would be served then; nothing here depends on when
                self.send(RESPONSE, identity, self.access(payload, False), time + self.quantum)
            elif kind == RESPONSE:
                self.answers[identity] = payload
            elif kind == IRQ:
                self.levels[identity] = payload[0]

    def transfer(self, write, address, data_or_length):
        """One access, waiting for its answer; returns (status, data)."""
        length = len(data_or_length) if write else data_or_length
        head = ACCESS.pack(int(write), length, length, 0, address)
        identity, self.next_id = self.next_id, self.next_id + 1
        self.send(REQUEST, identity, head + (bytes(data_or_length) if write else b""))
        while identity not in self.answers:
            self.meet(False)
        answer = self.answers.pop(identity)
        return struct.unpack_from("<i", answer)[0], answer[4:]

    def raise_irq(self, line, level):
        self.send(IRQ, line, bytes([level]))

    def finish(self, status="ok"):
        """Lets time pass until the other side is done too, then parts."""
        while not self.meet(True):
            pass
        self.send(BYE, 0, status.encode())
        while True:
            kind, identity, _, payload = self.receive()
            if kind == BYE:
                return payload.decode()
            if kind == DEBUG_REQUEST:
                self.send(DEBUG_RESPONSE, identity, self.access(payload, True))
