"""A lean candidate that answers each request with its id, and dies at random: ``python mortal.py RATE LOG LENGTH``.

Every hundredth message has LENGTH letters more.

It leaves a line in LOG for each death; how many there are is the seed of the next process.
"""

import os
import random
import sys

RATE, LOG, MORE = float(sys.argv[1]), sys.argv[2], b" " + b"x" * int(sys.argv[3])
HELLO = (
    b'{"kind":"hello","protocol":1,"implementation":{"name":"mortal","version":"1","language":"python"},'
    b'"layers":{"identity":{"dtypes":["float64"]}},"encoding":"list"}\n'
)
drawn = random.Random(os.path.getsize(LOG) if os.path.exists(LOG) else 0).random

for line in sys.stdin.buffer:
    if b'"hello"' in line:
        reply = HELLO
    elif b'"bye"' in line:
        break
    else:
        if drawn() < RATE:
            with open(LOG, "a") as log:
                log.write("died\n")
            os._exit(9)
        number = line.partition(b'"id":')[2].partition(b",")[0]
        more = MORE if int(number) % 100 == 0 else b""
        reply = b'{"kind":"error","id":%s,"message":"%s%s"}\n' % (number, number, more)
    sys.stdout.buffer.write(reply)
    sys.stdout.buffer.flush()
