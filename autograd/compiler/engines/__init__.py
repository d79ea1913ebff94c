"""How programs run: one call at a time, on columns, in machine code, in any array library."""
