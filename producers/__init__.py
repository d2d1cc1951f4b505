"""How deliveries enter: verified, normalised, placed, published."""
