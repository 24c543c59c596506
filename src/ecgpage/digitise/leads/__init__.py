"""From rows on paper to leads in mV: scale, borders of columns, expectations, confidence."""
