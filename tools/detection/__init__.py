# SPDX-License-Identifier: MIT
"""The detection benchmark behind `tools/bench detect`."""
