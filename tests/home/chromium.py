# SPDX-License-Identifier: MIT
"""Headless Chromium, signed in to Home Assistant, over its debugging protocol."""
import asyncio
import base64
import json
import re
import subprocess

import aiohttp
from harness import Process, tool

PATIENCE_S = 90
# All text that is on the page, shadow trees included.
TEXT = """(() => { const texts = [];
  const walk = node => { if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
    if (['STYLE', 'SCRIPT'].includes(node.nodeName)) return;
    if (node.shadowRoot) walk(node.shadowRoot);
    if (node.nodeName === 'SLOT') for (const n of node.assignedNodes()) texts.push(n.textContent || '');
    for (const child of node.childNodes) walk(child); };
  walk(document.body); return texts.join(' ').replace(/\\s+/g, ' '); })()"""


class Page:
    def __init__(self, socket):
        self.socket, self.number = socket, 0

    async def ask(self, method, **parameters):
        self.number += 1
        await self.socket.send_json({"id": self.number, "method": method, "params": parameters})
        async for message in self.socket:
            answer = message.json()
            if answer.get("id") == self.number:
                assert "result" in answer, answer
                return answer["result"]
        raise AssertionError("Chromium has gone")

    async def value(self, expression):
        answer = await self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def wait_text(self, *patterns):
        """Until all of them are on the page; the text."""
        text = ""
        for _ in range(PATIENCE_S * 5):
            text = await self.value(TEXT) or ""
            if all(re.search(p, text) for p in patterns):
                return text
            await asyncio.sleep(0.2)
        raise AssertionError(f"{patterns} are not on the page: {text[:2000]}")


def tokens(ha):
    return json.dumps({"access_token": ha.token, "token_type": "Bearer", "expires_in": 86400, "hassUrl": ha.url,
                       "clientId": f"{ha.url}/", "expires": 4102444800000, "refresh_token": ha.refresh_token})


async def _picture(port, ha, path, patterns, output, width, height):
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/json") as answer:
            target = next(t for t in await answer.json(content_type=None) if t["type"] == "page")
        async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            page = Page(socket)
            await page.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
            await page.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
            await page.ask("Page.navigate", url=f"{ha.url}/manifest.json")
            await page.wait_text("Home Assistant")
            await page.value(f"localStorage.setItem('hassTokens', {json.dumps(tokens(ha))});"
                             "localStorage.setItem('dockedSidebar', '\"always_hidden\"')")
            await page.ask("Page.navigate", url=f"{ha.url}/{path}?kiosk")
            text = await page.wait_text(*patterns)
            await asyncio.sleep(2)  # fonts and icons come after the text; nothing says when
            picture = await page.ask("Page.captureScreenshot", format="png")
            output.write_bytes(base64.b64decode(picture["data"]))
            return text


def picture(ha, folder, path, patterns, output, width=1180, height=680):
    """Opens `path` of Home Assistant, waits until the patterns are on it, and keeps a small PNG of it; all its text."""
    browser = Process([tool("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                       "--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={folder}/chromium",
                       "about:blank"], stderr=subprocess.STDOUT)
    try:
        line = browser.wait(lambda text: "DevTools listening" in text, what="Chromium", patience_s=PATIENCE_S)
        port = re.search(r"127\.0\.0\.1:(\d+)/", line)[1]
        text = asyncio.run(_picture(port, ha, path, patterns, output, width, height))
    finally:
        browser.end()
    subprocess.run([tool("pngquant"), "--force", "--ext", ".png", "--quality", "60-95", "--speed", "1", "--strip", output],
                   check=True)
    return text
