"""How GitHub tells the story: the bodies of its webhooks."""
