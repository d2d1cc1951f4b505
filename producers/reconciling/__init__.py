"""What a vendor could not deliver, or what was before its hook was set: asked for and taken in. One file a vendor."""
