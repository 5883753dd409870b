# SPDX-License-Identifier: MIT
"""The files of conf/home-assistant as Home Assistant judges them, and the dashboard as a person sees it."""
import subprocess

import chromium
import house


class Configuration(house.Case):
    def test_check_config(self):
        """Home Assistant's own check of the very folder it runs with."""
        check = subprocess.run(self.ha.check(), capture_output=True, text=True)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
        for word in ("Failed config", "Invalid", "error"):
            self.assertNotIn(word, check.stdout + check.stderr)
        self.assertEqual(self.ha.post("/api/config/core/check_config")["result"], "valid")

    def test_blueprints(self):
        known = self.ha.ask("blueprint/list", domain="automation")
        ours = {path: blueprint for path, blueprint in known.items() if path.startswith("crampd/")}
        self.assertEqual(set(ours), {f"crampd/{p.name}" for p in (house.CONF / "blueprints/automation/crampd").iterdir()})
        self.assertEqual([b["error"] for b in ours.values() if "error" in b], [])
        automations = {s["entity_id"]: s["state"] for s in self.ha.ask("get_states") if s["entity_id"].startswith("automation.")}
        self.assertEqual(list(automations.values()), ["on"] * 3, automations)


class Dashboard(house.Case):
    def test_picture(self):
        """Every card shows what it is for, none an error; the picture is for people to look at."""
        self.house.settled_hub()
        self.ha.wait_state("binary_sensor.crampd_worn", "on")
        output = house.WORK / "home-assistant.png"
        text = chromium.picture(self.ha, self.house.folder, "crampd-night/night",
                                ["All quiet", "Mute tonight", "Under watch", "Last cramp", "On the leg", "Strength", "Night begins"],
                                output)
        for wrong in ("Configuration error", "Entity not found", "not available", "Unavailable", "Custom element"):
            self.assertNotIn(wrong, text)
        self.assertGreater(output.stat().st_size, 10000)
