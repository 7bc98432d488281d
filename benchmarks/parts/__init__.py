"""What is measured, one module each: `measure(size, say)` returns plain numbers and `tables(found)` shows them."""
