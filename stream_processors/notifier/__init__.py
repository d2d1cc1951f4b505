"""The notifier: what `stream_processors.notify` decides is sent from here."""
