"""The real figures: small tidy tables, each value with unit, quality and source. `loader.py` reads them."""
