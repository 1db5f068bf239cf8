"""trace_json.py <file> : reads a trace of JSON lines; says how many calls and operations there are, and checks each."""

import json
import sys

KEYS = [
    "time", "thread", "call", "entry", "args", "out", "result", "code", "code_name", "host", "rule", "why", "op",
    "bytes", "seconds", "end",
]


def main():
    calls, begun, ended = 0, {}, {}
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            said = json.loads(line)
            assert list(said) == KEYS, line
            assert isinstance(said["time"], float) and isinstance(said["thread"], int), line
            assert isinstance(said["args"], dict) and isinstance(said["out"], dict), line
            assert (said["code"] == 0) == (said["code_name"] is None), line
            assert said["host"] is None or set(said["host"]) == {"call", "errno"}, line
            calls += not said["end"]
            if said["op"] is not None:
                place = ended if said["end"] else begun
                assert said["op"] not in place, "twice: " + line
                place[said["op"]] = said
            if said["end"]:
                assert said["op"] in begun, "an end before its beginning: " + line
                beginning = begun[said["op"]]
                assert beginning["code_name"] == "WSA_IO_PENDING", beginning
                assert beginning["call"] == said["call"] and beginning["time"] <= said["time"], line
            else:
                fields = (said["call"], said["result"], said["code_name"], said["rule"], said["host"])
                print("CALL", *map(json.dumps, fields))
    open_still = sorted(set(begun) - set(ended))
    assert not open_still, open_still
    print("CALLS", calls, "OPERATIONS", len(begun))


main()
