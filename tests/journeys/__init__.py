"""Whole journeys over HTTP, forms sent as rendered."""
