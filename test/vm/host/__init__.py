# SPDX-License-Identifier: GPL-2.0-or-later
"""What runs on the machine that starts the guests: packages, images, shapes, QEMU, scenarios.

Python's standard library only. Nothing here needs root or writes outside the cache directory
and a temporary directory.
"""
