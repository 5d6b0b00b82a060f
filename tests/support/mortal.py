"""A lean candidate that answers each request with its id, and dies at random: ``python mortal.py RATE LOG``.

It leaves a line in LOG for each death; how many there are is the seed of the next process.
"""

import os
import random
import sys

RATE, LOG = float(sys.argv[1]), sys.argv[2]
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
        reply = b'{"kind":"error","id":%s,"message":"%s"}\n' % (number, number)
    sys.stdout.buffer.write(reply)
    sys.stdout.buffer.flush()
