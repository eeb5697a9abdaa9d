"""Run by a test, in a process of its own, for kosoku changes the one it is imported into: cases against a server, results as JSON."""
import asyncio
import json
import os
import sys

import kosoku


async def results_of(url, cases):
    try:
        return await kosoku.run_fuzzingclient(url, cases, concurrency=4)
    except kosoku.FailureError as failure:
        return failure.results

if __name__ == '__main__':
    results = asyncio.run(results_of(sys.argv[1], sys.argv[2:]))
    print(json.dumps([[result.case_id, result.behavior.value, result.behavior_close.value, result.result, result.result_close]
                      for result in results]), flush=True)
    os._exit(0)     # its threads may still be at work, and abort when Python goes away below them
