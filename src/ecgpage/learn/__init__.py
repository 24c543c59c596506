"""Pages and a split into a model; the only room that knows Keras."""
