"""Truth and prediction into figures."""
