"""A pure function mapped over many items, on whatever engine there is."""
