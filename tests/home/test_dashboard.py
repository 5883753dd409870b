# SPDX-License-Identifier: MIT
"""The files of conf/home-assistant as Home Assistant judges them, and the dashboard as a person sees it."""
import datetime
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
        if house.FIGURE:
            self.pose()
        output = house.WORK / "home-assistant.png"
        text = chromium.picture(self.ha, self.house.folder, "crampd-night/night",
                                ["All quiet", "Mute tonight", "Under watch", "Last cramp", "On the leg", "Strength", "Night begins"],
                                output)
        for wrong in ("Configuration error", "Entity not found", "not available", "Unavailable", "Custom element"):
            self.assertNotIn(wrong, text)
        self.assertGreater(output.stat().st_size, 10000)

    def pose(self):
        """For docs/figures: a made-up fortnight before this evening."""
        entity, total, statistics = "sensor.crampd_cramps_tonight", 0, []
        for day, cramps in enumerate((0, 2, 1, 0, 0, 1, 0, 3, 0, 1, 0, 0, 1)):
            total += cramps
            noon = datetime.datetime.now(datetime.timezone.utc).replace(hour=6, minute=0, second=0, microsecond=0)
            statistics.append({"start": (noon - datetime.timedelta(days=13 - day)).isoformat(), "state": cramps, "sum": total})
        self.ha.ask("recorder/import_statistics", stats=statistics, metadata={
            "has_mean": False, "mean_type": 0, "has_sum": True, "name": None, "source": "recorder", "statistic_id": entity,
            "unit_class": None, "unit_of_measurement": None})
        self.ha.until(lambda: self.ha.ask("recorder/statistics_during_period", start_time=statistics[0]["start"],
                                          statistic_ids=[entity], period="day"), "the fortnight")
