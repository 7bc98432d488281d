"""The real figures the simulator uses: small tidy tables, each value with unit, quality and source."""
