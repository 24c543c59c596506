"""Pages without a grid: made flat, and given their length, by what is printed and traced."""
