# SPDX-License-Identifier: MIT
"""Recordings that go on: a piece of one again and again at its end, for hubs that tests ask things of meanwhile."""


def lengthen(source, target, first_s, last_s, extra_s):
    """Writes source to target, followed by extra_s of its records from first_s to last_s over and over."""
    data = source.read_bytes()
    header_size, records = int(data[184:192]), int(data[236:244])
    record_s, signals = float(data[244:252]), int(data[252:256])
    labels = [data[256 + 16 * i:272 + 16 * i].decode().strip() for i in range(signals)]
    samples = [int(data[256 + 216 * signals + 8 * i:][:8]) for i in range(signals)]
    size = 2 * sum(samples)
    note = labels.index("EDF Annotations")  # it holds each record's time
    begin, end = 2 * sum(samples[:note]), 2 * sum(samples[:note + 1])
    body = [data[header_size + i * size:header_size + (i + 1) * size] for i in range(records)]
    piece = body[int(first_s / record_s):int(last_s / record_s)]
    extra = int(extra_s / record_s)
    with target.open("wb") as out:
        out.write(data[:236] + b"%-8d" % (records + extra) + data[244:header_size])
        for record in body:
            out.write(record)
        for i in range(extra):
            record = piece[i % len(piece)]
            time = b"+%g\x14\x14" % ((records + i) * record_s)
            out.write(record[:begin] + time.ljust(end - begin, b"\0") + record[end:])
    return target
