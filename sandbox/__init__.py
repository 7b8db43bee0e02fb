"""A small social network in one process, for trying Ovation out and for testing it.

It speaks the part of X's API v2 that tweepy needs, in the spelling of X's OpenAPI
2.159, and has a page where anyone can post as a customer. It keeps X's habits which
a client has to cope with:

- ``text`` comes with ``&``, ``<`` and ``>`` as HTML entities and with links as t.co
  links; ``entities.urls`` has the links as they were written;
- a reply starts with the handles it answers ("@ada @ben words"), which its author did
  not type; ``display_text_range`` says where the words begin;
- a post of more than 280 weighted characters is cut in ``text`` and whole in
  ``note_tweet``;
- a missing post is no error but an entry in ``errors`` of an answer with status 200;
- a reply by the API is refused unless the author of the post called the account;
- ids are long, grow with time, and travel as strings.

``python -m sandbox --help`` says how to start it; README.md beside this file has the
details. Nothing here imports the application, and the application knows nothing of
this but a base URL.
"""
