"""The web server's door."""

import gc
import os

from app import create_app, open_house
from app.foundation.config import load_settings

settings = load_settings(os.environ)
open_house(settings)
app = create_app(settings)
# What was loaded up to here stays for ever: left out of every later collection, which else stops all requests for 0.1 s.
gc.collect()
gc.freeze()
