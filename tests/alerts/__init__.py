"""Tests of alerts: opened, taken, climbing, closed."""
