"""The web server's door."""

import os

from app import create_app, open_house
from app.foundation import garbage
from app.foundation.config import load_settings

settings = load_settings(os.environ)
open_house(settings)
app = create_app(settings)
garbage.settle()
