"""What a program does that uses an SDK without waiting: `asynchronous.py <module of the SDK> <word of all names>`."""

import asyncio
import json
import os
import sys
from importlib import import_module
from typing import Any

sdk, word = import_module(sys.argv[1]), sys.argv[2]
AT_ONCE, PER_PAGE = 3, 2


async def listed(client: Any, names: list[str]) -> list[str]:  # noqa: ANN401 - of a package that is not here
    """Read the ids of the devices with these names, page after page."""
    ids: list[str] = []
    has_more = True
    while has_more:
        page = await client.devices.list(name=",".join(names), limit=PER_PAGE, offset=len(ids))
        ids += [device.id for device in page.data]
        has_more = page.has_more
    return ids


async def main() -> None:
    """Make devices at once, list them, and make one of them again."""
    async with sdk.AsyncMiru(api_key=os.environ["MIRU_API_KEY"], _strict_response_validation=True) as client:
        names = [f"{word}-{number}" for number in range(AT_ONCE)]
        made = await asyncio.gather(*(client.devices.create(name=name) for name in names))
        assert [device.name for device in made] == names
        assert sorted(await listed(client, names)) == sorted(device.id for device in made)
        try:
            await client.devices.create(name=names[0])
        except sdk.ConflictError as refused:
            json.dump(refused.body, sys.stdout)


asyncio.run(main())
